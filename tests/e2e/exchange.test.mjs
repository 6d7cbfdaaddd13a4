// SPDX-License-Identifier: Apache-2.0
// Accounts that come with the sign-in: its ID token is exchanged downstream (RFC 8693), between two real oidc-providers
// where they can play the part, and with a scripted server for what they never do.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { Gateway, reserveGateway } from './lib/gateway.mjs';
import { HandClient, redirectUri, toolText } from './lib/hand_client.mjs';
import { signInSecret, startExchangeServer, startSignInProvider } from './lib/providers.mjs';
import { Scripted } from './lib/scripted.mjs';
import { clientSecret, startRecorder, workerSecret } from './lib/services.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';


/** People sign in at oidc-provider `corp`, which renews; the servers' accounts come from `downstream`. */
async function start(world, { downstream, profile, servers, idTokenTtl }) {
  const reserved = await reserveGateway();
  world.corp = await world.use(startSignInProvider({ redirectUris: [`${reserved.origin}/sign-in/corp/callback`], renews: true, idTokenTtl }));
  world.downstream = await world.use(downstream(world.corp));
  world.recorder = await world.use(startRecorder());
  const server = (name, scopes) => ({ runtime: world.recorder.url, sign_in: 'corp', profile: 'todo', scopes, worker: { secret: workerSecret }, clients: [{ id: `desk-${name}`, redirect_uris: [redirectUri] }] });
  world.gateway = new Gateway(reserved, {
    sign_in: { oidc: { corp: { issuer: world.corp.url, client_id: 'gatehouse', client_secret: signInSecret, scopes: ['openid', 'email', 'profile'] } } },
    profiles: { todo: { issuer: world.downstream.url, exchange: { subject: 'id_token' }, scopes: ['todos.read', 'todos.write'], refresh_before: '0s', ...profile } },
    servers: Object.fromEntries(Object.entries(servers).map(([name, scopes]) => [name, server(name, scopes)])),
  });
  await world.use(world.gateway.start());
}

const browserOf = (world, person = 'alice') => new Browser({ accounts: { [world.corp.url]: { username: person, password: 'any' } } });

async function signedIn(world, server, browser = browserOf(world)) {
  const client = new HandClient(world.gateway, server);
  client.id = `desk-${server}`;
  await client.signIn(browser);
  return client;
}

const runtimeToken = (world) => world.recorder.calls().at(-1).headers['x-gateway-access-token'];

/** What the gateway wrote, answered and gave to runtimes. */
function everythingSaid(world, clients) {
  const { dataDir, program } = world.gateway;
  const files = readdirSync(dataDir, { recursive: true }).map((name) => join(dataDir, name)).filter((name) => statSync(name).isFile());
  return [program.output(), JSON.stringify(world.recorder.calls()), ...clients.flatMap(({ received }) => received), ...files.map((file) => readFileSync(file, 'latin1'))];
}

describe('between two oidc-providers', () => {
  const world = new World();
  before(() => start(world, {
    downstream: (corp) => startExchangeServer({ trusted: corp, accessTtl: 2 }),
    profile: { client: { id: 'gatehouse', secret: signInSecret } },
    servers: { reader: ['todos.read'], writer: ['todos.read', 'todos.write'] },
    idTokenTtl: 32, // a while less than the gateway wants it to be good for, two seconds from now
  }));
  after(() => world.stop());

  test('the account comes with the sign-in, and nobody is sent anywhere else', async () => {
    const browser = browserOf(world);
    const client = await signedIn(world, 'reader', browser);
    assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
    assert.ok(!browser.visited.some(({ url }) => url.origin === world.downstream.url), browser.trail());
    const { active, sub, scope } = await world.downstream.introspect(runtimeToken(world));
    assert.deepEqual({ active, sub, scope }, { active: true, sub: 'alice', scope: 'todos.read' });
    const asked = world.downstream.asked.at(-1);
    assert.equal(asked.requested_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  });

  test('each server gets its own scopes, and each person their own account (G09, G10)', async () => {
    const writer = await signedIn(world, 'writer');
    await writer.call('echo', { text: 'x' });
    assert.equal((await world.downstream.introspect(runtimeToken(world))).scope, 'todos.read todos.write');
    const carol = await signedIn(world, 'reader', browserOf(world, 'carol'));
    await carol.call('echo', { text: 'x' });
    assert.equal((await world.downstream.introspect(runtimeToken(world))).sub, 'carol');
  });

  test('a token that ends is exchanged anew, with a sign-in that is renewed at its provider, once for many calls', async () => {
    const client = await signedIn(world, 'reader');
    await client.call('echo', { text: 'x' });
    const [first, renewals] = [runtimeToken(world), world.corp.renewals()];
    const end = Date.now() + 2500;
    await until('both tokens to end', async () => Date.now() > end, { every: 100 });
    const exchanges = world.downstream.asked.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.call('echo', { text: 'y' })));
    for (const answer of answers) assert.equal(toolText(answer), 'echo: y', answer.text);
    assert.notEqual(runtimeToken(world), first);
    assert.equal((await world.downstream.introspect(runtimeToken(world))).sub, 'alice');
    assert.equal(world.corp.renewals(), renewals + 1);
    assert.equal(world.downstream.asked.length, exchanges + 1);
  });

  test('a sign-in that its provider ended needs a new one, and then everything runs', async () => {
    const browser = browserOf(world);
    const client = await signedIn(world, 'reader', browser);
    await client.call('echo', { text: 'x' });
    await world.corp.revokeAll();
    const end = Date.now() + 2500;
    await until('both tokens to end', async () => Date.now() > end, { every: 100 });
    for (let i = 0; i < 3; i += 1) assert.equal((await client.call('echo', { text: 'x' })).status, 401);
    assert.equal((await client.refresh()).body.error, 'invalid_grant');
    await client.signIn(browser);
    assert.equal(toolText(await client.call('echo', { text: 'again' })), 'echo: again');
  });

  test('no token of a sign-in is anywhere but at the two servers (G15, G21)', async () => {
    const client = await signedIn(world, 'reader');
    await client.call('echo', { text: 'x' });
    const texts = everythingSaid(world, [client]);
    assert.ok(world.corp.tokens.length >= 9);
    for (const token of world.corp.tokens) assert.ok(texts.every((text) => !text.includes(token)), 'a token of the sign-in leaked');
  });
});

describe('with a server that fails as it is told', () => {
  const world = new World();
  before(() => start(world, {
    downstream: () => new Scripted({ secret: clientSecret }).start(),
    profile: { client: { id: 'gatehouse', secret: clientSecret } },
    servers: { todo: ['todos.read'] },
  }));
  after(() => world.stop());

  const exchanges = () => world.downstream.requests.filter(({ form }) => form.get('grant_type')?.endsWith('token-exchange')).length;
  const bad = (change) => async ({ answer }) => { const good = await answer(); return { ...good, body: { ...good.body, ...change } }; };
  const refuse = (error, status = 400) => () => ({ status, body: { error } });
  const subjectOf = ({ form, answer }) => { const good = answer(); return { ...good, body: { ...good.body, access_token: form.get('subject_token') } }; };
  const outcomes = {
    'a refused subject is asked for once more, then the client hears of it': [refuse('invalid_request'), 'access_denied'],
    'invalid_grant is the same': [refuse('invalid_grant'), 'access_denied'],
    'another issued_token_type': [bad({ issued_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }), 'server_error'],
    'no issued_token_type': [bad({ issued_token_type: undefined }), 'server_error'],
    'the subject token as the answer': [subjectOf, 'server_error'],
    'scopes of other servers': [bad({ scope: 'todos.read todos.write' }), 'server_error'],
    'a target that is not known': [refuse('invalid_target'), 'server_error'],
    'a grant type that is not known': [refuse('unsupported_grant_type'), 'server_error'],
    'passing trouble': [refuse('temporarily_unavailable', 503), 'temporarily_unavailable'],
  };
  for (const [name, [onToken, error]] of Object.entries(outcomes)) {
    test(`${name}: ${error}, and nothing is stored`, async () => {
      world.downstream.onToken = onToken;
      const client = new HandClient(world.gateway, 'todo');
      client.id = 'desk-todo';
      const end = await client.authorize(browserOf(world));
      assert.equal(end.url.searchParams.get('error'), error, end.text);
      world.downstream.onToken = ({ answer }) => answer();
      const before = exchanges();
      const fine = await signedIn(world, 'todo');
      assert.equal(exchanges(), before + 1, 'the next one begins anew');
      assert.equal(toolText(await fine.call('echo', { text: 'x' })), 'echo: x');
      await disconnect();
    });
  }

  /** Ends the account, so that the next sign-in needs an exchange again. */
  async function disconnect() {
    const token = readFileSync(join(world.gateway.dataDir, 'admin.token'), 'utf8').trim();
    const admin = (path, method) => fetch(`http://127.0.0.1:${world.gateway.adminPort}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    const { items } = await (await admin('grants', 'GET')).json();
    for (const { id } of items) assert.ok((await admin(`grants/${id}`, 'DELETE')).ok);
  }

  test('a disconnected account is revoked downstream, and comes back with the next sign-in (G23)', async () => {
    const client = await signedIn(world, 'todo');
    await client.call('echo', { text: 'x' });
    const token = runtimeToken(world);
    await disconnect();
    await until('the revocation', async () => world.downstream.revocations().includes(token));
    assert.equal((await client.call('echo', { text: 'x' })).status, 401);
    await client.signIn(browserOf(world));
    assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
  });
});
