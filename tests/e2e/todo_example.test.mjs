// SPDX-License-Identifier: Apache-2.0
// The Todo example without the gateway: what its README says holds.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Browser } from './lib/browser.mjs';
import { accounts, clientSecret, startTodoApi, startTodoRuntime, workerSecret } from './lib/services.mjs';

const callback = 'http://127.0.0.1:4999/callback';
const everything = 'todos.read todos.write offline_access';
let api;
let runtime;
before(async () => {
  api = await startTodoApi({ redirectUris: [callback] });
  runtime = await startTodoRuntime(api);
});
after(async () => { await runtime?.stop(); await api?.stop(); });

const basic = (secret = clientSecret) => `Basic ${Buffer.from(`gatehouse:${secret}`).toString('base64')}`;

async function authorize({ person = 'alice', password, decision, ...changes } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = {
    response_type: 'code', client_id: 'gatehouse', redirect_uri: callback, scope: everything, state: 'a/b==', resource: api.url,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...changes,
  };
  const url = new URL(`${api.url}/authorize`);
  for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
  const account = { ...accounts[person], ...(password && { password }) };
  const end = await new Browser({ accounts: { [api.url]: account }, decision, stopAt: callback }).open(url);
  return { ...end, verifier, answer: end.stopped ? Object.fromEntries(end.url.searchParams) : null };
}

async function token(fields, authorization = basic()) {
  const answer = await fetch(`${api.url}/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams(fields) });
  return { status: answer.status, body: await answer.json() };
}

const redeem = ({ answer, verifier }) => token({ grant_type: 'authorization_code', code: answer.code, redirect_uri: callback, code_verifier: verifier });
const refresh = (refresh_token) => token({ grant_type: 'refresh_token', refresh_token });
const ask = (access, path = '/todos', init = {}) => fetch(api.url + path, { ...init, headers: { authorization: `Bearer ${access}`, 'content-type': 'application/json' } });

describe('its authorization server', () => {
  test('answers with code, state and iss, and the code gives tokens once', async () => {
    const walked = await authorize();
    assert.deepEqual([walked.answer.state, walked.answer.iss], ['a/b==', api.url]);
    const { status, body } = await redeem(walked);
    assert.equal(status, 200);
    assert.equal((await ask(body.access_token)).status, 200);
    assert.equal((await redeem(walked)).body.error, 'invalid_grant');
    assert.equal((await ask(body.access_token)).status, 401, 'the second use ends what the first gave');
  });

  for (const [changes, error] of [
    [{ code_challenge: null }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'admin' }, 'invalid_scope'],
    [{ resource: 'https://other.example' }, 'invalid_target'],
    [{ decision: 'deny' }, 'access_denied'],
  ]) {
    test(`refuses ${JSON.stringify(changes)} with ${error}`, async () => {
      const { answer } = await authorize(changes);
      assert.deepEqual([answer.error, answer.iss, answer.state], [error, api.url, 'a/b==']);
    });
  }

  test('never redirects to a place or for a client that it does not know', async () => {
    for (const changes of [{ client_id: 'other' }, { redirect_uri: 'http://127.0.0.1:5000/' }]) assert.equal((await authorize(changes)).status, 400);
  });

  test('wants the right password, verifier and client secret', async () => {
    assert.equal((await authorize({ password: 'wrong' })).status, 401);
    const walked = await authorize();
    assert.equal((await redeem({ ...walked, verifier: 'x'.repeat(43) })).body.error, 'invalid_grant');
    assert.deepEqual((await token({ grant_type: 'refresh_token' }, basic('wrong'))).status, 401);
  });

  test('rotates refresh tokens, and a second use ends the family', async () => {
    const first = (await redeem(await authorize())).body;
    const second = (await refresh(first.refresh_token)).body;
    assert.equal((await ask(second.access_token)).status, 200);
    assert.equal((await refresh(first.refresh_token)).body.error, 'invalid_grant');
    assert.equal((await refresh(second.refresh_token)).body.error, 'invalid_grant');
    assert.equal((await ask(second.access_token)).status, 401);
  });

  test('gives no refresh token without offline_access, and ends all of a grant on revocation', async () => {
    assert.ok(!('refresh_token' in (await redeem(await authorize({ scope: 'todos.read' }))).body));
    const { body } = await redeem(await authorize());
    await fetch(`${api.url}/revoke`, { method: 'POST', headers: { authorization: basic() }, body: new URLSearchParams({ token: body.refresh_token }) });
    assert.equal((await ask(body.access_token)).status, 401);
  });
});

describe('its API', () => {
  test('keeps a list for each person', async () => {
    const [alice, bob] = await Promise.all(['alice', 'bob'].map(async (person) => (await redeem(await authorize({ person }))).body.access_token));
    const added = await (await ask(alice, '/todos', { method: 'POST', body: JSON.stringify({ title: 'only mine' }) })).json();
    assert.doesNotMatch(await (await ask(bob)).text(), /only mine/);
    assert.equal((await ask(bob, `/todos/${added.id}`, { method: 'DELETE' })).status, 404);
    assert.equal((await ask(bob, `/todos/${added.id}/complete`, { method: 'POST' })).status, 404);
    assert.equal((await (await ask(alice, `/todos/${added.id}/complete`, { method: 'POST' })).json()).done, true);
    assert.equal((await ask(alice, `/todos/${added.id}`, { method: 'DELETE' })).status, 204);
  });

  test('checks the scope of each route, and what it is sent', async () => {
    const reader = (await redeem(await authorize({ scope: 'todos.read' }))).body.access_token;
    const refused = await ask(reader, '/todos', { method: 'POST', body: '{"title":"x"}' });
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate'), /insufficient_scope/);
    const writer = (await redeem(await authorize())).body.access_token;
    for (const body of ['{', '[]', '{}', '{"title":" "}', '{"title":5}']) assert.equal((await ask(writer, '/todos', { method: 'POST', body })).status, 400, body);
    assert.equal((await ask('made-up')).status, 401);
    assert.equal((await fetch(`${api.url}/todos`)).status, 401);
  });
});

describe('its runtime', () => {
  const post = (headers) => fetch(runtime.url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers }, body: '{}' });

  test('answers nobody without the worker secret', async () => {
    for (const headers of [{}, { 'x-gateway-worker-secret': '' }, { 'x-gateway-worker-secret': 'wrong' }]) assert.equal((await post(headers)).status, 401);
    assert.notEqual((await post({ 'x-gateway-worker-secret': workerSecret })).status, 401);
  });
});
