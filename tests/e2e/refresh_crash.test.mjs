// SPDX-License-Identifier: Apache-2.0
// kill -9 at each step of a refresh downstream, and many calls at once when a token ends (G16, G17, G20):
// the grant lives or asks to be connected again; it never loops and never serves another person.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { Gateway, reserveGateway } from './lib/gateway.mjs';
import { HandClient, toolText } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const tokenOf = ({ headers }) => headers['x-gateway-access-token'];

describe('a process that is killed in the middle of a refresh', () => {
  let judge;
  const world = new World();
  before(() => world.startScripted({ judge: (headers, known) => (judge ?? known)(headers) }));
  after(() => world.stop());

  /** Two people with live grants; alice's token is no good any more. */
  async function twoPeople() {
    judge = undefined;
    world.downstream.onToken = ({ answer }) => answer();
    const [alice, bob] = [await world.scriptedClient('alice'), await world.scriptedClient('bob')];
    for (const client of [alice, bob]) assert.equal((await client.call('echo', { text: 'x' })).status, 200);
    const dead = tokenOf(world.recorder.calls().at(-2));
    assert.equal(world.downstream.personOf(dead), 'alice');
    world.downstream.accessTokens.get(dead).ends = 0;
    return { alice, bob, refreshes: world.downstream.refreshes().length };
  }

  async function restart() {
    world.downstream.onToken = ({ answer }) => answer();
    judge = undefined;
    await world.gateway.start();
  }

  async function expectWorks(client, person) {
    const answer = await client.call('echo', { text: 'again' });
    assert.equal(toolText(answer), 'echo: again', answer.text);
    assert.equal(world.downstream.personOf(tokenOf(world.recorder.calls().at(-1))), person);
  }

  test('after the request, before the server did anything: the grant lives', async () => {
    const { alice, bob, refreshes } = await twoPeople();
    world.downstream.onToken = async () => { await world.gateway.kill(); };
    await assert.rejects(alice.call('echo', { text: 'x' }));
    await restart();
    await expectWorks(alice, 'alice');
    await expectWorks(bob, 'bob');
    assert.equal(world.downstream.refreshes().length, refreshes + 2, 'the one that was cut off, and its repetition');
  });

  test('after the answer, before it was written: the account has to be connected again, and is asked for once', async () => {
    const { alice, bob, refreshes } = await twoPeople();
    const database = new DatabaseSync(join(world.gateway.dataDir, 'gatehouse.db'));
    world.downstream.onToken = ({ answer }) => {
      database.exec('BEGIN IMMEDIATE'); // from here on the gateway cannot write
      return answer();
    };
    const call = alice.call('echo', { text: 'x' }).catch((error) => error);
    const sent = Date.now() + 500;
    await until('the answer to have arrived', async () => world.downstream.refreshes().length > refreshes && Date.now() > sent, { every: 50 });
    await world.gateway.kill();
    assert.ok((await call) instanceof Error, 'nothing was answered with a token that is not stored');
    database.exec('ROLLBACK');
    database.close();
    await restart();
    for (let i = 0; i < 20; i += 1) assert.equal((await alice.call('echo', { text: 'x' })).status, 401);
    assert.equal((await alice.refresh()).body.error, 'invalid_grant', 'the client goes through the flow again');
    assert.equal(world.downstream.refreshes().length, refreshes + 2, 'the spent token was tried once, and no more');
    await expectWorks(bob, 'bob');
    world.downstream.person = 'alice';
    await alice.signIn(world.browser('alice'));
    await expectWorks(alice, 'alice');
  });

  test('after the write, before its first use came back: the grant lives without another refresh', async () => {
    const { alice, bob, refreshes } = await twoPeople();
    let seen = 0;
    judge = async (headers) => {
      seen += 1;
      if (seen === 1) return 401;
      assert.equal(world.downstream.personOf(tokenOf({ headers })), 'alice');
      await world.gateway.kill();
      return 500;
    };
    await assert.rejects(alice.call('echo', { text: 'x' }));
    await restart();
    await expectWorks(alice, 'alice');
    await expectWorks(bob, 'bob');
    assert.equal(world.downstream.refreshes().length, refreshes + 1);
  });

  test('and no token of the downstream server is readable anywhere', async () => {
    const files = readdirSync(world.gateway.dataDir, { recursive: true }).map((name) => join(world.gateway.dataDir, name)).filter((name) => statSync(name).isFile());
    const texts = [world.gateway.program.output(), ...files.map((file) => readFileSync(file, 'latin1'))];
    assert.ok(world.downstream.secrets.length > 10);
    for (const secret of world.downstream.secrets) assert.ok(texts.every((text) => !text.includes(secret)));
  });
});

describe('when a token ends', () => {
  const world = new World();
  before(() => world.startScripted({ profile: { refresh_before: '0s' } }));
  after(() => world.stop());

  test('200 calls at once make one refresh, and all of them run', async () => {
    world.downstream.accessTtl = 2;
    const alice = await world.scriptedClient('alice');
    world.downstream.accessTtl = 3600;
    const end = Date.now() + 2100;
    await until('the token to end', async () => Date.now() > end, { every: 100 });
    assert.equal(world.downstream.refreshes().length, 0);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => alice.call('echo', { text: String(i) })));
    answers.forEach((answer, i) => assert.equal(toolText(answer), `echo: ${i}`, answer.text));
    assert.equal(world.downstream.refreshes().length, 1);
  });

  test('a runtime that refuses a token gets a new one with the same call, and the client notices nothing', async () => {
    const alice = await world.scriptedClient('alice');
    await alice.call('echo', { text: 'x' });
    const [refreshes, calls] = [world.downstream.refreshes().length, world.recorder.calls().length];
    for (const token of world.downstream.accessTokens.values()) token.ends = 0;
    const answers = await Promise.all(Array.from({ length: 20 }, () => alice.call('echo', { text: 'y' })));
    for (const answer of answers) assert.equal(toolText(answer), 'echo: y', answer.text);
    assert.equal(world.downstream.refreshes().length, refreshes + 1);
    assert.ok(world.recorder.calls().length <= calls + 40, 'no call is sent more than twice');
  });
});

describe('two gateways on one store', () => {
  const world = new World();
  let other;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-e2e-store-'));
    const shared = { store: `sqlite:${folder}/shared.db`, master_key: randomBytes(32).toString('base64') };
    await world.startScripted({ config: shared, profile: { refresh_before: '0s' } });
    other = new Gateway(await reserveGateway(), { ...world.gateway.config, ...shared });
    const { listen, admin } = { listen: `127.0.0.1:${other.port}`, admin: { listen: `127.0.0.1:${other.adminPort}` } };
    other.configure({ ...world.gateway.config, listen, admin });
    await world.use(other.start());
    await world.use({ stop: () => rmSync(folder, { recursive: true, force: true }) });
  });
  after(() => world.stop());

  /** The same client, at the other gateway. */
  const elsewhere = ({ id, tokens }) => Object.assign(new HandClient(world.gateway, 'todo'), { id, tokens, url: `http://127.0.0.1:${other.port}/todo/mcp` });

  test('make one refresh together when a token ends under 200 calls', async () => {
    world.downstream.accessTtl = 3;
    const alice = await world.scriptedClient('alice');
    world.downstream.accessTtl = 3600;
    const there = elsewhere(alice);
    for (const client of [alice, there]) assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
    const end = Date.now() + 3000;
    await until('the token to end', async () => Date.now() > end, { every: 100 });
    assert.equal(world.downstream.refreshes().length, 0);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 ? alice : there).call('echo', { text: String(i) })));
    answers.forEach((answer, i) => assert.equal(toolText(answer), `echo: ${i}`, answer.text));
    assert.equal(world.downstream.refreshes().length, 1);
  });

  test('forget a grant that was taken away at the other one', async () => {
    const alice = await world.scriptedClient('alice');
    const there = elsewhere(alice);
    assert.equal(toolText(await there.call('echo', { text: 'x' })), 'echo: x');
    const token = readFileSync(join(world.gateway.dataDir, 'admin.token'), 'utf8').trim();
    const admin = (path, method) => fetch(`http://127.0.0.1:${world.gateway.adminPort}/api/v1/grants${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    const { items } = await (await admin('', 'GET')).json();
    assert.ok(items.length > 0);
    for (const { id } of items) assert.equal((await admin(`/${id}`, 'DELETE')).status, 204);
    await until('the other gateway to refuse', async () => (await there.call('echo', { text: 'x' })).status === 401, { seconds: 3, every: 100 });
  });
});
