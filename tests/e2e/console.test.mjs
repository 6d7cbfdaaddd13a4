// SPDX-License-Identifier: Apache-2.0
// The admin console as a person uses it, in a real browser. Screenshots go to build/test-logs/console.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, reserveGateway } from './lib/gateway.mjs';
import { HandClient, toolText } from './lib/hand_client.mjs';
import { root } from './lib/processes.mjs';
import { startRecorder } from './lib/services.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const require = createRequire(join(root, 'console/package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const pictures = join(root, 'build/test-logs/console');
const hostile = '"><img src=x onerror="window.broken=1"><script>window.broken=1</script>';

const world = new World();
let gateway, browser, context, page, console_, token;
const foreign = [];

before(async () => {
  mkdirSync(pictures, { recursive: true });
  const executablePath = ['/usr/bin/chromium', process.env.CHROMIUM].find((path) => path && existsSync(path));
  assert.ok(executablePath, 'Debian\'s chromium is needed: scripts/setup --tests installs it');
  world.recorder = await world.use(startRecorder());
  gateway = new Gateway(await reserveGateway(), { servers: {} });
  world.gateway = gateway;
  await world.use(gateway.start());
  await gateway.addUser('alice');
  token = readFileSync(join(gateway.dataDir, 'admin.token'), 'utf8').trim();
  console_ = `http://127.0.0.1:${gateway.adminPort}`;
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(10_000);
  await watch(context);
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await world.stop();
});

/** Whatever a page asks another host for, or throws, is a failure of the test at its end. */
async function watch(some) {
  some.on('request', (request) => {
    if (!request.url().startsWith(console_) && !request.url().startsWith('data:')) foreign.push(request.url());
  });
  some.on('weberror', (error) => foreign.push(`error: ${error.error().message}`));
}

const picture = (name, some = page) => some.screenshot({ path: join(pictures, `${name}.png`) });
const open = async (path, title, some = page) => {
  await some.goto(`${console_}/#/${path}`);
  await some.getByRole('heading', { level: 1, name: title }).waitFor();
};

async function serious(some = page, rules) {
  await some.evaluate(axe);
  const { violations } = await some.evaluate((only) => window.axe.run(document, { resultTypes: ['violations'], ...(only && { runOnly: only }) }), rules);
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

async function signIn(some, credential = token) {
  await some.goto(console_);
  await some.getByLabel('Admin token or API key').fill(credential);
  await some.getByRole('button', { name: 'Sign in' }).click();
}

test('nobody sees anything without a credential, and the page may load nothing from elsewhere', async () => {
  const answer = await page.goto(console_);
  const policy = answer.headers()['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.ok(!policy.includes('unsafe'), policy);
  assert.match(policy, /frame-ancestors 'none'/);
  await page.getByLabel('Admin token or API key').fill('not-the-token-at-all');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('neither the admin token nor an API key').waitFor();
  await picture('sign-in');
  assert.deepEqual(await serious(), []);
});

test('signing in takes no session that somebody planted, and scripts cannot read the new one', async () => {
  await context.addCookies([{ name: 'gatehouse_admin', value: 'planted', url: console_ }]);
  await signIn(page);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  const cookie = (await context.cookies(console_)).find(({ name }) => name === 'gatehouse_admin');
  assert.notEqual(cookie.value, 'planted');
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, 'Strict');
  assert.equal(await page.evaluate(() => document.cookie), '');
  assert.equal((await fetch(`${console_}/api/v1/status`, { headers: { cookie: 'gatehouse_admin=planted' } })).status, 401);
});

test('empty pages teach what will stand there', async () => {
  await page.getByText('Nothing is attached yet').waitFor();
  await picture('overview-empty');
  for (const [path, title, text] of [['servers', 'Servers', 'No servers yet'], ['profiles', 'Profiles', 'No profiles yet'], ['connections', 'Connections', 'No connections'], ['grants', 'Grants', 'No grants'], ['policies', 'Policies', 'No rules yet'], ['budgets', 'Budgets', 'No budgets yet'], ['api-keys', 'API keys', 'No API keys yet']]) {
    await open(path, title);
    await page.getByRole('heading', { name: text }).waitFor();
  }
});

test('a runtime is attached from its URL, and a client makes a first call', async () => {
  await open('servers', 'Servers');
  await page.getByRole('button', { name: 'Attach a runtime' }).click();
  await page.getByLabel("URL of the runtime's MCP endpoint").fill(world.recorder.url);
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByLabel('Name').waitFor();
  await page.getByLabel('Name').fill('notes');
  await page.getByLabel('Title').fill(`Notes ${hostile}`);
  await picture('attach-details');
  assert.deepEqual(await serious(), []);
  await page.getByRole('dialog').getByRole('button', { name: 'Attach' }).click();
  const url = `${gateway.origin}/notes/mcp`;
  await page.getByText(url, { exact: true }).waitFor();
  for (const client of ['Claude', 'ChatGPT', 'Cursor', 'VS Code', 'Inspector']) {
    assert.ok(await page.getByRole('link', { name: client, exact: true }).getAttribute('href'), client);
  }
  await page.getByText(`codex mcp add notes --url ${url}`).waitFor();
  await picture('attach-done');
  assert.deepEqual(await serious(), []);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'notes', exact: true }).waitFor();

  world.client = new HandClient(gateway, 'notes');
  await world.client.register({ client_name: `Client ${hostile}` });
  await world.client.signIn(world.browser());
  assert.match(toolText(await world.client.call('echo', { text: 'hello' })), /echo: hello/);
  await world.client.call(hostile, { text: hostile });
  await open('logs', 'Live log');
  await page.getByRole('cell', { name: 'echo', exact: true }).first().waitFor();
  await picture('logs');
});

test('the live log filters, shows a record whole, and goes on by itself', async () => {
  await open('logs', 'Live log');
  await page.getByLabel('Tool').fill('echo');
  await page.getByRole('cell', { name: 'echo', exact: true }).first().waitFor();
  await until('only that tool', async () => (await page.locator('tbody tr').count()) === 1);
  await world.client.call('echo', { text: 'again' });
  await until('what came since', async () => (await page.locator('tbody tr').count()) === 2);
  await page.locator('td button.link').first().click();
  await page.getByRole('dialog').getByText('request_id').waitFor();
  await picture('log-record');
  assert.deepEqual(await serious(), []);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a list of 100,000 rows stays quick', async () => {
  const other = await context.newPage();
  const items = Array.from({ length: 100_000 }, (_, index) => ({ id: String(1e6 - index), time: '2026-11-24T10:00:00Z', kind: 'event', event: `event-${index}` }));
  await other.route(/\/api\/v1\/logs/, (route) => route.fulfill({ json: { items, next: null } }));
  await other.route(/\/api\/v1\/events/, (route) => route.abort());
  await open('logs', 'Live log', other);
  await other.getByRole('cell', { name: 'event-0', exact: true }).waitFor();
  const scrolled = await other.evaluate(async () => {
    const box = document.querySelector('.table');
    const start = performance.now();
    box.scrollTop = box.scrollHeight;
    while (!document.body.textContent.includes('event-99999')) await new Promise(requestAnimationFrame);
    return { milliseconds: performance.now() - start, rows: document.querySelectorAll('tbody tr').length };
  });
  assert.ok(scrolled.rows < 100, `${scrolled.rows} rows are in the document`);
  assert.ok(scrolled.milliseconds < 2000, `the end was there after ${scrolled.milliseconds} ms`);
  await other.close();
});

test('a rule says what is wrong with it as one types, and then bites', async () => {
  await open('policies', 'Policies');
  await page.getByRole('button', { name: 'New rule' }).click();
  const definition = page.getByLabel('Definition');
  await definition.fill('{"name": "no-echo", "server": "notes", "effect": "denny", "when": {"tools": ["echo"]}}');
  await page.getByRole('alert').getByText('found `denny`').waitFor();
  await picture('policy-problem');
  assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled());
  await definition.fill('{"name": "no-echo", "server": "notes", "effect": "deny", "message": "Not here.", "when": {"tools": ["echo"], "arguments": {"/text": {"eq": "x"}}}}');
  await page.getByText('No problems.').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'notes:no-echo' }).waitFor();
  assert.match(toolText(await world.client.call('echo', { text: 'x' })), /Not here/);
  await open('', 'Overview');
  await page.getByRole('cell', { name: 'no-echo' }).first().waitFor();
  await picture('overview');
});

test('a budget shows how much of it is used', async () => {
  await open('budgets', 'Budgets');
  await page.getByRole('button', { name: 'New budget' }).click();
  await page.getByText('No problems.').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'per-user-minute' }).waitFor();
  await until('the use', async () => {
    // The minute of the call before may be over.
    await world.client.call('echo', { text: 'counted' });
    await page.reload();
    return page.getByText(/[1-9]\d* \/ 60/).first().waitFor({ timeout: 2000 }).then(() => true, () => false);
  });
  await picture('budgets');
});

test('a viewer sees everything and no way to change it', async () => {
  await open('api-keys', 'API keys');
  await page.getByRole('button', { name: 'New API key' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('auditor');
  await page.getByRole('button', { name: 'Make it' }).click();
  const key = await page.getByRole('dialog').locator('code').textContent();
  assert.match(key, /^ghk_/);
  await picture('api-key-made');
  await page.getByRole('button', { name: 'Close' }).click();
  const other = await browser.newContext();
  await watch(other);
  const theirs = await other.newPage();
  await signIn(theirs, key);
  await open('servers', 'Servers', theirs);
  await theirs.getByRole('button', { name: 'notes', exact: true }).waitFor();
  assert.equal(await theirs.getByRole('button', { name: 'Attach a runtime' }).count(), 0);
  const refused = await theirs.evaluate(async () => {
    const { anti_forgery } = await (await fetch('/api/v1/session')).json();
    return (await fetch('/api/v1/servers/notes', { method: 'DELETE', headers: { 'X-Gatehouse-Anti-Forgery': anti_forgery } })).status;
  });
  assert.equal(refused, 403);
  await other.close();
});

test('a page of another port cannot change anything in the name of who is signed in', async () => {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<title>elsewhere</title>'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const elsewhere = await context.newPage();
  await elsewhere.goto(`http://127.0.0.1:${server.address().port}/`);
  await elsewhere.evaluate(async (target) => {
    const body = JSON.stringify({ kind: 'server', name: 'notes' });
    await fetch(`${target}/api/v1/pauses`, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).catch(() => {});
    await fetch(`${target}/api/v1/servers`, { credentials: 'include' }).catch(() => {});
  }, console_);
  await elsewhere.close();
  server.close();
  foreign.length = 0;
  const pauses = await fetch(`${console_}/api/v1/pauses`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual((await pauses.json()).items, []);
});

test('every page is accessible, in light and dark, and fits a phone', async () => {
  await open('', 'Overview');
  const places = await page.getByRole('navigation').getByRole('link').evaluateAll((links) => links.map((link) => [link.getAttribute('href').slice(2), link.textContent]));
  assert.ok(places.length >= 12, `${places.length} pages`);
  for (const [path, title] of places) {
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.emulateMedia({ colorScheme: 'light' });
    await open(path, title);
    await page.locator('.table, .empty, .facts, .figure').first().waitFor();
    assert.deepEqual(await serious(), [], title);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await serious(page, ['color-contrast']), [], `${title}, dark`);
    if (path === '' || path === 'servers') await picture(`${path || 'overview'}-dark`);
    await page.setViewportSize({ width: 390, height: 800 });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wider <= 0, `${title} is ${wider} px wider than a phone`);
    if (path === 'logs' || path === '') await picture(`${path || 'overview'}-phone`);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.emulateMedia({ colorScheme: 'light' });
});

test('a connection is revoked, and its client is out', async () => {
  await open('connections', 'Connections');
  await page.getByRole('button', { name: /^Client/ }).click();
  await picture('connection');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('heading', { name: 'No connections' }).waitFor();
  assert.equal((await world.client.call('echo', { text: 'late' })).status, 401);
});

test('names that hold markup are text everywhere, and nothing was asked of another host', async () => {
  for (const [path, title] of [['servers', 'Servers'], ['clients', 'Clients'], ['logs', 'Live log']]) {
    await open(path, title);
    const first = page.locator('td button.link').first();
    await first.waitFor();
    await first.click();
    await page.getByRole('dialog').waitFor();
    assert.equal(await page.locator('main img, main script, dialog img, dialog script').count(), 0, title);
    assert.equal(await page.evaluate(() => window.broken), undefined, title);
  }
  assert.deepEqual(foreign, []);
});

test('signing out ends the session', async () => {
  await open('', 'Overview');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Admin token or API key').waitFor();
  await page.goto(`${console_}/#/servers`);
  await page.getByLabel('Admin token or API key').waitFor();
});
