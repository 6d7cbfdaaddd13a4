// SPDX-License-Identifier: Apache-2.0
// What callers may use up, and what an operator stops: counts that are exact, also when calls come at once, when
// the gateway is killed in between, and when the runtime is dead.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { toolText } from './lib/hand_client.mjs';
import { freePort } from './lib/processes.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
const budget = (more) => ({ name: 'per-user-day', per: ['user'], limit: '60 calls', window: '1d', ...more });

before(async () => {
  const dead = await freePort();
  await world.startRecording();
  const server = (more) => ({ runtime: world.recorder.url, sign_in: 'local', ...more });
  world.gateway.configure({
    ...world.gateway.config,
    servers: {
      ...world.gateway.config.servers,
      sixty: server({ budgets: [budget()] }),
      two: server({ budgets: [budget({ limit: '40 calls' }), budget({ name: 'per-client-hour', per: ['client'], limit: '1000 calls' })] }),
      restart: server({ budgets: [budget({ warn_at: '50%' })] }),
      slots: server({ budgets: [{ name: 'slots', limit: '2 concurrent' }] }),
      dead: server({ runtime: `http://127.0.0.1:${dead}/mcp`, budgets: [budget({ limit: '2 calls' })] }),
      costs: server({ budgets: [budget({ limit: '60 units' })], tool_costs: { echo: 25, '*': 1 } }),
      bytes: server({ budgets: [budget({ limit: '1KiB bytes' })] }),
      limits: server({ budgets: [budget({ limit: '3 calls' })] }),
      plain: server(),
      other: server(),
    },
  });
  await world.gateway.program.stop();
  await world.gateway.start();
  await world.gateway.addUser('alice');
  await world.gateway.addUser('bob');
});
after(() => world.stop());

const decision = ({ body }) => body.result?._meta?.['gatehouse/decision'];
const ran = (answer) => answer.status === 200 && !answer.body.result?.isError;
const echo = (client, text = 'x') => client.call('echo', { text });

async function usedOf(id) {
  const { status, stdout, stderr } = await world.gateway.command(['budgets', '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout).find((item) => item.id === id);
}

async function run(client, count) {
  const answers = [];
  for (let i = 0; i < count; ++i) answers.push(await echo(client));
  return answers.filter(ran).length;
}

test('of a hundred calls at once exactly the limit runs', async () => {
  const client = await world.client('sixty');
  const before = world.recorder.calls().length;
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => echo(client, `${i}`)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(answers.filter(ran).length, 60);
  assert.equal(world.recorder.calls().length - before, 60, 'and the runtime saw no other');
  const refused = answers.find((answer) => !ran(answer));
  assert.match(toolText(refused), /"per-user-day" allows 60 calls in each day per user; 0 of 60 are left/);
  const told = decision(refused);
  assert.equal(told.reason, 'budget');
  assert.equal(told.rule, 'per-user-day');
  assert.ok(told.retry_after_s > 0 && told.retry_after_s <= 86400, JSON.stringify(told));
  const shown = await usedOf('sixty:per-user-day');
  assert.equal(shown.used, 60);
  assert.equal(shown.remaining, 0);
  assert.equal(shown.origin, 'file');
  const records = (await world.gateway.records('--server', 'sixty')).filter(({ decision: { effect } = {} }) => effect === 'deny');
  assert.equal(records.length, 40, 'every refusal is recorded');
  assert.deepEqual(records[0].decision, { effect: 'deny', rule: 'per-user-day', reason: 'budget' });

  const bob = await world.client('sixty', { person: 'bob' });
  assert.ok(ran(await echo(bob)), 'another user has a count of their own');
  const table = await world.gateway.command(['budgets']);
  assert.match(table.stdout, /per-user-day +sixty +user=\S+ +60 +0 +60 calls +1d/);
});

test('a call that one budget refuses costs nothing at the others', async () => {
  const client = await world.client('two');
  const answers = await Promise.all(Array.from({ length: 80 }, () => echo(client)));
  assert.equal(answers.filter(ran).length, 40);
  assert.equal((await usedOf('two:per-client-hour')).used, 40);
});

test('tools cost what the table says', async () => {
  const client = await world.client('costs');
  assert.ok(ran(await echo(client)));
  assert.ok(ran(await echo(client)));
  const refused = await echo(client);
  assert.match(toolText(refused), /10 of 60 are left and this call needs 25/);
  assert.ok(ran(await client.call('headers')), 'cheaper ones still run');
  assert.equal((await usedOf('costs:per-user-day')).used, 51);
  const units = (await world.gateway.records('--server', 'costs', '--kind', 'call')).filter(({ method }) => method === 'tools/call').map((record) => record.units);
  assert.deepEqual(units, [25, 25, 0, 1], 'the records say what each cost');
});

test('bytes count in both directions, and a call starts while any is left', async () => {
  const client = await world.client('bytes');
  assert.ok(ran(await echo(client, 'x'.repeat(2000))));
  assert.equal(decision(await echo(client))?.reason, 'budget');
  assert.ok((await usedOf('bytes:per-user-day')).used > 4000);
});

test('a call that never reached the runtime costs nothing', async () => {
  const client = await world.client('dead');
  for (let i = 0; i < 5; ++i) assert.ok([502, 503].includes((await echo(client)).status));
  assert.equal((await usedOf('dead:per-user-day')).used, 0);
});

test('counts outlive a stop and a kill in the middle of calls', async () => {
  const client = await world.client('restart');
  const before = world.recorder.calls().length;
  assert.equal(await run(client, 10), 10);
  assert.equal(await world.gateway.program.stop('SIGTERM'), 0);
  await world.gateway.start();
  assert.equal((await usedOf('restart:per-user-day')).used, 10);
  assert.equal(await run(client, 15), 15);
  await world.gateway.kill();
  await world.gateway.start();
  assert.equal((await usedOf('restart:per-user-day')).used, 25, 'nothing is lost or counted twice');
  // Killed with calls in flight: what reached the runtime counts, what did not may.
  const flying = Array.from({ length: 20 }, () => echo(client).catch(() => undefined));
  await until('some calls', async () => world.recorder.calls().length - before > 25, { every: 1 });
  await world.gateway.kill();
  await Promise.all(flying);
  await world.gateway.start();
  const reached = world.recorder.calls().length - before;
  const { used } = await usedOf('restart:per-user-day');
  assert.ok(used >= reached && used <= 45, `${used} counted, ${reached} reached`);
  await run(client, 60);
  assert.equal((await usedOf('restart:per-user-day')).used, 60);
  assert.ok(world.recorder.calls().length - before <= 60);
  const warned = await until('the warning', async () => (await world.gateway.records('--kind', 'event')).filter(({ event, server }) => event === 'budget.warned' && server === 'restart').at(0));
  assert.ok(warned.user, JSON.stringify(warned));
});

test('slots of concurrent calls are free when a call ends, its client leaves, or the gateway is killed', async () => {
  const client = await world.client('slots');
  const waiting = () => fetch(client.url, client.request('tools/call', { name: 'wait', arguments: {} }));
  const first = await waiting();
  const second = await waiting();
  const refused = await echo(client);
  assert.equal(decision(refused)?.rule, 'slots');
  assert.match(toolText(refused), /Try again when a running call has ended/);
  assert.equal((await usedOf('slots:slots')).used, 2);

  world.recorder.finish();
  await Promise.all([first.text(), second.text()]);
  await until('a slot', async () => ran(await echo(client)));

  const leaving = new AbortController();
  const third = await fetch(client.url, { ...client.request('tools/call', { name: 'wait', arguments: {} }), signal: leaving.signal });
  const fourth = await waiting();
  assert.equal(decision(await echo(client))?.rule, 'slots');
  leaving.abort();
  await third.text().catch(() => undefined);
  await until('the slot of the client that left', async () => ran(await echo(client)));

  const fifth = await waiting();
  assert.equal(decision(await echo(client))?.rule, 'slots');
  await world.gateway.kill();
  await Promise.all([fourth, fifth].map((answer) => answer.text().catch(() => undefined)));
  await world.gateway.start();
  assert.ok(ran(await echo(client)), 'a slot is free again after a crash');
  world.recorder.finish();
});

test('another limit counts at once, and what is used stays', async () => {
  const client = await world.client('limits');
  assert.equal(await run(client, 5), 3);
  const limits = async (limit) => {
    const { config } = world.gateway;
    const { generation } = (await status()).config;
    world.gateway.configure({ ...config, servers: { ...config.servers, limits: { ...config.servers.limits, budgets: limit ? [budget({ limit })] : [] } } });
    world.gateway.program.child.kill('SIGHUP');
    await until('the reload', async () => (await status()).config.generation > generation);
  };
  const status = async () => JSON.parse((await world.gateway.command(['status', '--json'])).stdout);
  await limits('5 calls');
  assert.equal(await run(client, 5), 2, 'raised');
  await limits('4 calls');
  assert.equal(await run(client, 2), 0, 'lowered');
  await limits(null);
  assert.equal(await run(client, 3), 3, 'removed');
  await limits('6 calls');
  assert.equal(await run(client, 3), 1, 'written again: it counts on where it was');
});

describe('pause', () => {
  const pause = (...args) => world.gateway.command(['pause', ...args]);
  const resume = (...args) => world.gateway.command(['resume', ...args]);

  test('stops a server, a tool, a user or a client at once, and resume lets it go on', async () => {
    const client = await world.client('plain');
    const elsewhere = await world.client('other');
    for (const what of [['server', 'plain'], ['tool', 'plain/echo'], ['user', 'alice'], ['client', client.id]]) {
      assert.ok(ran(await echo(client)), what.join(' '));
      const paused = await pause(...what);
      assert.equal(paused.status, 0, paused.stderr);
      const refused = await echo(client);
      assert.equal(refused.status, 200);
      assert.equal(refused.body.result?.isError, true, refused.text);
      assert.deepEqual(decision(refused), { reason: 'blocked' });
      const list = await client.rpc('tools/list');
      assert.equal(list.body.error?.code, what[0] === 'tool' ? undefined : -31002, list.text);
      assert.deepEqual(list.body.error?.data, what[0] === 'tool' ? undefined : { reason: 'blocked' });
      assert.equal(ran(await echo(elsewhere)), what[0] !== 'user');
      const listed = JSON.parse((await pause('--list', '--json')).stdout);
      assert.deepEqual(listed.map(({ kind, name }) => [kind, name]), [what]);
      const resumed = await resume(...what);
      assert.equal(resumed.status, 0, resumed.stderr);
    }
    assert.ok(ran(await echo(client)));
    const actions = (await world.gateway.records('--kind', 'event')).filter(({ event }) => event === 'admin.action').map((record) => JSON.stringify(record));
    assert.equal(actions.filter((text) => text.includes('"pause"')).length, 4);
    assert.equal(actions.filter((text) => text.includes('"resume"')).length, 4);
  });

  test('outlives a kill', async () => {
    const client = await world.client('plain');
    assert.equal((await pause('tool', 'plain/echo')).status, 0);
    await world.gateway.kill();
    await world.gateway.start();
    assert.deepEqual(decision(await echo(client)), { reason: 'blocked' });
    assert.ok(ran(await client.call('headers')));
    assert.equal((await resume('tool', 'plain/echo')).status, 0);
    assert.ok(ran(await echo(client)));
  });

  test('refuses names that stand for nothing', async () => {
    for (const what of [['server', 'nope'], ['tool', 'nope/echo'], ['user', 'nope'], ['client', 'nope']]) {
      const answer = await pause(...what);
      assert.equal(answer.status, 1, what.join(' '));
      assert.match(answer.stderr, /there is no (server|user|client) nope/);
    }
    assert.equal((await pause('moon', 'x')).status, 2);
    assert.equal((await pause('server')).status, 2);
    const resumed = await resume('server', 'plain');
    assert.equal(resumed.status, 1);
    assert.match(resumed.stderr, /the server plain is not paused/);
  });
});
