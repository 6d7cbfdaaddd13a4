// SPDX-License-Identifier: Apache-2.0
// Signing in through OpenID providers: oidc-provider for the good days, a lying one for the bad days.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { Gateway, reserveGateway } from './lib/gateway.mjs';
import { HandClient, redirectUri, toolText } from './lib/hand_client.mjs';
import { signInSecret, startForger, startSignInProvider } from './lib/providers.mjs';
import { startRecorder, workerSecret } from './lib/services.mjs';
import { World } from './lib/world.mjs';

const world = new World();
let gateway, recorder, corp, forger, other;

before(async () => {
  const reserved = await reserveGateway();
  recorder = await world.use(startRecorder());
  corp = await world.use(startSignInProvider({ redirectUris: [`${reserved.origin}/sign-in/corp/callback`] }));
  forger = await world.use(startForger());
  other = await world.use(startForger());
  const entry = (provider, more) => ({ issuer: provider.url, client_id: 'gatehouse', client_secret: signInSecret, ...more });
  const server = (sign_in, more) => ({ runtime: recorder.url, sign_in, scopes: ['read', 'write'], worker: { secret: workerSecret }, ...more });
  gateway = new Gateway(reserved, {
    sign_in: {
      local: { enabled: true },
      oidc: {
        corp: entry(corp, { scopes: ['openid', 'email', 'profile', 'groups'], groups_claim: 'groups', allowed_domains: ['example.com'] }),
        forger: entry(forger, { allowed_domains: ['example.com'] }),
        other: entry(other),
      },
    },
    servers: {
      work: server('corp', { clients: [{ id: 'desktop', name: 'Desktop', redirect_uris: [redirectUri] }] }),
      staff: server('corp', { access: { groups: ['admins'] } }),
      lab: server('forger', { clients: [{ id: 'bench', name: 'Bench', redirect_uris: [redirectUri] }] }),
    },
  });
  await world.use(gateway.start());
});
after(() => world.stop());
afterEach(() => { forger.lies = {}; });

const browserOf = (person) => new Browser({ accounts: { [corp.url]: { username: person, password: 'any' } } });
async function newClient(server, id) {
  const client = new HandClient(gateway, server);
  if (id) client.id = id;
  else await client.register();
  return client;
}
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
const continueLink = (page) => page.links.find(({ rel }) => rel === 'continue');

describe('through oidc-provider', () => {
  test('leads from the client’s authorize to a tool call that knows the person', async () => {
    const client = await newClient('work');
    const browser = browserOf('alice');
    await client.signIn(browser);
    assert.equal(toolText(await client.call('echo', { text: 'hello' })), 'echo: hello');
    const { headers } = recorder.calls().at(-1);
    assert.equal(headers['x-gateway-email'], 'alice@example.com');
    assert.equal(headers['x-gateway-groups'], 'staff');
    assert.equal(headers['x-gateway-user'], claimsOf(client.tokens.access_token).sub);
    assert.ok(browser.visited.some(({ text }) => text.includes('Alice Adler (alice@example.com)')), browser.trail());
    const asked = corp.asked.at(-1);
    assert.equal(asked.get('code_challenge_method'), 'S256');
    assert.ok(asked.get('nonce') && asked.get('state'));
  });

  test('a second client finds the person signed in, and a second browser is the same person', async () => {
    const browser = browserOf('alice');
    const first = await (await newClient('work')).signIn(browser);
    const visits = corp.asked.length;
    await (await newClient('work')).signIn(browser);
    assert.equal(corp.asked.length, visits);
    const again = await (await newClient('work')).signIn(browserOf('alice'));
    assert.equal(claimsOf(again.tokens.access_token).sub, claimsOf(first.tokens.access_token).sub);
  });

  test('hints and prompts of the client reach the provider, and auth_time comes back (D16)', async () => {
    const browser = browserOf('alice');
    const client = await newClient('work', 'desktop');
    const end = await client.authorize(browser, { prompt: 'login', max_age: '600', login_hint: 'alice@example.com', ui_locales: 'de' });
    const asked = corp.asked.at(-1);
    assert.deepEqual(['prompt', 'max_age', 'login_hint', 'ui_locales'].map((name) => asked.get(name)), ['login', '600', 'alice@example.com', 'de']);
    const { body } = await client.redeem(end.url.searchParams.get('code'));
    assert.ok(Math.abs(claimsOf(body.access_token).auth_time - Date.now() / 1000) < 30);
    const silent = await client.authorize(new Browser(), { prompt: 'none' });
    assert.equal(silent.url.searchParams.get('error'), 'login_required');
  });

  for (const [person, words] of [['carol', 'an e-mail address at example.com'], ['mallory', 'does not say that yours is verified']]) {
    test(`${person} is told why and gets no session`, async () => {
      const browser = browserOf(person);
      const page = await (await newClient('work')).authorize(browser);
      assert.equal(page.status, 403);
      assert.ok(page.text.includes(words), page.text);
      assert.equal(new URL(continueLink(page).href).searchParams.get('error'), 'access_denied');
      const account = await browser.look(`${gateway.origin}/account`);
      assert.equal(account.url.pathname, '/sign-in');
      const told = await (await newClient('work', 'desktop')).authorize(browserOf(person));
      assert.equal(told.url.searchParams.get('error'), 'access_denied');
    });
  }

  test('who is on no access list reads whom to ask', async () => {
    const page = await (await newClient('staff')).authorize(browserOf('alice'));
    assert.equal(page.status, 403);
    assert.ok(page.text.includes('Ask whoever runs this gateway for access'), page.text);
    assert.equal(new URL(continueLink(page).href).searchParams.get('error'), 'access_denied');
  });

  test('the account page is reached by the way that the person chooses', async () => {
    const browser = browserOf('alice');
    const choice = await browser.look(`${gateway.origin}/sign-in`);
    const form = choice.forms.find(({ buttons }) => buttons.some(({ name, value }) => name === 'method' && value === 'corp'));
    assert.ok(form, choice.text);
    browser.stopAt = `${gateway.origin}/account`;
    assert.ok((await browser.send(choice, form, { method: 'corp' }, { walk: true })).stopped, browser.trail());
    browser.stopAt = undefined;
    assert.ok((await browser.look(`${gateway.origin}/account`)).text.includes('Alice Adler'));
  });
});

describe('a provider that lies', () => {
  const told = async (client) => (await client.authorize(new Browser())).url.searchParams;
  const bench = () => newClient('lab', 'bench');

  test('is believed as long as everything holds', async () => {
    await (await newClient('lab')).signIn(new Browser());
  });

  const lies = {
    'a nonce of another sign-in (I46)': { claims: { nonce: 'another' } },
    'no nonce': { claims: { nonce: undefined } },
    'another issuer in the ID token': { claims: { iss: 'https://elsewhere.example' } },
    'an ID token for another client': { claims: { aud: 'somebody' } },
    'an expired ID token': { claims: { exp: Math.floor(Date.now() / 1000) - 120 } },
    'no ID token': { token: { id_token: undefined } },
    'an ID token without a signature (I45)': { token: { id_token: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"alice"}').toString('base64url')}.` } },
  };
  for (const [name, lie] of Object.entries(lies)) {
    test(`${name} lets nobody in`, async () => {
      forger.lies = lie;
      assert.equal((await told(await bench())).get('error'), 'server_error');
      const browser = new Browser();
      const page = await (await newClient('lab')).authorize(browser);
      assert.equal(page.status, 502);
      assert.ok(continueLink(page), page.text);
      assert.equal((await browser.look(`${gateway.origin}/account`)).url.pathname, '/sign-in');
    });
  }

  for (const [name, claims] of [['an unverified address', { email_verified: false }], ['a domain that is not allowed', { email: 'alice@evil.example' }]]) {
    test(`${name} is access_denied`, async () => {
      forger.lies = { claims };
      assert.equal((await told(await bench())).get('error'), 'access_denied');
    });
  }

  test('answers of another issuer, without iss, and with a foreign state go nowhere (I20, I02)', async () => {
    const { length } = forger.redeemed;
    for (const callback of [{ iss: other.url }, { iss: null }, { state: 'foreign' }]) {
      forger.lies = { callback };
      const page = await (await bench()).authorize(new Browser());
      assert.equal(page.status, 400, JSON.stringify(callback));
      assert.ok(page.text.includes('does not belong to anything'), page.text);
    }
    assert.equal(forger.redeemed.length, length);
  });

  test('an honest answer at the redirect URI of another provider goes nowhere (I20)', async () => {
    const answers = [];
    const browser = new Browser();
    browser.rewrite = (url) => {
      if (url.pathname === '/sign-in/forger/callback') answers.push(url.pathname = '/sign-in/other/callback');
      return url;
    };
    const page = await (await bench()).authorize(browser);
    assert.equal(answers.length, 1);
    assert.equal(page.status, 400);
    assert.equal(other.redeemed.length, 0);
  });

  test('a victim’s browser does not take over the attacker’s sign-in (I02, I03)', async () => {
    const attacker = new Browser();
    let stolen;
    attacker.rewrite = (url) => {
      if (url.pathname === '/sign-in/forger/callback') { stolen = new URL(url); url.pathname = '/healthz'; url.search = ''; }
      return url;
    };
    await (await bench()).authorize(attacker);
    const victim = new Browser();
    const page = await victim.look(stolen);
    assert.equal(page.status, 403);
    assert.equal((await victim.look(`${gateway.origin}/account`)).url.pathname, '/sign-in');
  });

  test('a session that was planted is not taken over (I25)', async () => {
    const browser = new Browser();
    browser.jar.store(new URL(gateway.origin), new Headers([['set-cookie', 'gatehouse=planted; Path=/']]));
    await (await newClient('lab')).signIn(browser);
    assert.ok(!browser.jar.header(new URL(gateway.origin)).includes('planted'));
  });
});

test('a provider that is away is explained to people, and told to clients of the operator', async () => {
  const reserved = await reserveGateway();
  const away = await startForger();
  const alone = new Gateway(reserved, {
    sign_in: { oidc: { away: { issuer: away.url, client_id: 'gatehouse', client_secret: signInSecret } } },
    servers: { lab: { runtime: recorder.url, sign_in: 'away', worker: { secret: workerSecret }, clients: [{ id: 'bench', redirect_uris: [redirectUri] }] } },
  });
  try {
    await alone.start();
    away.lies = { down: true };
    const client = new HandClient(alone, 'lab');
    await client.register();
    const page = await client.authorize(new Browser());
    assert.equal(page.status, 503);
    assert.ok(page.headers.get('retry-after'));
    assert.ok(page.text.includes('Nothing is wrong with your account'), page.text);
    client.id = 'bench';
    const told = await client.authorize(new Browser());
    assert.equal(told.url.searchParams.get('error'), 'temporarily_unavailable');
    await away.stop();
    assert.equal((await client.authorize(new Browser())).url.searchParams.get('error'), 'temporarily_unavailable');
  } finally {
    await alone.stop();
  }
});

test('no secret of a sign-in is in the log or the records', async () => {
  const seen = `${gateway.program.output()}${JSON.stringify(await gateway.records())}`;
  assert.ok(seen.includes('"sign_in"'));
  for (const secret of [signInSecret, ...forger.redeemed]) assert.ok(!seen.includes(secret));
});
