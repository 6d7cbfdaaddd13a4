// SPDX-License-Identifier: Apache-2.0
// Clients, pages and runtimes of ill will against the real binary (requirements.md section I).
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { Gateway, localPassword, reserveGateway } from './lib/gateway.mjs';
import { HandClient } from './lib/hand_client.mjs';
import { startRecorder, workerSecret } from './lib/services.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const RESULT = '{"jsonrpc":"2.0","id":1,"result":{}}';
const world = new World();
let gateway, recorder, client, port;

const signedIn = async (person, server = 'a') => {
  const made = new HandClient(gateway, server);
  await made.register();
  return made.signIn(new Browser({ accounts: { [gateway.origin]: { username: person, password: localPassword } } }));
};

/** What comes back on a connection of its own until the gateway closes it. */
const raw = (text) => new Promise((resolve, reject) => {
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
  socket.setTimeout(10_000, () => socket.destroy(new Error(`no end of the answer to ${text.slice(0, 80)}`)));
  socket.setEncoding('latin1').on('data', (chunk) => (answer += chunk)).on('close', () => resolve(answer)).on('error', reject);
});

const head = (fields = [], { method = 'POST', target = '/a/mcp', token = client.tokens.access_token } = {}) =>
  [`${method} ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, 'Content-Type: application/json',
    'Accept: application/json, text/event-stream', 'MCP-Protocol-Version: 2025-06-18', ...fields, '', ''].join('\r\n');
const length = `Content-Length: ${PING.length}`;
const post = (fields = [], options) => raw(head([length, 'Connection: close', ...fields], options) + PING);

before(async () => {
  recorder = await world.use(startRecorder());
  gateway = new Gateway(await reserveGateway(), {
    servers: {
      a: { runtime: recorder.url, sign_in: 'local', scopes: ['read', 'write'], worker: { secret: workerSecret } },
      b: { runtime: recorder.url, sign_in: 'local' },
    },
  });
  ({ port } = gateway);
  await world.use(gateway.start());
  await gateway.addUser('alice');
  await gateway.addUser('bob');
  client = await signedIn('alice');
});
after(() => world.stop());

const chunked = 'Transfer-Encoding: chunked';
const doubtful = {
  'a length and chunks': () => head([length, chunked]) + '0\r\n\r\n',
  'two lengths': () => head([length, length]) + PING,
  'a list of lengths': () => head([`${length}, ${PING.length}`]) + PING,
  'a length with a sign': () => head([`Content-Length: +${PING.length}`]) + PING,
  'a coding besides chunked': () => head(['Transfer-Encoding: chunked, identity']) + '0\r\n\r\n',
  'an unknown coding': () => head(['Transfer-Encoding: xchunked']) + '0\r\n\r\n',
  'chunked twice': () => head([chunked, chunked]) + '0\r\n\r\n',
  'a space before a colon': () => head(['Transfer-Encoding : chunked']) + '0\r\n\r\n',
  'chunks in HTTP/1.0': () => head([chunked]).replace('HTTP/1.1', 'HTTP/1.0') + '0\r\n\r\n',
  'a folded field': () => head([length, 'X-A: b\r\n c']) + PING,
  'a bare line feed': () => head([length, 'X-A: b\nX-B: c']) + PING,
  'a bare carriage return': () => head([length, 'X-A: b\rX-B: c']) + PING,
  'a NUL in a value': () => head([length, 'X-A: b\0c']) + PING,
  'two hosts': () => head([length, 'Host: evil.example']) + PING,
  'a target of another host': () => head([length], { target: 'http://evil.example/a/mcp' }) + PING,
  'a chunk that ends with a line feed only': () => head([chunked]) + `${PING.length.toString(16)}\n${PING}\r\n0\r\n\r\n`,
  'a negative chunk': () => head([chunked]) + `-1\r\n${PING}\r\n0\r\n\r\n`,
  'a chunk size that overflows': () => head([chunked]) + `1000000000000000${PING.length.toString(16)}\r\n${PING}\r\n0\r\n\r\n`,
  'the preface of HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a tunnel': () => `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
};
for (const [name, text] of Object.entries(doubtful)) {
  test(`framing: ${name} is refused and ends the connection (I15, I70)`, async () => {
    const reached = recorder.requests.length;
    assert.match(await raw(text()), /^HTTP\/1\.1 (400|505) [^]*\r\nConnection: close\r\n/);
    assert.equal(recorder.requests.length, reached);
  });
}

test('no spelling of a path leads to a route or past its token (I89)', async () => {
  const reached = recorder.requests.length;
  for (const target of ['//a/mcp', '/./a/mcp', '/b/../a/mcp', '/b/%2e%2e/a/mcp', '/a/mcp;x', '/A/mcp', '/a%2fmcp', '/a/%6dcp', '/a/mcp%00', '/a/mcp//', '/a/mcp/.', '/a/mcp#x', '/a\\mcp']) {
    assert.match(await post([], { target }), /^HTTP\/1\.1 40[04] /, target);
  }
  assert.equal(recorder.requests.length, reached);
});

test('no method goes past the token, and none but POST, GET and DELETE to the runtime (I90)', async () => {
  const reached = recorder.requests.length;
  for (const method of ['TRACE', 'HEAD', 'PUT', 'PATCH', 'OPTIONS', 'post', 'QUERY']) {
    assert.match(await raw(head(['Connection: close'], { method })), /^HTTP\/1\.1 405 /, method);
    assert.match(await raw(head(['Connection: close'], { method, token: 'x.y.z' })), /^HTTP\/1\.1 401 /, method);
  }
  assert.equal(recorder.requests.length, reached);
});

test('what Connection lists stays here, and cannot take our own fields away (I63)', async () => {
  assert.match(await post(['Connection: X-Gateway-Worker-Secret, X-Gateway-User, X-Private', 'X-Private: 1', 'X_Gateway_User: root', 'Transfer_Encoding: chunked']), /^HTTP\/1\.1 200 /);
  const { headers } = recorder.requests.at(-1);
  assert.equal(headers['x-gateway-worker-secret'], workerSecret);
  assert.ok(headers['x-gateway-user']);
  for (const name of ['x-private', 'x_gateway_user', 'transfer_encoding']) assert.equal(headers[name], undefined, name);
});

test('forged and foreign tokens are all refused alike (I45-I49, I62)', async () => {
  const [header, payload, signature] = client.tokens.access_token.split('.');
  const fields = JSON.parse(Buffer.from(header, 'base64url'));
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = (changes) => {
    const text = `${b64({ ...fields, ...changes })}.${payload}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const { keys } = await (await fetch(`${gateway.origin}/jwks.json`)).json();
  const symmetric = `${b64({ ...fields, alg: 'HS256' })}.${payload}`;
  await client.rpc('ping');
  const forged = {
    none: `${b64({ ...fields, alg: 'none' })}.${payload}.`, 'none, signed': `${b64({ ...fields, alg: 'none' })}.${payload}.${signature}`,
    HS256: `${symmetric}.${createHmac('sha256', JSON.stringify(keys[0])).update(symmetric).digest('base64url')}`,
    'own key': signed({}), jwk: signed({ jwk: publicKey.export({ format: 'jwk' }) }), jku: signed({ jku: 'http://127.0.0.1:1/' }),
    kid: signed({ kid: '../../../dev/null' }), 'no kid': signed({ kid: undefined }), crit: `${b64({ ...fields, crit: ['exp'] })}.${payload}.${signature}`,
    'r = s = 0': `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`, 'no signature': `${header}.${payload}.`,
    'other claims': `${header}.${b64({ ...claims, sub: 'root' })}.${signature}`, 'other server': (await signedIn('alice', 'b')).tokens.access_token,
    assertion: recorder.requests.at(-1).headers['x-gateway-assertion'], 'refresh token': client.tokens.refresh_token, 'a fourth part': `${client.tokens.access_token}.x`,
  };
  const answers = new Set();
  for (const [name, token] of Object.entries(forged)) {
    const answer = await client.rpc('ping', {}, { token });
    assert.equal(answer.status, 401, name);
    answers.add(answer.headers.get('www-authenticate'));
  }
  assert.equal(answers.size, 1, 'the answer does not tell which check failed');
  for (const headers of [{ cookie: `access_token=${client.tokens.access_token}` }, { 'x-access-token': client.tokens.access_token }]) {
    assert.equal((await client.rpc('ping', {}, { token: null, headers })).status, 401);
  }
});

test('a session belongs to one person, client and server, whatever the method (I77, I78)', async () => {
  const send = (who, headers, { method = 'POST', body } = {}) => fetch(who.url, {
    method, body, headers: { authorization: `Bearer ${who.tokens.access_token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18', ...headers },
  });
  const opened = await send(client, {}, { body: '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}' });
  const session = opened.headers.get('mcp-session-id');
  const reached = recorder.requests.length;
  const others = [await signedIn('bob'), await signedIn('alice'), await signedIn('alice', 'b')];
  for (const other of others) {
    for (const request of [{ body: PING }, { body: RESULT }, { method: 'GET' }, { method: 'DELETE' }]) {
      assert.equal((await send(other, { 'mcp-session-id': session, 'last-event-id': '1' }, request)).status, 404);
    }
  }
  for (const changed of [`${session.slice(0, -4)}AAAA`, session.slice(1), '', 'recorder-session-1']) {
    assert.equal((await send(client, { 'mcp-session-id': changed }, { body: PING })).status, 404);
  }
  assert.equal(recorder.requests.length, reached);
  assert.equal((await send(client, { 'mcp-session-id': session }, { body: PING })).status, 200);
});

describe('a form of one page', () => {
  let jar, bystander;
  const go = async (address, init = {}) => {
    const cookie = Object.entries(jar).map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(address, gateway.origin), { redirect: 'manual', ...init, headers: { cookie, ...init.headers } });
    for (const line of answer.headers.getSetCookie()) jar[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1).split(';')[0];
    return [302, 303].includes(answer.status) && answer.headers.get('location').startsWith('/') ? go(answer.headers.get('location')) : answer;
  };
  const send = (action, fields) => go(action, { method: 'POST', body: new URLSearchParams(fields) });
  const open = async (address) => {
    const text = await (await go(address)).text();
    const fields = Object.fromEntries([...text.matchAll(/name="(transaction|form_token)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    return { action: /<form[^>]*action="([^"]*)"/.exec(text)[1], fields };
  };
  const signIn = async (username) => {
    const form = await open('/sign-in');
    await send(form.action, { ...form.fields, username, password: localPassword });
  };
  const consent = (scope) => open(client.authorizeUrl({ scope }));
  const allow = { decision: 'allow', scope: 'read' };

  before(async () => {
    jar = { gatehouse: 'planted-by-somebody' };
    await signIn('alice');
    bystander = jar.gatehouse;
  });

  test('a planted session is not taken over at sign-in (I25)', () => assert.notEqual(bystander, 'planted-by-somebody'));

  test('is no good without the cookie, its token or in another tab (I06, I07)', async () => {
    const [one, two] = [await consent('read'), await consent('read write')];
    for (const fields of [
      { ...one.fields, ...allow, form_token: '' }, { ...one.fields, ...allow, form_token: two.fields.form_token },
      { ...one.fields, ...allow, transaction: two.fields.transaction },
    ]) assert.equal((await send(one.action, fields)).status, 403);
    const kept = jar;
    jar = {};
    assert.equal((await send(one.action, { ...one.fields, ...allow })).status, 403);
    jar = kept;
  });

  test('decides about what was shown only, and only once (I07, I08)', async () => {
    const form = await consent('read');
    const fields = new URLSearchParams({ ...form.fields, ...allow, client_id: 'evil', redirect_uri: 'https://evil.example/' });
    fields.append('scope', 'write');
    fields.append('scope', 'admin');
    const answer = await send(form.action, fields);
    const location = new URL(answer.headers.get('location'));
    assert.equal(location.hostname, '127.0.0.1');
    const granted = await client.redeem(location.searchParams.get('code'));
    assert.equal(granted.body.scope, 'read');
    assert.equal((await send(form.action, fields)).status, 403);
  });

  test('is nobody else’s after another person signed in (I07)', async () => {
    const form = await consent('read');
    await signIn('bob');
    assert.equal((await send(form.action, { ...form.fields, ...allow })).status, 403);
  });
});

test('a thousand half-sent requests cost little and hinder nobody (I86)', async () => {
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.program.child.pid}/status`, 'utf8'))[1]);
  const at = memory();
  const sockets = await Promise.all(Array.from({ length: 1000 }, (_, index) => new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(index % 2 ? 'POST /a/mcp HTTP/1.1\r\nHost: x\r\nX-A: ' : `POST /token HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 16000\r\n\r\nx`, () => resolve(socket)));
    socket.on('error', reject);
  })));
  const began = Date.now();
  assert.equal((await client.rpc('ping')).status, 200);
  assert.ok(Date.now() - began < 2000);
  assert.ok(memory() - at < 32 * 1024, `${memory() - at} KiB more`);
  for (const socket of sockets) socket.destroy();
});

describe('a runtime', () => {
  const json = (fields = '') => `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${fields}Content-Length: ${RESULT.length}\r\n\r\n${RESULT}`;
  const closing = (socket, text) => { socket.end(text); };
  const behaviours = {
    'redirects': [502, (socket) => socket.write('HTTP/1.1 307 Look\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n')],
    'asks for other credentials': [502, (socket) => socket.write('HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer resource_metadata="https://evil.example/"\r\nContent-Length: 0\r\n\r\n')],
    'changes the protocol': [502, (socket) => socket.write('HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n')],
    'sends a length and chunks': [502, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n')],
    'sends broken chunks': [502, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')],
    'speaks another protocol': [502, (socket) => closing(socket, 'SSH-2.0-OpenSSH\r\n')],
    'sends a head without end': [502, (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(1 << 20)}`)],
    'dies in its body': [502, (socket) => closing(socket, 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"json')],
    'sends a second answer after the first': [200, (socket) => socket.write(json() + json('X-Poison: 1\r\n'))],
    'claims the gateway’s own fields': [200, (socket) => socket.write(json('Set-Cookie: gatehouse=evil\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nWWW-Authenticate: Basic\r\nX-Gateway-User: root\r\nMcp-Session-Id: evil\r\n'))],
  };
  let behave, rogue, its;
  const sockets = new Set();

  before(async () => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('data', (bytes) => { if (bytes.includes('\r\n\r\n')) behave(socket); });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    rogue = await world.use({ stop: () => { for (const socket of sockets) socket.destroy(); server.close(); } });
    gateway.configure({ ...gateway.config, servers: { ...gateway.config.servers, rogue: { runtime: `http://127.0.0.1:${server.address().port}/mcp`, sign_in: 'local', probe: false } } });
    gateway.program.child.kill('SIGHUP');
    await until('the new server', async () => (await fetch(`${gateway.origin}/rogue/mcp`, { method: 'POST' })).status === 401);
    its = await signedIn('alice', 'rogue');
  });

  for (const [name, [status, how]] of Object.entries(behaviours)) {
    test(`that ${name} harms nobody (I87)`, async () => {
      behave = how;
      const answer = await its.rpc('ping');
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.body.jsonrpc, '2.0');
      for (const field of ['set-cookie', 'www-authenticate', 'location', 'access-control-allow-origin', 'access-control-allow-credentials', 'x-gateway-user', 'mcp-session-id', 'x-poison']) {
        assert.equal(answer.headers.get(field), null, field);
      }
      behave = (socket) => socket.write(json());
      const next = await its.rpc('ping');
      assert.equal(next.status, 200, next.text);
      assert.equal(next.headers.get('x-poison'), null);
    });
  }
});

// Last, because it kills the gateway.
test('no call that reached the runtime is missing after kill -9 (contract.md section 10)', async () => {
  const names = [];
  let running = true;
  const callers = Array.from({ length: 12 }, async (_, caller) => {
    for (let call = 0; running; call += 1) {
      const name = `k${caller}-${call}`;
      const answer = await client.call(name).catch(() => null);
      if (answer === null) return;
      if (answer.status === 200) names.push(name);
    }
  });
  await until('calls under way', async () => names.length >= 100, { every: 5 });
  await gateway.kill();
  running = false;
  await Promise.all(callers);
  const reached = recorder.calls().map(({ body }) => JSON.parse(body).params.name).filter((name) => name.startsWith('k'));
  await gateway.start();
  const records = await until('all records', async () => {
    const found = new Map((await gateway.records('--server', 'a')).filter(({ method }) => method === 'tools/call').map((record) => [record.item, record]));
    return reached.every((name) => found.has(name)) && found;
  });
  for (const name of names) assert.equal(records.get(name)?.http_status, 200, `${name} was answered, so its outcome was in the journal`);
});
