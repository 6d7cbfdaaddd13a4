// SPDX-License-Identifier: Apache-2.0
// The very requests of known clients (tests/fixtures/clients), from registration to revocation.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { HandClient } from './lib/hand_client.mjs';
import { root } from './lib/processes.mjs';
import { World } from './lib/world.mjs';

const folder = `${root}tests/fixtures/clients/`;
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => ({ name: name.slice(0, -5), ...JSON.parse(readFileSync(folder + name)) }));
const world = new World();

before(async () => {
  await world.startRecording({ server: { sign_in: 'local', profile: undefined, scopes: ['items:read', 'items:write'] }, config: { profiles: {} } });
  await world.gateway.addUser('alice');
});
after(() => world.stop());

/** The values of one run, put where the fixture leaves room for them. */
class Run {
  constructor(fixture) {
    this.fixture = fixture;
    this.hand = new HandClient(world.gateway);
    this.values = { resource: this.hand.url, code_verifier: randomBytes(32).toString('base64url') };
    this.values.code_challenge = createHash('sha256').update(this.values.code_verifier).digest('base64url');
  }

  fill(parameters) {
    return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value.replace(/^\{(\w+)\}$/, (whole, key) => this.values[key] ?? whole)]));
  }

  async post(path, parameters) {
    const body = new URLSearchParams(this.fill(parameters));
    const headers = {};
    if (this.fixture.basic) {
      headers.authorization = `Basic ${Buffer.from(`${this.values.client_id}:${this.values.client_secret}`).toString('base64')}`;
      body.delete('client_id');
    }
    return this.hand.fetch(`${world.gateway.origin}${path}`, { method: 'POST', body, headers });
  }

  async register() {
    const { register } = this.fixture;
    if (!register) return;
    const { status, body } = await this.hand.register({ client_name: undefined, ...register });
    assert.equal(status, 201);
    assert.deepEqual(body.redirect_uris, register.redirect_uris);
    assert.equal(body.token_endpoint_auth_method, register.token_endpoint_auth_method);
    assert.equal(typeof body.client_secret, register.token_endpoint_auth_method === 'none' ? 'undefined' : 'string');
    for (const [name, value] of Object.entries(body)) assert.ok(value !== null && value !== '', `${name} is empty`);
    Object.assign(this.values, { client_id: body.client_id, client_secret: body.client_secret });
  }

  async authorize() {
    const url = new URL(`${world.gateway.origin}/authorize`);
    const asked = this.fill(this.fixture.authorize);
    url.search = new URLSearchParams(asked);
    const browser = world.browser('alice', { stopAt: asked.redirect_uri });
    const end = await browser.open(url);
    assert.ok(end.stopped, browser.trail());
    const answer = end.url.searchParams;
    assert.equal(answer.get('state'), asked.state);
    assert.equal(answer.get('iss'), world.gateway.origin);
    assert.ok(answer.get('code'), end.url.href);
    this.values.code = answer.get('code');
  }

  take({ status, headers, body, text }) {
    assert.equal(status, 200, text);
    assert.equal(body.token_type, 'Bearer');
    assert.equal(typeof body.expires_in, 'number');
    assert.ok(body.refresh_token);
    assert.equal(headers.get('cache-control'), 'no-store');
    Object.assign(this.values, { access_token: body.access_token, refresh_token: body.refresh_token });
    return body;
  }

  async works() {
    return (await this.hand.rpc('tools/list', {}, { token: this.values.access_token })).status === 200;
  }
}

describe('the requests of', () => {
  for (const fixture of fixtures) {
    const { version = '', source } = fixture;
    test(`${fixture.client} ${version} (${fixture.name}, ${source}) are understood`, async () => {
      const run = new Run(fixture);
      await run.register();
      await run.authorize();
      const issued = run.take(await run.post('/token', fixture.token));
      assert.ok(issued.scope.split(' ').includes('items:read'), issued.scope);
      assert.ok(await run.works());
      if (fixture.refresh) run.take(await run.post('/token', fixture.refresh));
      assert.ok(await run.works());
      for (const request of fixture.revoke ?? []) assert.equal((await run.post('/revoke', request)).status, 200);
      if (fixture.revoke) assert.ok(!await run.works());
    });
  }
});
