// SPDX-License-Identifier: Apache-2.0
// HTTP/2 on the public TLS listener: Node's client, curl and an MCP SDK client through the real binary.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Agent, fetch as undiciFetch } from 'undici';
import { Authority } from './lib/certificates.mjs';
import { Gateway, reserveGateway } from './lib/gateway.mjs';
import { startRecorder } from './lib/services.mjs';
import { until } from './lib/wait.mjs';
import { World, workerSecret } from './lib/world.mjs';

const world = new World();
const authority = new Authority();
const file = (name) => join(world.gateway.folder, name);
const run = promisify(execFile);

function replaceCertificate({ cert, key }) {
  writeFileSync(file('key.pem'), key);
  writeFileSync(file('cert.pem'), cert);
}

/** A runtime of the session era: GET is a stream that stays. */
async function startSessions() {
  const streams = new Set();
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"open"}}\n\n');
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return undefined;
    }
    if (request.method === 'DELETE') return response.writeHead(204).end();
    const { id, method, params } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    const result = {
      initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'sessions', version: '1' } },
      'tools/list': { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: `echo: ${params?.arguments?.text}` }] },
    }[method] ?? {};
    response.writeHead(200, { 'content-type': 'application/json', ...(method === 'initialize' && { 'mcp-session-id': 'one' }) });
    return response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/mcp`, streams, stop: () => { server.closeAllConnections(); server.close(); } };
}

before(async () => {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.pem]);
  await world.use(authority);
  world.recorder = await world.use(startRecorder());
  world.sessions = await world.use(startSessions());
  const reserved = await reserveGateway();
  const server = ({ url }) => ({ runtime: url, sign_in: 'local', worker: { secret: workerSecret } });
  world.gateway = new Gateway({ ...reserved, origin: `https://localhost:${reserved.port}` }, {
    tls: { certificate: 'cert.pem', key: 'key.pem' },
    shutdown_grace: '10s',
    servers: { todo: server(world.recorder), live: server(world.sessions) },
  });
  writeFileSync(file('ca.pem'), authority.pem);
  replaceCertificate(authority.issue());
  await world.use(world.gateway.start());
  await world.gateway.addUser('alice');
  world.caller = await world.client('todo');
});
after(() => world.stop());

const connections = [];
async function connect() {
  const session = http2.connect(world.gateway.origin);
  connections.push(session);
  session.on('error', () => {});
  await once(session, 'connect');
  assert.equal(session.alpnProtocol, 'h2');
  return session;
}
after(() => connections.forEach((session) => session.destroy()));

/** One stream. `answer` resolves with the head; `text()` with the body. */
function open(session, headers, body) {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  stream.setEncoding('utf8');
  stream.text = async () => { let all = ''; for await (const piece of stream) all += piece; return all; };
  stream.answer = once(stream, 'response').then(([head]) => head);
  return stream;
}

async function ask(session, headers, body) {
  const stream = open(session, headers, body);
  const head = await stream.answer;
  return { status: head[':status'], headers: head, text: await stream.text() };
}

/** A call as the hand client makes it, as fields of HTTP/2. */
function callOf(name, args) {
  const { headers, body } = world.caller.request('tools/call', { name, arguments: args });
  return [{ ':method': 'POST', ':path': new URL(world.caller.url).pathname, ...headers }, body];
}

test('metadata, refusals and authenticated calls over one connection', async () => {
  const session = await connect();
  const metadata = await ask(session, { ':path': '/.well-known/oauth-authorization-server' });
  assert.equal(metadata.status, 200);
  assert.equal(JSON.parse(metadata.text).issuer, world.gateway.origin);
  const [fields, body] = callOf('echo', { text: 'over two' });
  const answer = await ask(session, fields, body);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(JSON.parse(answer.text).result.content[0].text, 'echo: over two');
  const { authorization, ...stranger } = fields;
  const refused = await ask(session, stranger, body);
  assert.equal(refused.status, 401);
  assert.match(refused.headers['www-authenticate'], /^Bearer .*resource_metadata=/);
  const head = await ask(session, { ':method': 'HEAD', ':path': '/.well-known/oauth-authorization-server' });
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  assert.equal((await ask(session, { ':path': '/healthz', ':authority': 'evil.example' })).text.trim(), 'ok');
  assert.equal((await ask(session, { ':path': '/todo/mcp', ':authority': 'evil.example' })).status, 421);
  const large = open(session, fields, Buffer.alloc(5 * 1024 * 1024, ' '));
  large.on('error', () => {});
  assert.equal((await large.answer)[':status'], 413);
  assert.equal((await ask(session, ...callOf('echo', { text: 'x' }))).status, 200);
});

test('what the runtime receives does not tell the version', async () => {
  const session = await connect();
  const [fields, body] = callOf('echo', { text: 'two' });
  await ask(session, { ...fields, cookie: ['a=1', 'b=2'], 'x-kept': 'yes' }, body);
  const two = world.recorder.calls().at(-1);
  const answer = await world.caller.call('echo', { text: 'one' }, { headers: { cookie: 'a=1; b=2', 'x-kept': 'yes' } });
  assert.equal(answer.status, 200);
  const one = world.recorder.calls().at(-1);
  const names = ({ headers }) => Object.keys(headers).filter((name) => !['user-agent', 'accept-language', 'sec-fetch-mode', 'accept-encoding', 'connection'].includes(name)).sort();
  assert.deepEqual(names(two), names(one));
  assert.equal(two.headers['x-kept'], 'yes');
  assert.equal(two.headers.cookie, undefined);
});

test('many calls at once, each with its own answer', async () => {
  const session = await connect();
  const texts = Array.from({ length: 400 }, (_, i) => `number ${i}`);
  const answers = await Promise.all(texts.map((text) => ask(session, ...callOf('echo', { text }))));
  assert.deepEqual(answers.map(({ text }) => JSON.parse(text).result.content[0].text), texts.map((text) => `echo: ${text}`));
});

test('streams of events run beside calls, and a cancelled one ends alone', async () => {
  const session = await connect();
  const [first, second] = [open(session, ...callOf('wait', {})), open(session, ...callOf('wait', {}))];
  for (const stream of [first, second]) assert.equal((await stream.answer)['content-type'], 'text/event-stream');
  assert.match((await once(first, 'data'))[0], /waiting/);
  assert.equal((await ask(session, ...callOf('echo', { text: 'beside' }))).status, 200);
  first.on('error', () => {});
  first.close(http2.constants.NGHTTP2_CANCEL);
  await once(first, 'close');
  const rest = second.text();
  world.recorder.finish();
  assert.match(await rest, /finished/);
  assert.equal((await ask(session, { ':path': '/healthz' })).status, 200);
});

test('a new certificate is for new connections; streams that run go on', async () => {
  const session = await connect();
  const before = session.socket.getPeerCertificate().fingerprint256;
  const stream = open(session, ...callOf('wait', {}));
  await stream.answer;
  replaceCertificate(authority.issue());
  await until('the new certificate', async () => {
    const next = await connect();
    return next.socket.getPeerCertificate().fingerprint256 !== before;
  });
  assert.equal((await ask(session, ...callOf('echo', { text: 'same' }))).status, 200);
  world.recorder.finish();
  assert.match(await stream.text(), /finished/);
});

test('an MCP SDK client over HTTP/2: session, GET stream, calls, DELETE', async () => {
  const signedIn = await world.client('live');
  const spoken = new Set();
  const agent = new Agent({ allowH2: true, connect: { ca: authority.pem } });
  const note = ({ socket }) => spoken.add(socket.alpnProtocol);
  subscribe('undici:client:connected', note);
  const statuses = [];
  const transport = new StreamableHTTPClientTransport(new URL(signedIn.url), {
    requestInit: { headers: { authorization: `Bearer ${signedIn.tokens.access_token}` } },
    fetch: async (url, init) => {
      const answer = await undiciFetch(url, { ...init, dispatcher: agent });
      statuses.push(`${init?.method ?? 'GET'} ${answer.status}`);
      return answer;
    },
  });
  const client = new Client({ name: 'sdk over two', version: '1' });
  await client.connect(transport);
  assert.deepEqual((await client.listTools()).tools.map(({ name }) => name), ['echo']);
  const answers = await Promise.all(['a', 'b', 'c'].map((text) => client.callTool({ name: 'echo', arguments: { text } })));
  assert.deepEqual(answers.map(({ content }) => content[0].text), ['echo: a', 'echo: b', 'echo: c']);
  await until('the GET stream', async () => world.sessions.streams.size === 1);
  assert.ok(statuses.includes('GET 200'), statuses.join());
  await transport.terminateSession();
  await client.close();
  await until('the end of the GET stream', async () => world.sessions.streams.size === 0);
  await agent.close();
  unsubscribe('undici:client:connected', note);
  assert.deepEqual([...spoken], ['h2']);
});

test('curl speaks both versions on one port', async () => {
  const options = ['-sS', '--cacert', file('ca.pem'), '-o', '/dev/null', '-w', '%{http_version} %{http_code}', `${world.gateway.origin}/.well-known/oauth-authorization-server`];
  assert.equal((await run('curl', ['--http2', ...options])).stdout, '2 200');
  assert.equal((await run('curl', ['--http1.1', ...options])).stdout, '1.1 200');
  assert.equal((await run('curl', ['--no-alpn', ...options])).stdout, '1.1 200');
  await assert.rejects(run('curl', ['--http2-prior-knowledge', ...options.slice(0, -1), world.gateway.origin.replace('https', 'http')]));
});

test('rapid resets end their own connection only (CVE-2023-44487)', async () => {
  const [attacker, other] = [await connect(), await connect()];
  const closed = once(attacker, 'close');
  let code;
  attacker.on('goaway', (sent) => { code = sent; });
  attacker.removeAllListeners('error').on('error', () => {});
  const [fields] = callOf('echo', {});
  for (let i = 0; i < 2000 && !attacker.destroyed; ++i) {
    const stream = attacker.request(fields, { endStream: false });
    stream.on('error', () => {});
    stream.close(http2.constants.NGHTTP2_CANCEL);
    if (i % 50 === 0) await new Promise(setImmediate);
  }
  await closed;
  assert.equal(code, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  assert.equal((await ask(other, { ':path': '/healthz' })).status, 200);
});

test('stopping says so and ends streams well', async () => {
  const session = await connect();
  const stream = open(session, ...callOf('wait', {}));
  await stream.answer;
  const goaway = once(session, 'goaway');
  const text = stream.text();
  await world.gateway.stop();
  assert.equal((await goaway)[0], http2.constants.NGHTTP2_NO_ERROR);
  assert.match(await text, /waiting/);
  assert.equal(stream.rstCode, http2.constants.NGHTTP2_NO_ERROR);
});
