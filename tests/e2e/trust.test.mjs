// SPDX-License-Identifier: Apache-2.0
// Records can be trusted, found and watched; and why a client does not connect (contract.md sections 8 to 10).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
before(() => world.startRecording());
after(() => world.stop());

const adminToken = () => readFileSync(join(world.gateway.dataDir, 'admin.token'), 'utf8').trim();
const admin = (path, options = {}) => fetch(`http://127.0.0.1:${world.gateway.adminPort}${path}`, { ...options, headers: { authorization: `Bearer ${adminToken()}`, ...options.headers } });
const verify = async () => {
  const { status, stdout } = await world.gateway.command(['logs', 'verify', '--json']);
  return { status, report: JSON.parse(stdout) };
};
const metric = (page, name, labels = {}) => page.split('\n')
  .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
  .reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);

test('records verify, and a record that somebody changed is named', async () => {
  const client = await world.client();
  await client.call('list_todos');
  const record = await until('the record', async () => (await world.gateway.records()).find(({ item }) => item === 'list_todos'));
  const good = await verify();
  assert.equal(good.status, 0, JSON.stringify(good.report));
  assert.equal(good.report.ok, true);
  assert.ok(good.report.records > 3 && good.report.anchors >= 1, JSON.stringify(good.report));

  const database = new DatabaseSync(join(world.gateway.dataDir, 'gatehouse.db'));
  database.exec('PRAGMA busy_timeout = 5000');
  database.prepare("UPDATE audit_records SET item = 'delete_todo' WHERE id = ?").run(BigInt(record.id));
  const altered = await verify();
  assert.equal(altered.status, 1);
  assert.deepEqual(altered.report.findings.map(({ kind, record: id }) => [kind, id]), [['altered', record.id]]);

  database.prepare("UPDATE audit_records SET item = 'list_todos' WHERE id = ?").run(BigInt(record.id));
  assert.equal((await verify()).status, 0);
  database.close();
});

test('the anchor file holds what the gateway signed', async () => {
  const lines = readFileSync(join(world.gateway.dataDir, 'anchors.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  assert.ok(lines.length >= 1);
  const [header, claims] = lines[0].statement.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  assert.equal(header.typ, 'gatehouse-anchor+jwt');
  const { keys } = await (await fetch(`${world.gateway.origin}/jwks.json`)).json();
  assert.ok(keys.some(({ kid }) => kid === header.kid));
  assert.deepEqual([claims.seq, claims.replica, claims.hash], [lines[0].seq, lines[0].replica, lines[0].hash]);
});

test('a call is found by each of its facts', async () => {
  const client = await world.client();
  await client.call('add_todo', { title: 'find this milk', password: 'hidden' });
  const record = await until('the record', async () => (await world.gateway.records('--tool', 'add_todo')).at(-1));
  assert.equal(record.arguments.password, '[redacted]');
  assert.ok(record.runtime.startsWith('http://127.0.0.1:'), record.runtime);
  assert.ok(record.runtime_ms <= record.duration_ms);
  for (const filter of [
    ['--user', record.user], ['--client', record.client], ['--method', 'tools/call'], ['--outcome', 'ok'], ['--request-id', record.request_id],
    ['--trace-id', record.trace_id], ['--connection', record.connection], ['--search', 'FIND THIS'], ['--since', '5m'],
    ['--client', record.client, '--tool', 'add_todo', '--search', 'milk', '--server', 'todo'],
  ]) {
    const found = await world.gateway.records(...filter);
    assert.ok(found.some(({ id }) => id === record.id), filter.join(' '));
  }
  for (const filter of [['--outcome', 'error', '--tool', 'add_todo'], ['--search', 'nowhere to be found'], ['--until', '1h'], ['--search', 'hidden']]) {
    assert.ok(!(await world.gateway.records(...filter)).some(({ id }) => id === record.id), filter.join(' '));
  }
});

test('/metrics counts calls for those who may look', async () => {
  const client = await world.client();
  assert.equal((await fetch(`http://127.0.0.1:${world.gateway.adminPort}/metrics`)).status, 401);
  const page = async () => (await admin('/metrics')).text();
  const before = metric(await page(), 'gatehouse_calls_total', { server: 'todo', tool: 'list_todos', outcome: 'ok' });
  await client.call('list_todos');
  await until('the count', async () => metric(await page(), 'gatehouse_calls_total', { server: 'todo', tool: 'list_todos', outcome: 'ok' }) === before + 1);
  // What loops say of themselves they say once a second.
  await until('the loops', async () => (await page()).includes('gatehouse_runtime_breaker_open{'));
  const text = await page();
  for (const name of ['gatehouse_build_info', 'gatehouse_call_duration_seconds_bucket', 'gatehouse_loop_lag_seconds', 'gatehouse_journal_lag_bytes', 'gatehouse_store_up', 'gatehouse_grants', 'gatehouse_runtime_breaker_open', 'gatehouse_events_total']) {
    assert.match(text, new RegExp(`^${name}[ {]`, 'm'), name);
  }
  assert.equal(metric(text, 'gatehouse_store_up'), 1);
});

test('the story of a client that connects, and of one that does not', async () => {
  const client = await world.client();
  await client.call('list_todos');
  const stories = async () => JSON.parse((await world.gateway.command(['connections', 'attempts', '--json'])).stdout);
  const whole = await until('the story', async () => (await stories()).find(({ verdict, events }) => verdict.code === 'connected' && events.some(({ step }) => step === 'registration')));
  const steps = whole.events.map(({ step }) => step);
  for (const step of ['registration', 'authorize', 'consent', 'downstream', 'code', 'token', 'first_call']) assert.ok(steps.includes(step), `${step} in ${steps}`);
  assert.equal(whole.server, 'todo');

  const lost = await world.client('todo', { signedIn: false });
  const end = await lost.authorize(world.browser());
  await lost.redeem(`${end.url.searchParams.get('code')}x`);
  const refused = await until('the verdict', async () => (await stories()).find(({ verdict }) => verdict.code === 'code_refused'));
  assert.ok(refused.verdict.remedy.length > 10);
  assert.ok(!JSON.stringify(await stories()).includes(client.tokens.access_token));
  const api = await (await admin('/api/v1/attempts?verdict=code_refused')).json();
  assert.deepEqual(api.items.map(({ id }) => id), [refused.id]);
});

test('dashboard and alerts name only metrics that there are', async () => {
  const client = await world.client();
  await client.call('list_todos');
  const page = await until('a call on the page', async () => {
    const text = await (await admin('/metrics')).text();
    return text.includes('gatehouse_call_duration_seconds_bucket{') && text;
  });
  const known = new Set();
  for (const [, name, type] of page.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) known.add(name + suffix);
  }
  for (const file of ['grafana-dashboard.json', 'alerts.yaml']) {
    const text = readFileSync(new URL(`../../examples/observability/${file}`, import.meta.url), 'utf8');
    const names = new Set(text.match(/gatehouse_[a-z_]+/g));
    assert.ok(names.size > 10);
    for (const name of names) assert.ok(known.has(name), `${name} in ${file}`);
  }
  assert.equal(JSON.parse(readFileSync(new URL('../../examples/observability/grafana-dashboard.json', import.meta.url), 'utf8')).title, 'Gatehouse');
});

test('records can be followed as they come', async () => {
  const client = await world.client();
  assert.equal((await fetch(`http://127.0.0.1:${world.gateway.adminPort}/api/v1/events`)).status, 401);
  const stop = new AbortController();
  const stream = await admin('/api/v1/events?tool=add_todo', { signal: stop.signal });
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const calls = setInterval(() => client.call('list_todos').then(() => client.call('add_todo', { title: 'followed' })), 200);
  while (!text.includes('followed')) text += (await reader.read()).value;
  clearInterval(calls);
  stop.abort();
  assert.match(text, /^id: \d+\nevent: call\ndata: \{/m);
  assert.ok(!text.includes('list_todos'));
});
