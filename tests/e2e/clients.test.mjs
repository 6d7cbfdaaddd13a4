// SPDX-License-Identifier: Apache-2.0
// Real clients log in without a person at the keyboard, list tools and call them: both ways of signing in,
// against the Todo API's own authorization server and against oidc-provider.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clients, newHome } from './lib/clients.mjs';
import { World } from './lib/world.mjs';

const places = { 'the Todo API': () => new World().startTodo(), 'oidc-provider': () => new World().startCertified() };

for (const [place, start] of Object.entries(places)) {
  describe(`with ${place}`, () => {
    let world;
    before(async () => { world = await start(); });
    after(() => world?.stop());
    for (const server of ['todo', 'todo-local']) {
      for (const [name, Client] of Object.entries(clients)) {
        test(`${name} signs in at ${server} and uses the tools`, async () => {
          const home = newHome(world.accountsOf('alice'));
          const client = new Client(world.gateway.mcpUrl(server), home);
          try {
            assert.deepEqual((await client.tools()).sort(), ['add_todo', 'complete_todo', 'delete_todo', 'list_todos', 'whoami']);
            const title = `${name} at ${server}`;
            const added = await client.call('add_todo', { title });
            assert.ok(!added.isError, added.text);
            const listed = await client.call('list_todos');
            assert.ok(listed.text.includes(title), listed.text);
            assert.equal(home.logins(), 1, home.browserLog());
          } finally {
            await client.close();
            home.remove();
          }
        });
      }
    }
  });
}
