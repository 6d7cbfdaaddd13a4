// SPDX-License-Identifier: Apache-2.0
// The official suite's authorization-server scenarios, with the form walker as the person (J01-J05).
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Program, freePort, modules } from './lib/processes.mjs';
import { World } from './lib/world.mjs';

const world = new World();
let folder;
let port;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-conformance-'));
  port = await freePort();
  const client = { id: 'conformance', name: 'Conformance suite', redirect_uris: [`http://127.0.0.1:${port}/callback`] };
  await world.startRecording({ server: { clients: [client] } });
});
after(async () => { await world.stop(); rmSync(folder, { recursive: true, force: true }); });

test('both authorization-server scenarios pass', async () => {
  const suite = new Program(process.execPath, [
    `${modules}@modelcontextprotocol/conformance/dist/index.js`, 'authorization', '--url', world.gateway.origin,
    '--client-id', 'conformance', '--resource', world.gateway.mcpUrl('todo'), '--port', String(port), '-o', folder,
  ], { cwd: folder });
  try {
    const [, address] = await suite.printed(/^(http\S*\/authorize\S*)\n/m, 60);
    await world.browser().open(address);
    assert.equal(await suite.finish(60), 0, suite.output());
    assert.match(suite.stdout, /2 passed, 0 failed/, suite.output());
    const checks = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('checks.json'))
      .flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
    assert.ok(checks.length >= 2);
    assert.deepEqual(checks.filter(({ status }) => !['SUCCESS', 'INFO'].includes(status)), [], 'no failure and no warning');
  } finally {
    await suite.stop();
  }
});
