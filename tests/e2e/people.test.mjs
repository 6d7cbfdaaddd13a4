// SPDX-License-Identifier: Apache-2.0
// What people do about their own sign-in, and what operators do about people, on the real binary.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { Gateway, localPassword, reserveGateway, todoProfile, todoServer } from './lib/gateway.mjs';
import { HandClient } from './lib/hand_client.mjs';
import { startRecorder, startTodoApi } from './lib/services.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
let gateway, api, recorder;

before(async () => {
  const reserved = await reserveGateway();
  api = world.api = await world.use(startTodoApi({ redirectUris: [reserved.callback('todo')] }));
  recorder = await world.use(startRecorder());
  gateway = world.gateway = new Gateway(reserved, {
    sign_in: { local: { enabled: true, self_register: true } },
    profiles: { todo: todoProfile(api) },
    servers: {
      plain: { runtime: recorder.url, sign_in: 'local', scopes: ['read'] },
      shared: todoServer(recorder, { sign_in: 'local' }),
    },
  });
  await world.use(gateway.start());
  for (const name of ['alice', 'bob', 'carol']) await gateway.addUser(name);
});
after(() => world.stop());

const newClient = async (server = 'plain') => {
  const client = new HandClient(gateway, server);
  await client.register();
  return client;
};
const at = (path) => `${gateway.origin}${path}`;
const accounts = (username, password = localPassword) => ({ [gateway.origin]: { username, password } });
/** A browser in which somebody is signed in. */
async function signedIn(username, password) {
  const browser = new Browser({ accounts: accounts(username, password) });
  browser.stopAt = at('/account');
  const end = await browser.open(at('/sign-in'));
  assert.ok(end.stopped, `${end.status} ${end.text}`);
  browser.stopAt = undefined;
  return browser;
}
const isSignedIn = async (browser) => (await browser.look(at('/account'))).url.pathname === '/account';
const formWith = (page, field) => page.forms.find(({ fields, buttons }) => [...fields, ...buttons].some(({ name, value }) => name === field || value === field));

test('a person sees the browsers they are signed in with, and ends one, the others and all', async () => {
  const [here, phone, laptop] = [await signedIn('alice'), await signedIn('alice'), await signedIn('alice')];
  const bobs = await signedIn('bob');
  const page = await here.look(at('/account'));
  assert.ok(page.text.includes('this browser'), page.text);
  const form = formWith(page, 'session');
  await here.send(page, form, { action: 'end_session' });
  assert.deepEqual([await isSignedIn(phone), await isSignedIn(laptop)].sort(), [false, true]);
  await here.send(page, formWith(page, 'end_other_sessions'), { action: 'end_other_sessions' });
  assert.deepEqual([await isSignedIn(phone), await isSignedIn(laptop), await isSignedIn(here)], [false, false, true]);
  const again = await signedIn('alice');
  await here.send(page, formWith(page, 'end_all_sessions'), { action: 'end_all_sessions' });
  assert.deepEqual([await isSignedIn(again), await isSignedIn(here), await isSignedIn(bobs)], [false, false, true]);
});

test('sign-out ends the session, not the apps', async () => {
  const browser = world.browser('alice');
  const client = await (await newClient()).signIn(browser);
  const cookies = browser.jar.header(new URL(gateway.origin));
  const page = await browser.look(at('/sign-out'));
  await browser.send(page, page.forms[0]);
  assert.ok(!await isSignedIn(browser));
  const replayed = await fetch(at('/account'), { redirect: 'manual', headers: { cookie: cookies } });
  assert.equal(replayed.headers.get('location'), '/sign-in');
  assert.equal((await client.rpc('tools/list')).status, 200);
});

test('a changed password needs the old one and signs out the other browsers', async () => {
  const [here, other] = [await signedIn('bob'), await signedIn('bob')];
  const page = await here.look(at('/account/password'));
  const wrong = await here.send(page, page.forms[0], { current_password: 'wrong', new_password: 'a new pass phrase', new_password_again: 'a new pass phrase' });
  assert.equal(wrong.status, 403);
  const done = await here.send(page, page.forms[0], { current_password: localPassword, new_password: 'a new pass phrase', new_password_again: 'a new pass phrase' });
  assert.ok(done.text.includes('Your password is changed'), done.text);
  assert.deepEqual([await isSignedIn(here), await isSignedIn(other)], [true, false]);
  await signedIn('bob', 'a new pass phrase');
});

test('a reset link works once, and nothing of it is in the log', async () => {
  const before = await signedIn('carol');
  const { status, stdout } = await gateway.command(['users', 'reset-link', 'carol', '--json']);
  assert.equal(status, 0);
  const { url, expires_at: expires } = JSON.parse(stdout);
  assert.ok(url.startsWith(at('/sign-in/reset?token=')) && Date.parse(expires) > Date.now());
  const browser = new Browser();
  const page = await browser.look(url);
  const token = new URL(url).searchParams.get('token');
  assert.equal((await browser.look(url)).status, 200);
  const done = await browser.send(page, page.forms[0], { new_password: 'chosen by carol', new_password_again: 'chosen by carol' });
  assert.equal(done.url.pathname, '/sign-in');
  assert.ok(done.text.includes('Your new password is set'), done.text);
  assert.ok(!await isSignedIn(before));
  assert.equal((await browser.look(url)).status, 403);
  await signedIn('carol', 'chosen by carol');
  const seen = gateway.program.output() + JSON.stringify(await gateway.records());
  assert.ok(!seen.includes(token) && !seen.includes('chosen by carol'));
  assert.equal((await gateway.command(['users', 'reset-link', 'nobody'])).status, 1);
  const plain = await gateway.command(['users', 'reset-link', 'carol']);
  assert.match(plain.stdout, /^http\S+\/sign-in\/reset\?token=\S+\nGive this link to carol only/);
});

test('a person makes an account on the way to an app', async () => {
  const client = await newClient();
  const browser = new Browser();
  const start = await browser.look(client.authorizeUrl());
  const link = start.links.find(({ href }) => href.startsWith('/sign-in/register'));
  const page = await browser.look(new URL(link.href, gateway.origin));
  const consent = await browser.send(page, page.forms[0], { username: 'dora', email: 'dora@example.com', password: 'long enough' });
  assert.ok(formWith(consent, 'decision') ?? formWith(consent, 'allow'), consent.text);
  const end = await client.authorize(browser);
  assert.ok((await client.redeem(end.url.searchParams.get('code'))).status === 200);
  const { stdout } = await gateway.command(['users', 'list', '--json']);
  assert.equal(JSON.parse(stdout).find(({ name }) => name === 'dora').email_verified, false);
});

test('guessing a password makes the guesser wait, and nobody else (I61)', async () => {
  await gateway.addUser('guessed');
  const browser = new Browser();
  const page = await browser.look(at('/sign-in'));
  const guess = (password) => browser.send(page, page.forms[0], { username: 'guessed', password });
  let last;
  for (let i = 0; i < 7; i += 1) last = await guess('wrong');
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers.get('retry-after')) >= 1);
  assert.equal((await guess(localPassword)).status, 429);
  await signedIn('alice');
  await until('the wait to be over', async () => (await guess(localPassword)).status !== 429);
});

test('a disabled person is signed out, disconnected and kept out', async () => {
  await gateway.addUser('erik');
  const browser = world.browser('erik');
  const client = await (await newClient()).signIn(browser);
  assert.equal((await gateway.command(['users', 'disable', 'erik'])).status, 0);
  assert.equal((await client.rpc('tools/list')).status, 401);
  assert.ok(!await isSignedIn(browser));
  const refused = await new Browser({ accounts: accounts('erik') }).open(at('/sign-in'));
  assert.equal(refused.status, 403);
  assert.equal((await gateway.command(['users', 'reset-link', 'erik'])).status, 1);
});

test('a person who is removed leaves nothing that works, here or downstream', async () => {
  const browser = world.browser('alice');
  const client = await (await newClient('shared')).signIn(browser);
  await client.call('echo', { text: 'x' });
  const downstream = recorder.calls().at(-1).headers['x-gateway-access-token'];
  const todos = (token) => fetch(`${api.url}/todos`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await todos(downstream)).status, 200);

  const exported = await gateway.command(['users', 'export', 'alice', '--json']);
  assert.equal(exported.status, 0, exported.stderr);
  const all = JSON.parse(exported.stdout);
  assert.equal(all.user.email, 'alice@todo.example');
  assert.ok(all.connections.some(({ server }) => server === 'shared'));
  assert.equal(all.grants.length, 1);
  assert.ok(all.consents.length >= 1 && all.sessions.length >= 1 && all.records.some(({ method }) => method === 'tools/call'));
  for (const secret of [downstream, client.tokens.access_token, client.tokens.refresh_token, '$argon2', localPassword]) assert.ok(!exported.stdout.includes(secret), secret);

  assert.equal((await gateway.command(['users', 'remove', 'alice'])).status, 0);
  assert.equal((await client.rpc('tools/list')).status, 401);
  assert.equal((await client.refresh()).body.error, 'invalid_grant');
  assert.equal((await todos(downstream)).status, 401);
  assert.ok(!await isSignedIn(browser));
  assert.equal((await gateway.command(['users', 'export', 'alice'])).status, 1);
  const grants = JSON.parse((await gateway.command(['grants', 'list', '--json'])).stdout);
  assert.deepEqual(grants.filter(({ server }) => server === 'shared'), []);

  await gateway.addUser('alice');
  const again = await (await newClient('shared')).authorize(Object.assign(world.browser('alice'), { decision: 'deny' }));
  assert.equal(again.url.searchParams.get('error'), 'access_denied');
});

test('an unknown client is named by its traces, with the command that resets it', async () => {
  for (const [redirect, program, words] of [
    ['http://localhost:51000/callback', 'Claude Code', 'claude mcp logout NAME'],
    ['http://127.0.0.1:33418/', 'VS Code', 'Remove Dynamic Authentication Providers'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'Cursor', 'log out of this server'],
    ['https://app.example/cb', 'This app', 'Let it register again'],
  ]) {
    const page = await new Browser().look(at(`/authorize?response_type=code&client_id=gone&redirect_uri=${encodeURIComponent(redirect)}`));
    assert.equal(page.status, 400);
    assert.ok(page.text.includes(`${program} is not known here`) && page.text.includes(words), page.text);
  }
});
