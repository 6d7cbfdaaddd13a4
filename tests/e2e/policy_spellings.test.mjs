// SPDX-License-Identifier: Apache-2.0
// A forbidden tool in every spelling that clients could try, against a runtime that keeps what reaches it.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { World } from './lib/world.mjs';

const forbidden = 'delete_all';
const modern = '2026-07-28';
const world = new World();
let client;
let session;

before(async () => {
  await world.startRecording({
    server: {
      policies: [
        { name: 'no-deletes', effect: 'deny', when: { tools: [forbidden, 'caf\u00e9', 'drop/*'] } },
        { name: 'no-secrets', effect: 'deny', when: { resources: ['file:///secret*'] } },
        { name: 'no-prompts', effect: 'deny', when: { prompts: ['leak'] } },
        { name: 'small', effect: 'deny', when: { tools: ['transfer'], arguments: { '/amount': { gt: 1000 } } } },
      ],
    },
  });
  client = await world.client();
  const started = await send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }));
  assert.equal(started.status, 200, started.text);
  session = started.headers.get('mcp-session-id');
});
after(() => world.stop());

const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"${modern}","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`;
const call = (name, args = '{}', extra = '') => `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":${name},"arguments":${args}${extra}}}`;
const fine = call('"echo"', '{"text":"x"}');

function send(body, headers = {}) {
  return client.fetch(client.url, {
    method: 'POST', body,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${client.tokens.access_token}`, ...headers },
  });
}

/** What a runtime that reads leniently, undoes percent signs and normalizes could take for the forbidden tool. */
function reached(from) {
  return world.recorder.requests.slice(from).map(({ body }) => body).filter((body) => {
    let text = body.replace(/\\u([0-9a-f]{4})/gi, (_all, code) => String.fromCharCode(parseInt(code, 16))).normalize('NFKC');
    try { text = decodeURIComponent(text); } catch { /* as it is */ }
    return text.includes(forbidden) || text.includes('caf\u00e9') || text.includes('drop/') || text.includes('/secret') || text.includes('"leak"');
  });
}

/** @param {(from: number) => Promise<object>} attempt */
async function neverArrives(what, body, headers) {
  const from = world.recorder.requests.length;
  const answer = await send(body, headers);
  assert.deepEqual(reached(from), [], `${what} reached the runtime`);
  const ok = answer.status === 200 || answer.status === 202 || answer.status === 400 || answer.status === 404 || answer.status === 415;
  assert.ok(ok, `${what}: ${answer.status} ${answer.text}`);
  return answer;
}

const escaped = (text) => [...text].map((c) => `\\u${c.codePointAt(0).toString(16).padStart(4, '0')}`).join('');
const names = {
  plain: '"delete_all"',
  'all escaped': `"${escaped(forbidden)}"`,
  'all escaped, capitals': `"${escaped(forbidden).toUpperCase().replaceAll('\\U', '\\u')}"`,
  'one escape': '"delete\\u005fall"',
  'first letter': '"\\u0064elete_all"',
  'in a list': '["delete_all"]',
  'in an object': '{"name":"delete_all"}',
  'twice, forbidden last': '"echo","name":"delete_all"',
  'twice, forbidden first': '"delete_all","name":"echo"',
  'twice, escaped key': '"echo","n\\u0061me":"delete_all"',
  'composed': '"caf\u00e9"',
  'composed, escaped': '"caf\\u00e9"',
  decomposed: '"cafe\u0301"',
  'decomposed, escaped': '"cafe\\u0301"',
  'full width': '"\uff44elete_all"',
  'with something invisible': '"delete\u200b_all"',
  'with a zero byte': '"delete_all\\u0000"',
  'with blanks': '" delete_all\\t"',
  'a glob': '"drop/table"',
  'an escaped slash': '"drop\\/table"',
};

describe('a forbidden tool never arrives', () => {
  for (const [what, name] of Object.entries(names)) {
    test(`as name: ${what}`, async () => {
      for (const version of [undefined, '2025-03-26', '2025-06-18', '2025-11-25', '2024-11-05']) {
        await neverArrives(`${what} at ${version}`, call(name), version && { 'mcp-protocol-version': version });
      }
      await neverArrives(`${what} in a session`, call(name), { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' });
      const body = call(name, '{}', `,${meta}`);
      for (const header of [forbidden, 'echo', undefined, '=?base64?ZGVsZXRlX2FsbA==?=']) {
        await neverArrives(`${what}, Mcp-Name ${header}`, body, { 'mcp-protocol-version': modern, 'mcp-method': 'tools/call', ...(header && { 'mcp-name': header }) });
      }
    });
  }

  test('in batches', async () => {
    const legacy = { 'mcp-protocol-version': '2025-03-26' };
    const bad = call('"delete_all"').replace('"id":7', '"id":8');
    for (const batch of [`[${bad}]`, `[${fine},${bad}]`, `[${bad},${fine}]`, `[[${bad}]]`, `[${fine},[${bad}]]`, ` [ ${bad} , ${fine} ] `]) {
      for (const headers of [legacy, {}, { 'mcp-protocol-version': '2025-11-25' }]) await neverArrives(batch, batch, headers);
    }
    const mixed = await send(`[${fine},${bad}]`, legacy);
    assert.match(mixed.text, /Unknown tool: delete_all/);
  });

  test('as a notification, without an id, or with odd ids', async () => {
    for (const id of ['', '"id":null,', '"id":1.5,', '"id":{},', '"id":1,"id":2,']) {
      await neverArrives(`id ${id}`, call('"delete_all"').replace('"id":7,', id));
    }
  });

  test('where header and body disagree', async () => {
    const headers = { 'mcp-protocol-version': modern, 'mcp-method': 'tools/call', 'mcp-name': forbidden };
    const answer = await neverArrives('header only', call('"echo"', '{}', `,${meta}`), headers);
    assert.equal(answer.status, 400);
    await neverArrives('method header', call('"delete_all"', '{}', `,${meta}`), { ...headers, 'mcp-method': 'tools/list' });
    await neverArrives('legacy with a smuggled name', call('"delete_all"'), { 'mcp-protocol-version': '2025-11-25', 'mcp-name': 'echo' });
  });

  test('in spellings of the method and the members', async () => {
    for (const [from, to] of [
      ['"method"', '"m\\u0065thod"'], ['tools/call', 'tools\\/call'], ['tools/call', 'tools\\u002fcall'], ['"params"', '"par\\u0061ms"'],
      ['"method":"tools/call"', '"method":"ping","method":"tools/call"'], ['"method":"tools/call"', '"method":"tools/call","method":"ping"'],
      ['"params"', '"params":{"name":"echo"},"params"'], ['"jsonrpc":"2.0"', '"jsonrpc":"2.0","jsonrpc":"2.0"'],
      ['"params":{', '"params":[{'], ['tools/call', 'Tools/Call'], ['tools/call', 'tools/call '], ['tools/call', 'tool\u017f/call'], ['"name"', '"Name"'], ['"name"', '"NAME"'],
      ['"method":"tools/call"', '"method":"ping","Method":"tools/call"'], ['"params"', '"params":{"name":"echo"},"PARAMS"'], ['"params"', '"param\u017f"'], ['"name"', '"name":"echo","nAme"'],
    ]) await neverArrives(`${from} as ${to}`, call('"delete_all"').replace(from, to));
  });

  test('in bodies that two readers read differently', async () => {
    const body = call('"delete_all"');
    for (const odd of [`\ufeff${body}`, `${fine}\n${body}`, `${fine}${body}`, `${body}garbage`, `/* */${body}`, body.replace('{}', '{"a":1,"a":2}'), body.replaceAll('"', "'"), `${body.slice(0, -1)},}`]) {
      await neverArrives(odd, odd);
    }
    await neverArrives('UTF-16', Buffer.from(body, 'utf16le'));
    await neverArrives('overlong', Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete'), Buffer.from([0xc1, 0x9f]), Buffer.from('all"}}')]));
    await neverArrives('a zero byte', call('"delete_all\u0000"'));
    await neverArrives('form', new URLSearchParams({ method: 'tools/call', name: forbidden }).toString(), { 'content-type': 'application/x-www-form-urlencoded' });
    for (const type of ['text/plain', 'application/json; charset=utf-16', 'application/jsonp']) await neverArrives(type, body, { 'content-type': type });
    await neverArrives('compressed', body, { 'content-encoding': 'gzip' });
  });

  test('over several writes and chunks', async () => {
    const { port } = world.gateway;
    const body = call('"delete_all"');
    const from = world.recorder.requests.length;
    const chunks = [...body].map((c) => `1\r\n${c}\r\n`).join('');
    const text = await new Promise((resolve, reject) => {
      let got = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(
        `POST /todo/mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${client.tokens.access_token}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}0\r\n\r\n`,
      ));
      socket.on('data', (data) => { got += data; }).on('end', () => resolve(got)).on('error', reject);
    });
    assert.match(text, /Unknown tool: delete_all/);
    assert.deepEqual(reached(from), []);
  });

  test('as a resource or a prompt, also of a completion', async () => {
    const ask = (method, params) => `{"jsonrpc":"2.0","id":7,"method":"${method}","params":${params}}`;
    for (const uri of ['file:///secret', 'file:///secret.txt', 'file:\\/\\/\\/secret', 'file:///\\u0073ecret']) {
      for (const method of ['resources/read', 'resources/subscribe', 'resources/unsubscribe']) await neverArrives(`${method} ${uri}`, ask(method, `{"uri":"${uri}"}`));
      await neverArrives(`completion ${uri}`, ask('completion/complete', `{"ref":{"type":"ref/resource","uri":"${uri}"},"argument":{"name":"a","value":""}}`));
    }
    await neverArrives('prompt', ask('prompts/get', '{"name":"leak"}'));
    await neverArrives('prompt, escaped', ask('prompts/get', '{"name":"l\\u0065ak"}'));
    await neverArrives('completion', ask('completion/complete', '{"ref":{"type":"ref/prompt","name":"leak"},"argument":{"name":"a","value":""}}'));
    await neverArrives('completion of an odd kind', ask('completion/complete', '{"ref":{"type":"ref/other","name":"leak"},"argument":{"name":"a","value":""}}'));
  });
});

describe('a forbidden amount never arrives', () => {
  const amounts = {
    plain: '{"amount":1001}', float: '{"amount":1000.0000001}', exponent: '{"amount":1.001e3}', 'a string': '{"amount":"1001"}', 'a list': '{"amount":[1001]}',
    'an object': '{"amount":{"value":1001}}', 'beyond doubles': '{"amount":1e400}', 'exact digits': '{"amount":1000.00000000000000000000001}',
    'an escaped key': '{"\\u0061mount":1001}', twice: '{"amount":1,"amount":1001}', 'twice, turned round': '{"amount":1001,"amount":1}',
    'arguments in a list': '[{"amount":1001}]', 'arguments in a string': '"{\\"amount\\":1001}"', true: '{"amount":true}',
  };
  for (const [what, args] of Object.entries(amounts)) {
    test(what, async () => {
      const from = world.recorder.requests.length;
      const answer = await send(call('"transfer"', args));
      assert.deepEqual(world.recorder.requests.slice(from).filter(({ body }) => body.includes('transfer')), [], answer.text);
      assert.ok(answer.status === 400 || answer.body.result?.isError === true, answer.text);
    });
  }

  test('and what may pass does', async () => {
    for (const args of ['{"amount":1000}', '{"amount":1e3}', '{}', '{"amount":null}']) {
      const from = world.recorder.requests.length;
      const answer = await send(call('"transfer"', args));
      assert.equal(answer.body.result?.isError, undefined, answer.text);
      assert.equal(world.recorder.requests.length, from + 1);
    }
  });
});
