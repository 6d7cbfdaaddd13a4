// SPDX-License-Identifier: Apache-2.0
// What an operator can get wrong gets an exit code and a sentence that helps; nothing is lost.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Program, binary, freePort, root, run } from './lib/processes.mjs';

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'gatehouse-bad-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

const valid = (port, admin, data = './data') => `version: 1
public_url: http://127.0.0.1:${port}
listen: 127.0.0.1:${port}
data_dir: ${data}
admin: {listen: "127.0.0.1:${admin}"}
sign_in:
  local: {enabled: true}
servers:
  notes:
    runtime: http://127.0.0.1:9/mcp
    sign_in: local
    worker: {secret: a-worker-secret}
`;

function write(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('gatehouse check', () => {
  test('accepts a valid file', async () => {
    const { status, stderr } = await run(binary, ['check', '--config', write('good.yaml', valid(8080, 9901))]);
    assert.equal(status, 0, stderr);
  });

  test('names every mistake with file, line and column, all at once', async () => {
    const text = valid(8080, 9901).replace('listen: 127', 'lisen: 127').replace('http://127.0.0.1:9/mcp', 'not a url').replace('enabled: true', 'enabled: perhaps');
    const file = write('wrong.yaml', text);
    for (const command of ['check', 'serve']) {
      const { status, stdout, stderr } = await run(binary, [command, '--config', file], { cwd: folder });
      assert.equal(status, 2, `${command}: ${stdout}${stderr}`);
      const said = stdout + stderr;
      assert.match(said, /wrong\.yaml:3:1: .*lisen.*listen/s, said);
      assert.match(said, /wrong\.yaml:7:20: /, said);
      assert.match(said, /wrong\.yaml:10:14: /, said);
    }
  });

  test('names a variable that is not set, and never its value', async () => {
    const file = write('variable.yaml', valid(8080, 9901).replace('a-worker-secret', '"${GATEHOUSE_E2E_SECRET}"'));
    const missing = await run(binary, ['check', '--config', file]);
    assert.equal(missing.status, 2);
    assert.match(missing.stdout + missing.stderr, /variable\.yaml:12:\d+: .*GATEHOUSE_E2E_SECRET/);
    const set = await run(binary, ['check', '--config', file], { env: { GATEHOUSE_E2E_SECRET: 'very-secret-value' } });
    assert.equal(set.status, 0, set.stderr);
    assert.doesNotMatch(set.stdout + set.stderr, /very-secret-value/);
  });

  test('accepts the Todo example', async () => {
    const env = { GATEHOUSE_DEMO_DATA: folder, TODO_CLIENT_SECRET: 'x', TODO_WORKER_SECRET: 'y' };
    const { status, stdout, stderr } = await run(binary, ['check', '--config', `${root}examples/todo/gatehouse.yaml`], { env });
    assert.equal(status, 0, stdout + stderr);
  });
});

describe('gatehouse init', () => {
  test('writes a file that check accepts, and does not overwrite one', async () => {
    const empty = join(folder, 'init');
    mkdirSync(empty);
    const first = await run(binary, ['init'], { cwd: empty });
    assert.equal(first.status, 0, first.stderr);
    const text = readFileSync(join(empty, 'gatehouse.yaml'), 'utf8');
    assert.match(text, /^\s*#/m, 'it explains itself');
    const checked = await run(binary, ['check'], { cwd: empty });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.notEqual((await run(binary, ['init'], { cwd: empty })).status, 0);
    assert.equal(readFileSync(join(empty, 'gatehouse.yaml'), 'utf8'), text);
  });
});

describe('gatehouse serve', () => {
  test('without a configuration file says what to write and where', async () => {
    const empty = join(folder, 'nothing');
    mkdirSync(empty);
    const { status, stdout, stderr } = await run(binary, ['serve'], { cwd: empty });
    assert.equal(status, 2);
    assert.match(stdout + stderr, /gatehouse\.yaml/);
    assert.match(stdout + stderr, /gatehouse init/);
  });

  test('says which address is occupied', async () => {
    const occupied = createServer();
    await new Promise((resolve) => occupied.listen(0, '127.0.0.1', resolve));
    const { port } = occupied.address();
    try {
      for (const [name, text] of [['listen', valid(port, await freePort(), './busy1')], ['admin', valid(await freePort(), port, './busy2')]]) {
        const { status, stdout, stderr } = await run(binary, ['serve', '--config', write(`busy-${name}.yaml`, text)], { cwd: folder });
        assert.equal(status, 1, `${name}: ${stdout}${stderr}`);
        assert.ok((stdout + stderr).includes(`127.0.0.1:${port}`), stderr);
      }
    } finally {
      await new Promise((resolve) => occupied.close(resolve));
    }
  });

  test('says that the data directory cannot be written', async () => {
    // A file in its place: nobody can write below it, root included.
    writeFileSync(join(folder, 'a-file'), '');
    const file = write('data.yaml', valid(await freePort(), await freePort(), './a-file/data'));
    const { status, stdout, stderr } = await run(binary, ['serve', '--config', file], { cwd: folder });
    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout + stderr, /a-file\/data/);
  });

  test('refuses a data directory that another gateway uses', async () => {
    const [port, admin] = [await freePort(), await freePort()];
    const one = new Program(binary, ['serve', '--config', write('one.yaml', valid(port, admin, './shared'))], { cwd: folder });
    try {
      await one.printed(/./).catch(() => {});
      while (!existsSync(join(folder, 'shared', 'gatehouse.db'))) await new Promise((resolve) => setTimeout(resolve, 20));
      const two = await run(binary, ['serve', '--config', write('two.yaml', valid(await freePort(), await freePort(), './shared'))], { cwd: folder, seconds: 20 });
      assert.equal(two.status, 1, two.stdout + two.stderr);
      assert.match(two.stdout + two.stderr, /shared/);
    } finally {
      assert.equal(await one.stop(), 0);
    }
  });

  test('with port 0 prints the addresses it chose', async () => {
    const program = new Program(binary, ['serve', '--config', write('zero.yaml', valid(0, 0, './zero').replace('http://127.0.0.1:0', 'http://127.0.0.1:8080'))], { cwd: folder });
    try {
      await program.printed(/127\.0\.0\.1:[1-9]\d*[\s\S]*127\.0\.0\.1:[1-9]\d*/);
      const addresses = [...program.stdout.matchAll(/127\.0\.0\.1:([1-9]\d*)/g)].map(([, port]) => port).filter((port) => port !== '8080');
      const answers = await Promise.all(addresses.map(async (port) => (await fetch(`http://127.0.0.1:${port}/healthz`)).status));
      assert.deepEqual(answers, [200, 200]);
    } finally {
      assert.equal(await program.stop(), 0);
    }
  });
});

test('an unknown command or option is a usage error', async () => {
  for (const args of [['swerve'], ['serve', '--confg', 'x'], ['users', 'add']]) {
    const { status, stdout, stderr } = await run(binary, args, { cwd: folder });
    assert.equal(status, 2, args.join(' '));
    assert.ok((stdout + stderr).length > 0);
  }
  assert.equal((await run(binary, ['--help'])).status, 0);
  assert.equal((await run(binary, ['serve', '--help'])).status, 0);
  assert.match((await run(binary, ['--version'])).stdout, /\d+\.\d+/);
});
