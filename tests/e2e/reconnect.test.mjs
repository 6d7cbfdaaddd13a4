// SPDX-License-Identifier: Apache-2.0
// A grant that died: how each kind of client hears of it, the link that connects the account again, and the
// call that then runs (G30-G37).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toolText } from './lib/hand_client.mjs';
import { World } from './lib/world.mjs';

const URLS = { elicitation: { url: {} } };

describe('a grant that the downstream server ended', () => {
  const world = new World();
  before(() => world.startScripted({ server: { reconnect: { in_band: ['nightly/*'] } } }));
  after(() => world.stop());

  /** A client of alice whose grant is dead over there, and the browser that she signed in with. */
  async function stranded(server = 'todo', person = 'alice') {
    world.downstream.person = person;
    const client = await world.client(server, { person, signedIn: false });
    const browser = world.browser(person);
    await client.signIn(browser);
    browser.stopAt = undefined;
    let first = await client.call('echo', { text: 'x' });
    if (first.status === 401) {
      // It ended before, and nobody had noticed: now it is known, and signing in connects it again.
      await client.signIn(browser);
      first = await client.call('echo', { text: 'x' });
    }
    assert.equal(toolText(first), 'echo: x', first.text);
    world.downstream.endFamilies();
    return { client, browser };
  }

  const input = ({ body }) => {
    assert.equal(body.result.resultType, 'input_required', JSON.stringify(body));
    const [[key, request]] = Object.entries(body.result.inputRequests);
    return { key, url: request.params.url, requestState: body.result.requestState };
  };

  const retry = (client, { key, requestState }, action = 'accept') =>
    client.rpc('tools/call', { name: 'echo', arguments: { text: 'back' }, inputResponses: { [key]: { action } }, requestState });

  test('a modern client is asked, the person connects, and the retried call runs', async () => {
    for (const server of ['todo', 'todo-local']) {
      const { client, browser } = await stranded(server);
      client.capabilities = URLS;
      const asked = input(await client.call('echo', { text: 'back' }));
      assert.match(asked.url, new RegExp(`^${world.gateway.origin}/connect/${server}\\?e=[\\w-]+$`));
      const before = world.recorder.calls().length;
      const again = input(await retry(client, asked));
      assert.equal(world.recorder.calls().length, before, 'nothing runs while the account is not connected');
      const page = await browser.open(again.url);
      assert.match(page.text, /Connected/, `${page.status} ${page.text}`);
      const answer = await retry(client, again);
      assert.equal(toolText(answer), 'echo: back', answer.text);
      const { params } = JSON.parse(world.recorder.calls().at(-1).body);
      assert.ok(!('inputResponses' in params) && !('requestState' in params), 'the runtime sees nothing of ours');
      const over = await browser.open(again.url);
      assert.equal(over.status, 403, 'the link works once');
      assert.ok((await world.gateway.records()).some(({ event }) => event === 'grant.needs_reconnect'));
    }
  });

  test('a person who declines is told apart, and the call does not loop', async () => {
    const { client } = await stranded();
    client.capabilities = URLS;
    const answer = await retry(client, input(await client.call('echo', { text: 'back' })), 'decline');
    assert.equal(answer.body.result.isError, true);
    assert.match(toolText(answer), /not given/);
  });

  test("another person's link leads nowhere, and changes nothing", async () => {
    for (const server of ['todo', 'todo-local']) {
      const { client } = await stranded(server);
      client.capabilities = URLS;
      const asked = input(await client.call('echo', { text: 'back' }));
      if (server === 'todo-local') await world.gateway.addUser(`bob`);
      world.downstream.person = 'bob';
      const page = await world.browser('bob').open(asked.url);
      assert.equal(page.status, 403, page.text);
      assert.doesNotMatch(page.text, /alice/i);
      input(await retry(client, asked));
    }
  });

  test('the TypeScript SDK asks its person and gets the result of the call', async () => {
    world.downstream.person = 'alice';
    const client = await world.client('todo', { signedIn: false });
    const browser = world.browser();
    await client.signIn(browser);
    browser.stopAt = undefined;
    const opened = [];
    const sdk = new Client({ name: 'sdk', version: '1' }, { capabilities: URLS, versionNegotiation: { mode: { pin: '2026-07-28' } } });
    sdk.setRequestHandler('elicitation/create', async ({ params }) => {
      opened.push(params.url);
      const page = await browser.open(params.url);
      assert.match(page.text, /Connected/);
      return { action: 'accept' };
    });
    const headers = { authorization: `Bearer ${client.tokens.access_token}` };
    const transport = new StreamableHTTPClientTransport(new URL(client.url), { requestInit: { headers } });
    await sdk.connect(transport);
    world.downstream.endFamilies();
    const result = await sdk.callTool({ name: 'echo', arguments: { text: 'sdk' } });
    assert.equal(result.content[0].text, 'echo: sdk');
    assert.equal(opened.length, 1);
    await sdk.close();
  });

  test('a session of 2025-11-25 that declared it gets the link as an error', async () => {
    const { client, browser } = await stranded();
    world.downstream.person = 'alice';
    await client.signIn(browser);
    browser.stopAt = undefined;
    const headers = { authorization: `Bearer ${client.tokens.access_token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const send = (message, more) => client.fetch(client.url, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify({ jsonrpc: '2.0', ...message }) });
    const hello = await send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: URLS, clientInfo: { name: 'c', version: '1' } } });
    const session = { 'mcp-session-id': hello.headers.get('mcp-session-id'), 'mcp-protocol-version': '2025-11-25' };
    const call = () => send({ id: 2, method: 'tools/call', params: { name: 'echo', arguments: { text: 'old' } } }, session);
    assert.equal(toolText(await call()), 'echo: old');
    world.downstream.endFamilies();
    const refused = await call();
    assert.deepEqual([refused.status, refused.body.error?.code], [200, -32042], refused.text);
    const [{ mode, elicitationId, url }] = refused.body.error.data.elicitations;
    assert.equal(mode, 'url');
    assert.match(elicitationId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match((await browser.open(url)).text, /Connected/);
    assert.equal(toolText(await call()), 'echo: old');
  });

  test('a client that declared nothing goes through the flow again: 401, and its refresh is refused', async () => {
    const { client, browser } = await stranded();
    const answer = await client.call('echo', { text: 'x' });
    assert.equal(answer.status, 401, answer.text);
    assert.match(answer.headers.get('www-authenticate'), /^Bearer resource_metadata=".*error="invalid_token"/);
    assert.equal((await client.refresh()).body.error, 'invalid_grant');
    world.downstream.person = 'alice';
    await client.signIn(browser);
    assert.equal(toolText(await client.call('echo', { text: 'x' })), 'echo: x');
  });

  test('a client that would give up is told in words, with the link', async () => {
    const { client, browser } = await stranded();
    const nightly = { headers: { 'user-agent': 'nightly/3' } };
    const answer = await client.call('echo', { text: 'x' }, nightly);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.result.isError, true);
    assert.deepEqual(answer.body.result._meta['gatehouse/decision'], { reason: 'reconnect' });
    const [url] = toolText(answer).match(/http:\/\/\S+/);
    world.downstream.person = 'alice';
    assert.match((await browser.open(url)).text, /Connected/);
    assert.equal(toolText(await client.call('echo', { text: 'x' }, nightly)), 'echo: x');
  });

  test('and nobody but the runtime ever sees a downstream token', async () => {
    const { client, browser } = await stranded();
    client.capabilities = URLS;
    await client.call('echo', { text: 'back' });
    const seen = [...client.received, ...browser.bodies, world.gateway.program.output()].join('\n');
    for (const secret of world.downstream.secrets) assert.ok(!seen.includes(secret));
  });
});
