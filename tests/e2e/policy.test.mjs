// SPDX-License-Identifier: Apache-2.0
// What policies let people see and do, on the real binary in front of a FastMCP runtime.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { toolText } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const rules = [
  { name: 'interns-read-only', effect: 'deny', when: { groups: ['interns'], tools: ['*'], not_tools: ['list_*', 'whoami'] } },
  { name: 'old-todos-stay', effect: 'deny', message: 'Todos from 1000 on need a person.', when: { tools: ['delete_todo'], arguments: { '/id': { ge: 1000 } } } },
  { name: 'watched', effect: 'shadow_deny', when: { tools: ['whoami'], clients: ['*'] } },
  { name: 'writes-need-scope', effect: 'require_scope', scope: 'todos.write', when: { tools: ['add_todo', 'complete_todo', 'delete_todo'] } },
];
const world = new World();
let alice;
let bob;

before(async () => {
  await world.startTodo({ server: { policies: rules, initial_scopes: ['todos.read'] } });
  const { config } = world.gateway;
  const local = config.servers['todo-local'];
  world.gateway.configure({
    ...config,
    servers: {
      ...config.servers,
      closed: { ...local, default_policy: 'deny', policies: [{ name: 'who', effect: 'allow', when: { tools: ['whoami'] } }] },
      shut: { ...local, default_policy: 'deny', policies: [] },
      hints: { ...local, policies: [{ name: 'readers-only', effect: 'deny', when: { annotations: { readOnlyHint: false } } }] },
      wide: { ...local, initial_scopes: undefined, scope_includes: { 'todos.write': 'todos.read' }, policies: [{ name: 'reads', effect: 'require_scope', scope: 'todos.read', when: { tools: ['list_todos'] } }] },
    },
  });
  await world.gateway.program.stop();
  await world.gateway.start();
  const added = await world.gateway.command(['users', 'add', 'bob', '--email', 'bob@todo.example', '--groups', 'interns', '--password-stdin'], { input: 'a local password that is long enough\n' });
  assert.equal(added.status, 0, added.stderr);
  alice = await world.client('todo-local');
  bob = await world.client('todo-local', { person: 'bob' });
});
after(() => world.stop());

const decision = ({ body }) => body.result?._meta?.['gatehouse/decision'];
const names = ({ body }) => body.result.tools.map(({ name }) => name).sort();
const ran = ({ status, body }) => status === 200 && body.result && !body.result.isError;
const all = ['add_todo', 'complete_todo', 'delete_todo', 'list_todos', 'whoami'];

async function recorded(filter) {
  return until('the record', async () => (await world.gateway.records('--server', 'todo-local')).find(filter));
}

/** As the client would send it, but with these bytes as the body. */
function raw(client, body, headers = {}) {
  return client.fetch(client.url, {
    method: 'POST', body,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${client.tokens.access_token}`, ...headers },
  });
}

describe('what is hidden', () => {
  test('is on nobody else\'s list, in events as in JSON', async () => {
    assert.deepEqual(names(await alice.rpc('tools/list')), all);
    const cut = await bob.rpc('tools/list');
    assert.deepEqual(names(cut), ['list_todos', 'whoami']);
    assert.doesNotMatch(cut.text, /delete_todo/);
  });

  test('is unknown', async () => {
    const answer = await bob.call('delete_todo', { id: 1 });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.error, { code: -32602, message: 'Unknown tool: delete_todo' });
    const record = await recorded(({ item, decision: { effect } = {} }) => item === 'delete_todo' && effect === 'deny');
    assert.deepEqual(record.decision, { effect: 'deny', rule: 'interns-read-only', reason: 'policy' });
    assert.equal(record.rpc_code, -32602);
  });

  test('stays hidden however its name is spelt', async () => {
    const call = (name) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${name},"arguments":{"id":1}}}`;
    for (const name of ['"\\u0064elete_todo"', '"delete\\u005ftodo"', '"delete_\\u0074odo"']) {
      const answer = await raw(bob, call(name));
      assert.equal(answer.body.error?.code, -32602, `${name}: ${answer.text}`);
      assert.match(answer.text, /Unknown tool: delete_todo/);
    }
    for (const body of [
      call('"whoami","name":"delete_todo"'), call('["delete_todo"]'), call('"whoami"').replace('}}', '},"name":"delete_todo"}'),
      call('"delete_todo"').replace('"params"', '"params":{"name":"whoami"},"params"'), call('"whoami","n\\u0061me":"delete_todo"'),
    ]) {
      const answer = await raw(bob, body);
      assert.equal(answer.status, 400, `${body}: ${answer.text}`);
    }
    const smuggled = await bob.call('whoami', {}, { headers: { 'mcp-name': 'delete_todo' } });
    assert.equal(smuggled.status, 400);
    const batch = await raw(bob, `[${call('"delete_todo"')}]`, { 'mcp-protocol-version': '2025-03-26' });
    assert.equal(batch.status, 200);
    assert.equal(batch.body[0].error.code, -32602);
  });

  test('what is left works', async () => {
    const answer = await bob.call('whoami');
    assert.ok(ran(answer), answer.text);
    assert.match(toolText(answer), /bob@todo\.example/);
  });
});

test('with default_policy: deny only what a rule allows is there', async () => {
  const client = await world.client('closed');
  assert.deepEqual(names(await client.rpc('tools/list')), ['whoami']);
  assert.ok(ran(await client.call('whoami')));
  assert.match((await client.call('list_todos')).text, /Unknown tool: list_todos/);
  assert.equal((await client.rpc('tasks/list')).body.error.code, -32601);
  const shut = await world.client('shut');
  assert.deepEqual(names(await shut.rpc('tools/list')), []);
});

test('annotations are known before a list has passed by', async () => {
  const client = await world.client('hints');
  assert.deepEqual(names(await client.rpc('tools/list')), ['list_todos', 'whoami']);
  assert.ok(ran(await client.call('whoami')));
  assert.match((await client.call('delete_todo', { id: 1 })).text, /Unknown tool: delete_todo/);
});

test('a missing scope is asked for, and the call runs with it', async () => { // A11, A19, A21
  const client = await world.client('todo-local', { signedIn: false });
  const first = await client.rpc('tools/list');
  assert.equal(first.status, 401);
  assert.match(first.headers.get('www-authenticate'), /scope="todos\.read"/);
  const signIn = async (scope) => {
    const end = await client.authorize(world.browser(), { scope });
    const answer = await client.redeem(end.url.searchParams.get('code'));
    assert.equal(answer.status, 200, answer.text);
    client.tokens = answer.body;
  };
  await signIn('todos.read');
  assert.ok(ran(await client.call('list_todos')));
  const refused = await client.call('add_todo', { title: 'milk' });
  assert.equal(refused.status, 403);
  const challenge = refused.headers.get('www-authenticate');
  assert.match(challenge, /^Bearer .*error="insufficient_scope"/);
  const [, scope] = /scope="([^"]*)"/.exec(challenge);
  assert.equal(scope, 'todos.read todos.write');
  assert.equal(refused.body.error.code, -31001);
  assert.equal(refused.body.id, 2 + 1);
  assert.equal((await client.call('add_todo', { title: 'milk' })).headers.get('www-authenticate'), challenge);
  const record = await recorded(({ decision: { effect } = {} }) => effect === 'require_scope');
  assert.equal(record.decision.rule, 'writes-need-scope');
  await signIn(scope);
  const answer = await client.call('add_todo', { title: 'milk' });
  assert.ok(ran(answer), answer.text);
});

test('a wider scope stands for a narrower one where the file says so', async () => { // A20
  const client = await world.client('wide', { signedIn: false });
  const end = await client.authorize(world.browser(), { scope: 'todos.write' });
  client.tokens = (await client.redeem(end.url.searchParams.get('code'))).body;
  assert.equal(client.tokens.scope, 'todos.write');
  const answer = await client.call('list_todos');
  assert.equal(answer.status, 200, answer.text);
});

test('arguments are refused visibly, with the rule\'s message', async () => {
  const refused = await alice.call('delete_todo', { id: 1000 });
  assert.equal(refused.status, 200);
  assert.equal(refused.body.result.isError, true);
  assert.match(toolText(refused), /"delete_todo" was refused by the rule "old-todos-stay": Todos from 1000 on need a person\./);
  assert.deepEqual(decision(refused), { reason: 'policy', rule: 'old-todos-stay' });
  for (const id of ['1000', '999', [1], 1e30]) assert.equal(decision(await alice.call('delete_todo', { id }))?.rule, 'old-todos-stay', JSON.stringify(id));
  assert.ok(names(await alice.rpc('tools/list')).includes('delete_todo'), 'and it stays on the list');
});

test('a shadow only leaves its trace', async () => {
  assert.ok(ran(await alice.call('whoami')));
  const record = await recorded(({ item, decision: { effect } = {} }) => item === 'whoami' && effect === 'shadow_deny');
  assert.deepEqual(record.decision, { effect: 'shadow_deny', rule: 'watched', reason: 'policy' });
  const found = await world.gateway.records('--decision', 'shadow_deny');
  assert.ok(found.length > 0 && found.every(({ decision: { effect } }) => effect === 'shadow_deny'));
});

test('a reload holds for the next call, and a bad rule changes nothing', async () => {
  const { config } = world.gateway;
  const top = (policies) => world.gateway.configure({ ...config, policies });
  top([{ name: 'nobody', effect: 'deny', when: { users: ['alice'], tools: ['whoami'] } }]);
  await until('the new rule', async () => /Unknown tool/.test((await alice.call('whoami')).text));
  assert.ok(!names(await alice.rpc('tools/list')).includes('whoami'));
  top([{ name: 'nobody', effect: 'denny', when: {} }]);
  await until('the rejection', async () => (await world.gateway.records()).some(({ event }) => event === 'config.rejected'));
  assert.match((await alice.call('whoami')).text, /Unknown tool/);
  world.gateway.configure(config);
  await until('the old rules', async () => ran(await alice.call('whoami')));
});
