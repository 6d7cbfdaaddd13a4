// SPDX-License-Identifier: Apache-2.0
// `gatehouse doctor` in front of a gateway, of runtimes without one, and of things that are set up wrong.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { Program, binary, python, run } from './lib/processes.mjs';
import { startRecorder } from './lib/services.mjs';
import { World } from './lib/world.mjs';

const world = new World();
before(() => world.startRecording());
after(() => world.stop());

const doctor = async (url, ...options) => {
  const { status, stdout, stderr } = await run(binary, ['doctor', url, '--json', ...options]);
  if (!stdout) throw new Error(`doctor: ${status} ${stderr}`);
  const report = JSON.parse(stdout);
  const named = (result) => report.checks.filter((check) => check.result === result).map(({ check }) => check);
  return { status, report, failed: named('fail'), warned: named('warn'), passed: named('pass') };
};

/** A server whose answers a test writes down: path to [status, headers, body], or a function. */
async function startScripted(answers) {
  const server = createServer((request, response) => {
    const path = request.url.split('?')[0];
    const answer = answers[`${request.method} ${path}`] ?? answers[path] ?? [404, {}, 'not found'];
    const [status, headers, body] = typeof answer === 'function' ? answer(server.origin) : answer;
    request.resume();
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.origin = `http://127.0.0.1:${server.address().port}`;
  return { url: `${server.origin}/mcp`, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}

const json = { 'content-type': 'application/json' };
const sound = {
  '/mcp': (origin) => [401, { 'www-authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp", scope="a"` }, ''],
  '/.well-known/oauth-protected-resource/mcp': (origin) => [200, json, { resource: `${origin}/mcp`, authorization_servers: [origin] }],
  '/.well-known/oauth-authorization-server': (origin) => [200, json, {
    issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token`, registration_endpoint: `${origin}/register`,
    response_types_supported: ['code'], code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
  }],
  '/register': [201, json, { client_id: 'one', token_endpoint_auth_method: 'none' }],
  '/authorize': [200, { 'content-type': 'text/html' }, '<h1>Sign in</h1>'],
  '/token': [400, json, { error: 'invalid_grant' }],
};

async function examined(changes, ...options) {
  const server = await startScripted({ ...sound, ...changes });
  try {
    return await doctor(server.url, ...options);
  } finally {
    await server.stop();
  }
}

for (const as of ['claude', 'claude-code', 'chatgpt', 'vscode', 'cursor', 'codex', 'inspector', 'generic']) {
  test(`a gateway passes as ${as}`, async () => {
    const { status, failed, passed, report } = await doctor(world.gateway.mcpUrl('todo'), '--as', as);
    assert.deepEqual(failed, [], JSON.stringify(report, null, 1));
    assert.equal(status, 0);
    for (const check of ['resource_metadata.resource', 'server_metadata.issuer', 'registration', 'authorize', 'token']) assert.ok(passed.includes(check), check);
  });
}

test('with a token it looks behind the sign-in', async () => {
  const client = await world.client();
  const { status, passed } = await doctor(world.gateway.mcpUrl('todo'), '--token', client.tokens.access_token);
  assert.equal(status, 0);
  assert.ok(passed.includes('session') && passed.includes('tools'));
  const other = await doctor(world.gateway.mcpUrl('todo'), '--token', `${client.tokens.access_token}x`);
  assert.deepEqual([other.status, other.failed], [1, ['session']]);
});

test('a server of the TypeScript SDK passes without a gateway', async () => {
  const server = createServer(async (request, response) => {
    const mcp = new McpServer({ name: 'plain', version: '1' });
    mcp.registerTool('echo', { description: 'echo' }, async () => ({ content: [] }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    await mcp.connect(transport);
    await transport.handleRequest(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { status, passed, report } = await doctor(`http://127.0.0.1:${server.address().port}/mcp`, '--as', 'claude-code');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  // Claude Code reads metadata first; a server that needs no sign-in has none.
  assert.equal(status, 0, JSON.stringify(report));
  assert.ok(passed.includes('session') && passed.includes('tools'));
});

test('a FastMCP server passes without a gateway', async () => {
  const code = 'import socket, sys\nfrom fastmcp import FastMCP\nm = FastMCP("plain")\n@m.tool\ndef add(a: int, b: int) -> int:\n    return a + b\ns = socket.socket(); s.bind(("127.0.0.1", 0)); port = s.getsockname()[1]; s.close()\nprint(f"on http://127.0.0.1:{port}/mcp", flush=True)\nm.run(transport="http", host="127.0.0.1", port=port, show_banner=False)\n';
  const program = new Program(python, ['-c', code]);
  const [, url] = await program.printed(/on (http:\S+)/);
  try {
    let found;
    for (let i = 0; i < 100; i += 1) {
      found = await doctor(url);
      if (!found.failed.includes('endpoint')) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(found.status, 0, JSON.stringify(found.report));
    assert.ok(found.passed.includes('tools'));
  } finally {
    await program.stop('SIGKILL');
  }
});

test('a hand-made runtime passes without a gateway', async () => {
  const recorder = await startRecorder();
  const { status, passed } = await doctor(recorder.url);
  await recorder.stop();
  assert.equal(status, 0);
  assert.ok(passed.includes('tools'));
});

test('a sound set-up has nothing to complain about', async () => {
  const { status, failed, warned } = await examined({});
  assert.deepEqual([status, failed, warned], [0, [], []]);
});

// What is broken, and the check that says so.
const broken = [
  ['a redirect at the endpoint', { '/mcp': [308, { location: '/mcp/' }, ''] }, 'endpoint'],
  ['a bot protection', { '/mcp': [403, { 'content-type': 'text/html' }, '<html>Just a moment</html>'] }, 'endpoint'],
  ['an endpoint that a proxy does not forward', { '/mcp': [404, {}, ''] }, 'endpoint'],
  ['a challenge of another scheme', { '/mcp': [401, { 'www-authenticate': 'Basic realm="x"' }, ''] }, 'challenge'],
  ['metadata on another origin', { '/mcp': [401, { 'www-authenticate': 'Bearer resource_metadata="https://other.example/x"' }, ''] }, 'challenge.origin'],
  ['a page where the metadata should be', { '/.well-known/oauth-protected-resource/mcp': [200, { 'content-type': 'text/html' }, '<html></html>'] }, 'resource_metadata'],
  ['a resource with a slash too many', { '/.well-known/oauth-protected-resource/mcp': (origin) => [200, json, { resource: `${origin}/mcp/`, authorization_servers: [origin] }] }, 'resource_metadata.resource'],
  ['a resource of another host', { '/.well-known/oauth-protected-resource/mcp': (origin) => [200, json, { resource: 'http://inner:8080/mcp', authorization_servers: [origin] }] }, 'resource_metadata.resource'],
  ['no authorization server', { '/.well-known/oauth-protected-resource/mcp': (origin) => [200, json, { resource: `${origin}/mcp` }] }, 'resource_metadata.authorization_servers'],
  ['no server metadata', { '/.well-known/oauth-authorization-server': [404, {}, ''] }, 'server_metadata'],
  ['another issuer', { '/.well-known/oauth-authorization-server': (origin) => [200, json, { ...sound['/.well-known/oauth-authorization-server'](origin)[2], issuer: `${origin}/` }] }, 'server_metadata.issuer'],
  ['no PKCE', { '/.well-known/oauth-authorization-server': (origin) => [200, json, { ...sound['/.well-known/oauth-authorization-server'](origin)[2], code_challenge_methods_supported: ['plain'] }] }, 'server_metadata.pkce'],
  ['a registration that is refused', { '/register': [400, json, { error: 'invalid_redirect_uri' }] }, 'registration'],
  ['an authorize page that fails', { '/authorize': [500, {}, ''] }, 'authorize'],
  ['a token endpoint that answers with a page', { '/token': [200, { 'content-type': 'text/html' }, '<html></html>'] }, 'token'],
];
for (const [what, changes, check] of broken) {
  test(`it finds ${what}`, async () => {
    const { status, failed, report } = await examined(changes);
    assert.equal(status, 1, JSON.stringify(report));
    assert.deepEqual(failed, [check]);
    assert.ok(report.checks.find(({ check: name }) => name === check).remedy.length > 10);
  });
}

test('limits of one client are only its own', async () => {
  const slow = { '/.well-known/oauth-authorization-server': [429, {}, ''], '/.well-known/openid-configuration': sound['/.well-known/oauth-authorization-server'] };
  assert.deepEqual((await examined(slow, '--as', 'codex')).failed, ['server_metadata']);
  assert.deepEqual((await examined(slow, '--as', 'cursor')).failed, []);
});

test('it says how it is used', async () => {
  assert.equal((await run(binary, ['doctor'])).status, 2);
  assert.equal((await run(binary, ['doctor', 'ftp://x'])).status, 2);
  assert.equal((await run(binary, ['doctor', 'http://127.0.0.1:1/mcp', '--as', 'nobody'])).status, 2);
  assert.equal((await run(binary, ['doctor', 'http://127.0.0.1:1/mcp'])).status, 1);
});
