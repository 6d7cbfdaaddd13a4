// SPDX-License-Identifier: Apache-2.0
// Rules before they bite: `policy test`, `policy replay` and the admin API behind them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { World } from './lib/world.mjs';

const rules = [
  { name: 'interns-read-only', effect: 'deny', when: { groups: ['interns'], tools: ['*'], not_tools: ['echo'] } },
  { name: 'watched', effect: 'shadow_deny', when: { tools: ['echo'] } },
  { name: 'no-big-transfers', effect: 'deny', message: 'Over 1000 needs a person.', when: { tools: ['transfer'], arguments: { '/amount': { gt: 1000 } } } },
  { name: 'writes', effect: 'require_scope', scope: 'todos.write', when: { tools: ['write'] } },
  { name: 'readers', effect: 'deny', when: { tools: ['hinted'], annotations: { readOnlyHint: false } } },
];
const world = new World();
let alice;

before(async () => {
  await world.startRecording({ server: { policies: rules, sign_in: 'local', profile: undefined, scopes: ['todos.read', 'todos.write'], initial_scopes: ['todos.read'] } });
  const { config } = world.gateway;
  const { todo } = config.servers;
  world.gateway.configure({ ...config, profiles: {}, servers: { todo, silent: { ...todo, policies: [], audit: { arguments: 'none' } } } });
  await world.gateway.program.stop();
  await world.gateway.start();
  await world.gateway.addUser('alice');
  alice = await world.client('todo');
});
after(() => world.stop());

const command = (...args) => world.gateway.command(args);
async function decide(...args) {
  const { status, stdout, stderr } = await command('policy', 'test', '--server', 'todo', '--user', 'alice', ...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}
async function replay(policy, ...args) {
  const file = join(world.gateway.folder, 'proposed.yaml');
  writeFileSync(file, typeof policy === 'string' ? policy : JSON.stringify(policy));
  const { status, stdout, stderr } = await command('policy', 'replay', file, ...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}
const api = (path, init = {}) => fetch(`http://127.0.0.1:${world.gateway.adminPort}/api/v1/${path}`, {
  ...init, headers: { authorization: `Bearer ${readFileSync(join(world.gateway.dataDir, 'admin.token'), 'utf8').trim()}`, 'content-type': 'application/json' },
});

describe('policy test', () => {
  test('decides as the pipeline does', async () => {
    for (const [tool, args] of [['echo', { text: 'x' }], ['transfer', { amount: 5000 }], ['transfer', { amount: '5' }], ['transfer', { amount: 1 }], ['write', {}], ['hinted', {}]]) {
      await alice.call(tool, args);
      const [newest] = (await world.gateway.records('--tool', tool)).slice(-1);
      const { effect, rule, reason } = await decide('--tool', tool, '--arguments', JSON.stringify(args));
      assert.deepEqual({ effect, rule, reason }, { rule: undefined, reason: undefined, ...newest.decision }, `${tool} ${JSON.stringify(args)}`);
    }
  });

  test('shows the way: each rule, what it wanted and what it found', async () => {
    const found = await decide('--tool', 'transfer', '--arguments', '{"amount": 1000.5}');
    assert.equal(found.effect, 'deny');
    assert.equal(found.hidden, false);
    assert.equal(found.message, 'Over 1000 needs a person.');
    assert.deepEqual(found.rules.map(({ rule, part }) => [rule, part]), [
      ['interns-read-only', 'none'], ['watched', 'none'], ['no-big-transfers', 'decides'], ['writes', 'not_reached'], ['readers', 'not_reached'],
    ]);
    assert.deepEqual(found.rules[0].keys[0], { key: 'groups', holds: 'no', wanted: ['interns'], found: [] });
    assert.deepEqual(found.rules[2].keys[1], { key: 'arguments /amount', holds: 'yes', wanted: ['gt 1000'], found: ['1000.5'] });
    assert.equal(found.facts.client, alice.id);
    assert.equal(found.facts.scopes_from, 'connection');
  });

  test('marks hints as hints', async () => {
    const found = await decide('--tool', 'hinted');
    const [, hint] = found.rules[4].keys;
    assert.deepEqual(hint, { key: 'annotations readOnlyHint', holds: 'undecided', wanted: ['false'], found: ['unknown'], hint: true });
    const { stdout } = await command('policy', 'test', '--server', 'todo', '--user', 'alice', '--tool', 'hinted');
    assert.match(stdout, /readOnlyHint \(a hint of the runtime\)/);
    assert.match(stdout, /cannot be decided, which counts against the caller/);
  });

  test('takes scopes and client as asked', async () => {
    const asked = await decide('--tool', 'write', '--scopes', 'todos.read', '--client', 'somebody');
    assert.equal(asked.effect, 'require_scope');
    assert.deepEqual(asked.missing_scopes, ['todos.write']);
    assert.equal((await decide('--tool', 'write', '--scopes', 'todos.write')).effect, 'allow');
  });

  test('says what is wrong with the question', async () => {
    for (const [args, why] of [
      [['--server', 'todo', '--user', 'alice'], /--tool/], [['--server', 'nope', '--user', 'alice', '--tool', 'x'], /no server nope/],
      [['--server', 'todo', '--user', 'nobody', '--tool', 'x'], /no user nobody/], [['--server', 'todo', '--user', 'alice', '--tool', 'x', '--arguments', '{"a":1,"a":2}'], /arguments cannot be read/],
    ]) {
      const { status, stderr } = await command('policy', 'test', ...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, why);
    }
  });
});

describe('policy replay', () => {
  before(async () => {
    for (let i = 0; i < 3; ++i) await alice.call('replayed', { amount: i });
    await alice.call('replayed', { password: 'p', amount: 7 });
    const silent = await world.client('silent');
    for (let i = 0; i < 2; ++i) await silent.call('replayed', { amount: i });
  });

  test('counts what would change, by rule, server, person and tool', async () => {
    const proposed = [{ name: 'new-limit', effect: 'deny', when: { tools: ['replayed'], arguments: { '/amount': { ge: 1 } } } }];
    const report = await replay({ policies: proposed });
    assert.equal(report.changed, 3);
    assert.equal(report.undecidable, 2);
    assert.ok(report.calls >= 6);
    const line = report.by_rule.find(({ rule, server }) => rule === 'new-limit' && server === 'todo');
    assert.deepEqual(line.changes, [{ from: 'allow', to: 'deny', calls: 3 }]);
    assert.deepEqual(line.tools, [{ tool: 'replayed', changed: 3, undecidable: 0 }]);
    assert.equal(line.users[0].name, 'alice');
    assert.equal(line.examples[0].was.effect, 'allow');
    assert.equal(line.examples[0].would.effect, 'deny');
    const open = report.by_rule.find(({ rule, server }) => rule === 'new-limit' && server === 'silent');
    assert.equal(open.undecidable, 2);
    assert.equal(open.examples[0].undecidable, true);
  });

  test('a value that was masked is not known', async () => {
    const report = await replay([{ name: 'masked', effect: 'deny', when: { tools: ['replayed'], arguments: { '/password': { eq: 'p' } } } }]);
    assert.equal(report.changed, 0);
    assert.equal(report.by_rule.find(({ rule, server }) => rule === 'masked' && server === 'todo').undecidable, 1);
  });

  test('changes nothing with the rules that are', async () => {
    const report = await replay(readFileSync(world.gateway.file, 'utf8'));
    assert.equal(report.changed, 0, JSON.stringify(report.by_rule));
  });

  test('the other way round: what was refused would run', async () => {
    const report = await replay({ servers: { todo: { policies: [] } } });
    const line = report.by_rule.find(({ rule, server }) => rule === 'default_policy' && server === 'todo');
    assert.ok(line.changes.some(({ from, to }) => from === 'deny' && to === 'allow'));
  });

  test('prints a table, and says where a file is wrong', async () => {
    const file = join(world.gateway.folder, 'bad.yaml');
    writeFileSync(file, 'policies:\n  - name: a\n    effect: denny\n');
    const bad = await command('policy', 'replay', file);
    assert.equal(bad.status, 2);
    assert.match(bad.stderr, /bad\.yaml:3:13/);
    writeFileSync(file, 'policies:\n  - {name: limit, effect: deny, when: {tools: [replayed]}}\n');
    const { status, stdout } = await command('policy', 'replay', file, '--since', '1h');
    assert.equal(status, 0);
    assert.match(stdout, /would change/);
    assert.match(stdout, /limit +todo +deny/);
    assert.match(stdout, /people: alice/);
  });

  test('in batches that add up', async () => {
    const policy = JSON.stringify({ policies: [{ name: 'limit', effect: 'deny', when: { tools: ['replayed'] } }] });
    const whole = await (await api('policies/replay', { method: 'POST', body: JSON.stringify({ policy, limit: 5000 }) })).json();
    assert.equal(whole.next, null);
    let [calls, changed, cursor, batches] = [0, 0, undefined, 0];
    do {
      const part = await (await api('policies/replay', { method: 'POST', body: JSON.stringify({ policy, limit: 3, ...(cursor && { cursor }) }) })).json();
      calls += part.calls;
      changed += part.changed;
      cursor = part.next;
      batches += 1;
    } while (cursor);
    assert.ok(batches > 3);
    assert.deepEqual([calls, changed], [whole.calls, whole.changed]);
  });
});

test('the list of policies shows the file\'s rules', async () => {
  const { items } = await (await api('policies')).json();
  assert.equal(items.length, rules.length);
  const shown = items.find(({ name }) => name === 'no-big-transfers');
  assert.deepEqual(shown, {
    id: 'todo:no-big-transfers', origin: 'file', name: 'no-big-transfers', effect: 'deny', server: 'todo', position: 3,
    message: 'Over 1000 needs a person.', when: { tools: ['transfer'], arguments: { '/amount': { gt: 1000 } } },
  });
  assert.equal((await api('policies/todo:no-big-transfers', { method: 'DELETE' })).status, 409);
});
