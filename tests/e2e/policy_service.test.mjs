// SPDX-License-Identifier: Apache-2.0
// The policy service on the real binary: one that answers as it is told, and, where GATEHOUSE_OPA names one, a real OPA.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { toolText } from './lib/hand_client.mjs';
import { Program, freePort } from './lib/processes.mjs';
import { until } from './lib/wait.mjs';
import { World } from './lib/world.mjs';

const decision = ({ body }) => body.result?._meta?.['gatehouse/decision'];

/** @param answer called with the input; gives the text of the answer, or undefined to hang up */
async function startService(answer) {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { input } = JSON.parse(body);
    asked.push(input);
    const text = await answer(input);
    if (text === undefined) return request.socket.destroy();
    response.writeHead(text.status ?? 200, { 'content-type': 'application/json' }).end(text.body ?? text);
    return undefined;
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  return { asked, url: `http://127.0.0.1:${server.address().port}/v1/data/gatehouse/decision`, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}

describe('a policy service', () => {
  const world = new World();
  let service;
  let client;
  before(async () => {
    service = await world.use(startService(async ({ tool, arguments: args }) => {
      switch (args?.text) {
        case 'deny': return '{"result":{"allow":false,"rule":"words","message":"Not this word."}}';
        case 'slow': return new Promise((resolve) => { setTimeout(() => resolve('{"result":true}'), 2000); });
        case 'broken': return undefined;
        case 'undefined': return '{}';
        case 'error': return { status: 500, body: '{"code":"internal_error"}' };
        default: return `{"result":${tool === 'echo'}}`;
      }
    }));
    await world.startRecording({ server: { policy_service: { opa: service.url, timeout: '300ms', on_error: 'deny', cache: '300ms' } } });
    client = await world.client();
  });
  after(() => world.stop());

  test('is told who asks for what', async () => {
    assert.match(toolText(await client.call('echo', { text: 'x' })), /echo: x/);
    const input = service.asked.at(-1);
    assert.deepEqual([input.server, input.method, input.tool, input.arguments], ['todo', 'tools/call', 'echo', { text: 'x' }]);
    assert.equal(input.user.email, 'alice@todo.example');
    assert.equal(input.client, client.id);
    assert.equal(input.source_ip, '127.0.0.1');
    assert.ok(input.scopes.includes('todos.read'));
  });

  test('refuses visibly', async () => {
    const from = world.recorder.requests.length;
    const answer = await client.call('echo', { text: 'deny' });
    assert.equal(answer.body.result.isError, true);
    assert.match(toolText(answer), /Not this word\./);
    assert.deepEqual(decision(answer), { reason: 'policy', rule: 'words' });
    assert.equal(decision(await client.call('other')).rule, 'policy_service');
    assert.equal(world.recorder.requests.length, from);
    const records = await until('the record', async () => {
      const found = await world.gateway.records('--decision', 'deny', '--tool', 'echo');
      return found.length && found;
    });
    assert.deepEqual(records.at(-1).decision, { effect: 'deny', rule: 'words', reason: 'service' });
  });

  for (const text of ['slow', 'broken', 'undefined', 'error']) {
    test(`that fails (${text}) denies within its time`, async () => {
      const began = Date.now();
      const answer = await client.call('echo', { text });
      assert.match(toolText(answer), /cannot be asked now/);
      assert.ok(Date.now() - began < 1500, `${Date.now() - began} ms`);
    });
  }

  test('is not asked about the handshake and lists', async () => {
    const before = service.asked.length;
    assert.equal((await client.rpc('tools/list')).status, 200);
    assert.equal(service.asked.length, before);
  });

  test('is asked once about equal calls, for a while', async () => {
    const before = service.asked.length;
    for (let i = 0; i < 8; ++i) await client.call('echo', { text: 'same' });
    assert.ok(service.asked.length - before <= 4, `${service.asked.length - before} questions`);
    const last = service.asked.length;
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    await client.call('echo', { text: 'same' });
    assert.equal(service.asked.length, last + 1);
  });

  test('counts what it did', async () => {
    const { stdout } = await world.gateway.command(['status', '--json']);
    const { policy_service: counted } = JSON.parse(stdout);
    assert.ok(counted.allowed > 0 && counted.denied > 0 && counted.failed >= 4 && counted.remembered > 0, stdout);
  });

  test('that is gone lets calls run where the file says so', async () => {
    const { config } = world.gateway;
    world.gateway.configure({ ...config, servers: { todo: { ...config.servers.todo, policy_service: { opa: 'http://127.0.0.1:1/v1/data/x', on_error: 'allow' } } } });
    await until('the reload', async () => /echo: deny/.test(toolText(await client.call('echo', { text: 'deny' })) ?? ''));
  });
});

const opa = process.env.GATEHOUSE_OPA;
describe('a real OPA', { skip: opa ? false : 'GATEHOUSE_OPA names none' }, () => {
  const world = new World();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-opa-'));
  let client;
  before(async () => {
    const port = await freePort();
    writeFileSync(join(folder, 'gatehouse.rego'), `package gatehouse

default decision := {"allow": true}

decision := {"allow": false, "rule": "big", "message": "More than 10."} if {
	input.tool == "echo"
	input.arguments.amount > 10
	not "ops" in input.user.groups
}
`);
    const program = new Program(opa, ['run', '--server', '--addr', `127.0.0.1:${port}`, folder], { cwd: folder });
    await world.use({ stop: () => program.stop() });
    await until('OPA', async () => (await fetch(`http://127.0.0.1:${port}/health`)).status === 200);
    await world.startRecording({ server: { policy_service: { opa: `http://127.0.0.1:${port}/v1/data/gatehouse/decision`, timeout: '2s' } } });
    client = await world.client();
  });
  after(async () => {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('decides', async () => {
    assert.match(toolText(await client.call('echo', { text: 'x', amount: 10 })), /echo: x/);
    const answer = await client.call('echo', { text: 'x', amount: 11 });
    assert.match(toolText(answer), /More than 10\./);
    assert.deepEqual(decision(answer), { reason: 'policy', rule: 'big' });
  });
});
