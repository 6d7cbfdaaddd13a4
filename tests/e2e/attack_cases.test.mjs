// SPDX-License-Identifier: Apache-2.0
// The attack cases of requirements.md section I that touch authorize, sign-in, consent and codes, each under its ID, against
// the real binary and a real downstream server. Others: hostile.test.mjs, sign_in_provider.test.mjs, cimd.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { Gateway, localPassword, reserveGateway, todoProfile, todoServer } from './lib/gateway.mjs';
import { HandClient, redirectUri } from './lib/hand_client.mjs';
import { startRecorder, startTodoApi } from './lib/services.mjs';
import { World } from './lib/world.mjs';

const world = new World();
let gateway, api;

before(async () => {
  const reserved = await reserveGateway();
  api = world.api = await world.use(startTodoApi({ redirectUris: [reserved.callback('todo'), reserved.callback('other')] }));
  const recorder = await world.use(startRecorder());
  gateway = world.gateway = new Gateway(reserved, {
    profiles: { todo: todoProfile(api), other: todoProfile(api) },
    servers: {
      todo: todoServer(recorder),
      shared: todoServer(recorder, { sign_in: 'local' }),
      plain: {
        runtime: recorder.url, sign_in: 'local', scopes: ['read', 'write'],
        clients: [
          { id: 'web', name: 'Web', redirect_uris: ['https://app.example/cb'] },
          { id: 'desktop', name: 'Desktop', redirect_uris: ['http://127.0.0.1/callback'] },
        ],
      },
      second: { runtime: recorder.url, profile: 'other', sign_in: 'downstream' },
    },
  });
  await world.use(gateway.start());
  await gateway.addUser('alice');
  await gateway.addUser('bob');
});
after(() => world.stop());

const newClient = async (server = 'plain', id) => {
  const client = new HandClient(gateway, server);
  if (id) client.id = id;
  else await client.register();
  return client;
};
const authorizeUrl = async (changes, server, id) => (await newClient(server, id)).authorizeUrl(changes);
const raw = (url, init) => fetch(url, { redirect: 'manual', ...init });
const errorOf = (address) => new URL(address).searchParams.get('error');

/** A browser whose way through redirects is written down, and stopped before `hold`. */
function watched(person, hold = () => false) {
  const browser = world.browser(person);
  browser.trace = [];
  browser.rewrite = (url) => {
    browser.trace.push(url.href);
    if (!hold(url)) return url;
    browser.held = url.href;
    return new URL(`${gateway.origin}/healthz`);
  };
  return browser;
}
const isCallback = (url) => url.pathname.endsWith('/callback') && url.origin === gateway.origin;

test('I01 a new client of an attacker gets a consent page of its own before anything goes downstream', async () => {
  const browser = watched('alice');
  await (await newClient('todo')).signIn(browser);
  browser.trace.length = 0;
  browser.stopAt = undefined;
  const lure = await newClient('todo');
  await lure.register({ client_name: 'Todo', redirect_uris: ['https://evil.example/cb'] });
  const page = await browser.look(lure.authorizeUrl({ redirect_uri: 'https://evil.example/cb' }));
  assert.equal(page.status, 200);
  assert.ok(page.text.includes('unverified') && page.text.includes('evil.example'), page.text);
  assert.ok(page.forms[0].buttons.some(({ value }) => value === 'deny'));
  assert.deepEqual(browser.trace.filter((url) => url.startsWith(api.url) || url.includes('code=')), []);
});

test('I02 an attacker’s downstream answer binds nothing in the victim’s browser', async () => {
  const attacker = watched('bob', isCallback);
  await (await newClient('todo')).authorize(attacker);
  const victim = world.browser('alice');
  const page = await victim.look(attacker.held);
  assert.equal(page.status, 400);
  assert.equal((await victim.look(`${gateway.origin}/account`)).url.pathname, '/sign-in');
});

test('I03 a victim who is sent the downstream URL of an attacker’s transaction approves nothing', async () => {
  const attacker = watched('bob', (url) => url.origin === api.url);
  await (await newClient('todo')).authorize(attacker);
  const victim = world.browser('alice');
  const page = await victim.open(attacker.held);
  assert.equal(page.url.origin, gateway.origin);
  assert.equal(page.status, 400);
});

test('I04 a replayed downstream answer is refused, and there is one grant', async () => {
  let answer;
  const browser = watched('alice', (url) => { if (isCallback(url)) answer = url.href; return false; });
  await (await newClient('todo')).signIn(browser);
  const page = await browser.look(answer);
  assert.ok([400, 403].includes(page.status), `${page.status}`);
  const { stdout } = await gateway.command(['grants', 'list', '--json']);
  const alices = JSON.parse(stdout).filter(({ server, account }) => server === 'todo' && account.startsWith('alice'));
  assert.equal(alices.length, 1, stdout);
});

const redirects = [
  'https://app.example@evil.example/cb', 'https://app.example.evil.example/cb', '//evil.example/cb', 'https://app%2eexample/cb',
  'https://app.example/cb/more', 'https://app.example/x/../cb', 'https://app.example/cb#x', 'https://app.example/cb?x=1', 'https://app.example./cb',
  'https://app.example/CB', 'https://аpp.example/cb', 'http://app.example/cb', 'https://app.example:444/cb', 'https://app.example\\@evil.example/cb',
  'http://localhost.evil.example/cb', ' https://app.example/cb', 'https://app.example/cb/',
];
test('I09 no trick with a redirect URI leads anywhere', async () => {
  for (const redirect of redirects) {
    const answer = await raw(await authorizeUrl({ redirect_uri: redirect }, 'plain', 'web'));
    assert.equal(answer.status, 400, redirect);
    assert.equal(answer.headers.get('location'), null, redirect);
    assert.ok(!(await answer.text()).includes('href="https://evil'), redirect);
  }
});

test('I10 of a loopback redirect URI only the port may differ', async () => {
  const at = async (redirect) => (await raw(await authorizeUrl({ redirect_uri: redirect }, 'plain', 'desktop'))).status;
  assert.equal(await at('http://127.0.0.1:51234/callback'), 200);
  for (const redirect of [
    'http://127.0.0.1.evil.example/callback', 'http://0.0.0.0/callback', 'http://[::ffff:127.0.0.1]/callback', 'https://127.0.0.1/callback',
    'http://127.0.0.1/other', 'http://localhost/callback', 'http://127.0.0.2/callback', 'http://127.1/callback', 'http://2130706433/callback',
    'http://user@127.0.0.1/callback', 'http://127.0.0.1:99999/callback', 'http://[::1]/callback',
  ]) assert.equal(await at(redirect), 400, redirect);
});

test('I11 schemes that a browser runs or reads from disk cannot be registered', async () => {
  for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', 'JaVaScRiPt:alert(1)', 'blob:https://x/y']) {
    for (const member of [{ redirect_uris: [uri] }, { logo_uri: uri }, { client_uri: uri }, { policy_uri: uri }, { tos_uri: uri }]) {
      const { status, body } = await (await newClient()).register(member);
      assert.equal(status, 400, JSON.stringify(member));
      assert.match(body.error, /^invalid_(redirect_uri|client_metadata)$/);
    }
  }
});

test('I12 a client that nobody approved sends nobody anywhere by an error', async () => {
  for (const changes of [{ prompt: 'none' }, { response_type: 'token' }, { code_challenge: 'short' }, { resource: 'https://elsewhere.example/mcp' }, { max_age: 'x' }]) {
    const answer = await raw(await authorizeUrl(changes));
    assert.equal(answer.headers.get('location'), null);
    assert.ok(answer.status >= 400 && answer.status < 500, JSON.stringify(changes));
    assert.match(await answer.text(), /<a [^>]*rel="continue"/);
  }
});

test('I13 markup of strangers is text on every page', async () => {
  const evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>{{{x}}}';
  const client = await newClient();
  await client.register({ client_name: evil });
  const browser = world.browser('alice');
  const sources = [
    client.authorizeUrl({ state: evil, scope: `read ${evil}`, login_hint: evil }), client.authorizeUrl({ resource: evil }), client.authorizeUrl({ prompt: evil, code_challenge: evil }),
    `${gateway.origin}/authorize?client_id=${encodeURIComponent(evil)}`, `${gateway.origin}/connect/${encodeURIComponent(evil)}`,
    `${gateway.origin}/sign-in/${encodeURIComponent(evil)}?transaction=${encodeURIComponent(evil)}`, `${gateway.origin}/account?done=${encodeURIComponent(evil)}`,
    `${gateway.origin}/connect/todo/callback?error=${encodeURIComponent(evil)}&error_description=${encodeURIComponent(evil)}&state=x`,
  ];
  for (const source of sources) await browser.look(source);
  browser.stopAt = redirectUri;
  await browser.open(client.authorizeUrl({ state: evil }));
  for (const page of browser.bodies) assert.ok(!/<script|<img/i.test(page), page.slice(0, 2000));
});

test('I14 doubled parameters are refused', async () => {
  const twice = async (name, value, changes) => {
    const url = await authorizeUrl(changes, 'plain', 'desktop');
    url.searchParams.append(name, value);
    return raw(url);
  };
  for (const name of ['client_id', 'redirect_uri']) {
    const answer = await twice(name, name === 'client_id' ? 'web' : 'https://app.example/cb');
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('location'), null);
  }
  for (const [name, value] of [['scope', 'write'], ['state', 'second'], ['response_type', 'code'], ['code_challenge', 'x'.repeat(43)], ['prompt', 'login']]) {
    assert.equal(errorOf((await twice(name, value, { prompt: 'consent', scope: 'read' })).headers.get('location')), 'invalid_request', name);
  }
  assert.equal(errorOf((await twice('resource', gateway.mcpUrl('todo'))).headers.get('location')), 'invalid_target');
});

test('I15 line breaks in parameters split no header', async () => {
  const state = 'a\r\nSet-Cookie: planted=1\r\n\r\n<html>';
  const client = await newClient('plain', 'desktop');
  const end = await client.authorize(world.browser('alice'), { state });
  assert.equal(end.url.searchParams.get('state'), state);
  const answer = await raw(await authorizeUrl({ redirect_uri: `http://127.0.0.1/callback\r\nX: 1` }, 'plain', 'desktop'));
  assert.equal(answer.status, 400);
  assert.equal(answer.headers.get('x'), null);
});

const codeOf = async (client, person = 'alice') => (await client.authorize(world.browser(person))).url.searchParams.get('code');

test('I17 a stolen code is useless to another client, and the victim’s sign-in goes on', async () => {
  const victim = await newClient('plain', 'desktop');
  const code = await codeOf(victim);
  const thief = await newClient();
  thief.authorizeUrl();
  for (const changes of [{}, { redirect_uri: 'https://evil.example/cb' }, { code_verifier: victim.verifier }]) {
    const { status, body } = await thief.redeem(code, changes);
    assert.deepEqual([status, body.error], [400, 'invalid_grant']);
  }
  assert.equal((await victim.redeem(code)).status, 200);
});

test('I18 a code that comes twice ends the tokens of the first time', async () => {
  const client = await newClient();
  const code = await codeOf(client);
  client.tokens = (await client.redeem(code)).body;
  assert.equal((await client.rpc('tools/list')).status, 200);
  assert.equal((await client.redeem(code)).body.error, 'invalid_grant');
  assert.equal((await client.rpc('tools/list')).status, 401);
  assert.equal((await client.refresh()).body.error, 'invalid_grant');
});

test('I19 of fifty redemptions at once one succeeds', async () => {
  const client = await newClient();
  const code = await codeOf(client);
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.redeem(code)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.ok(answers.every(({ status, body }) => status === 200 || body.error === 'invalid_grant'));
});

test('I20 a downstream answer counts only for its own profile and from its own issuer', async () => {
  for (const change of [
    (url) => { url.pathname = '/connect/other/callback'; },
    (url) => { url.searchParams.set('iss', 'https://elsewhere.example'); },
    (url) => { url.searchParams.append('code', 'another'); },
  ]) {
    const browser = world.browser('alice');
    browser.rewrite = (url) => { if (isCallback(url)) change(url); return url; };
    const page = await (await newClient('todo')).authorize(browser);
    assert.equal(page.status, 400);
    assert.ok(page.text.includes('does not belong to anything'), page.text);
  }
});

test('I21 spoofed hosts change no URL', async () => {
  const path = `${gateway.origin}/.well-known/oauth-authorization-server`;
  const honest = await (await raw(path)).text();
  for (const headers of [{ 'x-forwarded-host': 'evil.example' }, { forwarded: 'host=evil.example' }, { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' }]) {
    assert.equal(await (await raw(path, { headers })).text(), honest, JSON.stringify(headers));
  }
});

test('I23 after a form comes 303, never 307', async () => {
  const browser = world.browser('alice');
  const statuses = [];
  const original = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    const answer = await original(url, init);
    if (init?.method === 'POST' && new URL(url).origin === gateway.origin) statuses.push(answer.status);
    return answer;
  };
  try {
    await (await newClient('plain', 'desktop')).authorize(browser);
  } finally {
    globalThis.fetch = original;
  }
  assert.deepEqual(statuses, [303, 303]);
});

test('I25 a planted session is not taken over, and every sign-in has a new one', async () => {
  const browser = world.browser('alice');
  browser.jar.store(new URL(gateway.origin), new Headers([['set-cookie', 'gatehouse=planted; Path=/']]));
  const session = () => /gatehouse=([^;]+)/.exec(browser.jar.header(new URL(gateway.origin)))?.[1];
  const client = await newClient('plain', 'desktop');
  await client.authorize(browser);
  const first = session();
  assert.notEqual(first, 'planted');
  await client.authorize(browser, { prompt: 'login' });
  assert.notEqual(session(), first);
});

test('I26 an account of somebody else downstream is refused', async () => {
  const browser = new Browser({ accounts: { [gateway.origin]: { username: 'alice', password: localPassword }, [api.url]: world.accountsOf('bob')[api.url] } });
  const page = await (await newClient('shared')).authorize(browser);
  assert.equal(page.status, 403);
  assert.ok(page.text.includes('two different accounts') && page.text.includes('bob@todo.example'), page.text);
  const { stdout } = await gateway.command(['grants', 'list', '--json']);
  assert.equal(JSON.parse(stdout).filter(({ server }) => server === 'shared').length, 0);
});

test('I27 a connect link with somebody else’s id, or an edited one, is refused', async () => {
  const browser = world.browser('bob');
  for (const link of ['/connect/shared?e=made-up', '/connect/shared?e=', '/connect/nowhere', '/connect/shared?user=alice']) {
    const page = await browser.look(gateway.origin + link);
    assert.ok(!page.text.includes('alice'), link);
    if (link.includes('made-up')) assert.equal(page.status, 403);
  }
});

test('I28 a connect link needs a sign-in of one’s own, and holds nothing of anybody', async () => {
  const page = await new Browser().look(`${gateway.origin}/connect/shared`);
  assert.ok(page.forms[0].fields.some(({ name }) => name === 'password'), page.text);
  const browser = world.browser('alice');
  browser.stopAt = api.url;
  const left = await browser.open(`${gateway.origin}/connect/shared`);
  assert.ok(left.stopped, browser.trail());
  assert.ok(!/alice|access_token|refresh_token/.test(left.url.href), left.url.href);
});

test('I42 a client of one server is no client of another', async () => {
  const answer = await raw(await authorizeUrl({ resource: gateway.mcpUrl('todo') }, 'plain', 'desktop'));
  assert.equal(errorOf(answer.headers.get('location')), 'unauthorized_client');
  const client = await newClient('plain', 'desktop');
  const code = await codeOf(client);
  assert.equal((await client.redeem(code, { resource: gateway.mcpUrl('todo') })).body.error, 'invalid_target');
});
