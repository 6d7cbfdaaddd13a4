// SPDX-License-Identifier: Apache-2.0
// Clients that name themselves by the URL of a metadata document: one whose copy ships with the gateway, as
// the host is out of reach here, and one whose document is fetched over TLS (C20-C31, I30).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { HandClient, redirectUri, toolText } from './lib/hand_client.mjs';
import { World } from './lib/world.mjs';

const claudeCode = 'https://claude.ai/oauth/claude-code-client-metadata';

/** An HTTPS server for one document, with a certificate of its own for localhost. */
async function startDocumentHost(document) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cimd-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key,
    '-out', certificate, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' });
  const host = { certificate, requests: [], connections: 0 };
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    host.requests.push(request);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ client_id: host.id, ...document }));
  });
  server.on('connection', () => { host.connections += 1; });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  host.id = `https://localhost:${server.address().port}/client.json`;
  host.stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
    rmSync(folder, { recursive: true, force: true });
  };
  return host;
}

describe('a client whose copy ships', () => {
  const world = new World();
  before(() => world.startTodo());
  after(() => world.stop());

  for (const server of ['todo', 'todo-local']) {
    test(`signs in at ${server} without registering, and uses the tools`, async () => {
      const insecure = { [oauth.allowInsecureRequests]: true };
      const issuer = new URL(world.gateway.origin);
      const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
      const as = await oauth.processDiscoveryResponse(issuer, discovered);
      assert.equal(as.client_id_metadata_document_supported, true);

      const client = new HandClient(world.gateway, server);
      client.id = claudeCode;
      const callback = 'http://localhost:51940/callback';
      const browser = world.browser('alice', { stopAt: callback });
      const started = Date.now();
      const end = await browser.open(client.authorizeUrl({ redirect_uri: callback }));
      assert.ok(end.stopped, browser.trail());
      assert.ok(Date.now() - started < 20_000, 'a host out of reach holds nobody up');
      const consent = browser.visited.find(({ text }) => text.includes('Claude Code') && text.includes('Sends you to'));
      assert.ok(consent, browser.trail());
      assert.match(consent.text, /claude\.ai/);
      assert.match(consent.text, /Any program on this device can use this name/);

      const answer = oauth.validateAuthResponse(as, { client_id: claudeCode }, end.url, 'a/b+c==');
      const response = await oauth.authorizationCodeGrantRequest(
        as, { client_id: claudeCode }, oauth.None(), answer, callback, client.verifier, insecure);
      client.tokens = await oauth.processAuthorizationCodeResponse(as, { client_id: claudeCode }, response);
      const listed = await client.call('list_todos');
      assert.match(toolText(listed), /Water the plants/, listed.text);
      const refreshed = await client.refresh();
      assert.equal(refreshed.status, 200, refreshed.text);
    });
  }

  test('is sent nowhere but to the addresses of its document (C26, I37)', async () => {
    const client = new HandClient(world.gateway, 'todo-local');
    client.id = claudeCode;
    const answer = await client.fetch(client.authorizeUrl({ redirect_uri: 'https://evil.example/callback' }));
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('location'), null);
  });
});

describe('a document on a host of its own', () => {
  let host;
  before(async () => { host = await startDocumentHost({ client_name: 'Document app', redirect_uris: [redirectUri] }); });
  after(() => host.stop());

  async function withGateway(clientUrls, run) {
    const world = new World();
    try {
      await world.startRecording({ server: { sign_in: 'local' }, config: { outbound: { ca_certificates: host.certificate, ...clientUrls } } });
      await world.gateway.addUser('alice');
      const client = new HandClient(world.gateway, 'todo');
      client.id = host.id;
      await run(world, client);
    } finally {
      await world.stop();
    }
  }

  test('is fetched once, over TLS, where the operator allows its address', async () => {
    await withGateway({ client_urls: { allow_private: ['127.0.0.0/8'] } }, async (world, client) => {
      const browser = world.browser();
      await client.signIn(browser);
      assert.ok(browser.visited.some(({ text }) => text.includes('Document app') && text.includes('localhost')), browser.trail());
      assert.equal((await client.refresh()).status, 200);
      assert.equal(host.requests.length, 1);
      const [{ method, url, headers }] = host.requests;
      assert.deepEqual([method, url, headers.accept, headers.cookie], ['GET', '/client.json', 'application/json', undefined]);
    });
  });

  test('is out of reach at a private address, and the page says nothing of the network', async () => {
    const before = host.connections;
    await withGateway({}, async (world, client) => {
      for (const id of [host.id, host.id.replace('localhost', '127.0.0.1'), host.id.replace('localhost', '[::ffff:127.0.0.1]')]) {
        client.id = id;
        const answer = await client.fetch(client.authorizeUrl());
        assert.equal(answer.status, 400, id);
        assert.match(answer.text, /could not be fetched/);
        assert.doesNotMatch(answer.text, /refused|errno|127\.0\.0\.1|connect/i);
      }
      const token = await client.refresh('x');
      assert.deepEqual([token.status, token.body.error], [401, 'invalid_client']);
      assert.equal(host.connections, before);
    });
  });
});
