// SPDX-License-Identifier: Apache-2.0
// A changed file, or SIGHUP, takes effect without a restart; a bad one changes nothing and says why.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
let client;
before(async () => { await world.startRecording(); client = await world.client(); });
after(() => world.stop());

const metadata = (server) => fetch(`${world.gateway.origin}/.well-known/oauth-protected-resource/${server}/mcp`);
const works = async () => assert.equal((await client.call('echo', { text: 'x' })).status, 200);

function withServer(name) {
  const { config } = world.gateway;
  return { ...config, servers: { ...config.servers, [name]: config.servers.todo } };
}

async function status() {
  const token = readFileSync(`${world.gateway.dataDir}/admin.token`, 'utf8').trim();
  const answer = await fetch(`http://127.0.0.1:${world.gateway.adminPort}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()).config;
}

test('a changed file is noticed', async () => {
  world.gateway.configure(withServer('second'));
  await until('the new server', async () => (await metadata('second')).status === 200);
  await works();
});

test('SIGHUP reloads', async () => {
  world.gateway.configure(withServer('third'));
  world.gateway.program.child.kill('SIGHUP');
  await until('the new server', async () => (await metadata('third')).status === 200);
  await works();
});

test('a bad file keeps the running configuration, and says why until it is mended', async () => {
  const good = readFileSync(world.gateway.file, 'utf8');
  const { generation } = await status();
  writeFileSync(world.gateway.file, good.replace('"version": 1', '"version": 1, "serverz": {}'));
  world.gateway.program.child.kill('SIGHUP');
  const { error } = await until('the error', async () => { const now = await status(); return now.error && now; });
  assert.match(error, /serverz/);
  await works();
  assert.equal((await metadata('third')).status, 200);
  assert.ok((await world.gateway.records()).some(({ event }) => event === 'config.rejected'));
  writeFileSync(world.gateway.file, good);
  const mended = await until('the mended file', async () => { const now = await status(); return !now.error && now; });
  assert.ok(mended.generation >= generation);
});

test('a change that needs a restart is rejected whole', async () => {
  const good = world.gateway.config;
  world.gateway.configure({ ...withServer('fourth'), public_url: 'http://localhost:8080' });
  const { error } = await until('the error', async () => { const now = await status(); return now.error && now; });
  assert.match(error, /public_url/);
  assert.equal((await metadata('fourth')).status, 404);
  await works();
  world.gateway.configure(good);
  await until('the mended file', async () => !(await status()).error);
});

test('a removed server is gone', async () => {
  const { config } = world.gateway;
  const { third: _, ...servers } = config.servers;
  world.gateway.configure({ ...config, servers });
  await until('the server to go', async () => (await metadata('third')).status === 404);
  await works();
});
