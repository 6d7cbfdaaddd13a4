// SPDX-License-Identifier: Apache-2.0
// Real MCP clients behind one small interface: tools(), call(name, args), close(). What a client keeps
// (registration, tokens) is in its `home`, so that a second instance with the same home is the same client.
import { mkdtempSync, readFileSync, existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v1 from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError as V1Unauthorized } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport as V1Transport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as v2 from '@modelcontextprotocol/client';
import { Browser } from './browser.mjs';
import { Program, freePort, modules, python, run } from './processes.mjs';
import { until } from './wait.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));

/** Where a client keeps its things and how its browser signs in. */
export function newHome(accounts, more = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-client-'));
  const log = join(folder, 'browser.log');
  const browser = { accounts, log, ...more };
  return {
    folder, browser, log, memory: {},
    browserLog: () => (existsSync(log) ? readFileSync(log, 'utf8') : 'no browser was opened'),
    logins: () => (existsSync(log) ? readFileSync(log, 'utf8').match(/^opened /gm)?.length ?? 0 : 0),
    env: {
      HOME: folder, PATH: `${here}bin:${process.env.PATH}`, BROWSER: `${here}bin/xdg-open`,
      DISPLAY: undefined, WAYLAND_DISPLAY: undefined, // a real browser of this machine stays out of it
      GATEHOUSE_E2E_NODE: process.execPath, GATEHOUSE_E2E_BROWSER: JSON.stringify(browser),
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const texts = (result) => ({ isError: result.isError === true, text: (result.content ?? []).map(({ text }) => text).join('\n') });

/** MCP Inspector 2 on the command line: one process for each request; tokens are kept in its home. */
class Inspector {
  constructor(url, home) {
    Object.assign(this, { url, home });
  }

  async #run(args) {
    this.home.memory.callback ??= `http://127.0.0.1:${await freePort()}/oauth/callback`;
    const file = `${modules}@modelcontextprotocol/inspector/clients/launcher/build/index.js`;
    const given = ['--cli', '--server-url', this.url, '--transport', 'http', '--format', 'json', '--callback-url', this.home.memory.callback];
    if (this.home.memory.signedIn) given.push('--use-stored-auth');
    const { status, stdout, stderr } = await run(process.execPath, [file, ...given, ...args], {
      cwd: this.home.folder, env: { ...this.home.env, MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' },
    });
    if (status !== 0 && !stdout) throw new Error(`inspector ended with ${status}\n${stderr}\n${this.home.browserLog()}`);
    this.home.memory.signedIn = true;
    const answer = JSON.parse(stdout);
    return answer.result ?? answer;
  }

  async tools() {
    return (await this.#run(['--method', 'tools/list'])).tools.map(({ name }) => name);
  }

  async call(name, args = {}) {
    return texts(await this.#run(['--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)]));
  }

  async close() {}
}

/** mcp-remote as a host like Claude Desktop starts it: a proxy that is spoken to over stdio. */
class McpRemote {
  #next = 1;

  constructor(url, home) {
    Object.assign(this, { url, home });
  }

  async #start() {
    this.home.memory.port ??= await freePort();
    this.program = new Program(process.execPath, [`${modules}mcp-remote/dist/proxy.js`, this.url, String(this.home.memory.port)], {
      cwd: this.home.folder, env: { ...this.home.env, MCP_REMOTE_CONFIG_DIR: join(this.home.folder, 'mcp-auth') },
    });
    await this.#ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'host', version: '1' } });
    this.#write({ method: 'notifications/initialized' });
  }

  #write(message) {
    this.program.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  async #ask(method, params) {
    const id = this.#next++;
    this.#write({ id, method, params });
    const answer = await until(`${method} through mcp-remote`, async () => {
      if (this.program.result !== undefined) throw Object.assign(new Error(`mcp-remote ended: ${this.program.result}`), { final: true });
      const lines = this.program.stdout.split('\n').slice(0, -1);
      return lines.filter(Boolean).map((line) => JSON.parse(line)).find((message) => message.id === id && !message.method);
    }, { seconds: 40 }).catch((error) => {
      throw new Error(`${error.message}\n${this.program.output()}\n${this.home.browserLog()}`);
    });
    if (answer.error) throw new Error(JSON.stringify(answer.error));
    return answer.result;
  }

  async tools() {
    if (!this.program) await this.#start();
    return (await this.#ask('tools/list')).tools.map(({ name }) => name);
  }

  async call(name, args = {}) {
    if (!this.program) await this.#start();
    return texts(await this.#ask('tools/call', { name, arguments: args }));
  }

  async close() {
    await this.program?.stop();
  }
}

/** Keeps what the SDKs want kept, and walks the browser when they ask for one. */
export class WalkingProvider {
  constructor(home) {
    this.home = home;
    this.kept = home.memory;
    this.redirectUrl = 'http://127.0.0.1:33418/callback';
    this.clientMetadata = {
      client_name: 'SDK client', redirect_uris: [this.redirectUrl], grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'], token_endpoint_auth_method: 'none',
    };
  }

  state() {
    this.sentState ??= 'a/b+c==';
    return this.sentState;
  }
  clientInformation() { return this.kept.client; }
  saveClientInformation(client) { this.kept.client = client; }
  tokens() { return this.kept.tokens; }
  saveTokens(tokens) { this.kept.tokens = tokens; }
  codeVerifier() { return this.kept.verifier; }
  saveCodeVerifier(verifier) { this.kept.verifier = verifier; }
  saveDiscoveryState(state) { this.kept.discovery = state; }
  discoveryState() { return this.kept.discovery; }

  async redirectToAuthorization(url) {
    this.kept.logins = (this.kept.logins ?? 0) + 1;
    const browser = new Browser({ ...this.home.browser, stopAt: this.redirectUrl });
    const end = await browser.open(url);
    this.answer = end.url.searchParams;
    if (!end.stopped) throw new Error(`the browser ended at ${end.url} ${end.status} ${end.text}${browser.trail()}`);
    if (this.answer.get('state') !== this.sentState) throw new Error(`state changed: ${this.answer.get('state')}`);
    if (this.answer.get('error')) throw new Error(`refused: ${this.answer}`);
  }
}

class Sdk {
  constructor(url, home) {
    Object.assign(this, { url: new URL(url), home, provider: new WalkingProvider(home) });
    home.logins = () => home.memory.logins ?? 0;
  }

  async #connected() {
    if (this.client) return this.client;
    const transport = this.newTransport();
    const client = this.newClient();
    try {
      await client.connect(transport);
      this.client = client;
    } catch (error) {
      if (!this.isUnauthorized(error)) throw error;
      await this.finish(transport);
      await transport.close();
      this.client = this.newClient();
      await this.client.connect(this.newTransport());
    }
    return this.client;
  }

  async tools() {
    return (await (await this.#connected()).listTools()).tools.map(({ name }) => name);
  }

  async call(name, args = {}) {
    return texts(await (await this.#connected()).callTool({ name, arguments: args }));
  }

  async close() {
    await this.client?.close();
  }
}

class SdkV1 extends Sdk {
  newTransport() { return new V1Transport(this.url, { authProvider: this.provider }); }
  newClient() { return new v1.Client({ name: 'sdk-v1', version: '1' }); }
  isUnauthorized(error) { return error instanceof V1Unauthorized; }
  finish(transport) { return transport.finishAuth(this.provider.answer.get('code')); }
}

class SdkV2 extends Sdk {
  newTransport() { return new v2.StreamableHTTPClientTransport(this.url, { authProvider: this.provider }); }
  newClient() { return new v2.Client({ name: 'sdk-v2', version: '1' }, { versionNegotiation: { mode: 'auto' } }); }
  isUnauthorized(error) { return error instanceof v2.UnauthorizedError || error.cause instanceof v2.UnauthorizedError; }
  finish(transport) { return transport.finishAuth(this.provider.answer); }
}

/** The fastmcp Python client with its own OAuth and its own callback server. */
class FastMcp {
  constructor(url, home) {
    Object.assign(this, { url, home });
  }

  async #run(method, args = {}) {
    this.home.memory.port ??= await freePort();
    const given = [`${here}bin/fastmcp_client.py`, this.url, String(this.home.memory.port), join(this.home.folder, 'tokens'), method, JSON.stringify(args)];
    const { status, stdout, stderr } = await run(python, given, { cwd: this.home.folder, env: this.home.env });
    if (status !== 0) throw new Error(`fastmcp client ended with ${status}\n${stderr}\n${this.home.browserLog()}`);
    return JSON.parse(stdout);
  }

  async tools() {
    return this.#run('tools/list');
  }

  async call(name, args = {}) {
    return this.#run(name, args);
  }

  async close() {}
}

export const clients = { 'MCP Inspector': Inspector, 'mcp-remote': McpRemote, 'TypeScript SDK v1': SdkV1, 'TypeScript SDK v2': SdkV2, 'fastmcp client': FastMcp };
