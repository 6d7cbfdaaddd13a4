// SPDX-License-Identifier: Apache-2.0
// `backup` and `restore` while gateways run, from SQLite to PostgreSQL and back: nobody signs in again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { Gateway, localPassword, reserveGateway, todoProfile } from './lib/gateway.mjs';
import { HandClient, toolText } from './lib/hand_client.mjs';
import { Postgres } from './lib/postgres.mjs';
import { binary, run } from './lib/processes.mjs';
import { accounts, startRecorder, startTodoApi, workerSecret } from './lib/services.mjs';
import { World } from './lib/world.mjs';

const world = new World();
const masterKey = randomBytes(32).toString('base64');
let reserved, config, postgres, small, client;

const command = (gateway, ...args) => run(binary, [...args, '--config', gateway.file], { cwd: gateway.folder });

before(async () => {
  reserved = await reserveGateway();
  const recorder = await world.use(startRecorder());
  const api = await world.use(startTodoApi({ redirectUris: [reserved.callback('todo')] }));
  postgres = await world.use(new Postgres().start());
  config = {
    master_key: masterKey,
    profiles: { todo: todoProfile(api) },
    servers: { todo: { runtime: recorder.url, profile: 'todo', worker: { secret: workerSecret } }, plain: { runtime: recorder.url, sign_in: 'local' } },
  };
  small = new Gateway(reserved, config);
  await world.use(small.start());
  await small.addUser('alice');
  client = new HandClient(small, 'todo');
  await client.register();
  await client.signIn(new Browser({ accounts: { [api.url]: accounts.alice } }));
  assert.equal(toolText(await client.call('echo', { text: '1' })), 'echo: 1');
});
after(() => world.stop());

async function goesOnAt(gateway, calls) {
  assert.equal(toolText(await client.call('echo', { text: 'again' })), 'echo: again', 'the same access token, the same grant');
  const refreshed = await client.refresh();
  assert.equal(refreshed.status, 200, refreshed.text);
  client.tokens = refreshed.body;
  assert.ok((await gateway.records('--kind', 'call')).length >= calls);
  const login = new HandClient(gateway, 'plain');
  await login.register();
  await login.signIn(new Browser({ accounts: { [gateway.origin]: { username: 'alice', password: localPassword } } }));
}

test('a gateway moves from SQLite to PostgreSQL and back, with everything', async () => {
  const file = join(small.folder, 'small.backup');
  const made = await command(small, 'backup', file, '--json');
  assert.equal(made.status, 0, made.stderr);
  assert.ok(JSON.parse(made.stdout).rows > 10);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(file, 'utf8'), new RegExp(`${localPassword}|${masterKey.slice(0, 20)}|todo_access_|todo_refresh_`));
  await small.program.stop();

  const large = new Gateway(reserved, { ...config, store: postgres.createDatabase() });
  const restored = await command(large, 'restore', file);
  assert.equal(restored.status, 0, restored.stderr);
  await world.use(large.start());
  await goesOnAt(large, 1);

  const back = join(large.folder, 'large.backup');
  assert.equal((await command(large, 'backup', back)).status, 0);
  await large.program.stop();
  const returned = await command(small, 'restore', back);
  assert.equal(returned.status, 0, returned.stderr);
  assert.match(returned.stderr, /what was there before is in .*before-restore-/);
  assert.ok(readdirSync(small.dataDir).some((name) => name.startsWith('before-restore-')));
  await small.start();
  await goesOnAt(small, 2);
});

test('restore says no, and changes nothing, for another key and for half a file', async () => {
  const file = join(small.folder, 'more.backup');
  assert.equal((await command(small, 'backup', file)).status, 0);
  const other = new Gateway(await reserveGateway(), { ...config, master_key: randomBytes(32).toString('base64') });
  const refused = await command(other, 'restore', file);
  assert.equal(refused.status, 2, refused.stderr);
  assert.match(refused.stderr, /master key does not fit/);
  const half = join(small.folder, 'half.backup');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(half, readFileSync(file).subarray(0, 3000));
  const broken = await command(small, 'restore', half);
  assert.equal(broken.status, 1, broken.stderr);
  assert.equal(toolText(await client.call('echo', { text: 'still' })), 'echo: still');
  await other.stop();
});

test('a gateway with another master key does not start on the store (exit 2), and never prints its address', async () => {
  const url = postgres.createDatabase('keyed');
  const first = new Gateway(await reserveGateway(), { ...config, store: url });
  await first.start();
  await first.program.stop();
  const second = new Gateway(await reserveGateway(), { ...config, store: url, master_key: randomBytes(32).toString('base64') });
  const ended = await command(second, 'serve');
  assert.equal(ended.status, 2, ended.stderr);
  assert.match(ended.stderr, /master key does not fit/);
  const without = new Gateway(await reserveGateway(), { ...config, store: url, master_key: undefined });
  const checked = await command(without, 'check');
  assert.equal(checked.status, 2);
  assert.match(checked.stderr, /master_key/);
  const nobody = new Gateway(await reserveGateway(), { ...config, store: url.replace(/:\d+\//, ':1/') });
  const unreachable = await command(nobody, 'serve');
  assert.equal(unreachable.status, 1);
  const shown = await command(nobody, 'check', '--effective');
  for (const text of [ended.stderr, checked.stderr, unreachable.stderr, shown.stdout, first.program.output()]) assert.doesNotMatch(text, /unneeded-password/);
  assert.match(shown.stdout, /gatehouse:\(hidden\)@/);
  for (const gateway of [first, second, without, nobody]) await gateway.stop();
});
