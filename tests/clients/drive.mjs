// SPDX-License-Identifier: Apache-2.0
// Lets real programs sign in at a real gateway, and writes docs/clients.md from what the gateway recorded.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { newHome } from '../e2e/lib/clients.mjs';
import { python, root } from '../e2e/lib/processes.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { World } from '../e2e/lib/world.mjs';
import { installedVersion, programs } from './programs.mjs';

const given = process.argv.slice(2);
const wanted = given.filter((word) => !word.startsWith('--'));
const today = new Date().toISOString().slice(0, 10);
const COLUMNS = { 'sign in': 'signed in', 'list tools': 'listed tools', 'call a tool': 'called a tool', 'sign out': 'revoked at sign-out' };

function versionOf(program) {
  if (program.python) return execFileSync(python, ['-c', `import importlib.metadata as m; print(m.version('${program.python}'))`], { encoding: 'utf8' }).trim();
  return program.package && installedVersion(program.package);
}

/** What the gateway saw since `since`, as far as it shows that a step really happened. */
async function witnessed(world, since) {
  const records = (await world.gateway.records()).filter(({ time }) => Date.parse(time) >= since);
  const events = records.filter(({ kind }) => kind === 'event');
  const issued = events.find(({ event }) => event === 'token.issued');
  const answered = (method) => records.some((record) => record.kind === 'call' && record.method === method && record.http_status === 200 && !record.is_error);
  return {
    client: issued?.client,
    seen: {
      'sign in': issued !== undefined,
      'list tools': answered('tools/list'),
      'call a tool': answered('tools/call'),
      'sign out': events.some(({ event }) => event === 'token.revoked'),
    },
  };
}

const identity = (client) => (client === undefined ? '' : client.startsWith('https://') ? 'metadata document' : client.startsWith('gh_') ? 'dynamic registration' : 'configured');

async function drive(world, program) {
  const home = newHome(world.accountsOf('alice'));
  const since = Date.now();
  const steps = {};
  try {
    await program.drive({
      url: world.gateway.mcpUrl('todo-local'),
      home,
      step: async (name, act) => {
        try {
          await act();
          steps[name] = { ok: true };
        } catch (error) {
          steps[name] = { ok: false, note: error.message.split('\n').join(' ').slice(0, 300) };
          throw error;
        }
      },
    });
  } catch (error) {
    process.stderr.write(`${program.name}: ${error.message}\n${home.browserLog()}\n`);
  } finally {
    home.remove();
  }
  const { client, seen } = await until('the records', () => witnessed(world, since), { seconds: 5 });
  for (const [name, step] of Object.entries(steps)) {
    if (step.ok && !seen[name]) steps[name] = { ok: false, note: `the program was content, but the gateway saw nothing of it` };
  }
  return { steps, identity: identity(client) };
}

function page(rows) {
  const cell = (row, step) => (row.why ? 'not run' : !row.steps[step] ? '–' : row.steps[step].ok ? 'yes' : '**no**');
  const heads = ['client', 'version', 'known by', ...Object.values(COLUMNS), 'date'];
  const lines = rows.map((row) => [row.name, row.version ?? '–', row.why ? '–' : row.identity || '–', ...Object.keys(COLUMNS).map((step) => cell(row, step)), row.why ? '–' : today]);
  const failures = rows.flatMap((row) => Object.entries(row.steps ?? {}).filter(([, { ok }]) => !ok).map(([step, { note }]) => `- ${row.name}, ${COLUMNS[step]}: ${note}`));
  return `# Clients

Written by \`tests/clients/run\`, which lets real programs sign in at a real gateway in front of the Todo example,
with nobody at the keyboard. "yes" means that the program was content **and** the gateway recorded it: a token
issued, a list or a call answered, a token revoked. "–": the program has no command for it without an account at
its vendor, or, at sign-out, only forgets its tokens. The requests of these and other clients are replayed in every test run
(\`tests/fixtures/clients\`).

| ${heads.join(' | ')} |
|${heads.map(() => ' --- |').join('')}
${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}

## Not run

${rows.filter(({ why }) => why).map(({ name, why }) => `- ${name}: ${why}.`).join('\n')}
${failures.length ? `\n## What failed\n\n${failures.join('\n')}\n` : ''}`;
}

const world = new World();
const rows = [];
try {
  await world.startTodo();
  for (const program of programs) {
    if (wanted.length && !wanted.some((word) => program.name.toLowerCase().includes(word.toLowerCase()))) continue;
    const row = { ...program, version: versionOf(program) };
    if (!row.why && !row.version) row.why = 'it is not installed';
    if (!row.why) Object.assign(row, await drive(world, program));
    rows.push(row);
    process.stdout.write(`${row.name} ${row.version ?? ''}: ${row.why ?? JSON.stringify(row.steps)}\n`);
  }
} finally {
  await world.stop();
}
const text = page(rows);
if (given.includes('--print') || wanted.length) process.stdout.write(text);
else writeFileSync(`${root}docs/clients.md`, text);
process.exitCode = rows.some(({ steps = {} }) => Object.values(steps).some(({ ok }) => !ok)) ? 1 : 0;
