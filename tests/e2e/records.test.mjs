// SPDX-License-Identifier: Apache-2.0
// What is recorded, and what is written nowhere (contract.md section 10; A23).
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { localPassword } from './lib/gateway.mjs';
import { clientSecret } from './lib/services.mjs';
import { until } from './lib/wait.mjs';
import { World, workerSecret } from './lib/world.mjs';

const world = new World();
before(() => world.startTodo());
after(() => world.stop());

const recorded = (what, matches) => until(`a record of ${what}`, async () => (await world.gateway.records()).find(matches));

test('a call is there with who, what and how it ended', async () => {
  const client = await world.client();
  await client.call('add_todo', { title: 'record me' });
  const record = await recorded('the call', ({ item }) => item === 'add_todo');
  assert.equal(record.v, 1);
  assert.deepEqual(
    [record.kind, record.server, record.method, record.revision, record.http_status, record.client, record.decision.effect],
    ['call', 'todo', 'tools/call', '2026-07-28', 200, client.id, 'allow'],
  );
  for (const member of ['id', 'time', 'request_id', 'trace_id', 'user', 'connection', 'duration_ms', 'bytes_in', 'bytes_out']) assert.ok(member in record, member);
  assert.ok(!Number.isNaN(Date.parse(record.time)));
});

test('a call that the runtime or a token check refused is there, too', async () => {
  const client = await world.client();
  await client.call('delete_todo', { id: 424242 });
  const failed = await recorded('the tool error', ({ item }) => item === 'delete_todo');
  assert.equal(failed.is_error, true);
});

test('the way of a person leaves its events', async () => {
  const client = await world.client('todo-local', { signedIn: false });
  await client.authorize(world.browser('alice', { accounts: { [world.gateway.origin]: { username: 'alice', password: 'wrong' } } }));
  await client.signIn(world.browser());
  await client.refresh();
  const events = await until('the events', async () => {
    const names = (await world.gateway.records()).filter(({ kind }) => kind === 'event').map(({ event }) => event);
    return names.some((name) => /refresh/.test(name)) && names;
  });
  for (const topic of [/sign/, /consent/, /regist|client/, /token/, /grant/]) assert.ok(events.some((name) => topic.test(name)), `${topic} in ${events}`);
});

test('filters narrow the list', async () => {
  const client = await world.client();
  await client.call('list_todos');
  await recorded('the call', ({ item }) => item === 'list_todos');
  const some = await world.gateway.records('--tool', 'list_todos', '--server', 'todo');
  assert.ok(some.length > 0 && some.every(({ item, server }) => item === 'list_todos' && server === 'todo'));
  const table = await world.gateway.command(['logs']);
  assert.equal(table.status, 0);
  assert.match(table.stdout, /list_todos/);
});

test('no secret and no token is readable in the data directory, the records or the output', async () => {
  const client = await world.client('todo-local', { signedIn: false });
  const end = await client.authorize(world.browser());
  const code = end.url.searchParams.get('code');
  const first = (await client.redeem(code)).body;
  const second = (await client.refresh(first.refresh_token)).body;
  client.tokens = second;
  await client.call('list_todos');
  await recorded('the call', ({ client: id, item }) => id === client.id && item === 'list_todos');

  const secrets = [code, first.access_token, first.refresh_token, second.access_token, second.refresh_token, clientSecret, workerSecret, localPassword];
  const places = { output: world.gateway.program.stdout + world.gateway.program.stderr, records: JSON.stringify(await world.gateway.records()) };
  for (const file of readdirSync(world.gateway.dataDir, { recursive: true })) {
    const path = join(world.gateway.dataDir, file);
    if (statSync(path).isFile()) places[file] = readFileSync(path, 'latin1');
  }
  for (const [place, content] of Object.entries(places)) {
    for (const secret of secrets) assert.ok(!content.includes(secret), `${secret.slice(0, 12)}… is in ${place}`);
    assert.doesNotMatch(content, world.api.tokenPattern, `a downstream token is in ${place}`);
  }
  for (const name of ['admin.token', 'master.key']) {
    const file = readdirSync(world.gateway.dataDir).find((candidate) => candidate === name);
    if (file) assert.equal(statSync(join(world.gateway.dataDir, file)).mode & 0o777, 0o600, name);
  }
});

test('users add refuses a second user of the same name', async () => {
  const again = await world.gateway.command(['users', 'add', 'alice', '--email', 'alice2@todo.example', '--password-stdin'], { input: `${localPassword}\n` });
  assert.equal(again.status, 1, again.stdout + again.stderr);
  const listed = await world.gateway.command(['users', '--json']);
  assert.equal(listed.status, 0, listed.stderr);
  assert.equal(JSON.parse(listed.stdout).filter(({ name }) => name === 'alice').length >= 1, true);
});
