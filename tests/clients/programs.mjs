// SPDX-License-Identifier: Apache-2.0
// How each program is driven. A step that throws has failed; what really happened is read from the gateway's
// records afterwards, not from what the program prints.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clients } from '../e2e/lib/clients.mjs';
import { run } from '../e2e/lib/processes.mjs';

const folder = process.env.GATEHOUSE_CLIENTS;
const bin = (name) => join(folder, 'node_modules/.bin', name);

export function installedVersion(name) {
  for (const base of [folder, new URL('../e2e', import.meta.url).pathname]) {
    const file = join(base, 'node_modules', name, 'package.json');
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version;
  }
  return undefined;
}

/** Runs a program that wants a terminal. */
function inTerminal(command, options) {
  return run('script', ['-qec', command, '/dev/null'], options);
}

function checked(what, { status, stdout, stderr }) {
  if (status !== 0) throw new Error(`${what} ended with ${status}: ${`${stdout}${stderr}`.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').trim().slice(-400)}`);
  return stdout;
}

const quiet = { DISABLE_TELEMETRY: '1', DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };

async function claudeCode({ url, home, step }) {
  const options = { cwd: home.folder, env: { ...home.env, ...quiet }, seconds: 90 };
  await step('sign in', async () => {
    checked('mcp add', await run(bin('claude'), ['mcp', 'add', '--transport', 'http', 'demo', url], options));
    checked('mcp login', await inTerminal(`'${bin('claude')}' mcp login demo`, options));
  });
  await step('list tools', async () => checked('mcp get', await run(bin('claude'), ['mcp', 'get', 'demo'], options)));
  await step('sign out', async () => checked('mcp logout', await run(bin('claude'), ['mcp', 'logout', 'demo'], options)));
}

const codex = (registration) => async ({ url, home, step }) => {
  const options = { cwd: home.folder, env: { ...home.env, CODEX_HOME: home.folder }, seconds: 90 };
  await step('sign in', async () => {
    writeFileSync(join(home.folder, 'config.toml'), `[mcp_servers.demo]\nurl = ${JSON.stringify(url)}\n`);
    checked('mcp login', await run(bin('codex'), ['mcp', 'login', 'demo', '--oauth-client-registration', registration], options));
  });
};

async function opencode({ url, home, step }) {
  const options = { cwd: home.folder, env: { ...home.env, ...quiet, XDG_DATA_HOME: join(home.folder, 'share'), XDG_CONFIG_HOME: join(home.folder, 'config') }, seconds: 120 };
  writeFileSync(join(home.folder, 'opencode.json'), JSON.stringify({ mcp: { demo: { type: 'remote', url, enabled: true } } }));
  await step('sign in', async () => checked('mcp auth', await inTerminal(`'${bin('opencode')}' mcp auth demo`, options)));
  await step('list tools', async () => checked('mcp list', await inTerminal(`'${bin('opencode')}' mcp list`, options)));
}

/** A program that the end-to-end tests drive as well. */
const known = (name) => async ({ url, home, step }) => {
  const client = new clients[name](url, home);
  try {
    await step('sign in', () => client.tools());
    await step('list tools', () => client.tools());
    await step('call a tool', async () => {
      const { isError, text } = await client.call('whoami');
      if (isError) throw new Error(text);
    });
  } finally {
    await client.close();
  }
};

/** `why`: what keeps it from being driven; it is then never said to have passed. */
export const programs = [
  { name: 'Claude Code', package: '@anthropic-ai/claude-code', drive: claudeCode },
  { name: 'Codex CLI (metadata document)', package: '@openai/codex', drive: codex('cimd') },
  { name: 'Codex CLI (registration)', package: '@openai/codex', drive: codex('dcr') },
  { name: 'opencode', package: 'opencode-ai', drive: opencode },
  { name: 'Gemini CLI', package: '@google/gemini-cli', why: 'signs in only from its interactive screen (`/mcp auth`), which wants a Google account first' },
  { name: 'MCP Inspector', package: '@modelcontextprotocol/inspector', drive: known('MCP Inspector') },
  { name: 'mcp-remote', package: 'mcp-remote', drive: known('mcp-remote') },
  { name: 'TypeScript SDK v1', package: '@modelcontextprotocol/sdk', drive: known('TypeScript SDK v1') },
  { name: 'TypeScript SDK v2', package: '@modelcontextprotocol/client', drive: known('TypeScript SDK v2') },
  { name: 'fastmcp client (Python)', python: 'fastmcp', drive: known('fastmcp client') },
  { name: 'claude.ai, Claude Desktop', why: 'runs at its vendor, which cannot reach a gateway on this machine' },
  { name: 'ChatGPT', why: 'runs at its vendor, which cannot reach a gateway on this machine' },
  { name: 'Visual Studio Code', why: 'needs a desktop' },
  { name: 'Cursor', why: 'needs a desktop and an account' },
];

