// SPDX-License-Identifier: Apache-2.0
// What stands around the gateway in these tests: the Todo API with its authorization server, the FastMCP
// runtime, oidc-provider as another authorization server, and a runtime that records what reaches it.
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { randomBytes } from 'node:crypto';
import * as oidc from 'oidc-provider';
import { Program, python, root } from './processes.mjs';

const Provider = oidc.default ?? oidc.Provider;
const PEOPLE = { alice: 'Alice Adler', bob: 'Bob Brandt' };
export const clientSecret = randomBytes(18).toString('base64url');
export const workerSecret = randomBytes(18).toString('base64url');
export const accounts = { alice: { username: 'alice', password: 'alice-demo' }, bob: { username: 'bob', password: 'bob-demo' } };

export async function startTodoApi({ redirectUris, accessTtl = 300, introspection } = {}) {
  const args = ['todo_api.py', '--port', '0', '--test-controls', '--access-ttl', String(accessTtl)];
  for (const uri of redirectUris ?? []) args.push('--redirect-uri', uri);
  if (introspection) args.push('--introspection-url', introspection);
  const program = new Program(python, args, { cwd: `${root}examples/todo`, env: { TODO_CLIENT_SECRET: clientSecret } });
  const [, url] = await program.printed(/on (http:\S+)/);
  const post = async (path, method = 'POST', body) => {
    const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
    if (answer.status !== 204) throw new Error(`${path}: ${answer.status}`);
  };
  return {
    url,
    tokenPattern: /todo_(access|refresh)_[\w-]+/,
    expireAccessTokens: () => post('/test/expire-access-tokens'),
    forgetGrants: () => post('/test/forget-grants'),
    faults: (faults) => post('/test/faults', 'PUT', faults),
    refreshes: async () => (await (await fetch(`${url}/test/stats`)).json()).refreshes,
    stop: () => program.stop(),
  };
}

export async function startTodoRuntime(api) {
  const program = new Program(python, ['runtime.py', '--port', '0'], {
    cwd: `${root}examples/todo`,
    env: { TODO_API: api.url, TODO_WORKER_SECRET: workerSecret },
  });
  const [, url] = await program.printed(/on (http:\S+)/);
  return { url, stop: () => program.stop() };
}

/** @param credentials {cert, key}, for https */
function listen(handler, credentials) {
  const server = credentials ? createSecureServer(credentials, handler) : createServer(handler);
  const origin = credentials ? 'https://localhost' : 'http://127.0.0.1';
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve({
      url: `${origin}:${server.address().port}`,
      pause: () => { const { port } = server.address(); server.port = port; return new Promise((done) => { server.close(done); server.closeAllConnections(); }); },
      resume: () => new Promise((done) => { server.listen(server.port, '127.0.0.1', done); }),
      stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
    }));
  });
}

/** A certified OpenID provider: rotation with reuse detection, resource indicators, opaque tokens. */
export async function startOidcProvider({ redirectUris, accessTtl = 300 }) {
  let handle;
  const server = await listen((request, response) => handle(request, response));
  const resource = `${server.url}/todo-api`;
  const tokens = [];
  const provider = new Provider(server.url, {
    clients: [{
      client_id: 'gatehouse', client_secret: clientSecret, redirect_uris: redirectUris,
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic',
    }],
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', 'todos.read', 'todos.write'],
    claims: { openid: ['sub', 'email', 'email_verified', 'name'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@todo.example`, email_verified: true, name: PEOPLE[id] ?? id }),
    }),
    issueRefreshToken: async (_context, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    rotateRefreshToken: true,
    ttl: { AccessToken: accessTtl, RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 600, IdToken: 600 },
    cookies: { keys: [randomBytes(18).toString('hex')] },
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      userinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, asked) => {
          if (asked !== resource) throw new oidc.errors.InvalidTarget();
          return { scope: 'todos.read todos.write', audience: resource, accessTokenTTL: accessTtl, accessTokenFormat: 'opaque' };
        },
      },
    },
  });
  let refreshes = 0;
  provider.on('grant.success', (context) => {
    tokens.push(context.body.access_token, context.body.refresh_token, context.body.id_token);
    if (context.oidc.params.grant_type === 'refresh_token') refreshes += 1;
  });
  handle = provider.callback();
  return { url: server.url, resource, tokens, introspection: `${server.url}/token/introspection`, refreshes: async () => refreshes, stop: server.stop };
}

const TOOLS = [
  { name: 'echo', description: 'Says it again', inputSchema: { type: 'object', properties: { text: { type: 'string' } } }, annotations: { readOnlyHint: true } },
];

/**
 * A runtime that keeps every request as it arrived: {method, url, headers, rawHeaders, body}. Its tool `wait`
 * answers with a stream that goes on until `finish` is called.
 * @param judge  gets the headers; says the status of an answer in place of the usual one, or nothing
 */
export async function startRecorder({ credentials, judge = () => undefined } = {}) {
  const requests = [];
  const probes = [];
  const waiting = [];
  const server = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    // What the gateway asks on its own behalf comes when it comes: tests count what clients cause.
    (request.headers['user-agent']?.startsWith('gatehouse (') ? probes : requests).push({ method: request.method, url: request.url, headers: request.headers, rawHeaders: request.rawHeaders, body });
    if (request.method === 'DELETE' && request.headers['mcp-session-id']) return response.writeHead(204).end();
    if (request.method !== 'POST') return response.writeHead(405).end();
    const status = await judge(request.headers);
    if (status) return response.writeHead(status).end();
    const { id, method, params } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    if (params?.name === 'wait') {
      const event = (message) => `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event({ method: 'notifications/message', params: { level: 'info', data: 'waiting' } }));
      waiting.push(() => response.end(event({ id, result: { content: [{ type: 'text', text: 'finished' }] } })));
      return undefined;
    }
    const results = {
      initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'recorder', version: '1' } },
      'tools/list': { tools: TOOLS },
      'tools/call': { content: [{ type: 'text', text: params?.name === 'headers' ? JSON.stringify(request.headers) : `echo: ${params?.arguments?.text}` }] },
      'server/discover': { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo: { name: 'recorder', version: '1' }, ttlMs: 0, cacheScope: 'private' },
      ping: {},
    };
    if (request.headers['mcp-protocol-version'] === '2026-07-28' && results[method]) results[method].resultType = 'complete';
    const answer = results[method] ? { jsonrpc: '2.0', id, result: results[method] } : { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
    response.writeHead(200, { 'content-type': 'application/json', ...(method === 'initialize' && { 'mcp-session-id': 'recorder-session-1' }) });
    response.end(JSON.stringify(answer));
  }, credentials);
  return { url: `${server.url}/mcp`, requests, probes, finish: () => waiting.splice(0).forEach((end) => end()), calls: () => requests.filter(({ body }) => body.includes('"tools/call"')), pause: server.pause, resume: server.resume, stop: server.stop };
}
