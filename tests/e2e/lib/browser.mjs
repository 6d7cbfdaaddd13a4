// SPDX-License-Identifier: Apache-2.0
// A browser stand-in that walks pages like a person without JavaScript: it keeps cookies, follows
// redirects, signs in, decides, and holds pages to their Content-Security-Policy where it concerns forms.
import { parse } from './html.mjs';
import { until } from './wait.mjs';

const MAX_STEPS = 30;

class CookieJar {
  #cookies = new Map(); // cookies know hosts and paths, not ports

  store(url, headers) {
    for (const line of headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const options = Object.fromEntries(rest.map((part) => part.split('=')).map(([k, v]) => [k.toLowerCase(), v ?? '']));
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      const path = options.path || url.pathname.replace(/\/[^/]*$/, '') || '/';
      const key = `${url.hostname} ${path} ${name}`;
      const gone = options['max-age'] !== undefined ? Number(options['max-age']) <= 0 : options.expires && Date.parse(options.expires) <= Date.now();
      if (gone) this.#cookies.delete(key);
      else this.#cookies.set(key, { host: url.hostname, path, name, value: pair.slice(at + 1), secure: 'secure' in options });
    }
  }

  header(url) {
    const sent = [...this.#cookies.values()].filter(
      (cookie) =>
        cookie.host === url.hostname &&
        (!cookie.secure || url.protocol === 'https:') &&
        (url.pathname === cookie.path || url.pathname.startsWith(cookie.path.replace(/\/?$/, '/')) || cookie.path === '/'),
    );
    return sent.sort((a, b) => b.path.length - a.path.length).map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  clear() {
    this.#cookies.clear();
  }
}

export class Browser {
  /**
   * @param accounts  origin -> {username, password}: who to be where
   * @param decision  'allow' | 'deny', or by origin: {[origin]: 'deny'}, the others allow
   * @param untick    scopes whose box is cleared on the consent page
   * @param stopAt    URL prefix that is reported and not fetched (a client's redirect URI)
   */
  constructor({ accounts = {}, decision = 'allow', untick = [], server, stopAt } = {}) {
    Object.assign(this, { accounts, decision, untick, server, stopAt });
    this.rewrite = (url) => url; // tests put themselves between redirects
    this.jar = new CookieJar();
    this.visited = []; // every page that was shown, in order
    this.bodies = []; // everything that was received, for the tests that look for leaks
  }

  async #fetch(url, init = {}) {
    const cookie = this.jar.header(url);
    const headers = { accept: 'text/html,*/*;q=0.8', 'user-agent': 'form-walker', ...init.headers, ...(cookie && { cookie }) };
    // A program may open the browser just before it listens for the answer.
    const answer = await until(`answer from ${url.origin}`, async () => {
      try {
        return await fetch(url, { redirect: 'manual', ...init, headers });
      } catch (error) {
        if (error.cause?.code === 'ECONNREFUSED') return null;
        throw Object.assign(error, { final: true });
      }
    }, { seconds: 10 });
    this.jar.store(url, answer.headers);
    this.bodies.push(`${url} ${JSON.stringify([...answer.headers])}`);
    return answer;
  }

  /** Goes to `address` and on until a page needs nothing more. @returns {{url: URL, status: number, text: string}} */
  async open(address) {
    this.submitted = new Set();
    return this.#walk({ url: new URL(address) });
  }

  /** Follows redirects and only looks at what comes: no form is sent. */
  async look(address) {
    return this.#read(await this.#follow({ url: new URL(address) }));
  }

  /** Sends a form as it is, with `values` instead of its own where given; `walk`: and goes on like `open`. */
  async send(page, form, values = {}, { walk = false } = {}) {
    const fields = new URLSearchParams();
    for (const field of form.fields) {
      const ticked = !['checkbox', 'radio'].includes(field.type) || field.checked;
      if (field.name && ticked && values[field.name] === undefined) fields.append(field.name, field.value ?? '');
    }
    for (const [name, value] of Object.entries(values)) fields.append(name, value);
    const request = this.#submit(page, form, fields);
    this.submitted = new Set();
    return walk ? this.#walk(request) : this.#read(await this.#follow(request));
  }

  async #read(answer) {
    if (answer.stopped) return answer;
    const html = await answer.response.text();
    this.bodies.push(html);
    const page = { url: answer.url, status: answer.response.status, headers: answer.response.headers, ...parse(html) };
    this.visited.push(page);
    return page;
  }

  async #walk(request) {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const page = await this.#read(await this.#follow(request));
      if (page.stopped) return page;
      request = this.#next(page);
      if (!request) return page;
    }
    throw new Error(`no end after ${MAX_STEPS} pages: ${this.trail()}`);
  }

  /** Sends one form of a page with some fields set, and follows nothing. @returns {{status: number, location: string | null}} */
  async post(page, form, changes = {}) {
    const body = new URLSearchParams(form.fields.filter(({ name }) => name).map(({ name, value }) => [name, value ?? '']));
    for (const [name, value] of Object.entries(changes)) body.set(name, value);
    const answer = await this.#fetch(new URL(form.action || page.url, page.url), {
      method: 'POST', body: body.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: page.url.origin, 'sec-fetch-site': 'same-origin' },
    });
    this.bodies.push(await answer.text());
    return { status: answer.status, location: answer.headers.get('location') };
  }

  trail() {
    return this.visited.map(({ url, status, text }) => `\n  ${status} ${url} ${text.slice(0, 120)}`).join('');
  }

  /** Follows redirects; those after a form stay inside the page's form-action, as Chromium demands. */
  async #follow({ url, init, formAction }) {
    for (let hops = 0; hops < 20; hops += 1) {
      if (formAction && !formAction(url)) throw new Error(`form-action forbids ${url.origin}${this.trail()}`);
      if (this.stopAt && url.href.startsWith(this.stopAt)) return { stopped: true, url, status: 302, text: '' };
      const response = await this.#fetch(url, init);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || !location) return { url, response };
      await response.arrayBuffer();
      url = this.rewrite(new URL(location, url));
      if (response.status < 307) init = undefined;
    }
    throw new Error(`too many redirects, last to ${url}`);
  }

  #next(page) {
    const form = page.forms.find((candidate) => candidate.fields.some(({ name }) => name !== undefined) || candidate.buttons.length);
    if (!form || !this.#isNew(form)) return null;
    const account = this.accounts[page.url.origin];
    const values = new URLSearchParams();
    for (const field of form.fields) {
      if (!field.name) continue;
      if (field.type === 'checkbox') {
        if (field.checked && !this.untick.includes(field.value)) values.append(field.name, field.value ?? 'on');
      } else if (field.type === 'radio') {
        if (field.name === 'server' ? field.value === this.server : field.checked) values.append(field.name, field.value);
      } else if (['username', 'login'].includes(field.name) || field.type === 'password') {
        if (!account) return null;
        values.append(field.name, field.type === 'password' ? account.password : account.username);
      } else {
        values.append(field.name, field.name === 'server' ? (this.server ?? field.value) : (field.value ?? ''));
      }
    }
    const button = this.#choose(page, form);
    if (button?.name) values.append(button.name, button.value ?? '');
    return this.#submit(page, form, values);
  }

  /** A form that comes back after it was sent would only be filled in the same way for ever. */
  #isNew(form) {
    const key = [form.action, ...form.fields.map(({ name }) => name)].join(' ');
    return !this.submitted.has(key) && this.submitted.add(key);
  }

  #choose(page, form) {
    const decision = typeof this.decision === 'string' ? this.decision : (this.decision[page.url.origin] ?? 'allow');
    return form.buttons.find(({ name, value }) => name === 'decision' && value === decision) ??
      form.buttons.find(({ name, value }) => name === 'server' && value === this.server) ??
      form.buttons.find(({ name }) => name !== 'decision');
  }

  #submit(page, form, values) {
    const url = new URL(form.action || page.url, page.url);
    const formAction = formActionOf(page);
    if (form.method !== 'post') {
      url.search = values;
      return { url, formAction };
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: page.url.origin, 'sec-fetch-site': 'same-origin' };
    return { url, init: { method: 'POST', body: values.toString(), headers }, formAction };
  }
}

/** What the page's policy lets a form submission (and its redirects) reach; null: anything. */
function formActionOf(page) {
  const policy = page.headers.get('content-security-policy') ?? '';
  const directive = policy.split(';').map((part) => part.trim()).find((part) => /^form-action\s/i.test(part));
  if (!directive) return null;
  const sources = directive.split(/\s+/).slice(1);
  return (url) => sources.some((source) => allows(source, url, page.url));
}

function allows(source, url, own) {
  if (source === "'self'") return url.origin === own.origin;
  if (source === '*') return ['http:', 'https:'].includes(url.protocol);
  if (/^[a-z][a-z0-9+.-]*:$/i.test(source)) return url.protocol === source.toLowerCase();
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*\.)?([^/:*]+|\[[^\]]+\])(?::(\*|\d+))?(\/.*)?$/i.exec(source);
  if (!match) return false;
  const [, scheme, wildcard, host, port, path] = match;
  const defaultPort = url.protocol === 'https:' ? '443' : '80';
  if (scheme && `${scheme}:` !== url.protocol) return false;
  if (wildcard ? !url.hostname.endsWith(`.${host}`) : url.hostname !== host) return false;
  if (port !== '*' && (port ?? defaultPort) !== (url.port || defaultPort)) return false;
  return !path || path === '/' || url.pathname === path;
}
