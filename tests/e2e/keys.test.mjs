// SPDX-License-Identifier: Apache-2.0
// Signing keys change under load, and a key that is not safe any more goes at once (F05).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HandClient } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
let client;

before(async () => {
  await world.startRecording({ server: { sign_in: 'local', profile: undefined }, config: { profiles: {} } });
  await world.gateway.addUser('alice');
  client = await world.client();
});
after(() => world.stop());

const head = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url'));
const keys = async () => JSON.parse((await world.gateway.command(['keys', 'list', '--json'])).stdout);
const published = async () => (await (await fetch(`${world.gateway.origin}/jwks.json`)).json()).keys;

/** Calls and refreshes until it is told to stop; what was answered, by status. */
function load(...clients) {
  const statuses = {};
  const count = ({ status }) => { statuses[status] = (statuses[status] ?? 0) + 1; };
  let stopped = false;
  const loops = clients.flatMap((one) => [
    (async () => { while (!stopped) count(await one.rpc('tools/list')); })(),
    (async () => {
      while (!stopped) {
        const answer = await one.refresh();
        count(answer);
        if (answer.status === 200) one.tokens = answer.body;
      }
    })(),
  ]);
  return async () => { stopped = true; await Promise.all(loops); return statuses; };
}

describe('signing keys', () => {
  test('are published an hour before they sign', async () => {
    const answer = await world.gateway.command(['keys', 'rotate', '--json']);
    assert.equal(answer.status, 0, answer.stderr);
    const { id, sign_from: from, state } = JSON.parse(answer.stdout);
    assert.equal(state, 'next');
    assert.ok(Date.parse(from) > Date.now() + 3_590_000);
    assert.ok((await published()).some(({ kid }) => kid === id));
    assert.notEqual(head((await client.refresh()).body.access_token).kid, id);
    assert.equal((await world.gateway.command(['keys', 'remove', id])).status, 0);
    assert.ok(!(await published()).some(({ kid }) => kid === id));
  });

  test('change under load without one refusal', async () => {
    const other = await world.client();
    const first = await world.client();
    const stop = load(first, other);
    const before = head(first.tokens.access_token).kid;
    const rotated = JSON.parse((await world.gateway.command(['keys', 'rotate', '--now', '--json'])).stdout);
    await until('the new key to sign', async () => head(first.tokens.access_token).kid === rotated.id);
    const statuses = await stop();
    assert.notEqual(before, rotated.id);
    assert.deepEqual(Object.keys(statuses), ['200'], JSON.stringify(statuses));
    assert.ok(statuses[200] > 50, JSON.stringify(statuses));
    assert.equal((await keys()).find(({ id }) => id === rotated.id).state, 'signing');
  });

  test('that are removed leave nothing of what they signed', async () => {
    const victim = await world.client();
    const { kid } = head(victim.tokens.access_token);
    const stream = await fetch(victim.url, { ...victim.request('tools/list'), signal: AbortSignal.timeout(10_000) });
    assert.equal(stream.status, 200);
    const old = victim.tokens.access_token;
    assert.equal((await world.gateway.command(['keys', 'remove', kid])).status, 0);
    assert.equal((await victim.rpc('tools/list')).status, 401);
    // Refresh tokens are no signatures: clients go on by themselves.
    const answer = await victim.refresh();
    assert.equal(answer.status, 200, answer.text);
    victim.tokens = answer.body;
    assert.notEqual(head(victim.tokens.access_token).kid, kid);
    assert.equal((await victim.rpc('tools/list')).status, 200);
    assert.equal((await victim.rpc('tools/list', {}, { token: old })).status, 401);
    assert.equal((await world.gateway.command(['keys', 'remove', kid])).status, 1);
    const actions = (await world.gateway.records('--kind', 'event')).filter(({ event }) => event === 'admin.action');
    assert.ok(JSON.stringify(actions).includes('keys.remove'), JSON.stringify(actions.at(-1)));
  });

  test('are RS256 where the configuration says so', async () => {
    world.gateway.configure({ ...world.gateway.config, tokens: { signing_alg: 'RS256' } });
    const next = await until('the new key', async () => (await keys()).find(({ alg }) => alg === 'RS256'));
    assert.equal(next.state, 'next');
    const jwk = (await published()).find(({ kid }) => kid === next.id);
    assert.deepEqual([jwk.kty, jwk.alg, jwk.use], ['RSA', 'RS256', 'sig']);
    for (const secret of ['d', 'p', 'q', 'k']) assert.equal(jwk[secret], undefined);
    const { id } = JSON.parse((await world.gateway.command(['keys', 'rotate', '--now', '--json'])).stdout);
    const signed = await until('the new key to sign', async () => {
      const token = (await new HandClient(world.gateway).fetch(`${world.gateway.origin}/token`, { method: 'POST', body: new URLSearchParams({ client_id: client.id, grant_type: 'refresh_token', refresh_token: client.tokens.refresh_token }) })).body;
      client.tokens = token;
      return head(token.access_token).kid === id && token.access_token;
    });
    assert.equal(head(signed).alg, 'RS256');
    assert.equal((await client.rpc('tools/list')).status, 200);
  });
});
