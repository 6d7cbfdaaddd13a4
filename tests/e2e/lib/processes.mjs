// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const python = process.env.GATEHOUSE_E2E_PYTHON ?? `${root}.cache/venv/bin/python`;
export const binary = process.env.GATEHOUSE_BINARY ?? `${root}build/release/gatehouse`;
export const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A child process whose output is kept; `exited` resolves to its exit code or signal. */
export class Program {
  constructor(command, args, { env = {}, cwd = root, input } = {}) {
    this.name = [command, ...args].map((word) => word.split('/').pop()).slice(0, 3).join(' ');
    this.stdout = '';
    this.stderr = '';
    this.child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text));
    this.child.stdin.on('error', () => {}); // a program may end before it has read everything
    if (input !== undefined) this.child.stdin.end(input);
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => { this.result = code ?? signal; resolve(this.result); });
    });
    this.exited.catch(() => {});
  }

  /** The first match of `pattern` in the standard output. */
  printed(pattern, seconds = 30) {
    return until(`${pattern} from ${this.name}`, async () => {
      const match = pattern.exec(this.stdout);
      if (!match && this.result !== undefined) throw Object.assign(new Error(`${this.name} ended: ${this.result}\n${this.output()}`), { final: true });
      return match;
    }, { seconds });
  }

  output() {
    return `--- stdout\n${this.stdout.slice(-4000)}\n--- stderr\n${this.stderr.slice(-4000)}`;
  }

  /** Waits for the end; a program that hangs is killed and reported. */
  async finish(seconds = 60) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => { this.child.kill('SIGKILL'); reject(new Error(`${this.name} still ran after ${seconds} s\n${this.output()}`)); }, seconds * 1000);
    });
    try {
      return await Promise.race([this.exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(signal = 'SIGTERM') {
    if (this.result !== undefined) return this.result;
    this.child.kill(signal);
    return this.finish(30);
  }
}

export async function run(command, args, options) {
  const program = new Program(command, args, { input: '', ...options });
  const status = await program.finish(options?.seconds);
  return { status, stdout: program.stdout, stderr: program.stderr };
}
