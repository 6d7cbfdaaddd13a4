// SPDX-License-Identifier: Apache-2.0
// Two gateways on one PostgreSQL in front of oidc-provider, which rotates refresh tokens and ends everything when one is
// used twice: many calls at the end of a token make one refresh, again and again (G16, G17).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { oidcProfile, todoServer } from './lib/gateway.mjs';
import { HandClient, toolText } from './lib/hand_client.mjs';
import { Replicas } from './lib/replicas.mjs';
import { accounts, startOidcProvider, startRecorder } from './lib/services.mjs';
import { until } from './lib/wait.mjs';

const world = new Replicas();
const accessTtl = 4;

before(() => world.startReplicas(2, async () => {
  world.provider = await world.use(startOidcProvider({ redirectUris: [world.callback('todo')], accessTtl }));
  world.recorder = await world.use(startRecorder());
  return { profiles: { todo: { ...oidcProfile(world.provider), refresh_before: '0s' } }, servers: { todo: todoServer(world.recorder) } };
}));
after(() => world.stop());

test('200 calls at two gateways make one refresh each time that a token ends, and the grant lives on', async () => {
  const client = new HandClient(world.gateway, 'todo');
  await client.register();
  await client.signIn(new Browser({ accounts: { [world.provider.url]: accounts.alice } }));
  const places = world.replicas.map((replica) => world.at(replica, client));
  for (const place of places) assert.equal(toolText(await place.call('echo', { text: 'x' })), 'echo: x');
  for (let round = 1; round <= 2; round += 1) {
    const end = Date.now() + (accessTtl + 0.3) * 1000;
    await until('the token to end', async () => Date.now() > end, { every: 100 });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => places[i % 2].call('echo', { text: String(i) })));
    answers.forEach((answer, i) => assert.equal(toolText(answer), `echo: ${i}`, answer.text));
    assert.equal(await world.provider.refreshes(), round);
  }
});
