// SPDX-License-Identifier: Apache-2.0
// What an operator does to clients takes effect on the next request: disable, enable, remove, and blocks by host.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { redirectUri } from './lib/hand_client.mjs';
import { World } from './lib/world.mjs';

const world = new World();

before(async () => {
  await world.startRecording({ server: { sign_in: 'local', profile: undefined }, config: { profiles: {} } });
  await world.gateway.addUser('alice');
});
after(() => world.stop());

async function command(...args) {
  const answer = await world.gateway.command(args);
  assert.equal(answer.status, 0, answer.stderr);
  return answer.stdout;
}

const calls = async (client) => (await client.rpc('tools/list')).status;

/** Status and place at the end of an authorization. */
async function authorize(client) {
  const end = await client.authorize(world.browser());
  return end.stopped ? 'redirected' : end.status;
}

describe('an operator', () => {
  test('disables a client: its tokens and streams end, and nobody can allow it any more', async () => {
    const client = await world.client();
    const other = await world.client();
    assert.equal(await calls(client), 200);
    await command('clients', 'disable', client.id);
    assert.equal(await calls(client), 401);
    assert.deepEqual([(await client.refresh()).status, (await client.refresh()).body.error], [401, 'invalid_client']);
    assert.equal(await authorize(client), 400);
    assert.equal(await calls(other), 200);
    const shown = JSON.parse(await command('clients', '--json')).find(({ id }) => id === client.id);
    assert.equal(shown.disabled, true);

    await command('clients', 'enable', client.id);
    assert.equal(await calls(client), 401, 'what ended stays ended');
    await client.signIn(world.browser());
    assert.equal(await calls(client), 200);
    await command('clients', 'remove', client.id);
    assert.equal(await calls(client), 401);
    assert.equal((await world.gateway.command(['clients', 'disable', 'nobody'])).status, 1);
  });

  test('blocks a redirect host, and with it every client that answers there', async () => {
    const client = await world.client();
    const elsewhere = await world.client('todo', { signedIn: false });
    assert.equal(await calls(client), 200);
    const host = new URL(redirectUri).hostname;
    await command('clients', 'block', 'redirect-host', host);
    assert.equal(await calls(client), 401);
    assert.equal(await authorize(elsewhere), 400);
    assert.match(await command('clients', 'blocks'), new RegExp(`redirect_host +${host}`));
    await command('clients', 'unblock', 'redirect-host', host);
    assert.equal(await authorize(elsewhere), 'redirected');
    assert.equal((await world.gateway.command(['clients', 'unblock', 'redirect-host', host])).status, 1);
  });

  test('blocks a host of metadata documents', async () => {
    const client = await world.client('todo', { signedIn: false });
    client.id = 'https://claude.ai/oauth/claude-code-client-metadata';
    await command('clients', 'block', 'document-host', '*.ai');
    const page = await world.browser().open(client.authorizeUrl({ redirect_uri: 'http://localhost:5000/callback' }));
    assert.equal(page.status, 400);
    await command('clients', 'unblock', 'document-host', '*.ai');
  });

  test('leaves a trace of it', async () => {
    const actions = (await world.gateway.records('--kind', 'event')).filter(({ event }) => event === 'admin.action').map((record) => JSON.stringify(record));
    for (const action of ['clients.disable', 'clients.enable', 'clients.remove', 'clients.block', 'clients.unblock']) {
      assert.ok(actions.some((line) => line.includes(action)), action);
    }
  });
});
