// SPDX-License-Identifier: Apache-2.0
// Promises of the admin API, of servers with a host of their own and of the master key that nothing else shows.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { World } from './lib/world.mjs';

const world = new World();
before(() => world.startRecording({ server: { clients: [{ id: 'desktop', name: 'Desktop', redirect_uris: ['http://127.0.0.1/callback'] }] } }));
after(() => world.stop());

async function admin(path, { token = readFileSync(`${world.gateway.dataDir}/admin.token`, 'utf8').trim(), method = 'GET', body, headers } = {}) {
  const answer = await fetch(`http://127.0.0.1:${world.gateway.adminPort}${path}`, {
    method, body: body && JSON.stringify(body), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) };
}

/** A request whose Host header says something else than where it goes. */
const asHost = (host, path, method = 'GET') => new Promise((resolve, reject) => {
  request({ host: '127.0.0.1', port: world.gateway.port, path, method, headers: { host }, agent: false }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
  }).on('error', reject).end();
});

test('every list has items with id and origin, and a next', async () => {
  await world.gateway.addUser('alice');
  const client = await world.client();
  await client.call('echo', { text: 'x' });
  for (const noun of ['servers', 'profiles', 'users', 'clients', 'connections', 'grants', 'keys']) {
    const { status, body } = await admin(`/api/v1/${noun}`);
    assert.equal(status, 200, noun);
    assert.ok('next' in body && body.items.length > 0, noun);
    for (const item of body.items) {
      assert.ok(item.id && ['file', 'api'].includes(item.origin), noun);
      const single = await admin(`/api/v1/${noun}/${encodeURIComponent(item.id)}`);
      assert.deepEqual([single.status, single.body.id], [200, item.id], noun);
    }
  }
});

test('errors are problem documents', async () => {
  for (const [answer, status] of [[admin('/api/v1/servers', { token: 'wrong' }), 401], [admin('/api/v1/nope'), 404], [admin('/api/v1/servers/nope'), 404]]) {
    const { status: got, headers, body } = await answer;
    assert.deepEqual([got, headers.get('content-type'), body.status], [status, 'application/problem+json', status]);
  }
});

test('what the file defines is changed in the file only', async () => {
  for (const path of ['servers/todo', 'profiles/todo', 'clients/desktop']) {
    assert.equal((await admin(`/api/v1/${path}`, { method: 'PATCH', body: { title: 'x' } })).status, 409, path);
    assert.equal((await admin(`/api/v1/${path}`, { method: 'DELETE' })).status, 409, path);
  }
});

test('a user is made, changed by whoever saw the latest state, and removed', async () => {
  const made = await admin('/api/v1/users', { method: 'POST', body: { name: 'zoe', email: 'zoe@todo.example', password: 'long enough', groups: ['a'] } });
  assert.equal(made.status, 201);
  const path = `/api/v1/users/${made.body.id}`;
  const match = { 'if-match': made.headers.get('etag') };
  const changed = await admin(path, { method: 'PATCH', body: { groups: ['b'] }, headers: match });
  assert.deepEqual([changed.status, changed.body.groups], [200, ['b']]);
  assert.equal((await admin(path, { method: 'PATCH', body: { groups: ['c'] }, headers: match })).status, 412);
  assert.equal((await admin(path, { method: 'DELETE' })).status, 204);
  assert.equal((await admin(path)).status, 404);
});

test('a server with a host of its own is an issuer of its own (B12)', async () => {
  const { config, port } = world.gateway;
  world.gateway.configure({ ...config, servers: { ...config.servers, own: { runtime: world.recorder.url, sign_in: 'local', host: 'own.localhost' } } });
  await world.gateway.program.stop();
  await world.gateway.start();
  const origin = `http://own.localhost:${port}`;
  const refused = await asHost(`own.localhost:${port}`, '/mcp', 'POST');
  assert.equal(refused.status, 401);
  assert.ok(refused.headers['www-authenticate'].includes(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`));
  assert.equal(JSON.parse((await asHost(`own.localhost:${port}`, '/.well-known/oauth-authorization-server')).text).issuer, origin);
  assert.equal(JSON.parse((await asHost(`own.localhost:${port}`, '/.well-known/oauth-protected-resource')).text).resource, `${origin}/mcp`);
  assert.equal((await asHost(`own.localhost:${port}`, '/todo/mcp', 'POST')).status, 404);
  assert.equal((await asHost('elsewhere.example', '/mcp', 'POST')).status, 421);
  assert.equal((await asHost('elsewhere.example', '/readyz')).status, 200);
});

test('the master key is rotated without losing a grant, a client or a token', async () => {
  const client = await world.client();
  const { gateway } = world;
  const { config } = gateway;
  const old = readFileSync(`${gateway.dataDir}/master.key`, 'utf8').trim();
  const fresh = randomBytes(32).toString('base64');
  for (const keys of [[fresh, old], [fresh]]) {
    await gateway.program.stop();
    gateway.configure({ ...config, master_key: keys });
    await gateway.start();
    assert.equal((await client.call('echo', { text: 'x' })).status, 200, `${keys.length} keys`);
  }
  const again = await client.authorize(world.browser());
  assert.ok(again.url.searchParams.get('code'), again.text);
});
