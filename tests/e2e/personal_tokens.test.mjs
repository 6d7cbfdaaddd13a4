// SPDX-License-Identifier: Apache-2.0
// Personal access tokens on the real binary in front of a FastMCP runtime.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HandClient, toolText } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();

before(async () => {
  await world.startTodo({ server: { personal_tokens: true } });
  const { config } = world.gateway;
  const local = config.servers['todo-local'];
  world.gateway.configure({ ...config, servers: { ...config.servers, closed: { ...local, personal_tokens: false } } });
  await world.gateway.program.stop();
  await world.gateway.start();
  // The grant that the runtime's calls need; connected once, like any client does.
  await world.client('todo-local');
});
after(() => world.stop());

async function command(...args) {
  return world.gateway.command(args);
}

async function add(...more) {
  const answer = await command('tokens', 'add', '--user', 'alice', '--server', 'todo-local', '--json', ...more);
  assert.equal(answer.status, 0, answer.stderr);
  return JSON.parse(answer.stdout);
}

/** A program that can do nothing but send a fixed header. */
function holder(token, server = 'todo-local') {
  const made = new HandClient(world.gateway, server);
  made.tokens = { access_token: token };
  return made;
}

/** The stream of a session, as clients before 2026-07-28 keep it open. */
async function openStream(one) {
  const headers = { authorization: `Bearer ${one.tokens.access_token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const begun = await one.fetch(one.url, {
    method: 'POST', headers,
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'hand', version: '1' } } }),
  });
  const session = { ...headers, 'mcp-session-id': begun.headers.get('mcp-session-id'), 'mcp-protocol-version': '2025-11-25' };
  return fetch(one.url, { headers: { ...session, accept: 'text/event-stream' }, signal: AbortSignal.timeout(10_000) });
}

const names = ({ body }) => body.result.tools.map(({ name }) => name).sort();

describe('a personal access token', () => {
  test('is printed once, works as a bearer, and is marked in the records', async () => {
    const made = await add('--name', 'nightly');
    assert.match(made.token, /^gth_[A-Za-z0-9_-]{43}$/);
    const answer = await holder(made.token).call('whoami');
    assert.match(toolText(answer), /alice/);
    const record = await until('the record', async () => (await world.gateway.records('--server', 'todo-local')).find(({ connection, kind }) => kind === 'call' && connection === made.id));
    assert.equal(record.client, 'personal-token');
    const listed = JSON.parse((await command('tokens', 'list', '--json')).stdout);
    const shown = listed.find(({ id }) => id === made.id);
    assert.equal(shown.name, 'nightly');
    assert.equal(shown.token, undefined);
    const stored = readdirSync(world.gateway.dataDir).filter((name) => name.startsWith('gatehouse.db')).map((name) => readFileSync(join(world.gateway.dataDir, name), 'latin1')).join('');
    assert.ok(!stored.includes(made.token.slice(4)), 'the token is in the store');
    assert.ok(!JSON.stringify(await world.gateway.records()).includes(made.token.slice(4)), 'the token is in the records');
  });

  test('calls and lists only the tools it was made for', async () => {
    const made = await add('--tools', 'whoami,list_*');
    const limited = holder(made.token);
    assert.deepEqual(names(await limited.rpc('tools/list')), ['list_todos', 'whoami']);
    assert.match(toolText(await limited.call('whoami')), /alice/);
    const refused = await limited.call('add_todo', { title: 'no' });
    assert.equal(refused.status, 200);
    assert.deepEqual(refused.body.error, { code: -32602, message: 'Unknown tool: add_todo' });
  });

  test('carries only the scopes it was made with', async () => {
    const made = await add('--scopes', 'todos.read');
    assert.deepEqual(made.scopes, ['todos.read']);
    const wide = await command('tokens', 'add', '--user', 'alice', '--server', 'todo-local', '--scopes', 'admin', '--expires', '1h');
    assert.equal(wide.status, 1);
    assert.match(wide.stderr, /has no scope admin/);
  });

  test('is dead on the next request once it is revoked, and its streams end', async () => {
    const made = await add();
    const used = holder(made.token);
    assert.equal((await used.call('whoami')).status, 200);
    const opened = await openStream(used);
    assert.equal(opened.status, 200);
    const ended = opened.text().then(() => 'ended', (error) => error.name);
    assert.equal((await command('tokens', 'revoke', made.id)).status, 0);
    const after = await used.call('whoami');
    assert.equal(after.status, 401);
    assert.match(after.headers.get('www-authenticate'), /error="invalid_token"/);
    assert.equal(await ended, 'ended');
    assert.equal((await command('tokens', 'revoke', made.id)).status, 1);
  });

  test('ends when its time is over', async () => {
    const made = await add('--expires', '1s');
    await until('the end', async () => (await holder(made.token).call('whoami')).status === 401);
  });

  test('is good at its own server only, and nowhere where they are off', async () => {
    const made = await add();
    assert.equal((await holder(made.token, 'todo').call('whoami')).status, 401);
    assert.equal((await holder(made.token, 'closed').call('whoami')).status, 401);
    const refused = await command('tokens', 'add', '--user', 'alice', '--server', 'closed', '--expires', '1d');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /personal_tokens: true/);
    assert.equal((await command('tokens', 'add', '--user', 'nobody', '--server', 'todo-local')).status, 1);
    assert.equal((await command('tokens', 'add', '--server', 'todo-local')).status, 2);
  });

  test('ends with the person', async () => {
    await world.gateway.addUser('carol');
    const answer = await command('tokens', 'add', '--user', 'carol', '--server', 'todo-local', '--expires', '1d', '--json');
    const { token } = JSON.parse(answer.stdout);
    assert.notEqual((await holder(token).rpc('tools/list')).status, 403);
    assert.equal((await command('users', 'disable', 'carol')).status, 0);
    assert.equal((await holder(token).rpc('tools/list')).headers.get('www-authenticate').includes('invalid_token'), true);
    assert.equal((await command('users', 'enable', 'carol')).status, 0);
    assert.equal((await holder(token).rpc('tools/list')).status, 401);
  });

  test('survives a restart', async () => {
    const kept = await add();
    const gone = await add();
    assert.equal((await command('tokens', 'revoke', gone.id)).status, 0);
    await world.gateway.kill();
    await world.gateway.start();
    assert.equal((await holder(kept.token).call('whoami')).status, 200);
    assert.equal((await holder(gone.token).call('whoami')).status, 401);
  });
});
