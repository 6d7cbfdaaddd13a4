// SPDX-License-Identifier: Apache-2.0
// oauth4webapi, which refuses whatever the specifications do not allow, as every kind of client: registered,
// named by a document, and configured with a secret (Basic and in the body) or a key.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { redirectUri, HandClient } from './lib/hand_client.mjs';
import { World } from './lib/world.mjs';

const insecure = { [oauth.allowInsecureRequests]: true };
const secret = 'a secret: with %, + and /';
const world = new World();
let as;
let key;

before(async () => {
  key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.publicKey);
  const jwks = JSON.stringify({ keys: [{ kty, crv, x, y, kid: 'k', alg: 'ES256', use: 'sig' }] });
  await world.startRecording({
    server: { sign_in: 'local', profile: undefined, scopes: ['items:read', 'items:write'], clients: [
      { id: 'desk', redirect_uris: [redirectUri] },
      { id: 'back-office', secret, redirect_uris: [redirectUri] },
      { id: 'batch', secret, grants: ['client_credentials'], scopes: ['items:read'] },
      { id: 'night', jwks, grants: ['client_credentials'] },
      { id: 'robot', jwks, redirect_uris: [redirectUri] },
    ] },
    config: { profiles: {} },
  });
  await world.gateway.addUser('alice');
  const issuer = new URL(world.gateway.origin);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
});
after(() => world.stop());

async function register(metadata) {
  const answer = await oauth.dynamicClientRegistrationRequest(as, { client_name: 'Strict', redirect_uris: [redirectUri], ...metadata }, insecure);
  const client = await oauth.processDynamicClientRegistrationResponse(answer);
  return { client, auth: client.client_secret ? oauth.ClientSecretPost(client.client_secret) : oauth.None() };
}

const ways = {
  'registered, public': () => register({ token_endpoint_auth_method: 'none' }),
  'registered, with a secret in the body': () => register({ token_endpoint_auth_method: 'client_secret_post' }),
  'registered, with a Basic secret': async () => {
    const { client } = await register({ token_endpoint_auth_method: 'client_secret_basic' });
    return { client, auth: oauth.ClientSecretBasic(client.client_secret) };
  },
  'named by a document': () => ({ client: { client_id: 'https://claude.ai/oauth/claude-code-client-metadata' }, auth: oauth.None(), redirect: 'http://localhost:51940/callback' }),
  'configured, public': () => ({ client: { client_id: 'desk' }, auth: oauth.None() }),
  'configured, with a Basic secret': () => ({ client: { client_id: 'back-office' }, auth: oauth.ClientSecretBasic(secret) }),
  'configured, with a secret in the body': () => ({ client: { client_id: 'back-office' }, auth: oauth.ClientSecretPost(secret) }),
  'configured, with a key': () => ({ client: { client_id: 'robot' }, auth: oauth.PrivateKeyJwt({ key: key.privateKey, kid: 'k' }) }),
};

describe('a strict client', () => {
  for (const [way, make] of Object.entries(ways)) {
    test(`${way}, gets tokens, refreshes, introspects and revokes`, async () => {
      const { client, auth, redirect = redirectUri } = await make();
      const hand = new HandClient(world.gateway);
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const url = new URL(as.authorization_endpoint);
      url.search = new URLSearchParams({
        response_type: 'code', client_id: client.client_id, redirect_uri: redirect, state, scope: 'items:read',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', resource: hand.url,
      });
      const browser = world.browser('alice', { stopAt: redirect });
      const end = await browser.open(url);
      assert.ok(end.stopped, browser.trail());
      const parameters = oauth.validateAuthResponse(as, client, end.url, state);
      const more = { ...insecure, additionalParameters: { resource: hand.url } };
      const tokens = await oauth.processAuthorizationCodeResponse(
        as, client, await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, redirect, verifier, more));
      assert.equal(tokens.scope, 'items:read');
      const request = new Request(hand.url, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      const claims = await oauth.validateJwtAccessToken(as, request, hand.url, insecure);
      assert.deepEqual([claims.client_id, claims.scope], [client.client_id, 'items:read']);
      assert.equal((await hand.rpc('tools/list', {}, { token: tokens.access_token })).status, 200);

      const refreshed = await oauth.processRefreshTokenResponse(
        as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, more));
      assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
      const introspect = async (token) => oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, insecure));
      const confidential = client.client_secret || ['back-office', 'robot'].includes(client.client_id);
      if (confidential) {
        const seen = await introspect(refreshed.access_token);
        assert.deepEqual([seen.active, seen.client_id, seen.aud, seen.iss], [true, client.client_id, hand.url, as.issuer]);
      } else {
        await assert.rejects(introspect(refreshed.access_token));
      }
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, refreshed.refresh_token, insecure));
      assert.equal((await hand.rpc('tools/list', {}, { token: refreshed.access_token })).status, 401);
      if (confidential) assert.deepEqual(await introspect(refreshed.access_token), { active: false });
      await assert.rejects(async () => oauth.processRefreshTokenResponse(
        as, client, await oauth.refreshTokenGrantRequest(as, client, auth, refreshed.refresh_token, more)), { error: 'invalid_grant' });
    });
  }
});

describe('a strict client', () => {
  test('pushes its request ahead (D27, D28)', async () => {
    const { client, auth } = await register({ token_endpoint_auth_method: 'client_secret_post' });
    const hand = new HandClient(world.gateway);
    const verifier = oauth.generateRandomCodeVerifier();
    const parameters = {
      response_type: 'code', redirect_uri: redirectUri, state: 's', scope: 'items:read', resource: hand.url,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    };
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, await oauth.pushedAuthorizationRequest(as, client, auth, parameters, insecure));
    assert.equal(pushed.expires_in, 60);
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
    const browser = world.browser('alice', { stopAt: redirectUri });
    const end = await browser.open(url);
    assert.ok(end.stopped, browser.trail());
    const answer = oauth.validateAuthResponse(as, client, end.url, 's');
    const tokens = await oauth.processAuthorizationCodeResponse(
      as, client, await oauth.authorizationCodeGrantRequest(as, client, auth, answer, redirectUri, verifier, insecure));
    assert.equal((await hand.rpc('tools/list', {}, { token: tokens.access_token })).status, 200);
    const again = await browser.open(url);
    assert.ok(!again.stopped, 'a request_uri leads to one code only');
  });

  const agents = { batch: () => oauth.ClientSecretBasic(secret), night: () => oauth.PrivateKeyJwt({ key: key.privateKey, kid: 'k' }) };
  for (const [id, auth] of Object.entries(agents)) {
    test(`acts for itself as ${id} (E30, E31)`, async () => {
      const client = { client_id: id };
      const hand = new HandClient(world.gateway);
      const answer = await oauth.clientCredentialsGrantRequest(as, client, auth(), new URLSearchParams({ resource: hand.url, scope: 'items:read' }), insecure);
      const tokens = await oauth.processClientCredentialsResponse(as, client, answer);
      assert.deepEqual([tokens.scope, tokens.refresh_token], ['items:read', undefined]);
      const before = world.recorder.requests.length;
      assert.equal((await hand.rpc('tools/list', {}, { token: tokens.access_token })).status, 200);
      const { headers } = world.recorder.requests[before];
      assert.deepEqual([headers['x-gateway-user'], headers['x-gateway-client']], [`client:${id}`, id]);
      assert.equal((await world.gateway.command(['clients', 'disable', id])).status, 0);
      assert.equal((await hand.rpc('tools/list', {}, { token: tokens.access_token })).status, 401);
    });
  }
});
