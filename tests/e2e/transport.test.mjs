// SPDX-License-Identifier: Apache-2.0
// The rules of the MCP transport, one after the other, against a runtime that does as it is told.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Gateway, reserveGateway } from './lib/gateway.mjs';
import { World } from './lib/world.mjs';

const world = new World();
const both = 'application/json, text/event-stream';
const elsewhere = { requests: 0 };
let gateway, runtime, alice, bob;

const TOOLS = () => [
  { name: 'open', description: 'Anybody may.', inputSchema: { type: 'object', properties: { a: { $ref: `${elsewhere.url}/schema` } } } },
  { name: 'secret', description: 'Not for everybody.', inputSchema: { type: 'object' } },
  { name: 'huge', inputSchema: { type: 'object', properties: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`p${i}`, { $ref: '#/properties/p0' }])) } },
];
const shapes = {
  json: (text, response) => { response.writeHead(200, { 'content-type': 'application/json' }); response.end(text); },
  events: (text, response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }); response.end(`event: message\ndata: ${text}\n\n`); },
  'carriage returns': (text, response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }); response.end(`event: message\rdata: ${text}\r\r`); },
  'forged fields': (text, response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }); response.end(`: event: x\ndata: ${text.slice(0, 1)}\nid: 1\ndata: ${text.slice(1)}\nevent: message\n\n`); },
  'single bytes': async (text, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const byte of `data: ${text}\r\n\r\n`.slice(0, 400)) { response.write(byte); await new Promise(setImmediate); }
    response.end(`data: ${text}\r\n\r\n`.slice(400));
  },
};

async function startRuntime() {
  const state = { requests: [], shape: 'json', answers: [] };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    if (request.headers['user-agent']?.startsWith('gatehouse (')) return response.writeHead(404).end();
    state.requests.push({ method: request.method, headers: request.headers, body });
    if (request.method !== 'POST') return response.writeHead(405).end();
    const all = [JSON.parse(body)].flat();
    const answers = all.filter(({ id, method }) => id !== undefined && method).map(({ id, method, params }) => {
      if (method === 'initialize') return { jsonrpc: '2.0', id, result: { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: 'told', version: '1' } } };
      if (method === 'tools/list') return { jsonrpc: '2.0', id, result: { tools: TOOLS(), nextCursor: 'secret-page', ttlMs: 9e9, cacheScope: 'public', resultType: 'complete' } };
      if (method === 'tools/call' && params.name === 'open') return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'ran' }], resultType: 'complete' } };
      return { jsonrpc: '2.0', id, error: { code: -32602, message: `Unknown tool: ${params?.name}` } };
    });
    if (answers.length === 0) { state.answers.push(...all); return response.writeHead(202).end(); }
    if (all[0].method === 'initialize') {
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'told-1' });
      return response.end(JSON.stringify(answers[0]));
    }
    return shapes[state.shape](JSON.stringify(Array.isArray(JSON.parse(body)) ? answers : answers[0]), response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { state, url: `http://127.0.0.1:${server.address().port}/mcp`, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}

before(async () => {
  const far = createServer((_request, response) => { elsewhere.requests += 1; response.end('{}'); });
  await new Promise((resolve) => far.listen(0, '127.0.0.1', resolve));
  elsewhere.url = `http://127.0.0.1:${far.address().port}`;
  await world.use({ stop: () => new Promise((done) => far.close(done)) });
  runtime = await world.use(startRuntime());
  const rules = [{ name: 'not-for-bob', effect: 'deny', when: { users: ['bob'], tools: ['secret'] } }];
  gateway = new Gateway(await reserveGateway(), {
    servers: {
      a: { runtime: runtime.url, sign_in: 'local', policies: rules },
      few: { runtime: runtime.url, sign_in: 'local', budgets: [{ name: 'one', per: ['user'], limit: '1 calls', window: '1d' }] },
    },
  });
  world.gateway = gateway;
  await world.use(gateway.start());
  for (const name of ['alice', 'bob']) await gateway.addUser(name);
  alice = await world.client('a');
  bob = await world.client('a', { person: 'bob' });
});
after(() => world.stop());

/** A request that nothing was added to. */
async function send(body, headers = {}, { who = alice, method = 'POST', url = who.url } = {}) {
  const given = { 'content-type': 'application/json', accept: both, authorization: `Bearer ${who.tokens.access_token}`, ...headers };
  const answer = await fetch(url, { method, body, headers: Object.entries(given).filter(([, value]) => value !== undefined) });
  const text = await answer.text();
  const type = answer.headers.get('content-type') ?? '';
  const data = type.includes('event-stream') ? text.split(/\r\n|\r|\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim()).join('') : text;
  return { status: answer.status, headers: answer.headers, text, body: /json|event-stream/.test(type) ? JSON.parse(data) : undefined };
}
const untouched = async (work) => {
  const reached = runtime.state.requests.length;
  await work();
  assert.equal(runtime.state.requests.length, reached, 'the runtime was not reached');
};
const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
const modern = (method, params = {}) => JSON.stringify({ jsonrpc: '2.0', id: 'm', method, params: { ...params, _meta: meta } });
const fields = (method, name) => ({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(name && { 'mcp-name': name }) });
const names = ({ body }) => body.result.tools.map(({ name }) => name);

test('who does not say who it is gets no further (H80, H81, H82)', () => untouched(async () => {
  const challenge = (answer) => answer.headers.get('www-authenticate');
  const none = await send('{}', { authorization: undefined });
  assert.equal(none.status, 401);
  assert.doesNotMatch(challenge(none), /error=/);
  const bad = await send('{}', { authorization: 'Bearer a.b.c' });
  assert.equal(bad.status, 401);
  assert.match(challenge(bad), /error="invalid_token"/);
  const malformed = await send('{}', { authorization: 'Bearer a b' });
  assert.equal(malformed.status, 400);
  assert.match(challenge(malformed), /error="invalid_request"/);
}));

test('foreign pages and foreign names are refused, and pages without credentials get nothing (H84, I82, I83)', () => untouched(async () => {
  for (const method of ['POST', 'GET', 'DELETE']) {
    assert.equal((await send(method === 'POST' ? '{}' : undefined, { origin: 'https://evil.example' }, { method })).status, 403, method);
  }
  const { port } = gateway;
  const status = await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('POST /a/mcp HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'));
    socket.setEncoding('latin1').once('data', (text) => { resolve(text.slice(9, 12)); socket.destroy(); }).on('error', reject);
  });
  assert.equal(status, '421');
  const simple = await fetch(alice.url, { method: 'POST', headers: { 'content-type': 'text/plain', cookie: `token=${alice.tokens.access_token}` }, body: '{}' });
  assert.equal(simple.status, 401);
  assert.equal((await send('{}', { 'content-type': 'text/plain' })).status, 415);
}));

test('what is too large is refused (H92)', () => untouched(async () => {
  assert.equal((await send(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'y'.repeat(4 << 20)}"}}`)).status, 413);
  const head = await send('{}', { 'x-much': 'y'.repeat(40 << 10) }).catch((error) => ({ status: error.cause?.code }));
  assert.ok(head.status === 431 || head.status === 'UND_ERR_SOCKET', `${head.status}`);
}));

test('two readers of a body see the same (I72)', () => untouched(async () => {
  const cases = {
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open","name":"secret"}}': -32700,
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open","n\\u0061me":"secret"}}': -32700,
    '\uFEFF{"jsonrpc":"2.0","id":1,"method":"ping"}': -32700,
    '{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}': -32700,
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud800"}}': -32700,
    [`{"jsonrpc":"2.0","id":1,"method":"ping","params":${'['.repeat(10_000)}${']'.repeat(10_000)}}`]: -32700,
    '{"jsonrpc":"2.0","id":null,"method":"ping"}': -32600,
    '"ping"': -32600,
  };
  for (const [body, code] of Object.entries(cases)) {
    const answer = await send(body);
    assert.deepEqual([answer.status, answer.body.error.code], [400, code], body.slice(0, 80));
  }
}));

test('fields cannot say one thing and the body another (H20, H95, I71, I74)', () => untouched(async () => {
  const call = modern('tools/call', { name: 'secret', arguments: {} });
  const cases = [
    [call, { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list', 'mcp-name': 'secret' }, -32020],
    [call, fields('tools/call', 'open'), -32020],
    [call, fields('tools/call', '=?base64?b3Blbg==?='), -32020],
    [call, fields('tools/call', '=?base64?!!?='), -32020],
    [call, fields('tools/call'), -32020],
    [call, { 'mcp-protocol-version': '2025-06-18', 'mcp-method': 'tools/call', 'mcp-name': 'secret' }, -32020],
    [call, { 'mcp-method': 'tools/call', 'mcp-name': 'secret' }, -32020],
    ['{"jsonrpc":"2.0","id":1,"method":"ping"}', fields('ping'), -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"secret"}}', { 'mcp-protocol-version': '2025-06-18', 'mcp-name': 'open' }, -32020],
    [call.replaceAll('2026-07-28', 'v999.0.0'), { ...fields('tools/call', 'secret'), 'mcp-protocol-version': 'v999.0.0' }, -32022],
  ];
  for (const [body, headers, code] of cases) {
    const answer = await send(body, headers, { who: bob });
    assert.deepEqual([answer.status, answer.body.error?.code], [400, code], JSON.stringify(headers));
  }
}));

test('a notification is accepted without a word (H29)', async () => {
  const answer = await send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}', { 'mcp-protocol-version': '2025-06-18' });
  assert.deepEqual([answer.status, answer.text], [202, '']);
});

test('a batch hides nothing, and is part of 2025-03-26 only (I73)', async () => {
  const batch = JSON.stringify(['open', 'secret'].map((name, id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } })));
  const answer = await send(batch, { 'mcp-protocol-version': '2025-03-26' }, { who: bob });
  assert.equal(answer.status, 200);
  const by = Object.fromEntries(answer.body.map((one) => [one.id, one]));
  assert.equal(by[0].result.content[0].text, 'ran');
  assert.deepEqual(by[1].error, { code: -32602, message: 'Unknown tool: secret' });
  assert.doesNotMatch(runtime.state.requests.at(-1).body, /secret/);
  for (const version of ['2025-06-18', '2025-11-25']) assert.equal((await send(batch, { 'mcp-protocol-version': version }, { who: bob })).status, 400);
});

describe('a list', () => {
  after(() => { runtime.state.shape = 'json'; });
  for (const shape of Object.keys(shapes)) {
    test(`is cut in every form: ${shape} (H70, I76, I84, I88)`, async () => {
      runtime.state.shape = shape;
      const mine = await send(modern('tools/list'), fields('tools/list'));
      assert.deepEqual(names(mine), ['open', 'secret', 'huge']);
      const cut = await send(modern('tools/list'), fields('tools/list'), { who: bob });
      assert.deepEqual(names(cut), ['open', 'huge']);
      assert.equal(cut.body.result.cacheScope, 'private');
      assert.equal(cut.body.result.nextCursor, 'secret-page', 'cursors are the runtime\'s');
      assert.doesNotMatch(cut.text, /Not for everybody/);
      assert.deepEqual(cut.body.result.tools[1], TOOLS()[2]);
    });
  }

  test('is never a reason to fetch something (I91)', () => assert.equal(elsewhere.requests, 0));
});

test('a name that looks like another is another (I75)', async () => {
  for (const name of ['SECRET', 'secret ', ' secret', 'secre\u0442', 'secret\u200b', 'ｓecret']) {
    const answer = await send(modern('tools/call', { name, arguments: {} }), fields('tools/call', `=?base64?${Buffer.from(name).toString('base64')}?=`), { who: bob });
    assert.ok(answer.body.error || answer.body.result.isError, name);
    assert.doesNotMatch(answer.text, /ran/);
  }
});

test('no answer is for a cache (I85)', async () => {
  assert.match((await send(modern('ping'), fields('ping'))).headers.get('cache-control'), /no-store/);
  assert.match((await send('{}', { authorization: undefined })).headers.get('cache-control'), /no-store/);
  runtime.state.shape = 'events';
  assert.match((await send(modern('tools/list'), fields('tools/list'))).headers.get('cache-control'), /no-cache/);
  runtime.state.shape = 'json';
});

test('a session remembers its revision, and takes answers of its owner only (H47, H51)', async () => {
  const hello = await send('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}');
  const session = { 'mcp-session-id': hello.headers.get('mcp-session-id') };
  assert.equal((await send('{"jsonrpc":"2.0","id":"asked","result":{"roots":[]}}', session)).status, 202);
  assert.equal(runtime.state.answers.at(-1).id, 'asked');
  const given = runtime.state.answers.length;
  assert.equal((await send('{"jsonrpc":"2.0","id":"asked","result":{"roots":["evil"]}}', session, { who: bob })).status, 404);
  assert.equal(runtime.state.answers.length, given);
  assert.equal((await send('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', session)).status, 400, 'batches are no part of the session\'s revision');
});

test('who is blocked or over budget is told inside MCP (H87, H88)', async () => {
  const few = await world.client('few');
  assert.equal((await few.call('open')).body.result.content[0].text, 'ran');
  const over = await few.call('open');
  assert.deepEqual([over.status, over.body.result.isError, over.body.result._meta['gatehouse/decision'].reason], [200, true, 'budget']);
  assert.equal((await gateway.command(['pause', 'server', 'a'])).status, 0);
  const paused = await alice.call('open');
  assert.deepEqual([paused.status, paused.body.result.isError, paused.body.result._meta['gatehouse/decision'].reason], [200, true, 'blocked']);
  assert.equal((await gateway.command(['resume', 'server', 'a'])).status, 0);
});
