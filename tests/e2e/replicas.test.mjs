// SPDX-License-Identifier: Apache-2.0
// Three gateways on one PostgreSQL are one gateway: whatever one began another finishes, and what one learns the
// others know within two seconds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { Browser } from './lib/browser.mjs';
import { todoProfile, todoServer } from './lib/gateway.mjs';
import { HandClient, redirectUri, toolText } from './lib/hand_client.mjs';
import { Replicas, soon } from './lib/replicas.mjs';
import { accounts, startRecorder, startTodoApi, startTodoRuntime, workerSecret } from './lib/services.mjs';
import { until } from './lib/wait.mjs';

const world = new Replicas();
let a, b, c, pair, early, due;

before(async () => {
  pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'first', alg: 'ES256', use: 'sig' };
  await world.startReplicas(3, async () => {
    world.api = await world.use(startTodoApi({ redirectUris: [world.callback('todo')], accessTtl: 600 }));
    world.rushed = await world.use(startTodoApi({ redirectUris: [world.callback('rushed')], accessTtl: 20 }));
    world.runtime = await world.use(startTodoRuntime(world.api));
    world.recorder = await world.use(startRecorder());
    const local = (more) => ({ runtime: world.recorder.url, sign_in: 'local', ...more });
    return {
      profiles: { todo: todoProfile(world.api), rushed: { ...todoProfile(world.rushed), refresh_before: '10s' } },
      servers: {
        todo: todoServer(world.runtime),
        rushed: { runtime: world.recorder.url, profile: 'rushed', worker: { secret: workerSecret } },
        plain: local(),
        sixty: local({ budgets: [{ name: 'sixty', limit: '60 calls', window: '1d' }] }),
        slots: local({ budgets: [{ name: 'slots', limit: '2 concurrent' }] }),
        keyed: local({ scopes: ['read'], clients: [{ id: 'robot', jwks: JSON.stringify({ keys: [jwk] }), redirect_uris: [redirectUri], }] }),
      },
    };
  });
  [a, b, c] = world.replicas;
  await world.gateway.addUser('alice');
  early = new HandClient(world.gateway, 'rushed');
  await early.register();
  await early.signIn(new Browser({ accounts: { [world.rushed.url]: accounts.alice } }));
  due = Date.now() + 10_500;
});
after(() => world.stop());

const statuses = (client, ask) => Promise.all(world.replicas.map((replica) => ask(world.at(replica, client)).then(({ status }) => status)));
const echo = (client, text = 'x') => client.call('echo', { text });
const ran = (answer) => answer.status === 200 && !answer.body.result?.isError;
const admin = async (replica, ...args) => {
  const { status, stdout, stderr } = await replica.command(args);
  assert.equal(status, 0, stderr);
  return stdout;
};
const connectionOf = (client) => JSON.parse(Buffer.from(client.tokens.access_token.split('.')[1], 'base64url')).sid;

test('each step of the way may be taken on another replica', async () => {
  const client = await world.client('todo', { signedIn: false });
  const served = [];
  world.balancer.pick = ({ url }) => {
    const path = url.split('?')[0];
    const index = path.startsWith('/connect/') ? 1 : path === '/token' ? 2 : 0;
    served.push(`${'abc'[index]} ${path}`);
    return index;
  };
  try {
    await client.signIn(world.browser());
  } finally {
    world.balancer.pick = null;
  }
  assert.ok(served.includes('a /authorize') && served.includes('b /connect/todo/callback') && served.includes('c /token'), served.join(', '));
  for (const replica of world.replicas) assert.match(toolText(await world.at(replica, client).call('list_todos')), /Water the plants/, replica.name);
  const renewed = await world.at(b, client).refresh();
  assert.equal(renewed.status, 200, renewed.text);
  client.tokens = renewed.body;
  assert.deepEqual(await statuses(client, (one) => one.rpc('tools/list')), [200, 200, 200]);
});

test('any page of a person may come from any replica', async () => {
  let turn = 0;
  world.balancer.pick = () => turn++ % 3;
  try {
    const client = await world.client('plain');
    assert.ok(ran(await echo(client)));
  } finally {
    world.balancer.pick = null;
  }
});

test('a session and a client id of one replica are good at the others', async () => {
  const client = await world.client('plain');
  const other = new HandClient(world.gateway, 'plain');
  other.id = (await new HandClient(a, 'plain').register()).body.client_id;
  await other.signIn(world.browser());
  const post = (one, body, headers) => one.fetch(one.url, {
    method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${client.tokens.access_token}`, ...headers },
  });
  const opened = await post(world.at(a, client), { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'h', version: '1' } } });
  assert.equal(opened.status, 200, opened.text);
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id'), 'mcp-protocol-version': '2025-06-18' };
  for (const replica of world.replicas) assert.equal((await post(world.at(replica, client), { id: 2, method: 'ping' }, session)).status, 200, replica.name);
  await fetch(world.at(b, client).url, { method: 'DELETE', headers: { authorization: `Bearer ${client.tokens.access_token}`, ...session } });
  for (const replica of world.replicas) await soon(`the end of the session at ${replica.name}`, async () => (await post(world.at(replica, client), { id: 3, method: 'ping' }, session)).status === 404);
});

test('a revocation holds everywhere within two seconds', async (t) => {
  const client = await world.client('plain');
  assert.deepEqual(await statuses(client, echo), [200, 200, 200]);
  await admin(a, 'connections', 'revoke', connectionOf(client));
  assert.equal((await echo(world.at(a, client))).status, 401, 'at once where it was said');
  for (const replica of [b, c]) {
    const took = await soon(`the revocation at ${replica.name}`, async () => (await echo(world.at(replica, client))).status === 401);
    t.diagnostic(`${replica.name} after ${took} ms`);
  }
  assert.equal((await world.at(b, client).refresh()).body.error, 'invalid_grant');
});

test('a token that its client revoked is refused everywhere within two seconds', async () => {
  const client = await world.client('plain');
  assert.equal((await client.fetch(`${b.origin}/revoke`, { method: 'POST', body: new URLSearchParams({ client_id: client.id, token: client.tokens.access_token }) })).status, 200);
  for (const replica of world.replicas) await soon(`the revocation at ${replica.name}`, async () => (await echo(world.at(replica, client))).status === 401);
});

test('a new signing key is published everywhere within two seconds, and what it signs is taken', async () => {
  const kids = async (replica) => (await (await fetch(`${replica.origin}/jwks.json`)).json()).keys.map(({ kid }) => kid);
  const before = await kids(a);
  await admin(b, 'keys', 'rotate');
  for (const replica of world.replicas) await soon(`the key at ${replica.name}`, async () => (await kids(replica)).length === before.length + 1);
  const client = await world.client('plain');
  assert.deepEqual(await statuses(client, echo), [200, 200, 200]);
});

test('a pause holds everywhere within two seconds, and so does its end', async () => {
  const client = await world.client('plain');
  await admin(c, 'pause', 'tool', 'plain/echo');
  for (const replica of world.replicas) await soon(`the pause at ${replica.name}`, async () => !ran(await echo(world.at(replica, client))));
  await admin(a, 'resume', 'tool', 'plain/echo');
  for (const replica of world.replicas) await soon(`its end at ${replica.name}`, async () => ran(await echo(world.at(replica, client))));
});

test('two hundred calls over two processes refresh a grant once', async () => {
  await until('the token to be due for its refresh', async () => Date.now() > due, { every: 100 });
  const before = await world.rushed.refreshes();
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => echo(world.at([a, b][i % 2], early))));
  assert.equal(answers.filter(ran).length, 200);
  await until('the refresh', async () => (await world.rushed.refreshes()) > before);
  assert.equal((await world.rushed.refreshes()) - before, 1);
});

test('a budget is exact over all replicas', async () => {
  const client = await world.client('sixty');
  const before = world.recorder.calls().length;
  const answers = await Promise.all(Array.from({ length: 120 }, (_, i) => echo(world.at(world.replicas[i % 3], client), `${i}`)));
  const first = answers.filter(ran).length;
  assert.ok(first <= 60, `${first} of 60 ran`);
  // What one replica holds and does not use comes back: in the end exactly the limit ran.
  for (let round = 0; round < 20; ++round) for (const replica of world.replicas) answers.push(await echo(world.at(replica, client)));
  assert.equal(answers.filter(ran).length, 60);
  assert.equal(world.recorder.calls().length - before, 60);
});

test('slots of concurrent calls are counted over all replicas', async () => {
  const client = await world.client('slots');
  const waiting = [a, b].map((replica) => world.at(replica, client).call('wait'));
  await soon('two calls to run', async () => world.recorder.requests.filter(({ body }) => body.includes('"wait"')).length >= 2, 10);
  assert.ok(!ran(await echo(world.at(c, client))), 'the third is refused');
  world.recorder.finish();
  for (const answer of await Promise.all(waiting)) assert.equal(toolText(answer), 'finished');
  await soon('a slot to be free at the third', async () => ran(await echo(world.at(c, client))), 20);
});

test('what was used at one replica is used at all: codes, refresh tokens, client assertions', async () => {
  const client = await world.client('plain', { signedIn: false });
  const code = (await client.authorize(world.browser())).url.searchParams.get('code');
  const racing = await Promise.all(world.replicas.map((replica) => world.at(replica, client).redeem(code)));
  assert.equal(racing.filter(({ status }) => status === 200).length, 1, 'a code is good once');

  const issuer = new URL(world.gateway.origin);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', [oauth.allowInsecureRequests]: true }));
  const sent = new URLSearchParams({ token: 'any' });
  await oauth.PrivateKeyJwt({ key: pair.privateKey, kid: 'first' })(as, { client_id: 'robot' }, sent, new Headers());
  const answers = await Promise.all(world.replicas.map((replica) => fetch(`${replica.origin}/introspect`, { method: 'POST', body: sent })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401], 'an assertion is good once');
});

test('the records of all replicas are one list, and none is missing', async () => {
  const client = await world.client('plain');
  const count = 240;
  const answers = await Promise.all(Array.from({ length: count }, (_, i) => echo(world.at(world.replicas[i % 3], client), `record-${i}`)));
  assert.equal(answers.filter(ran).length, count);
  const records = (await world.everyRecord('--server', 'plain', '--kind', 'call')).filter(({ connection }) => connection === connectionOf(client));
  assert.equal(records.length, count);
  assert.equal(new Set(records.map(({ id }) => id)).size, count);
  assert.deepEqual(records.map(({ id }) => id), [...records.map(({ id }) => id)].sort((x, y) => (BigInt(x) < BigInt(y) ? -1 : 1)), 'in the order of time');
});
