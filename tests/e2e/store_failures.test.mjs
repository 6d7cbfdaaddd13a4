// SPDX-License-Identifier: Apache-2.0
// What holds, and what does not, when the store, a replica, a runtime or a clock fails: docs/reliability.md.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { todoProfile, todoServer } from './lib/gateway.mjs';
import { Replicas, soon } from './lib/replicas.mjs';
import { startRecorder, startTodoApi, workerSecret } from './lib/services.mjs';
import { until } from './lib/wait.mjs';

const echo = (client, text = 'x') => client.call('echo', { text });
const ran = (answer) => answer.status === 200 && !answer.body.result?.isError;
const readyz = async (replica) => (await fetch(`${replica.origin}/readyz`)).status;
const timed = async (work) => { const start = Date.now(); return [await work(), Date.now() - start]; };

describe('a store that fails', () => {
  const world = new Replicas();
  let a, b, client, counted;

  before(async () => {
    await world.startReplicas(2, async () => {
      world.api = await world.use(startTodoApi({ redirectUris: [world.callback('todo')], accessTtl: 160 }));
      world.recorder = await world.use(startRecorder());
      const local = (more) => ({ runtime: world.recorder.url, sign_in: 'local', ...more });
      return {
        profiles: { todo: todoProfile(world.api) },
        servers: { brokered: todoServer(world.recorder), counted: local({ budgets: [{ name: 'many', limit: '1000 calls', window: '1d' }] }) },
      };
    }, { wire: true });
    [a, b] = world.replicas;
    await world.gateway.addUser('alice');
    client = await world.client('brokered');
    counted = await world.client('counted');
    
  });
  after(() => world.stop());

  /** Each loop of a gateway knows those who called through it: a connection of its own for each call meets them all. */
  async function knowEverybody() {
    for (const replica of [a, b]) {
      for (const one of [client, counted]) {
        for (let i = 0; i < 16; ++i) assert.ok(ran(await world.at(replica, one).call('echo', { text: 'x' }, { headers: { connection: 'close' } })));
      }
    }
  }

  /** What must hold at `a` while its store does not answer. */
  async function goesOn(count) {
    for (let i = 0; i < count; ++i) {
      for (const one of [client, counted]) {
        const [answer, took] = await timed(() => echo(world.at(a, one)));
        assert.ok(ran(answer), `${answer.status} ${answer.text}`);
        assert.ok(took < 1500, `a call took ${took} ms`);
      }
    }
  }

  async function signInFailsPolitely() {
    const [page, took] = await timed(() => fetch(client.authorizeUrl().href.replace(world.balancer.origin, a.origin), { redirect: 'manual' }));
    const text = await page.text();
    assert.ok(page.status >= 500 || page.status === 303 || page.status === 302, `${page.status} ${text}`);
    assert.ok(took < 15_000, `the page took ${took} ms`);
    assert.doesNotMatch(text, /unneeded-password|SELECT|127\.0\.0\.1:\d+\/gatehouse/);
    const refresh = await world.at(a, client).refresh();
    assert.ok(refresh.status >= 500, `${refresh.status} ${refresh.text}`);
    assert.match(refresh.body.error ?? '', /server_error|temporarily_unavailable/, 'no client gives up its refresh token for that');
    return page.status;
  }

  async function recovers() {
    await until('the replica to be ready again', async () => (await readyz(a)) === 200, { seconds: 15 });
    // Connections that were lost are found to be so when they are used: a client is asked to come again in a moment.
    const renewed = await until('a refresh', async () => {
      const answer = await world.at(a, client).refresh();
      assert.ok(answer.status === 200 || answer.status === 503, answer.text);
      return answer.status === 200 && answer;
    }, { seconds: 15 });
    client.tokens = renewed.body;
    assert.ok(ran(await echo(world.at(a, client))));
    // A sign-in takes other connections than a refresh: it, too, may be asked to come again.
    const fresh = await until('a sign-in', async () => {
      try {
        return await world.client('counted');
      } catch (error) {
        assert.match(error.message, /no code at the end: 503/);
        return false;
      }
    }, { seconds: 15 });
    assert.ok(ran(await echo(world.at(a, fresh))));
  }

  test('store cut off: calls with live tokens and leases go on, sign-in waits, everything recovers', async () => {
    await knowEverybody();
    const before = (await world.everyRecord('--kind', 'call')).length;
    a.wire.cut();
    await goesOn(10);
    await soon('readyz to say so', async () => (await readyz(a)) === 503, 8);
    assert.equal(await readyz(b), 200, 'the other replica does not care');
    await signInFailsPolitely();
    await goesOn(2);
    a.wire.mend();
    await recovers();
    await until('the records of the outage', async () => (await world.everyRecord('--kind', 'call')).length >= before + 24, { seconds: 10 });
  });

  test('store that does not answer: calls go on at once, and the rest fails in bounded time', async () => {
    await knowEverybody();
    a.wire.hold();
    await goesOn(10);
    await signInFailsPolitely();
    a.wire.mend();
    await recovers();
  });

  test('store that is lost and comes back: both replicas recover by themselves', async () => {
    await knowEverybody();
    await world.postgres.kill();
    try {
      await goesOn(3);
      assert.ok(ran(await echo(world.at(b, counted))));
    } finally {
      await world.postgres.start();
    }
    await recovers();
    await until('the other to be ready', async () => (await readyz(b)) === 200, { seconds: 15 });
    assert.ok(ran(await echo(world.at(b, client))));
  });

  test('a replica that is killed in the middle of calls loses no record, and the other goes on', async () => {
    const calls = Array.from({ length: 60 }, (_, i) => echo(world.at(a, counted), `killed-${i}`).then(ran, () => false));
    await Promise.race(calls);
    await a.kill();
    const answered = (await Promise.all(calls)).filter(Boolean).length;
    assert.ok(ran(await echo(world.at(b, counted))));
    const reached = world.recorder.calls().filter(({ body }) => body.includes('killed-')).length;
    await a.start();
    await until('every call that reached the runtime to be recorded', async () => {
      const records = await world.everyRecord('--server', 'counted', '--kind', 'call');
      return records.length >= reached;
    }, { seconds: 10 });
    assert.ok(answered <= reached);
  });
});

const faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

describe('clocks that are two minutes off', { skip: !existsSync(faketime) && 'no libfaketime here' }, () => {
  const world = new Replicas();
  let a, b, c, client;

  before(async () => {
    const off = (by) => ({ LD_PRELOAD: faketime, FAKETIME: by, FAKETIME_DONT_FAKE_MONOTONIC: '1' });
    await world.startReplicas(3, async () => {
      world.api = await world.use(startTodoApi({ redirectUris: [world.callback('todo')], accessTtl: 16 }));
      world.recorder = await world.use(startRecorder());
      return {
        tokens: { code_ttl: '20s', access_ttl: '1m' },
        profiles: { todo: { ...todoProfile(world.api), refresh_before: '8s' } },
        servers: {
          brokered: { runtime: world.recorder.url, profile: 'todo', worker: { secret: workerSecret } },
          counted: { runtime: world.recorder.url, sign_in: 'local', budgets: [{ name: 'ten', limit: '10 calls', window: '1m' }] },
        },
      };
    }, { env: (i) => [{}, off('+2m'), off('-2m')][i] });
    [a, b, c] = world.replicas;
    await world.gateway.addUser('alice');
    client = await world.client('brokered');
  });
  after(() => world.stop());

  test('clock skew of two minutes either way: what one replica issued is good at the others, and not longer', async () => {
    for (const replica of world.replicas) assert.ok(ran(await echo(world.at(replica, client))), replica.name);
    const path = ['a', 'b', 'c'];
    for (const issuer of path) {
      const fresh = await world.client('counted', { signedIn: false });
      world.balancer.pick = () => path.indexOf(issuer);
      await fresh.signIn(world.browser());
      world.balancer.pick = null;
      const claims = JSON.parse(Buffer.from(fresh.tokens.access_token.split('.')[1], 'base64url'));
      assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 10, `${issuer} issued at ${claims.iat}`);
    }
  });

  test('clock skew of two minutes either way: one refresh per grant', async () => {
    const due = Date.now() + 8500;
    await until('the token to be due', async () => Date.now() > due);
    const before = await world.api.refreshes();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => echo(world.at(world.replicas[i % 3], client))));
    assert.equal(answers.filter(ran).length, 30);
    await until('the refresh', async () => (await world.api.refreshes()) > before);
    assert.equal((await world.api.refreshes()) - before, 1);
  });

  test('clock skew of two minutes either way: a window begins and ends for all at once', async () => {
    const one = await world.client('counted');
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 5000) { const next = Date.now() + left + 200; await until('the next minute', async () => Date.now() > next); }
    const answers = [];
    for (let i = 0; i < 24; ++i) answers.push(await echo(world.at(world.replicas[i % 3], one)));
    assert.equal(answers.filter(ran).length, 10);
  });
});

describe('a runtime with two replicas', () => {
  const world = new Replicas();
  before(async () => {
    await world.startReplicas(1, async () => {
      world.runtimes = [await startRecorder(), await startRecorder()];
      for (const runtime of world.runtimes) await world.use(runtime);
      return { servers: { pair: { runtime: world.runtimes.map(({ url }) => url), sign_in: 'local' } } };
    });
    await world.gateway.addUser('alice');
  });
  after(() => world.stop());

  test('runtime replica lost: calls go to the other', async () => {
    const client = await world.client('pair');
    for (let i = 0; i < 10; ++i) assert.ok(ran(await echo(client)));
    await world.runtimes[0].stop();
    world.runtimes[0].stop = async () => {};
    const answers = [];
    for (let i = 0; i < 20; ++i) answers.push(await echo(client));
    const lost = answers.filter((answer) => !ran(answer));
    assert.ok(lost.length <= 1, `${lost.length} calls failed: ${lost.map(({ status }) => status)}`);
  });
});
