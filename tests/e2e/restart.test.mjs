// SPDX-License-Identifier: Apache-2.0
// A gateway that stops, or is killed, comes back with everything: nobody signs in again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clients, newHome } from './lib/clients.mjs';
import { toolText } from './lib/hand_client.mjs';
import { World } from './lib/world.mjs';

const world = new World();
before(() => world.startTodo());
after(() => world.stop());

for (const [how, signal] of [['is stopped', 'SIGTERM'], ['is killed', 'SIGKILL']]) {
  for (const server of ['todo', 'todo-local']) {
    test(`a client of ${server} goes on after the gateway ${how}`, async () => {
      const client = await world.client(server);
      assert.equal((await client.call('list_todos')).status, 200);
      const pending = await world.client(server, { signedIn: false });
      const stopped = await world.gateway.program.stop(signal);
      assert.equal(stopped, signal === 'SIGTERM' ? 0 : 'SIGKILL');
      await world.gateway.start();

      assert.match(toolText(await client.call('list_todos')), /Water the plants/);
      const refreshed = await client.refresh();
      assert.equal(refreshed.status, 200, refreshed.text);
      await pending.signIn(world.browser());
      assert.equal((await pending.call('list_todos')).status, 200, 'a registration outlives the restart');
      const calls = (await world.gateway.records()).filter(({ item }) => item === 'list_todos');
      assert.ok(calls.length >= 3, 'what was recorded before is still there');
    });
  }

  for (const name of ['MCP Inspector', 'mcp-remote', 'TypeScript SDK v1', 'TypeScript SDK v2', 'fastmcp client']) {
    test(`${name} does not sign in again after the gateway ${how}`, async () => {
      const home = newHome(world.accountsOf('alice'));
      const client = new clients[name](world.gateway.mcpUrl('todo'), home);
      let second;
      try {
        assert.match((await client.call('list_todos')).text, /Water the plants/);
        await world.gateway.program.stop(signal);
        await world.gateway.start();
        assert.match((await client.call('list_todos')).text, /Water the plants/, 'the same process');
        second = new clients[name](world.gateway.mcpUrl('todo'), home);
        await client.close();
        assert.match((await second.call('list_todos')).text, /Water the plants/, 'the next process');
        assert.equal(home.logins(), 1, home.browserLog());
      } finally {
        await client.close();
        await second?.close();
        home.remove();
      }
    });
  }
}
