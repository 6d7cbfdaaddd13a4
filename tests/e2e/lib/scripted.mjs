// SPDX-License-Identifier: Apache-2.0
// A downstream authorization server that does as it is told, for what a real one cannot do on demand: it
// rotates refresh tokens and ends the family at a second use, and a test may stand between any request
// and its answer.
import { createServer } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';

const random = (prefix) => `${prefix}_${randomBytes(24).toString('base64url')}`;

export class Scripted {
  person = 'alice'; // who is signed in over there
  accessTtl = 3600;
  extra = {}; // members of token answers; null removes one
  requests = []; // {path, form, authorization}
  codes = new Map();
  families = new Map(); // id -> {person, scope, alive}
  refreshTokens = new Map(); // token -> {family, spent}
  accessTokens = new Map(); // token -> {family, ends}
  secrets = []; // everything that must not leak
  /** Stands in the way of token requests: gets {form, answer()}, where `answer` does the work and says {status, body}. */
  onToken = ({ answer }) => answer();
  onRevoke = () => 200;

  constructor({ id = 'gatehouse', secret } = {}) {
    Object.assign(this, { id, secret });
  }

  async start() {
    this.server = createServer((request, response) => {
      this.#serve(request, response).catch((error) => response.writeHead(500).end(String(error.stack)));
    });
    await new Promise((done) => { this.server.listen(0, '127.0.0.1', done); });
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => { this.server.close(done); });
  }

  refreshes() {
    return this.requests.filter(({ path, form }) => path === '/token' && form.get('grant_type') === 'refresh_token');
  }

  revocations() {
    return this.requests.filter(({ path }) => path === '/revoke').map(({ form }) => form.get('token'));
  }

  personOf(token) {
    const known = this.accessTokens.get(token);
    return known && known.ends > Date.now() && this.families.get(known.family).alive ? this.families.get(known.family).person : undefined;
  }

  endFamilies() {
    for (const family of this.families.values()) family.alive = false;
  }

  #issue(family) {
    const access_token = random('dsat');
    const refresh_token = random('dsrt');
    this.secrets.push(access_token, refresh_token);
    this.refreshTokens.set(refresh_token, { family, spent: false });
    this.accessTokens.set(access_token, { family, ends: Date.now() + this.accessTtl * 1000 });
    const body = { access_token, refresh_token, token_type: 'Bearer', expires_in: this.accessTtl, scope: this.families.get(family).scope, ...this.extra };
    for (const [name, value] of Object.entries(body)) if (value === null) delete body[name];
    return { status: 200, body };
  }

  #refuse(error, status = 400) {
    return { status, body: { error, error_description: 'as the script wants it' } };
  }

  #grant(form) {
    if (form.get('grant_type') === 'authorization_code') {
      const code = this.codes.get(form.get('code'));
      this.codes.delete(form.get('code'));
      const proof = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
      if (!code || code.challenge !== proof || code.redirectUri !== form.get('redirect_uri')) return this.#refuse('invalid_grant');
      const family = random('family');
      this.families.set(family, { person: code.person, scope: code.scope, alive: true });
      return this.#issue(family);
    }
    if (form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange') {
      const { sub } = JSON.parse(Buffer.from(form.get('subject_token').split('.')[1], 'base64url'));
      const family = random('family');
      this.families.set(family, { person: sub, scope: form.get('scope') ?? '', alive: true });
      const { status, body } = this.#issue(family);
      return { status, body: { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', ...body, refresh_token: undefined } };
    }
    const known = this.refreshTokens.get(form.get('refresh_token'));
    const family = known && this.families.get(known.family);
    if (!family?.alive) return this.#refuse('invalid_grant');
    if (known.spent) {
      family.alive = false;
      return this.#refuse('invalid_grant');
    }
    known.spent = true;
    if (form.get('scope')) family.scope = form.get('scope');
    return this.#issue(known.family);
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const form = request.headers['content-type']?.includes('json') ? new URLSearchParams(JSON.parse(text)) : new URLSearchParams(text);
    this.requests.push({ path: url.pathname, form, query: url.searchParams, headers: request.headers, body: text });
    const json = ({ status, body, headers }) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
    if (url.pathname.startsWith('/.well-known/oauth-authorization-server')) {
      const at = (path) => this.url + path;
      return json({ status: 200, body: { issuer: this.url, authorization_endpoint: at('/authorize'), token_endpoint: at('/token'), userinfo_endpoint: at('/userinfo'), revocation_endpoint: at('/revoke'), response_types_supported: ['code'], code_challenge_methods_supported: ['S256'], ...this.metadata } });
    }
    if (url.pathname === '/authorize') {
      const query = url.searchParams;
      const code = random('code');
      this.codes.set(code, { person: this.person, scope: query.get('scope') ?? '', challenge: query.get('code_challenge'), redirectUri: query.get('redirect_uri') });
      const back = new URL(query.get('redirect_uri'));
      back.searchParams.set('code', code);
      back.searchParams.set('state', query.get('state'));
      return response.writeHead(302, { location: back.href }).end();
    }
    if (url.pathname === '/token') {
      const expected = `Basic ${Buffer.from(`${encodeURIComponent(this.id)}:${encodeURIComponent(this.secret)}`).toString('base64')}`;
      if (this.secret && request.headers.authorization !== expected) return json(this.#refuse('invalid_client', 401));
      const given = await this.onToken({ form, answer: () => this.#grant(form) });
      return given ? json(given) : request.socket.destroy();
    }
    if (url.pathname === '/revoke') {
      const status = await this.onRevoke({ form });
      if (status === 200) {
        const token = form.get('token');
        const family = (this.refreshTokens.get(token) ?? this.accessTokens.get(token))?.family;
        if (family) this.families.get(family).alive = false;
      }
      return response.writeHead(status).end();
    }
    if (url.pathname === '/userinfo') {
      const person = this.personOf(request.headers.authorization?.replace(/^Bearer /, ''));
      return person ? json({ status: 200, body: { sub: `sub-${person}`, email: `${person}@todo.example`, email_verified: true, name: person } }) : json({ status: 401, body: {} });
    }
    return json({ status: 404, body: {} });
  }
}
