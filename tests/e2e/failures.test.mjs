// SPDX-License-Identifier: Apache-2.0
// Things go wrong around the gateway, and people and clients make mistakes: each gets its own answer.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { HandClient, toolText } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

describe('around a running gateway', () => {
  const world = new World();
  before(() => world.startTodo());
  after(() => world.stop());
  beforeEach(() => world.api.faults({}));

  /** Walks to the client's redirect URI, through the page that a client nobody approved yet gets first (D04). */
  async function refusal(client, browser, changes) {
    const end = await client.authorize(browser, changes);
    if (end.stopped) return end.url.searchParams;
    const onward = end.links.find(({ rel }) => rel === 'continue');
    assert.ok(onward, `no way on from ${end.status} ${end.text}`);
    assert.ok(end.text.includes('127.0.0.1'), 'the page names where the link leads');
    return new URL(onward.href, end.url).searchParams;
  }

  test('a person who denies at the gateway sends the client away with access_denied', async () => {
    for (const server of ['todo', 'todo-local']) {
      const client = await world.client(server, { signedIn: false });
      const end = await client.authorize(world.browser('alice', { decision: { [world.gateway.origin]: 'deny' } }));
      assert.ok(end.stopped, 'a Deny redirects at once');
      assert.equal(end.url.searchParams.get('error'), 'access_denied');
      assert.equal(end.url.searchParams.get('iss'), world.gateway.origin);
      assert.equal(end.url.searchParams.get('state'), 'a/b+c==');
      assert.ok(!end.url.searchParams.has('code'));
    }
  });

  test('a person who denies at the downstream server does, too', async () => {
    for (const server of ['todo', 'todo-local']) {
      const client = await world.client(server, { signedIn: false });
      const parameters = await refusal(client, world.browser('alice', { decision: { [world.api.url]: 'deny' } }));
      assert.equal(parameters.get('error'), 'access_denied', server);
      assert.ok(!parameters.has('code'));
    }
  });

  test('a downstream server in trouble means temporarily_unavailable', async () => {
    for (const fault of [{ authorize: 'server_error' }, { authorize: 'temporarily_unavailable' }, { token: 'unavailable' }]) {
      await world.api.faults(fault);
      const client = await world.client('todo', { signedIn: false });
      const parameters = await refusal(client, world.browser());
      assert.equal(parameters.get('error'), 'temporarily_unavailable', JSON.stringify(fault));
      assert.equal(parameters.get('iss'), world.gateway.origin);
    }
  });

  test('somebody else’s downstream account is not attached to a person (same_user)', async () => {
    const client = await world.client('todo-local', { signedIn: false });
    const accounts = { ...world.accountsOf('alice'), [world.api.url]: world.accountsOf('bob')[world.api.url] };
    const end = await client.authorize(world.browser('alice', { accounts }));
    assert.ok(!end.stopped && end.status === 403, 'a page, and no code');
    for (const account of ['alice@todo.example', 'bob@todo.example']) assert.ok(end.text.includes(account), end.text);
  });

  test('a wrong password shows the page again and gives nothing', async () => {
    const client = await world.client('todo-local', { signedIn: false });
    const accounts = { [world.gateway.origin]: { username: 'alice', password: 'not it' } };
    const end = await client.authorize(world.browser('alice', { accounts }));
    assert.ok(!end.stopped);
    assert.ok(end.forms.some(({ fields }) => fields.some(({ name }) => name === 'password')), 'the form is there again');
    const unknown = { [world.gateway.origin]: { username: 'nobody', password: 'not it' } };
    const other = await (await world.client('todo-local', { signedIn: false })).authorize(world.browser('alice', { accounts: unknown }));
    assert.equal(other.text, end.text, 'an unknown name looks the same as a wrong password');
    const right = await (await world.client('todo-local', { signedIn: false })).authorize(world.browser());
    assert.ok(right.stopped);
  });

  test('a code works once, and its second use ends what the first one gave', async () => {
    const client = await world.client('todo', { signedIn: false });
    const end = await client.authorize(world.browser());
    const code = end.url.searchParams.get('code');
    const wrong = await client.redeem(code, { code_verifier: 'x'.repeat(43) });
    assert.equal(wrong.body.error, 'invalid_grant');
    const first = await client.redeem(code);
    assert.equal(first.status, 200, first.text);
    const second = await client.redeem(code);
    assert.deepEqual([second.status, second.body.error], [400, 'invalid_grant']);
    assert.equal((await client.rpc('tools/list', {}, { token: first.body.access_token })).status, 401);
  });

  test('a code of one client is of no use to another', async () => {
    const client = await world.client('todo', { signedIn: false });
    const code = (await client.authorize(world.browser())).url.searchParams.get('code');
    const thief = await world.client('todo', { signedIn: false });
    thief.verifier = client.verifier;
    assert.equal((await thief.redeem(code)).body.error, 'invalid_grant');
    assert.equal((await client.redeem(code)).status, 200, 'the attempt did not burn the code');
  });

  test('many at once redeem a code exactly once', async () => {
    const client = await world.client('todo', { signedIn: false });
    const code = (await client.authorize(world.browser())).url.searchParams.get('code');
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.redeem(code)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  });

  test('an unknown client, redirect URI or token is refused without a redirect', async () => {
    const client = await world.client('todo', { signedIn: false });
    for (const changes of [{ client_id: 'nobody' }, { redirect_uri: 'https://attacker.example/' }]) {
      const end = await client.authorize(world.browser(), changes);
      assert.ok(!end.stopped && end.status === 400, JSON.stringify(changes));
    }
    const answer = await client.token({ grant_type: 'refresh_token', refresh_token: 'made-up', client_id: 'nobody' });
    assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client']);
    for (const token of ['nonsense', 'a.b.c']) {
      const refused = await client.rpc('tools/list', {}, { token });
      assert.equal(refused.status, 401);
      assert.match(refused.headers.get('www-authenticate'), /^Bearer .*error="invalid_token"/);
    }
  });

  test('the tokens of one server are no good at the other', async () => {
    const client = await world.client('todo');
    client.url = world.gateway.mcpUrl('todo-local');
    assert.equal((await client.rpc('tools/list')).status, 401);
  });
});

describe('a runtime that is down', () => {
  const world = new World();
  before(() => world.startTodo());
  after(() => world.stop());

  test('is 502 with a JSON-RPC error, and calls work again when it is back (H89)', async () => {
    const client = await world.client();
    const { port } = new URL(world.runtime.url);
    await world.runtime.stop();
    const answer = await client.call('list_todos');
    assert.equal(answer.status, 502, answer.text);
    assert.equal(answer.body.error.code, -32603);
    assert.equal(answer.body.id, 1);
    assert.doesNotMatch(answer.text, new RegExp(`:${port}`), 'the address of the runtime is nobody’s business');
    const list = await client.rpc('tools/list');
    assert.equal(list.status, 502);
  });
});

describe('a downstream server that is down from the start', () => {
  test('does not keep the gateway from starting, and sends the client away', async () => {
    const world = new World();
    try {
      await world.startRecording({ config: {} });
      await world.api.stop();
      const client = new HandClient(world.gateway, 'todo');
      await client.register();
      await world.gateway.program.stop();
      await world.gateway.start();
      const browser = world.browser();
      const end = await client.authorize(browser);
      const target = end.stopped ? end.url : new URL(end.links.find(({ rel }) => rel === 'continue').href);
      assert.equal(target.searchParams.get('error'), 'temporarily_unavailable');
    } finally {
      await world.stop();
    }
  });
});

describe('what has expired', () => {
  const world = new World();
  before(() => world.startTodo({ config: { tokens: { code_ttl: '1s', access_ttl: '2s', refresh_ttl: '4s' } } }));
  after(() => world.stop());

  const passed = (seconds) => {
    const end = Date.now() + seconds * 1000;
    return until(`${seconds} s to pass`, async () => Date.now() > end, { every: 50 });
  };

  test('a code: invalid_grant', async () => {
    const client = await world.client('todo', { signedIn: false });
    const code = (await client.authorize(world.browser())).url.searchParams.get('code');
    await passed(1.1);
    assert.equal((await client.redeem(code)).body.error, 'invalid_grant');
  });

  test('an access token: 401, and the refresh token goes on until it has expired, too', async () => {
    const client = await world.client();
    assert.match(toolText(await client.call('list_todos')), /Water the plants/);
    const refused = await until('the access token to expire', async () => {
      const answer = await client.rpc('tools/list');
      return answer.status === 401 && answer;
    }, { every: 200 });
    assert.match(refused.headers.get('www-authenticate'), /error="invalid_token"/);
    const refreshed = await client.refresh();
    assert.equal(refreshed.status, 200, refreshed.text);
    client.tokens = refreshed.body;
    assert.equal((await client.rpc('tools/list')).status, 200);
    await passed(4);
    assert.equal((await client.refresh()).body.error, 'invalid_grant');
    await client.signIn(world.browser());
    assert.equal((await client.rpc('tools/list')).status, 200);
  });
});
