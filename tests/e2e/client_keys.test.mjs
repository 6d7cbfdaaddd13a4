// SPDX-License-Identifier: Apache-2.0
// Clients that authenticate with a key (private_key_jwt), by a strict relying party: registered with the key
// itself, configured by the operator with a URL of keys, and named by a document that demands it (E06, C25).
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { Browser } from './lib/browser.mjs';
import { Gateway, localPassword, reserveGateway } from './lib/gateway.mjs';
import { HandClient, redirectUri } from './lib/hand_client.mjs';
import { startRecorder, workerSecret } from './lib/services.mjs';
import { World } from './lib/world.mjs';

const insecure = { [oauth.allowInsecureRequests]: true };
const world = new World();
let gateway, as, pair, jwk, published;

before(async () => {
  pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  jwk = { kty, crv, x, y, kid: 'first', alg: 'ES256', use: 'sig' };
  published = [jwk];
  const keyHost = createServer((request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published })));
  await new Promise((resolve) => { keyHost.listen(0, '127.0.0.1', resolve); });
  await world.use({ stop: () => new Promise((resolve) => { keyHost.closeAllConnections(); keyHost.close(resolve); }) });
  const recorder = await world.use(startRecorder());
  gateway = new Gateway(await reserveGateway(), {
    servers: {
      a: {
        runtime: recorder.url, sign_in: 'local', scopes: ['read'], worker: { secret: workerSecret },
        clients: [{ id: 'robot', jwks_uri: `http://127.0.0.1:${keyHost.address().port}/jwks.json`, redirect_uris: [redirectUri] }],
      },
    },
  });
  await world.use(gateway.start());
  await gateway.addUser('alice');
  const issuer = new URL(gateway.origin);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
});
after(() => world.stop());

/** The code grant, a refresh and a revocation, each with an assertion of its own. */
async function walk(clientId, key = { key: pair.privateKey, kid: 'first' }) {
  const hand = new HandClient(gateway, 'a');
  hand.id = clientId;
  const client = { client_id: clientId, token_endpoint_auth_method: 'private_key_jwt' };
  const end = await hand.authorize(new Browser({ accounts: { [gateway.origin]: { username: 'alice', password: localPassword } } }));
  const parameters = oauth.validateAuthResponse(as, client, end.url, 'a/b+c==');
  const bare = await hand.redeem(parameters.get('code'));
  assert.deepEqual([bare.status, bare.body.error], [401, 'invalid_client'], 'nothing without the key, and the code is not burnt');
  const proof = () => oauth.PrivateKeyJwt(key);
  const tokens = await oauth.processAuthorizationCodeResponse(
    as, client, await oauth.authorizationCodeGrantRequest(as, client, proof(), parameters, redirectUri, hand.verifier, insecure));
  assert.equal((await hand.rpc('ping', {}, { token: tokens.access_token })).status, 200);
  assert.equal((await hand.refresh(tokens.refresh_token)).status, 401);
  const refreshed = await oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, proof(), tokens.refresh_token, insecure));
  const seen = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, proof(), refreshed.access_token, insecure));
  assert.equal(seen.active, true);
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof(), refreshed.refresh_token, insecure));
  assert.equal((await hand.rpc('ping', {}, { token: refreshed.access_token })).status, 401);
}

test('the metadata says which signatures are taken (B04)', () => {
  assert.ok(as.token_endpoint_auth_methods_supported.includes('private_key_jwt'));
  assert.ok(as.token_endpoint_auth_signing_alg_values_supported.includes('ES256'));
  assert.ok(!as.token_endpoint_auth_signing_alg_values_supported.some((alg) => alg === 'none' || alg.startsWith('HS')));
});

test('a client registers its key and proves itself with it (C05, C06)', async () => {
  const hand = new HandClient(gateway, 'a');
  const { status, body } = await hand.register({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } });
  assert.equal(status, 201);
  assert.deepEqual([body.token_endpoint_auth_method, body.client_secret, body.jwks.keys[0].kid], ['private_key_jwt', undefined, 'first']);
  await walk(hand.id);
});

test('a client of the operator has its keys at a URL', () => walk('robot'));
