// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, binary, freePort, run } from './processes.mjs';
import { clientSecret, workerSecret } from './services.mjs';
import { until } from './wait.mjs';

export const localPassword = 'a local password that is long enough';

/** The profile of the Todo API's own authorization server. */
export const todoProfile = (api) => ({
  issuer: api.url,
  registration: 'static',
  client: { id: 'gatehouse', secret: clientSecret, auth_method: 'client_secret_basic' },
  resource: api.url,
  scopes: ['todos.read', 'todos.write', 'offline_access'],
  identity: { from: 'userinfo', subject: 'sub', email: 'email', name: 'name', same_user: 'email' },
});

/** The profile of oidc-provider; the identity is in the ID token. */
export const oidcProfile = (provider) => ({
  ...todoProfile(provider),
  resource: provider.resource,
  scopes: ['openid', 'todos.read', 'todos.write', 'offline_access'],
  authorize_params: { prompt: 'consent' },
  identity: { from: 'id_token', subject: 'sub', email: 'email', name: 'name', same_user: 'email' },
});

export const todoServer = (runtime, more) => ({
  title: 'Todo', runtime: runtime.url, profile: 'todo', worker: { secret: workerSecret }, sign_in: 'downstream', ...more,
});

/** Addresses for a gateway that is not started yet: whoever must know its redirect URIs asks here first. */
export async function reserveGateway() {
  const [port, adminPort] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  return { port, adminPort, origin, callback: (profile) => `${origin}/connect/${profile}/callback` };
}

/** A gatehouse of its own, with its own folder and configuration. JSON is YAML, so that is what is written. */
export class Gateway {
  constructor(reserved, config) {
    Object.assign(this, reserved);
    this.folder = mkdtempSync(join(tmpdir(), 'gatehouse-e2e-'));
    this.dataDir = join(this.folder, 'data');
    this.file = join(this.folder, 'gatehouse.yaml');
    this.configure({
      version: 1,
      public_url: this.origin,
      listen: `127.0.0.1:${this.port}`,
      data_dir: './data',
      admin: { listen: `127.0.0.1:${this.adminPort}` },
      sign_in: { local: { enabled: true } },
      ...config,
    });
  }

  configure(config) {
    this.config = config;
    writeFileSync(this.file, JSON.stringify(config, null, 2));
  }

  mcpUrl(server = Object.keys(this.config.servers)[0]) {
    return `${this.origin}/${server}/mcp`;
  }

  async start() {
    this.program = new Program(binary, ['serve', '--config', this.file], { cwd: this.folder, env: this.env });
    await until('the gateway to be ready', async () => {
      if (this.program.result !== undefined) throw Object.assign(new Error(`gatehouse ended: ${this.program.result}\n${this.program.output()}`), { final: true });
      return (await fetch(`${this.origin}/readyz`)).status === 200;
    });
    return this;
  }

  async kill() {
    return this.program.stop('SIGKILL');
  }

  /** Runs a command of the same binary against this gateway. */
  command(args, options) {
    const token = readFileSync(join(this.dataDir, 'admin.token'), 'utf8').trim();
    const where = ['--admin-url', `http://127.0.0.1:${this.adminPort}`, '--admin-token', token];
    return run(binary, [...args, ...where], { cwd: this.folder, ...options });
  }

  async addUser(name, { email = `${name}@todo.example`, password = localPassword } = {}) {
    const answer = await this.command(['users', 'add', name, '--email', email, '--password-stdin', '--json'], { input: `${password}\n` });
    if (answer.status !== 0) throw new Error(`users add: ${answer.status} ${answer.stderr}`);
    return JSON.parse(answer.stdout);
  }

  async records(...filters) {
    const { status, stdout, stderr } = await this.command(['logs', '--json', ...filters]);
    if (status !== 0) throw new Error(`logs: ${status} ${stderr}`);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  async stop() {
    const status = this.program ? await this.program.stop() : 0;
    rmSync(this.folder, { recursive: true, force: true });
    return status;
  }
}
