// SPDX-License-Identifier: Apache-2.0
// The admin API on the real binary: its document against its answers, what is made through it, its stream.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HandClient, toolText } from './lib/hand_client.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const world = new World();
let gateway, base, token;

before(async () => {
  await world.startRecording({ config: { sign_in: { local: { enabled: true } } } });
  gateway = world.gateway;
  base = `http://127.0.0.1:${gateway.adminPort}/api/v1/`;
  token = readFileSync(join(gateway.dataDir, 'admin.token'), 'utf8').trim();
  await gateway.addUser('alice');
  world.client = new HandClient(gateway, 'todo');
  await world.client.register();
  await world.client.signIn(world.browser());
  await world.client.call('echo', { text: 'x' });
});
after(() => world.stop());

async function api(method, path, body, headers = {}) {
  const answer = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get('etag'), type: answer.headers.get('content-type'), text, body: text && JSON.parse(text) };
}

const types = {
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  null: (value) => value === null,
};

/** What of `value` is not as the schema says, as "path: why". */
function differences(document, schema, value, path = '') {
  if (schema.$ref) return differences(document, document.components.schemas[schema.$ref.split('/').pop()], value, path);
  const wanted = [schema.type ?? []].flat();
  if (wanted.length && !wanted.some((type) => types[type](value))) return [`${path}: ${JSON.stringify(value)} is no ${wanted}`];
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) return [`${path}: ${value} is no time`];
  if (schema.items) return value.flatMap((item, index) => differences(document, schema.items, item, `${path}[${index}]`));
  if (!schema.properties) return [];
  return [
    ...(schema.required ?? []).filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      if (schema.properties[name]) return differences(document, schema.properties[name], member, `${path}.${name}`);
      return schema.additionalProperties === false ? [`${path}.${name} is not in the document`] : [];
    }),
  ];
}

test('every answer is as the OpenAPI document says', async () => {
  const document = (await api('GET', 'openapi.json')).body;
  assert.equal(document.openapi, '3.1.0');
  assert.equal((await api('POST', 'budgets', { name: 'calls', limit: '1000 calls', window: '1m', per: ['user'] })).status, 201);
  assert.equal((await api('POST', 'pauses', { kind: 'tool', name: 'todo/nothing' })).status, 201);
  assert.equal((await api('POST', 'api-keys', { name: 'documented', role: 'viewer', expires: '1h' })).status, 201);
  await world.client.call('echo', { text: 'y' });
  let compared = 0;
  for (const [pattern, methods] of Object.entries(document.paths)) {
    const described = methods.get;
    if (!described || pattern.endsWith('/events')) continue;
    let path = pattern.replace('/api/v1/', '');
    if (path.includes('{id}')) {
      const list = (await api('GET', path.slice(0, path.indexOf('/{id}')))).body.items;
      if (!list?.length) continue;
      path = path.replace('{id}', encodeURIComponent(list[0].id));
    }
    const answer = await api('GET', path);
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    assert.deepEqual(differences(document, described.responses['200'].content['application/json'].schema, answer.body), [], path);
    compared++;
  }
  assert.ok(compared > 20, `${compared} answers`);
  const refused = await api('POST', 'servers', { name: 'x', runtime: 'nope' });
  assert.equal(refused.type, 'application/problem+json');
  assert.deepEqual(differences(document, { $ref: '#/components/schemas/Problem' }, refused.body), []);
});

test('a server that is made serves at once, after a restart, and when the file is loaded again', async () => {
  const secret = 'a-worker-secret-of-the-api';
  const made = await api('POST', 'servers', { name: 'made', runtime: world.recorder.url, sign_in: 'local', worker: { secret } });
  assert.equal(made.status, 201, made.text);
  assert.ok(!made.text.includes(secret));
  const client = new HandClient(gateway, 'made');
  await client.register();
  await client.signIn(world.browser());
  assert.match(toolText(await client.call('echo', { text: 'one' })), /echo: one/);
  assert.equal(world.recorder.calls().at(-1).headers['x-gateway-worker-secret'], secret);

  await gateway.program.stop('SIGKILL');
  await gateway.start();
  assert.match(toolText(await client.call('echo', { text: 'two' })), /echo: two/);

  gateway.configure({ ...gateway.config, limits: { idle_stream: '30m' } });
  await until('the reload', async () => (await api('GET', 'status')).body.config.generation === 2);
  assert.match(toolText(await client.call('echo', { text: 'three' })), /echo: three/);

  for (const name of readdirSync(gateway.dataDir).filter((file) => file.startsWith('gatehouse.db'))) {
    assert.ok(!readFileSync(join(gateway.dataDir, name)).includes(secret), `${name} holds the secret in the clear`);
  }
  const exported = (await gateway.command(['servers', 'export', 'made'])).stdout;
  assert.match(exported, /secret: \$\{MADE_WORKER_SECRET\}|secret: "\$\{MADE_WORKER_SECRET\}"/);
  assert.equal((await api('DELETE', 'servers/made')).status, 204);
  assert.equal((await client.call('echo', { text: 'four' })).status, 404);
});

test('what the file defines is read-only, and a stale change is refused', async () => {
  assert.equal((await api('PATCH', 'servers/todo', { title: 'x' })).status, 409);
  assert.equal((await api('DELETE', 'profiles/todo')).status, 409);
  const made = await api('POST', 'policies', { name: 'no-one', effect: 'deny', when: { tools: ['no-one'] } });
  const changed = await api('PATCH', 'policies/no-one', { effect: 'shadow_deny' }, { 'if-match': made.etag });
  assert.equal(changed.status, 200, changed.text);
  assert.equal((await api('PATCH', 'policies/no-one', { effect: 'deny' }, { 'if-match': made.etag })).status, 412);
  assert.equal((await api('DELETE', 'policies/no-one', undefined, { 'if-match': changed.etag })).status, 204);
});

test('what the file comes to define is the file\'s: after the reload, and after a restart', async () => {
  const before = gateway.config;
  assert.equal((await api('POST', 'servers', { name: 'both', title: 'Made', runtime: world.recorder.url, sign_in: 'local' })).status, 201);
  const shown = async () => (await api('GET', 'servers')).body.items.find(({ id }) => id === 'both');
  assert.equal((await shown()).origin, 'api');
  gateway.configure({ ...before, servers: { ...before.servers, both: { title: 'Written', runtime: world.recorder.url, sign_in: 'local' } } });
  const written = async () => {
    const server = await until('the title of the file', async () => { const one = await shown(); return one?.title === 'Written' && one; });
    assert.notEqual(server.origin, 'api');
    assert.doesNotMatch((await api('GET', 'export?server=both')).body.yaml, /both/);
  };
  await written();
  await gateway.program.stop('SIGTERM');
  await gateway.start();
  await written();
  gateway.configure(before);
  await until('the server that was made', async () => (await shown())?.origin === 'api');
  assert.equal((await api('DELETE', 'servers/both')).status, 204);
});

test('attach makes a server of a URL, or prints its YAML', async () => {
  const printed = await gateway.command(['attach', world.recorder.url, '--name', 'printed', '--print']);
  assert.equal(printed.status, 0, printed.stderr);
  assert.match(printed.stdout, /servers:\n {2}printed:\n {4}runtime: /);
  const attached = await gateway.command(['attach', world.recorder.url, '--name', 'attached', '--profile', 'todo', '--json']);
  assert.equal(attached.status, 0, attached.stderr);
  assert.equal(JSON.parse(attached.stdout).url, `${gateway.origin}/attached/mcp`);
  const again = await gateway.command(['attach', world.recorder.url, '--name', 'attached']);
  assert.equal(again.status, 1, 'a name is taken once');
  assert.equal((await gateway.command(['servers', 'remove', 'attached'])).status, 0);
});

test('records arrive as server-sent events while they happen, and not for who is out', async () => {
  const { key, id } = (await api('POST', 'api-keys', { name: 'watcher', role: 'viewer' })).body;
  const stream = await fetch(`${base}events?kind=call&tool=echo`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  await world.client.call('echo', { text: 'live' });
  let text = '';
  while (!text.includes('\n\n')) text += (await reader.read()).value;
  assert.match(text, /^id: \d+\nevent: call\ndata: \{/);
  assert.equal(JSON.parse(/data: (.*)/.exec(text)[1]).item, 'echo');
  await api('DELETE', `api-keys/${id}`);
  for (let done = false; !done; ) ({ done } = await reader.read());
  assert.equal((await fetch(`${base}events`, { headers: { authorization: `Bearer ${key}` } })).status, 401);
});

test('people see on their account pages what was called in their name, and nobody else does', async () => {
  assert.equal((await api('POST', 'servers', { name: 'own', title: 'Own <b>notes</b>', runtime: world.recorder.url, sign_in: 'local' })).status, 201);
  await gateway.addUser('bob');
  const [alice, bob] = [world.browser('alice'), world.browser('bob')];
  for (const [browser, text] of [[alice, 'of-alice'], [bob, 'of-bob']]) {
    const client = new HandClient(gateway, 'own');
    await client.register({ client_name: `App ${text}` });
    await client.signIn(browser);
    await client.call(text, { text });
  }
  const page = await alice.open(`${gateway.origin}/account/calls`);
  assert.equal(page.status, 200);
  assert.match(page.text, /of-alice/);
  assert.match(page.text, /App of-alice at Own <b>notes<\/b>/, 'as text');
  assert.doesNotMatch(page.text, /of-bob/);
  const stranger = await fetch(`${gateway.origin}/account/calls`, { redirect: 'manual' });
  assert.equal(stranger.headers.get('location'), '/sign-in');
});
