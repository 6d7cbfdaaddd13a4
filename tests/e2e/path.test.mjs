// SPDX-License-Identifier: Apache-2.0
// The path of a person, step by step: the challenge, the documents, registration, sign-in, consent, the
// downstream leg, the code, the token, the tools (A01-A10, B01-B04, C, D, E02).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { HandClient, redirectUri, toolText } from './lib/hand_client.mjs';
import { World } from './lib/world.mjs';

const world = new World();
before(() => world.startTodo());
after(() => world.stop());

test('a request without a token is told where to find the metadata', async () => {
  const client = new HandClient(world.gateway, 'todo');
  for (const method of ['POST', 'GET', 'DELETE']) {
    const answer = await client.fetch(client.url, { method });
    assert.equal(answer.status, 401, method);
    const challenge = answer.headers.get('www-authenticate');
    assert.match(challenge, /^Bearer resource_metadata="/);
    assert.match(challenge, /scope="todos\.read todos\.write"/);
    assert.ok(challenge.includes(`"${world.gateway.origin}/.well-known/oauth-protected-resource/todo/mcp"`), challenge);
    assert.ok(!challenge.includes('error='), challenge);
  }
});

test('the metadata leads from the MCP URL to the endpoints', async () => {
  const { origin } = world.gateway;
  const resource = await (await fetch(`${origin}/.well-known/oauth-protected-resource/todo/mcp`)).json();
  assert.equal(resource.resource, `${origin}/todo/mcp`);
  assert.deepEqual(resource.authorization_servers, [origin]);
  const slash = await (await fetch(`${origin}/.well-known/oauth-protected-resource/todo/mcp/`)).json();
  assert.equal(slash.resource, `${origin}/todo/mcp/`, 'one trailing slash is echoed');
  const server = await (await fetch(`${origin}/.well-known/oauth-authorization-server`)).json();
  assert.equal(server.issuer, origin);
  assert.deepEqual(server.code_challenge_methods_supported, ['S256']);
  assert.equal(server.token_endpoint_auth_methods_supported[0], 'none');
  assert.equal(server.authorization_response_iss_parameter_supported, true);
  for (const path of ['openid-configuration', 'oauth-protected-resource', 'oauth-protected-resource/nope/mcp']) {
    assert.equal((await fetch(`${origin}/.well-known/${path}`)).status, 404, path);
  }
});

const ways = {
  // Consent comes first and names no person; then the account says who it is.
  todo: (origin, api) => [origin, api],
  // Sign-in, consent, then the account that the tools use.
  'todo-local': (origin, api) => [origin, origin, api],
};
for (const [server, pages] of Object.entries(ways)) {
  describe(`at ${server}`, () => {
    test('a person signs in once, consents, and the client uses the tools', async () => {
      const client = new HandClient(world.gateway, server);
      const registered = await client.register();
      assert.equal(registered.status, 201);
      assert.equal(registered.body.token_endpoint_auth_method, 'none');
      assert.ok(!('client_secret' in registered.body));

      const browser = world.browser();
      const end = await client.authorize(browser);
      assert.ok(end.stopped, browser.trail());
      const shown = browser.visited.map(({ url }) => url.origin);
      assert.deepEqual(shown, pages(world.gateway.origin, world.api.url), browser.trail());
      assert.equal(end.url.searchParams.get('iss'), world.gateway.origin);
      assert.equal(end.url.searchParams.get('state'), 'a/b+c==');

      const token = await client.redeem(end.url.searchParams.get('code'));
      assert.equal(token.status, 200, token.text);
      assert.match(token.headers.get('cache-control'), /no-store/);
      assert.equal(token.body.token_type, 'Bearer');
      assert.equal(token.body.expires_in, 3600);
      assert.equal(typeof token.body.refresh_token, 'string');
      client.tokens = token.body;

      const tools = await client.rpc('tools/list');
      assert.equal(tools.status, 200, tools.text);
      assert.deepEqual(tools.body.result.tools.map(({ name }) => name), ['list_todos', 'add_todo', 'complete_todo', 'delete_todo', 'whoami']);
      const added = await client.call('add_todo', { title: `from ${server}` });
      assert.ok(!added.body.result.isError, added.text);
      assert.match(toolText(await client.call('list_todos')), new RegExp(`Water the plants.*from ${server}`, 's'));
      const me = JSON.parse(toolText(await client.call('whoami')));
      assert.equal(me.todo_api.username, 'alice');
      assert.equal(me.gateway.email, 'alice@todo.example');

      const everything = client.received.join('\n');
      assert.doesNotMatch(everything, world.api.tokenPattern, 'a downstream token reached the client');
    });
  });
}

test('two people have their own lists', async () => {
  const bob = await world.client('todo', { person: 'bob' });
  const list = toolText(await bob.call('list_todos'));
  assert.match(list, /Book the train/);
  assert.doesNotMatch(list, /Water the plants/);
});

test('a second client of the same browser asks for consent, not for a second sign-in at the gateway', async () => {
  const browser = world.browser();
  const first = await world.client('todo-local', { signedIn: false });
  await first.signIn(browser);
  const before = browser.visited.length;
  const second = await world.client('todo-local', { signedIn: false });
  await second.signIn(browser);
  const asked = browser.visited.slice(before).flatMap(({ forms }) => forms.flatMap(({ fields, buttons }) => [...fields, ...buttons].map(({ name }) => name)));
  assert.ok(asked.includes('decision'), 'consent is asked for');
  assert.ok(!asked.includes('password'), 'nobody signs in twice');
  assert.equal((await second.call('list_todos')).status, 200);
});

test('a strict relying party accepts every answer', async () => {
  const options = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(world.gateway.origin);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }));
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(server, { redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }, options),
  );
  const hand = new HandClient(world.gateway, 'todo');
  hand.id = client.client_id;
  const end = await hand.authorize(world.browser());
  const parameters = oauth.validateAuthResponse(server, client, end.url, 'a/b+c==');
  const request = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, hand.verifier, options);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, request);
  const refreshed = await oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token, options));
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
  const revoked = await oauth.revocationRequest(server, client, oauth.None(), refreshed.refresh_token, options);
  await oauth.processRevocationResponse(revoked);
  assert.equal((await hand.rpc('tools/list', {}, { token: refreshed.access_token })).status, 401, 'revocation counts at once');
});
