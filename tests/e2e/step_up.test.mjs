// SPDX-License-Identifier: Apache-2.0
// Real clients whose token lacks a scope: asked for it once, with what was granted and what is needed together.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as v2 from '@modelcontextprotocol/client';
import { WalkingProvider, clients, newHome } from './lib/clients.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
before(() => world.startTodo({
  server: {
    initial_scopes: ['todos.read'],
    policies: [{ name: 'writes-need-scope', effect: 'require_scope', scope: 'todos.write', when: { tools: ['add_todo', 'delete_todo'] } }],
  },
}));
after(() => world.stop());

const refused = async (item) => until('the record', async () => (await world.gateway.records('--decision', 'require_scope')).find((record) => record.item === item));

for (const mode of ['auto', 'legacy']) {
  test(`TypeScript SDK v2 steps up (${mode})`, async () => { // A19, A21
    const home = newHome(world.accountsOf('alice'));
    const provider = new WalkingProvider(home);
    const url = new URL(world.gateway.mcpUrl('todo-local'));
    const open = async () => {
      const transport = new v2.StreamableHTTPClientTransport(url, { authProvider: provider });
      const client = new v2.Client({ name: 'sdk-v2', version: '1' }, { versionNegotiation: { mode } });
      return { transport, client };
    };
    const signsIn = async (attempt, transport) => {
      await assert.rejects(attempt, (error) => error instanceof v2.UnauthorizedError || error.cause instanceof v2.UnauthorizedError);
      await transport.finishAuth(provider.answer);
    };
    try {
      let { transport, client } = await open();
      await signsIn(client.connect(transport), transport);
      ({ transport, client } = await open());
      await client.connect(transport);
      assert.equal(home.memory.tokens.scope, 'todos.read');
      assert.equal((await client.callTool({ name: 'list_todos', arguments: {} })).isError ?? false, false);
      await signsIn(client.callTool({ name: 'add_todo', arguments: { title: mode } }), transport);
      assert.deepEqual(home.memory.tokens.scope.split(' ').sort(), ['todos.read', 'todos.write']);
      const added = await client.callTool({ name: 'add_todo', arguments: { title: mode } });
      assert.ok(!added.isError, JSON.stringify(added));
      assert.equal(home.memory.logins, 2, 'one for each set of scopes');
      await client.close();
      assert.equal((await refused('add_todo')).decision.rule, 'writes-need-scope');
    } finally {
      home.remove();
    }
  });
}

test('the fastmcp client steps up', async () => {
  const home = newHome(world.accountsOf('alice'));
  const client = new clients['fastmcp client'](world.gateway.mcpUrl('todo-local'), home);
  try {
    const listed = await client.call('list_todos');
    assert.ok(!listed.isError, listed.text);
    assert.equal(home.logins(), 1);
    const added = await client.call('add_todo', { title: 'fastmcp' });
    assert.ok(!added.isError, added.text);
    assert.equal(home.logins(), 2, home.browserLog());
  } finally {
    home.remove();
  }
});
