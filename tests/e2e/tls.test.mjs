// SPDX-License-Identifier: Apache-2.0
// TLS at both ends: the public listener with a certificate that is replaced under load, and a runtime behind
// https whose certificate is checked (G22).
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { Authority } from './lib/certificates.mjs';
import { Gateway, reserveGateway } from './lib/gateway.mjs';
import { toolText } from './lib/hand_client.mjs';
import { startRecorder } from './lib/services.mjs';
import { until } from './lib/wait.mjs';
import { World, workerSecret } from './lib/world.mjs';

const world = new World();
const authority = new Authority();
const file = (name) => join(world.gateway.folder, name);

function replaceCertificate({ cert, key }) {
  writeFileSync(file('key.pem'), key);
  writeFileSync(file('cert.pem'), cert);
}

before(async () => {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.pem]);
  await world.use(authority);
  world.recorder = await world.use(startRecorder({ credentials: authority.issue() }));
  const reserved = await reserveGateway();
  world.gateway = new Gateway({ ...reserved, origin: `https://localhost:${reserved.port}` }, {
    tls: { certificate: 'cert.pem', key: 'key.pem' },
    outbound: { ca_certificates: 'ca.pem' },
    servers: { todo: { runtime: world.recorder.url, sign_in: 'local', worker: { secret: workerSecret } } },
  });
  writeFileSync(file('ca.pem'), authority.pem);
  replaceCertificate(authority.issue());
  await world.use(world.gateway.start());
  await world.gateway.addUser('alice');
});
after(() => world.stop());

/** What a new connection sees. */
function look(options) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: 'localhost', port: world.gateway.port, servername: 'localhost', ALPNProtocols: ['http/1.1'], ...options }, () => {
      resolve({ fingerprint: socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase(), version: socket.getProtocol(), alpn: socket.alpnProtocol });
      socket.end();
    });
    socket.on('error', reject);
  });
}

test('a person signs in over https, with cookies that stay there, and the runtime is called over https', async () => {
  const client = await world.client('todo', { signedIn: false });
  const browser = world.browser();
  await client.signIn(browser);
  const cookies = browser.bodies.join('\n').match(/"set-cookie","[^"]*"/g);
  assert.ok(cookies.length > 0);
  for (const cookie of cookies) assert.match(cookie, /^"set-cookie","__Host-[^;]*;.*Secure/, cookie);
  const answer = await client.call('echo', { text: 'hello' });
  assert.equal(toolText(answer), 'echo: hello', answer.text);
  const { headers } = world.recorder.calls().at(-1);
  assert.equal(headers['x-gateway-worker-secret'], workerSecret);
  assert.equal(headers.host, new URL(world.recorder.url).host);
  const metadata = await (await fetch(`${world.gateway.origin}/.well-known/oauth-authorization-server`)).json();
  assert.equal(metadata.issuer, world.gateway.origin);
});

test('both versions of TLS are spoken, older ones and clear text are not', async () => {
  assert.equal((await look({})).version, 'TLSv1.3');
  assert.equal((await look({})).alpn, 'http/1.1');
  assert.equal((await look({ maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
  await assert.rejects(look({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }));
  await assert.rejects(fetch(`http://localhost:${world.gateway.port}/healthz`));
  assert.match(world.gateway.program.stdout, /listening on https:\/\//);
});

test('a replaced certificate is served to new connections while a stream goes on', async () => {
  const client = await world.client('todo');
  const running = await fetch(client.url, client.request('tools/call', { name: 'wait', arguments: {} }));
  assert.equal(running.status, 200);
  const reader = running.body.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value, /waiting/);

  const { fingerprint } = await look({});
  replaceCertificate(authority.issue());
  const next = await until('the new certificate', async () => { const seen = await look({}); return seen.fingerprint !== fingerprint && seen; });
  const reloads = (await world.gateway.records()).filter(({ event }) => event === 'config.reloaded');
  assert.ok(JSON.stringify(reloads).includes(next.fingerprint), JSON.stringify(reloads));

  world.recorder.finish();
  let rest = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += piece.value;
  assert.match(rest, /finished/);
});

test('files that do not fit together change nothing, and say why', async () => {
  const { fingerprint } = await look({});
  const [one, other] = [authority.issue(), authority.issue()];
  replaceCertificate({ cert: one.cert, key: other.key });
  const why = 'the key does not belong to the certificate';
  await until('the rejection', async () => JSON.stringify((await world.gateway.records()).filter(({ event }) => event === 'config.rejected')).includes(why));
  assert.equal((await look({})).fingerprint, fingerprint);
  replaceCertificate(one);
  await until('the good pair', async () => (await look({})).fingerprint !== fingerprint);
});

test('a runtime whose certificate leads nowhere gets nothing', async () => {
  const client = await world.client('todo');
  const before = world.recorder.requests.length;
  writeFileSync(file('ca.pem'), (await world.use(new Authority())).pem);
  await until('the new authorities', async () => (await client.call('echo', { text: 'x' })).status >= 500);
  const count = world.recorder.requests.length;
  const answer = await client.call('echo', { text: 'lost' });
  assert.ok(answer.status >= 500, answer.text);
  assert.equal(world.recorder.requests.length, count);
  assert.ok(count >= before);
  assert.match(world.gateway.program.stderr, /no TLS with runtime localhost: the certificate is not accepted/);
  assert.doesNotMatch(answer.text, /certificate/, 'how the runtime is reached is nobody else’s business');
  writeFileSync(file('ca.pem'), authority.pem);
  await until('the old authorities', async () => (await client.call('echo', { text: 'x' })).status === 200);
});

test('serve says what is wrong with the files and ends with 2', async () => {
  const reserved = await reserveGateway();
  const broken = await world.use(new Gateway(reserved, { ...world.gateway.config, public_url: reserved.origin, listen: '127.0.0.1:0', admin: { listen: '127.0.0.1:0' } }));
  for (const name of ['cert.pem', 'key.pem', 'ca.pem']) writeFileSync(join(broken.folder, name), authority.pem);
  await assert.rejects(broken.start(), /gatehouse ended: 2[^]*tls: there is no private key in it/);
});
