// SPDX-License-Identifier: Apache-2.0
// Rules of the OAuth edge that show only from outside, on an origin with several servers; each test names
// its rules (docs/spec-coverage.md).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { Gateway, localPassword, reserveGateway } from './lib/gateway.mjs';
import { HandClient, redirectUri } from './lib/hand_client.mjs';
import { freePort } from './lib/processes.mjs';
import { startRecorder, workerSecret } from './lib/services.mjs';
import { World } from './lib/world.mjs';

const secret = 'the secret of a backend, long enough';
const world = new World();
let gateway, recorder;

before(async () => {
  recorder = await world.use(startRecorder());
  const server = { sign_in: 'local', scopes: ['read', 'write'], worker: { secret: workerSecret } };
  gateway = new Gateway(await reserveGateway(), {
    servers: {
      a: {
        ...server, runtime: recorder.url,
        clients: [{ id: 'desktop', name: 'Desktop', redirect_uris: ['http://127.0.0.1/callback'] }, { id: 'backend', secret, redirect_uris: ['https://app.example/callback'] }],
      },
      b: { ...server, runtime: recorder.url },
      dead: { ...server, runtime: `http://127.0.0.1:${await freePort()}/mcp` },
    },
  });
  await world.use(gateway.start());
  await gateway.addUser('alice');
});
after(() => world.stop());

const newBrowser = (more) => new Browser({ accounts: { [gateway.origin]: { username: 'alice', password: localPassword } }, ...more });
async function newClient(server = 'a', metadata) {
  const client = new HandClient(gateway, server);
  await client.register(metadata);
  return client;
}
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

test('the challenge is one Bearer challenge of quoted strings, the same each time (A10, A21)', async () => {
  const client = new HandClient(gateway, 'a');
  for (const token of [undefined, 'not.a.token']) {
    const challenges = [];
    for (const method of ['tools/list', 'tools/call', 'ping']) {
      const answer = await client.rpc(method, {}, { token });
      assert.equal(answer.status, 401);
      challenges.push(answer.headers.get('www-authenticate'));
    }
    assert.equal(new Set(challenges).size, 1);
    assert.match(challenges[0], /^Bearer [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*"(?:, [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*")*$/);
    assert.ok(challenges[0].includes(`resource_metadata="${gateway.origin}/`), challenges[0]);
  }
});

test('a dead runtime costs nobody the sign-in (A24)', async () => {
  const client = await (await newClient('dead')).signIn(newBrowser());
  for (const method of ['ping', 'tools/list', 'tools/call']) {
    const answer = await client.rpc(method, { name: 'x' });
    assert.ok([502, 503].includes(answer.status), `${method}: ${answer.status}`);
    assert.equal(answer.headers.get('www-authenticate'), null);
  }
});

test('metadata may be kept for an hour, refusals may not (A25)', async () => {
  for (const path of ['oauth-protected-resource/a/mcp', 'oauth-authorization-server']) {
    const answer = await fetch(`${gateway.origin}/.well-known/${path}`);
    const [, seconds] = /^public, max-age=(\d+)$/.exec(answer.headers.get('cache-control'));
    assert.ok(Number(seconds) <= 3600);
  }
  assert.match((await new HandClient(gateway, 'a').rpc('ping')).headers.get('cache-control'), /no-store/);
});

test('the authorization server has one document and no OpenID one (B01, B03)', async () => {
  const at = (path, init) => fetch(`${gateway.origin}${path}`, { redirect: 'manual', ...init });
  const root = await at('/.well-known/oauth-authorization-server');
  const alias = await at('/.well-known/oauth-authorization-server/a/mcp');
  assert.deepEqual(await root.json(), await alias.json());
  for (const path of ['/.well-known/openid-configuration', '/.well-known/openid-configuration/a/mcp', '/a/mcp/.well-known/openid-configuration', '/a/mcp/.well-known/oauth-authorization-server']) {
    const answer = await at(path);
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [404, null], path);
  }
  assert.equal((await at('/.well-known/oauth-authorization-server', { method: 'POST' })).status, 405);
});

test('offline_access is accepted and neither listed nor granted as a scope (B07, E15)', async () => {
  const listed = await (await fetch(`${gateway.origin}/.well-known/oauth-authorization-server`)).json();
  assert.ok(!listed.scopes_supported.includes('offline_access'));
  const client = await newClient();
  const end = await client.authorize(newBrowser(), { scope: 'read offline_access' });
  const { body } = await client.redeem(end.url.searchParams.get('code'));
  assert.equal(body.scope, 'read');
  assert.equal(claimsOf(body.access_token).scope, 'read');
  assert.ok(body.refresh_token);
});

test('a client of 2025-03-26 finds the default paths, and a person picks the server (B10, B11, D12)', async () => {
  const headers = { 'mcp-protocol-version': '2025-03-26' };
  const document = await (await fetch(`${gateway.origin}/.well-known/oauth-authorization-server`, { headers })).json();
  assert.deepEqual(
    [document.issuer, document.authorization_endpoint, document.token_endpoint, document.registration_endpoint],
    [gateway.origin, ...['/authorize', '/token', '/register'].map((path) => gateway.origin + path)],
  );
  const client = await newClient('b');
  const browser = newBrowser({ server: 'b' });
  const end = await client.authorize(browser, { resource: undefined });
  assert.ok(end.stopped, browser.trail());
  const token = await client.redeem(end.url.searchParams.get('code'), { resource: '' });
  assert.equal(claimsOf(token.body.access_token).aud, gateway.mcpUrl('b'));
});

test('an origin for a resource says no more than none (D11)', async () => {
  const client = await newClient('b');
  const browser = newBrowser({ server: 'b' });
  const end = await client.authorize(browser, { resource: `${gateway.origin}/` });
  assert.ok(end.stopped, browser.trail());
  const token = await client.redeem(end.url.searchParams.get('code'), { resource: gateway.origin });
  assert.equal(token.status, 200, token.text);
  assert.equal(claimsOf(token.body.access_token).aud, gateway.mcpUrl('b'));
});

test('no page is readable by other origins, framed, or cut off from its opener, and none looks elsewhere (B16, D21, D30, I05, I24)', async () => {
  const client = await newClient('a', { client_name: 'Pages', logo_uri: 'https://evil.example/logo.svg', client_uri: 'https://evil.example/' });
  const browser = newBrowser();
  const end = await client.authorize(browser);
  const pages = [...browser.visited];
  pages.push(await newBrowser().open(`${gateway.origin}/authorize?client_id=nobody`), await browser.open(`${gateway.origin}/account`));
  assert.ok(pages.length >= 4);
  for (const { url, headers } of pages) {
    assert.match(headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/, url.href);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.match(headers.get('referrer-policy'), /^(no-referrer|same-origin)$/);
    assert.equal(headers.get('cross-origin-opener-policy'), null);
    assert.match(headers.get('cache-control'), /no-store/);
  }
  const shown = browser.bodies.join('\n');
  assert.doesNotMatch(shown, /<(?:img|script|iframe|link|object|embed)\b[^>]*(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i);
  assert.doesNotMatch(shown, new RegExp(`<title>[^<]*${end.url.searchParams.get('code')}`));
  for (const path of [`/authorize?${client.authorizeUrl().searchParams}`, '/sign-in', '/account', '/connect/a']) {
    const answer = await fetch(gateway.origin + path, { headers: { origin: 'http://localhost:6274' }, redirect: 'manual' });
    assert.equal(answer.headers.get('access-control-allow-origin'), null, path);
  }
});

test('a client’s logo is never linked to, and what it states about itself proves nothing (C16, C34)', async () => {
  const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const client = new HandClient(gateway, 'a');
  const answer = await client.register({
    client_name: 'Plain name', logo_uri: 'https://evil.example/logo.png',
    software_statement: `${b64({ alg: 'none' })}.${b64({ client_name: 'Stated name', redirect_uris: ['https://evil.example/'] })}.`,
  });
  assert.equal(answer.status, 201);
  assert.equal(answer.body.client_name, 'Plain name');
  assert.deepEqual(answer.body.redirect_uris, [redirectUri]);
  const browser = newBrowser();
  await client.authorize(browser);
  assert.match(browser.trail(), /Plain name/);
  assert.doesNotMatch(browser.bodies.join('\n'), /Stated name|evil\.example/);
});

test('nobody chooses a client id or a secret (C12, I39)', async () => {
  const client = new HandClient(gateway, 'a');
  const { id: user } = await gateway.addUser('carol');
  const answer = await client.register({ client_id: user, client_secret: 'chosen', client_id_issued_at: 1 });
  assert.equal(answer.status, 201);
  assert.notEqual(answer.body.client_id, user);
  assert.ok(!answer.body.client_id.startsWith('https:'));
  assert.equal(answer.body.client_secret, undefined);
  assert.notEqual(answer.body.client_id_issued_at, 1);
});

test('clients of the operator are public or confidential as configured (C40, E04)', async () => {
  const desktop = new HandClient(gateway, 'a');
  desktop.id = 'desktop';
  await desktop.signIn(newBrowser());
  assert.equal((await desktop.rpc('ping')).status, 200);

  const backend = new HandClient(gateway, 'a');
  backend.id = 'backend';
  const [redirect_uri, browser] = ['https://app.example/callback', newBrowser({ stopAt: 'https://app.example/callback' })];
  const end = await browser.open(backend.authorizeUrl({ redirect_uri }));
  const code = end.url.searchParams.get('code');
  const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: backend.verifier };
  assert.deepEqual([(await backend.token(form)).status, (await backend.token({ ...form, client_secret: 'wrong' })).status], [401, 401]);
  const answer = await backend.fetch(`${gateway.origin}/token`, {
    method: 'POST', body: new URLSearchParams(form), headers: { authorization: `Basic ${Buffer.from(`backend:${encodeURIComponent(secret)}`).toString('base64')}` },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await backend.rpc('ping', {}, { token: answer.body.access_token })).status, 200);
});

test('every client must use PKCE with S256 (D08, I16)', async () => {
  const client = new HandClient(gateway, 'a');
  client.id = 'desktop';
  const challenge = createHash('sha256').update('x').digest('base64url');
  for (const changes of [{ code_challenge: undefined }, { code_challenge_method: undefined }, { code_challenge_method: 'plain' }, { code_challenge: challenge.slice(1) }, { code_challenge: `${challenge.slice(1)}=` }]) {
    const answer = await client.fetch(client.authorizeUrl(changes));
    const { searchParams } = new URL(answer.headers.get('location'));
    assert.deepEqual([searchParams.get('error'), searchParams.get('code')], ['invalid_request', null], JSON.stringify(changes));
  }
});

test('what tells of tokens is stored nowhere on its way (F12)', async () => {
  const post = (path, body) => fetch(gateway.origin + path, { method: 'POST', body: new URLSearchParams(body) });
  for (const [path, body] of [['/introspect', { token: 'x' }], ['/introspect', { token: 'x', client_id: 'backend', client_secret: secret }], ['/revoke', { token: 'x', client_id: 'desktop' }], ['/token', {}]]) {
    assert.match((await post(path, body)).headers.get('cache-control'), /no-store/, path);
  }
});

test('no token, code or secret is in the log or the records, even when the runtime echoes what it got (A23, I24, I64, I92)', async () => {
  const client = await newClient();
  const end = await client.authorize(newBrowser());
  const code = end.url.searchParams.get('code');
  client.tokens = (await client.redeem(code)).body;
  const echoed = await client.call('headers');
  assert.ok(echoed.text.includes(workerSecret), 'this runtime gives away what it got');
  const refreshed = await client.refresh();
  const records = await gateway.records();
  assert.ok(records.some(({ item }) => item === 'headers'));
  const written = `${gateway.program.stdout}\n${gateway.program.stderr}\n${JSON.stringify(records)}`;
  for (const value of [code, client.verifier, client.tokens.access_token, client.tokens.refresh_token, refreshed.body.refresh_token, localPassword, secret, workerSecret]) {
    assert.ok(!written.includes(value), `${value.slice(0, 12)}…`);
    assert.ok(!written.includes(value.slice(-24)), `${value.slice(0, 12)}…`);
  }
});
