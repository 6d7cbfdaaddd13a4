// SPDX-License-Identifier: Apache-2.0
// An MCP client made by hand, for tests that look at single answers. Nothing is done behind the test's back.
import { createHash, randomBytes } from 'node:crypto';

export const redirectUri = 'http://127.0.0.1:33418/callback';
const REVISION = '2026-07-28';

export class HandClient {
  #next = 1;

  constructor(gateway, server) {
    this.gateway = gateway;
    this.url = gateway.mcpUrl(server);
    this.resource = this.url; // a replica may be spoken to at another address than the public one
    this.received = []; // every answer, head and body, for the tests that look for leaks
  }

  async fetch(address, init = {}) {
    const answer = await fetch(address, { redirect: 'manual', ...init });
    const text = await answer.text();
    this.received.push(`${answer.status} ${JSON.stringify([...answer.headers])}\n${text}`);
    let body = text;
    if (answer.headers.get('content-type')?.includes('json')) body = JSON.parse(text);
    if (answer.headers.get('content-type')?.includes('event-stream')) body = lastEvent(text);
    return { status: answer.status, headers: answer.headers, text, body };
  }

  async register(metadata = {}) {
    const wanted = { client_name: 'Hand client', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], ...metadata };
    const answer = await this.fetch(`${this.gateway.origin}/register`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wanted),
    });
    this.id = answer.body.client_id;
    return answer;
  }

  authorizeUrl(changes = {}) {
    this.verifier = randomBytes(32).toString('base64url');
    const url = new URL(`${this.gateway.origin}/authorize`);
    const parameters = {
      response_type: 'code', client_id: this.id, redirect_uri: redirectUri, state: 'a/b+c==', resource: this.resource,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'), code_challenge_method: 'S256', ...changes,
    };
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
    return url;
  }

  /** Walks to the end. @returns the page, or {stopped, url} with the redirect URI and its parameters */
  async authorize(browser, changes) {
    browser.stopAt = redirectUri;
    const end = await browser.open(this.authorizeUrl(changes));
    this.received.push(...browser.bodies);
    return end;
  }

  token(parameters) {
    return this.fetch(`${this.gateway.origin}/token`, { method: 'POST', body: new URLSearchParams({ client_id: this.id, ...parameters }) });
  }

  redeem(code, changes = {}) {
    return this.token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: this.verifier, resource: this.resource, ...changes });
  }

  refresh(refreshToken = this.tokens.refresh_token) {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  async signIn(browser) {
    const end = await this.authorize(browser);
    const code = end.url.searchParams.get('code');
    if (!end.stopped || !code) throw new Error(`no code at the end: ${end.status} ${end.url}${browser.trail()}`);
    const answer = await this.redeem(code);
    if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.text}`);
    this.tokens = answer.body;
    return this;
  }

  /** One request of the 2026-07-28 revision, which needs no session. */
  rpc(method, params = {}, options) {
    return this.fetch(this.url, this.request(method, params, options));
  }

  capabilities = {}; // what modern requests declare

  request(method, params = {}, { token = this.tokens?.access_token, headers = {} } = {}) {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': REVISION,
      'io.modelcontextprotocol/clientInfo': { name: 'hand', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': this.capabilities,
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#next++, method, params: { ...params, _meta: meta } });
    return {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': REVISION,
        'mcp-method': method, ...(params.name && { 'mcp-name': params.name }), ...(token && { authorization: `Bearer ${token}` }), ...headers,
      },
    };
  }

  call(name, args = {}, options) {
    return this.rpc('tools/call', { name, arguments: args }, options);
  }
}

function lastEvent(text) {
  const events = text.split(/\r?\n\r?\n/).map((event) => event.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim()).join('\n'));
  const found = events.filter(Boolean).at(-1);
  return found ? JSON.parse(found) : undefined;
}

/** What a tool said, of an answer of `call`. */
export const toolText = ({ body }) => body?.result?.content?.map(({ text }) => text).join('\n');
