// SPDX-License-Identifier: Apache-2.0
// Where records go besides the store: a file, a webhook, a collector.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
const posts = [];
let refuse = 0;
let receiver;

before(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => (body += bytes)).on('end', () => {
      const fails = request.url === '/hook' && refuse > 0;
      if (fails) refuse -= 1;
      posts.push({ url: request.url, headers: request.headers, body, fails });
      response.writeHead(fails ? 503 : 200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${receiver.address().port}`;
  await world.startRecording({ config: { export: {
    file: { path: './records.jsonl' },
    webhook: { url: `${origin}/hook`, secret: 'a webhook secret', events: ['client.*', 'token.*'] },
    otlp: { url: origin, headers: { 'X-Key': 'collector key' } },
  } } });
});
after(async () => {
  await world.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

test('a call arrives in the file, as a log record and as spans', async () => {
  const client = await world.client();
  await client.call('list_todos');
  const [record] = await until('the record', async () => world.gateway.records('--tool', 'list_todos'));
  const lines = await until('the line', async () => {
    const all = readFileSync(join(world.gateway.folder, 'records.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return all.some(({ id, http_status }) => id === record.id && http_status === 200) && all;
  });
  assert.deepEqual(lines.filter(({ id }) => id === record.id).at(-1), record);

  const sent = (path) => posts.filter(({ url }) => url === path).map(({ body }) => JSON.parse(body));
  const log = await until('the log record', async () => sent('/v1/logs').flatMap(({ resourceLogs }) => resourceLogs[0].scopeLogs[0].logRecords).find(({ traceId, body }) => traceId === record.trace_id && body.stringValue.includes('"http_status"')));
  assert.equal(JSON.parse(log.body.stringValue).id, record.id);
  const spans = await until('the spans', async () => {
    const all = sent('/v1/traces').flatMap(({ resourceSpans }) => resourceSpans[0].scopeSpans[0].spans).filter(({ traceId }) => traceId === record.trace_id);
    return all.length === 2 && all;
  });
  const [call, runtime] = spans;
  assert.equal(runtime.parentSpanId, call.spanId);
  assert.ok(BigInt(call.startTimeUnixNano) <= BigInt(runtime.startTimeUnixNano) && BigInt(runtime.endTimeUnixNano) <= BigInt(call.endTimeUnixNano));
  // The runtime was told to be the child of the gateway's span.
  const [reached] = world.recorder.calls().slice(-1);
  assert.equal(reached.headers.traceparent, `00-${record.trace_id}-${call.spanId}-01`);
  assert.ok(posts.filter(({ url }) => url.startsWith('/v1/')).every(({ headers }) => headers['x-key'] === 'collector key'));
});

test('security events arrive signed, and again when they were refused', async () => {
  refuse = 1;
  posts.length = 0;
  await world.client();
  const hooks = () => posts.filter(({ url }) => url === '/hook');
  await until('the events', async () => ['client.registered', 'token.issued'].every((event) => hooks().some(({ headers, fails }) => !fails && headers['x-gatehouse-event'] === event)));
  for (const { headers, body } of hooks()) {
    const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['x-gatehouse-signature']);
    assert.equal(createHmac('sha256', 'a webhook secret').update(`${time}.${body}`).digest('hex'), signature);
    assert.match(JSON.parse(body).event, /^(client|token)\./);
  }
  const refused = hooks().find(({ fails }) => fails);
  assert.equal(hooks().filter(({ headers }) => headers['x-gatehouse-delivery'] === refused.headers['x-gatehouse-delivery']).length, 2);
});

test('logs export prints everything, oldest first', async () => {
  const { status, stdout } = await world.gateway.command(['logs', 'export']);
  assert.equal(status, 0);
  const ids = stdout.split('\n').filter(Boolean).map((line) => BigInt(JSON.parse(line).id));
  assert.ok(ids.length > 5);
  assert.deepEqual(ids, [...ids].sort((a, b) => (a < b ? -1 : 1)));
  const narrow = await world.gateway.command(['logs', 'export', '--kind', 'event']);
  assert.ok(narrow.stdout.split('\n').filter(Boolean).every((line) => JSON.parse(line).kind === 'event'));
});
