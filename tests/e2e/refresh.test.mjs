// SPDX-License-Identifier: Apache-2.0
// Refresh on both sides: the client's token at the gateway (E20-E28), the grant's token at the downstream
// server (G20), where a second use of a refresh token ends everything.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { toolText } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

describe("the client's tokens", () => {
  const world = new World();
  before(() => world.startTodo({ config: { tokens: { refresh_grace: '1s' } } }));
  after(() => world.stop());

  test('a refresh rotates, and both access tokens work', async () => {
    const client = await world.client();
    const first = client.tokens;
    const answer = await client.refresh();
    assert.equal(answer.status, 200, answer.text);
    assert.notEqual(answer.body.refresh_token, first.refresh_token);
    for (const token of [first.access_token, answer.body.access_token]) assert.equal((await client.rpc('tools/list', {}, { token })).status, 200);
  });

  test('a client that lost the answer gets the same refresh token again', async () => {
    const client = await world.client();
    const [one, two] = await Promise.all([client.refresh(), client.refresh()]);
    assert.deepEqual([one.status, two.status], [200, 200]);
    assert.equal(one.body.refresh_token, two.body.refresh_token);
  });

  test('reuse after the successor was used and the grace is over ends the connection', async () => {
    const client = await world.client();
    const stolen = client.tokens.refresh_token;
    client.tokens = (await client.refresh()).body;
    client.tokens = (await client.refresh()).body;
    const grace = Date.now() + 1200;
    await until('the grace to end', async () => Date.now() > grace, { every: 100 });
    const reuse = await client.refresh(stolen);
    assert.deepEqual([reuse.status, reuse.body.error], [400, 'invalid_grant']);
    assert.equal((await client.refresh()).body.error, 'invalid_grant', 'the thief and the client are both out');
    assert.equal((await client.rpc('tools/list')).status, 401);
  });

  test("another client's refresh token is refused and lives on", async () => {
    const client = await world.client();
    const other = await world.client('todo', { signedIn: false });
    assert.equal((await other.refresh(client.tokens.refresh_token)).body.error, 'invalid_grant');
    assert.equal((await client.refresh()).status, 200);
  });
});

describe('the downstream token', () => {
  const world = new World();
  before(() => world.startTodo({ accessTtl: 2, profile: { refresh_before: '1s' } }));
  after(() => world.stop());

  test('is refreshed when it is about to end, once for calls that come together', async () => {
    const client = await world.client();
    const before = await world.api.refreshes();
    await until('three refreshes', async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => client.call('list_todos')));
      for (const answer of answers) assert.match(toolText(answer) ?? answer.text, /Water the plants/);
      return (await world.api.refreshes()) >= before + 3;
    }, { every: 100 });
  });
});

describe('a downstream server in trouble', () => {
  const world = new World();
  before(() => world.startTodo({ accessTtl: 30, profile: { refresh_before: '29s' } }));
  after(() => world.stop());

  test('does not hurt while the old token is good', async () => {
    const client = await world.client();
    await world.api.faults({ token: 'unavailable' });
    const due = Date.now() + 1500;
    await until('the token to be due for its refresh', async () => {
      assert.match(toolText(await client.call('list_todos')), /Water the plants/);
      return Date.now() > due;
    }, { every: 200 });
    await world.api.faults({});
  });

  test('that ended the grant makes the client sign in again (H97)', async () => {
    const client = await world.client();
    await world.api.faults({ token: 'invalid_grant' });
    // What the gateway says: the token is no good, and refreshing it is no use (E28, G30).
    await until('the dead grant to be noticed', async () => (await client.call('list_todos')).status === 401, { every: 200 });
    assert.equal((await client.refresh()).body.error, 'invalid_grant');
    await world.api.faults({});
    await client.signIn(world.browser());
    assert.match(toolText(await client.call('list_todos')), /Water the plants/);
  });
});
