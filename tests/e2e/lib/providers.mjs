// SPDX-License-Identifier: Apache-2.0
// Where people sign in: oidc-provider, and a provider that lies as a test tells it to.
import { createServer } from 'node:http';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'oidc-provider';

const Provider = oidc.default ?? oidc.Provider;
export const signInSecret = randomBytes(18).toString('base64url');

/** Everybody's password is good at oidc-provider's own pages; what counts is what it says of them. */
export const people = {
  alice: { email: 'alice@example.com', email_verified: true, name: 'Alice Adler', groups: ['staff'] },
  carol: { email: 'carol@elsewhere.example', email_verified: true, name: 'Carol Clemens', groups: [] },
  mallory: { email: 'mallory@example.com', email_verified: false, name: 'Mallory', groups: [] },
};

function listen(handler) {
  const server = createServer(handler);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
  })));
}

/**
 * oidc-provider as companies run it: small ID tokens, the rest from userinfo. With `renews` it gives refresh tokens, each
 * good once; `tokens` is everything that it ever issued.
 */
export async function startSignInProvider({ redirectUris, renews = false, idTokenTtl = 300 }) {
  let handle;
  let renewals = 0;
  const asked = [];
  const tokens = [];
  const server = await listen((request, response) => {
    if (request.url.startsWith('/auth?')) asked.push(new URL(request.url, 'http://x').searchParams);
    handle(request, response);
  });
  const provider = new Provider(server.url, {
    clients: [{
      client_id: 'gatehouse', client_secret: signInSecret, redirect_uris: redirectUris,
      grant_types: ['authorization_code', ...(renews ? ['refresh_token'] : [])], response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic',
    }],
    pkce: { required: () => true },
    issueRefreshToken: async () => renews,
    rotateRefreshToken: true,
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people[id] }) }),
    cookies: { keys: [randomBytes(18).toString('hex')] },
    ttl: { AccessToken: 300, Grant: 600, IdToken: idTokenTtl, Interaction: 600, RefreshToken: 600, Session: 600 },
    features: { devInteractions: { enabled: true }, userinfo: { enabled: true } },
  });
  provider.on('grant.success', ({ body, oidc: { params } }) => {
    tokens.push(...[body.access_token, body.refresh_token, body.id_token].filter(Boolean));
    if (params.grant_type === 'refresh_token') renewals += 1;
  });
  const revokeAll = async () => {
    for (const token of tokens) await (await provider.RefreshToken.find(token))?.destroy();
  };
  handle = provider.callback();
  return { url: server.url, asked, tokens, renewals: () => renewals, revokeAll, stop: server.stop };
}

const tokenType = (name) => `urn:ietf:params:oauth:token-type:${name}`;
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** oidc-provider that issues access tokens in exchange for ID tokens of `trusted` (RFC 8693), and introspects them. */
export async function startExchangeServer({ trusted, accessTtl = 300, scopes = ['todos.read', 'todos.write'] }) {
  let handle;
  const asked = [];
  const server = await listen((request, response) => handle(request, response));
  const provider = new Provider(server.url, {
    clients: [{
      client_id: 'gatehouse', client_secret: signInSecret, redirect_uris: [], response_types: [], grant_types: [exchangeGrant],
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    scopes,
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    ttl: { AccessToken: accessTtl, Grant: 600 },
    features: { introspection: { enabled: true }, devInteractions: { enabled: false } },
  });
  const keys = createRemoteJWKSet(new URL(`${trusted.url}/jwks`));
  provider.registerGrantType(exchangeGrant, async (context) => {
    const { params, client } = context.oidc;
    asked.push({ ...params });
    const subject = params.subject_token_type === tokenType('id_token') &&
      await jwtVerify(params.subject_token, keys, { issuer: trusted.url, audience: 'gatehouse' }).catch(() => null);
    if (!subject) throw new oidc.errors.InvalidRequest('the subject token is no good');
    const accountId = subject.payload.sub;
    const grant = new provider.Grant({ clientId: client.clientId, accountId });
    grant.addOIDCScope(params.scope);
    const token = new provider.AccessToken({ accountId, client, grantId: await grant.save(), gty: 'token_exchange', scope: params.scope });
    context.body = {
      access_token: await token.save(), issued_token_type: tokenType('access_token'), token_type: 'Bearer', expires_in: token.expiration, scope: params.scope,
    };
  }, ['subject_token', 'subject_token_type', 'requested_token_type', 'scope']);
  const introspect = async (token) => (await fetch(`${server.url}/token/introspection`, {
    method: 'POST', body: new URLSearchParams({ token }),
    headers: { authorization: `Basic ${Buffer.from(`gatehouse:${signInSecret}`).toString('base64')}` },
  })).json();
  handle = provider.callback();
  return { url: server.url, asked, introspect, stop: server.stop };
}

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/**
 * A provider that says yes at once, and lies where `lies` says so: {claims, callback, token, issuer, down}; each is merged
 * over (or, as a function of the answer, replaces) what an honest provider would say.
 */
export async function startForger() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
  const codes = new Map();
  const forger = { lies: {}, redeemed: [] };

  const idToken = (claims) => {
    const head = `${base64url({ alg: 'ES256', typ: 'JWT', kid: 'k1' })}.${base64url(claims)}`;
    return `${head}.${sign('sha256', Buffer.from(head), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const pages = {
    '/.well-known/openid-configuration': () => ({
      issuer: forger.lies.issuer ?? forger.url,
      authorization_endpoint: `${forger.url}/authorize`, token_endpoint: `${forger.url}/token`, jwks_uri: `${forger.url}/jwks`,
      authorization_response_iss_parameter_supported: true, token_endpoint_auth_methods_supported: ['client_secret_post'],
    }),
    '/jwks': () => ({ keys: [jwk] }),
    '/token': (_query, form) => {
      const asked = codes.get(form.get('code'));
      forger.redeemed.push(form.get('code'));
      const honest = asked && form.get('client_secret') === signInSecret && form.get('redirect_uri') === asked.get('redirect_uri') &&
        createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url') === asked.get('code_challenge');
      if (!honest) return { error: 'invalid_grant' };
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: forger.url, sub: 'alice', aud: 'gatehouse', nonce: asked.get('nonce'), iat: now, exp: now + 300, ...people.alice, ...forger.lies.claims,
      };
      return { access_token: randomBytes(9).toString('hex'), token_type: 'Bearer', expires_in: 300, id_token: idToken(claims), ...forger.lies.token };
    },
  };
  const server = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const url = new URL(request.url, forger.url);
    if (forger.lies.down) return response.writeHead(503).end();
    if (url.pathname === '/authorize') {
      const code = randomBytes(9).toString('hex');
      codes.set(code, url.searchParams);
      const answer = { code, state: url.searchParams.get('state'), iss: forger.url, ...forger.lies.callback };
      const back = new URL(url.searchParams.get('redirect_uri'));
      for (const [name, value] of Object.entries(answer)) if (value !== null) back.searchParams.set(name, value);
      return response.writeHead(302, { location: back.href }).end();
    }
    const page = pages[url.pathname]?.(url.searchParams, new URLSearchParams(body));
    return response.writeHead(page ? (page.error ? 400 : 200) : 404, { 'content-type': 'application/json' }).end(JSON.stringify(page ?? {}));
  });
  return Object.assign(forger, server);
}
