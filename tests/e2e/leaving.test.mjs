// SPDX-License-Identifier: Apache-2.0
// How grants end and what stays behind: disconnecting, servers that are down meanwhile, keys that people
// paste, grants that cannot be renewed, other master keys while everything runs (G13, G15, G23, G38).
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { toolText } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const filesOf = (folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((name) => statSync(name).isFile());

describe('leaving', () => {
  const world = new World();
  before(() => world.startScripted());
  after(() => world.stop());

  test('a person disconnects an account: revoked over there, deleted here, and its apps are out at once', async () => {
    world.downstream.person = 'alice';
    const clients = [await world.client('todo', { signedIn: false }), await world.client('todo', { signedIn: false })];
    const browser = world.browser();
    for (const client of clients) {
      await client.signIn(browser);
      assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
    }
    const page = await browser.look(`${world.gateway.origin}/account`);
    assert.match(page.text, /alice@todo\.example/);
    const live = world.recorder.calls().at(-1).headers['x-gateway-access-token'];
    world.downstream.onRevoke = () => 503;
    const form = page.forms.find(({ fields }) => fields.some(({ name, value }) => name === 'account' && value === 'todo'));
    assert.equal((await browser.post(page, form, { action: 'disconnect' })).location, '/account?done=account');
    const before = world.recorder.calls().length;
    for (const client of clients) assert.equal((await client.call('echo', { text: 'x' })).status, 401);
    assert.equal(world.recorder.calls().length, before, 'no loop went on with a token that it had kept');
    assert.ok(world.downstream.personOf(live), 'the server over there was down');
    const database = new DatabaseSync(join(world.gateway.dataDir, 'gatehouse.db'));
    const count = (table) => database.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get().n;
    assert.deepEqual([count('grants'), count('grant_revocations')], [0, 1]);
    for (const file of filesOf(world.gateway.dataDir)) {
      const text = readFileSync(file, 'latin1');
      for (const secret of world.downstream.secrets) assert.ok(!text.includes(secret), file);
    }
    database.close();
    world.downstream.onRevoke = () => 200;
    const events = (await world.gateway.records()).map(({ event }) => event);
    for (const event of ['grant.connected', 'grant.revoked', 'connection.revoked']) assert.ok(events.includes(event), event);
  });

  test('an admin removes a grant, and its apps are out at once', async () => {
    const client = await world.scriptedClient('alice');
    assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
    const live = world.recorder.calls().at(-1).headers['x-gateway-access-token'];
    const token = readFileSync(`${world.gateway.dataDir}/admin.token`, 'utf8').trim();
    const admin = (path, method = 'GET') => fetch(`http://127.0.0.1:${world.gateway.adminPort}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    const { items } = await (await admin('grants')).json();
    const grant = items.find(({ server, account }) => server === 'todo' && account === 'alice@todo.example');
    assert.ok(grant.scopes.includes('todos.read') && grant.created_at && grant.user, JSON.stringify(grant));
    assert.equal((await admin(`grants/${grant.id}`, 'DELETE')).status, 204);
    assert.equal((await client.call('echo', { text: 'x' })).status, 401);
    assert.equal(world.downstream.personOf(live), undefined, 'revoked over there');
  });

  test('a grant that ends and cannot be renewed is announced', async () => {
    world.downstream.extra = { refresh_token: null };
    const client = await world.client('todo-local', { signedIn: false });
    world.downstream.person = 'alice';
    const browser = world.browser();
    await client.signIn(browser);
    world.downstream.extra = {};
    const page = await browser.look(`${world.gateway.origin}/account`);
    assert.match(page.text, /has to be connected again then/);
  });
});

describe('keys that people paste', () => {
  const good = new Set(['key-of-alice', 'newer-key']);
  const world = new World();
  before(() => world.startScripted({
    judge: (headers) => (good.has(headers['x-gateway-access-token']) ? undefined : 401),
    config: { profiles: { keys: { api_key: { label: 'Weather key' } } } },
    server: { profile: 'keys', sign_in: 'local' },
  }));
  after(() => world.stop());

  test('are asked for after consent, go to the runtime alone, and are asked for again when it refuses them', async () => {
    const client = await world.client('todo', { signedIn: false });
    const browser = world.browser();
    const asked = await client.authorize(browser);
    // The browser stand-in types the person's password into every such field, and that is no key.
    assert.match(asked.text, /Weather key/);
    assert.match(asked.text, /does not look like a key/);
    const form = asked.forms.find(({ fields }) => fields.some(({ name }) => name === 'key'));
    const done = await browser.post(asked, form, { key: 'key-of-alice' });
    const code = new URL(done.location).searchParams.get('code');
    client.tokens = (await client.redeem(code)).body;
    assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
    assert.equal(world.recorder.calls().at(-1).headers['x-gateway-access-token'], 'key-of-alice');
    for (const file of filesOf(world.gateway.dataDir)) assert.ok(!readFileSync(file, 'latin1').includes('key-of-alice'), file);
    assert.ok(![...client.received, world.gateway.program.output()].join('').includes('key-of-alice'));
    good.delete('key-of-alice');
    client.capabilities = { elicitation: { url: {} } };
    const { body } = await client.call('echo', { text: 'x' });
    const [[key, question]] = Object.entries(body.result.inputRequests);
    const page = await browser.open(question.params.url);
    const again = page.forms.find(({ fields }) => fields.some(({ name }) => name === 'key'));
    assert.equal((await browser.post(page, again, { key: 'newer-key' })).status, 200);
    const retried = await client.rpc('tools/call', { name: 'echo', arguments: { text: 'x' }, inputResponses: { [key]: { action: 'accept' } }, requestState: body.result.requestState });
    assert.equal(toolText(retried), 'echo: x', retried.text);
    assert.equal(world.recorder.calls().at(-1).headers['x-gateway-access-token'], 'newer-key');
  });
});

test('other master keys while everything runs', async () => {
  const world = new World();
  try {
    await world.startScripted();
    const client = await world.scriptedClient('alice');
    const { gateway } = world;
    const { config } = gateway;
    const old = readFileSync(`${gateway.dataDir}/master.key`, 'utf8').trim();
    const fresh = randomBytes(32).toString('base64');
    const status = async () => {
      const token = readFileSync(`${gateway.dataDir}/admin.token`, 'utf8').trim();
      return (await (await fetch(`http://127.0.0.1:${gateway.adminPort}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } })).json()).config;
    };
    const reload = async (keys, { fits = true } = {}) => {
      const { generation } = await status();
      gateway.configure({ ...config, master_key: keys });
      gateway.program.child.kill('SIGHUP');
      return until('the reload', async () => { const now = await status(); return (fits ? now.generation > generation : now.error) && now; });
    };
    const wrong = await reload([randomBytes(32).toString('base64')], { fits: false });
    assert.match(wrong.error, /master key/, 'keys that do not open the store are refused');
    assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
    for (const keys of [[fresh, old], [fresh]]) {
      assert.equal((await reload(keys)).error, null);
      for (const token of world.downstream.accessTokens.values()) token.ends = 0;
      assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x', 'its grant is opened, refreshed and sealed');
      client.tokens = (await client.refresh()).body;
    }
    await gateway.kill();
    await gateway.start();
    assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x', 'the new key alone opens everything');
  } finally {
    await world.stop();
  }
});
