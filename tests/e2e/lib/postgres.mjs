// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL of the test's own, from Debian's package, and a wire to it that can be cut or held.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './processes.mjs';
import { until } from './wait.mjs';

const programs = '/usr/lib/postgresql/15/bin';

/** The server refuses to run as root. */
function unprivileged() {
  if (process.getuid() !== 0) return {};
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

export class Postgres {
  constructor() {
    this.user = unprivileged();
    this.folder = mkdtempSync(join(tmpdir(), 'gatehouse-pg-'));
    if (this.user.uid) chownSync(this.folder, this.user.uid, this.user.gid);
  }

  #run(program, args, input) {
    const done = spawnSync(`${programs}/${program}`, args, { ...this.user, cwd: '/', input, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.status ?? done.error}\n${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  async start(...settings) {
    this.port ??= await freePort();
    if (!this.made) {
      this.#run('initdb', ['-D', `${this.folder}/data`, '-U', 'gatehouse', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions']);
      this.made = true;
    }
    const options = ['listen_addresses=127.0.0.1', 'fsync=off', 'full_page_writes=off', 'shared_buffers=32MB', 'max_connections=100', 'log_min_messages=fatal', ...settings];
    this.child = spawn(`${programs}/postgres`, ['-D', `${this.folder}/data`, '-k', this.folder, '-p', String(this.port), ...options.flatMap((option) => ['-c', option])], { ...this.user, cwd: '/', stdio: 'ignore' });
    this.exited = new Promise((resolve) => this.child.on('close', resolve));
    await until('PostgreSQL', async () => this.sql('SELECT 1', 'postgres').trim() === '1', { every: 50 });
    return this;
  }

  /** What a statement of an operator prints, a row a line, columns separated by `|`. */
  sql(statement, database = 'gatehouse') {
    return this.#run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', this.folder, '-p', String(this.port), '-U', 'gatehouse', '-d', database, '-c', statement]);
  }

  createDatabase(name = 'gatehouse') {
    this.sql(`CREATE DATABASE ${name}`, 'postgres');
    return this.url(name);
  }

  url(name = 'gatehouse', port = this.port) {
    return `postgresql://gatehouse:unneeded-password@127.0.0.1:${port}/${name}`;
  }

  signal(signal) {
    this.child.kill(signal);
  }

  /** At once, as when the machine is lost. */
  async kill() {
    this.child.kill('SIGQUIT');
    await this.exited;
  }

  async stop() {
    this.child.kill('SIGCONT');
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A way to `port` on this machine: `cut()` resets what goes over it and refuses more, `hold()` lets nothing
 * through and answers nothing, `mend()` ends both. */
export class Wire {
  #pairs = new Set();

  constructor(port) {
    this.target = port;
    this.state = 'open';
  }

  async start() {
    this.server = createServer((near) => this.#join(near));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    return this;
  }

  #join(near) {
    near.on('error', () => {});
    if (this.state === 'cut') return near.resetAndDestroy();
    const far = connect(this.target, '127.0.0.1');
    far.on('error', () => near.resetAndDestroy());
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on('data', (bytes) => { if (!to.write(bytes)) { from.pause(); to.once('drain', () => this.state !== 'held' && from.resume()); } });
      from.on('close', () => { to.destroy(); this.#pairs.delete(pair); });
    }
    if (this.state === 'held') { near.pause(); far.pause(); }
    return undefined;
  }

  cut() {
    this.state = 'cut';
    for (const { near, far } of [...this.#pairs]) { near.resetAndDestroy(); far.destroy(); }
  }

  hold() {
    this.state = 'held';
    for (const { near, far } of this.#pairs) { near.pause(); far.pause(); }
  }

  mend() {
    this.state = 'open';
    for (const { near, far } of this.#pairs) { near.resume(); far.resume(); }
  }

  async stop() {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
