// SPDX-License-Identifier: Apache-2.0
// What the runtime receives, byte for byte (contract.md section 6; G21, G22).
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { World, workerSecret } from './lib/world.mjs';

const world = new World();
let client;
before(async () => { await world.startRecording(); client = await world.client(); });
after(() => world.stop());

const last = () => world.recorder.calls().at(-1);

test('secret, token and identity arrive, and the client’s own credentials do not', async () => { // G21
  const spoofed = {
    cookie: 'a=b', 'x-gateway-user': 'root', 'X-Gateway-Worker-Secret': 'guess', 'x-gateway-access-token': 'mine',
    'x_gateway_email': 'evil@example.com', 'x-gateway-anything': '1', 'x-forwarded-for': '10.0.0.1',
  };
  const answer = await client.call('echo', { text: 'hello' }, { headers: spoofed });
  assert.equal(answer.status, 200, answer.text);
  const { headers, rawHeaders } = last();
  assert.equal(headers['x-gateway-worker-secret'], workerSecret);
  assert.match(headers['x-gateway-access-token'], /^todo_access_/);
  assert.equal(headers['x-gateway-email'], 'alice@todo.example');
  assert.ok(headers['x-gateway-user'] && headers['x-gateway-user'] !== 'root');
  assert.equal(headers['x-gateway-client'], client.id);
  assert.match(headers['x-gateway-scope'], /todos\.read/);
  assert.ok(headers['x-request-id']);
  assert.match(headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
  assert.equal(headers.host, new URL(world.recorder.url).host);
  for (const name of ['authorization', 'cookie', 'x_gateway_email', 'x-gateway-anything']) assert.equal(headers[name], undefined, name);
  const everything = rawHeaders.join('\n');
  for (const value of ['guess', 'mine', 'root', 'evil@example.com', client.tokens.access_token]) assert.ok(!everything.includes(value), value);
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), [], 'no header comes twice');
});

test('the assertion says the same, signed by a key that the gateway publishes', async () => {
  await client.call('echo', { text: 'x' });
  const { headers } = last();
  const [head, body, signature] = headers['x-gateway-assertion'].split('.');
  const { alg, typ, kid } = JSON.parse(Buffer.from(head, 'base64url'));
  assert.deepEqual([alg, typ], ['ES256', 'gatehouse-assertion+jwt']);
  const { keys } = await (await fetch(`${world.gateway.origin}/jwks.json`)).json();
  const key = createPublicKey({ key: keys.find((candidate) => candidate.kid === kid), format: 'jwk' });
  assert.ok(verify('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  assert.equal(claims.iss, world.gateway.origin);
  assert.equal(claims.aud, world.recorder.url);
  assert.equal(claims.sub, headers['x-gateway-user']);
  assert.equal(claims.server, 'todo');
  assert.ok(claims.exp - claims.iat <= 60);
});

test('the body arrives byte for byte', async () => {
  const body = '{ "jsonrpc":"2.0", "id" : 7,"method":"tools/call","params":{"name":"echo","arguments":{"text":"ü\\u00fc \\ud83d\\ude00", "n": 1.50e2}}}';
  const answer = await client.fetch(client.url, {
    method: 'POST', body,
    headers: { authorization: `Bearer ${client.tokens.access_token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(last().body, body);
});

test('a session id given to the client is not the runtime’s own, and leads back to it', async () => {
  const headers = { authorization: `Bearer ${client.tokens.access_token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const post = (message, more) => client.fetch(client.url, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify({ jsonrpc: '2.0', ...message }) });
  const initialized = await post({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'h', version: '1' } } });
  const session = initialized.headers.get('mcp-session-id');
  assert.ok(session && !session.includes('recorder-session-1'));
  const more = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-06-18' };
  assert.equal((await post({ method: 'notifications/initialized' }, more)).status, 202);
  assert.equal((await post({ id: 2, method: 'tools/list' }, more)).status, 200);
  assert.equal(world.recorder.requests.at(-1).headers['mcp-session-id'], 'recorder-session-1');
  const other = await world.client('todo', { person: 'bob' });
  const foreign = await other.fetch(other.url, {
    method: 'POST', headers: { ...headers, ...more, authorization: `Bearer ${other.tokens.access_token}` }, body: JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/list' }),
  });
  assert.equal(foreign.status, 404, 'a session belongs to one person and client');
  assert.equal((await post({ id: 4, method: 'tools/list' }, { ...more, 'mcp-session-id': 'made-up' })).status, 404);
});

test('a request that tries to smuggle a second one is refused', async () => {
  const { port } = world.gateway;
  const before = world.recorder.requests.length;
  const answer = await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(
      `POST /todo/mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${client.tokens.access_token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /todo/mcp HTTP/1.1\r\n\r\n'));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('close', () => resolve(text)).on('error', reject);
  });
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.equal(world.recorder.requests.length, before);
});
