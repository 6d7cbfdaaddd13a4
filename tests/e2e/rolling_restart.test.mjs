// SPDX-License-Identifier: Apache-2.0
// Replicas that are replaced one after the other behind a balancer: no call fails, and nobody signs in again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { toolText } from './lib/hand_client.mjs';
import { Replicas } from './lib/replicas.mjs';
import { startRecorder } from './lib/services.mjs';
import { until } from './lib/wait.mjs';

const world = new Replicas();

before(async () => {
  await world.startReplicas(3, async () => {
    world.recorder = await world.use(startRecorder());
    return { shutdown_delay: '1s', servers: { plain: { runtime: world.recorder.url, sign_in: 'local' } } };
  });
  world.balancer.watch();
  await world.gateway.addUser('alice');
});
after(() => world.stop());

test('a rolling restart fails no call', async () => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => world.client('plain')));
  const failures = [];
  const servedBy = new Map();
  let running = true;
  let calls = 0;
  const loops = clients.map(async (client, who) => {
    for (let i = 0; running; ++i) {
      const answer = await client.call('echo', { text: `${who}-${i}` });
      calls += 1;
      servedBy.set(answer.headers.get('x-replica'), (servedBy.get(answer.headers.get('x-replica')) ?? 0) + 1);
      if (answer.status !== 200 || toolText(answer) !== `echo: ${who}-${i}`) failures.push(`${answer.status} ${answer.text.slice(0, 200)}`);
    }
  });
  for (const replica of world.replicas) {
    assert.equal(await replica.program.stop('SIGTERM'), 0, replica.program.output());
    assert.ok(world.replicas.some(({ ready }) => ready));
    await replica.start();
    await until(`${replica.name} to be used again`, async () => replica.ready);
  }
  running = false;
  await Promise.all(loops);
  assert.deepEqual(failures, []);
  assert.ok(calls > 100, `only ${calls} calls`);
  assert.equal(servedBy.size, 3);
  const records = await world.everyRecord('--server', 'plain', '--kind', 'call');
  assert.equal(records.length, calls, 'and every one is recorded');
});
