// SPDX-License-Identifier: Apache-2.0
// What a test file needs to run, started together and stopped in reverse order.
import { Browser } from './browser.mjs';
import { Gateway, localPassword, oidcProfile, reserveGateway, todoProfile, todoServer } from './gateway.mjs';
import { HandClient } from './hand_client.mjs';
import { Scripted } from './scripted.mjs';
import { accounts, clientSecret, startOidcProvider, startRecorder, startTodoApi, startTodoRuntime, workerSecret } from './services.mjs';

export class World {
  #stops = [];

  async use(starting) {
    const started = await starting;
    this.#stops.push(() => started.stop());
    return started;
  }

  async stop() {
    for (const stop of this.#stops.reverse()) await stop();
  }

  /**
   * Todo API, FastMCP runtime and a running gateway with the servers `todo` (sign_in: downstream) and
   * `todo-local` (sign_in: local, with a user alice).
   */
  async startTodo({ accessTtl, profile, server, config } = {}) {
    const reserved = await reserveGateway();
    this.api = await this.use(startTodoApi({ redirectUris: [reserved.callback('todo')], accessTtl }));
    this.runtime = await this.use(startTodoRuntime(this.api));
    this.gateway = new Gateway(reserved, {
      profiles: { todo: { ...todoProfile(this.api), ...profile } },
      servers: { todo: todoServer(this.runtime, server), 'todo-local': todoServer(this.runtime, { sign_in: 'local', ...server }) },
      ...config,
    });
    await this.use(this.gateway.start());
    await this.gateway.addUser('alice');
    return this;
  }

  /** A runtime that records, behind the same downstream server; no FastMCP needed. */
  async startRecording({ profile, server, config } = {}) {
    const reserved = await reserveGateway();
    this.api = await this.use(startTodoApi({ redirectUris: [reserved.callback('todo')] }));
    this.recorder = await this.use(startRecorder());
    this.gateway = new Gateway(reserved, {
      profiles: { todo: { ...todoProfile(this.api), ...profile } },
      servers: { todo: todoServer(this.recorder, server) },
      ...config,
    });
    await this.use(this.gateway.start());
    return this;
  }

  /**
   * A recording runtime behind a downstream server that a test scripts. The runtime answers 401 to tokens
   * that are no good over there.
   */
  async startScripted({ profile, server, config, judge } = {}) {
    const reserved = await reserveGateway();
    this.downstream = await this.use(new Scripted({ secret: clientSecret }).start());
    const known = (headers) => (this.downstream.personOf(headers['x-gateway-access-token']) ? undefined : 401);
    this.recorder = await this.use(startRecorder({ judge: judge ? (headers) => judge(headers, known) : known }));
    this.gateway = new Gateway(reserved, {
      profiles: { todo: { ...todoProfile(this.downstream), resource: undefined, ...profile } },
      servers: { todo: todoServer(this.recorder, server), 'todo-local': todoServer(this.recorder, { sign_in: 'local', ...server }) },
      ...config,
    });
    await this.use(this.gateway.start());
    await this.gateway.addUser('alice');
    return this;
  }

  /** A client of somebody who signs in at the scripted server. */
  async scriptedClient(person, server = 'todo') {
    this.downstream.person = person;
    return this.client(server, { person });
  }

  /** The same with oidc-provider: its tokens are good at a Todo API that introspects them. */
  async startCertified() {
    const reserved = await reserveGateway();
    this.provider = await this.use(startOidcProvider({ redirectUris: [reserved.callback('todo')] }));
    this.api = await this.use(startTodoApi({ introspection: this.provider.introspection }));
    this.runtime = await this.use(startTodoRuntime(this.api));
    this.gateway = new Gateway(reserved, {
      profiles: { todo: oidcProfile(this.provider) },
      servers: { todo: todoServer(this.runtime), 'todo-local': todoServer(this.runtime, { sign_in: 'local' }) },
    });
    await this.use(this.gateway.start());
    await this.gateway.addUser('alice');
    return this;
  }

  /** Who a person is at each place that asks. */
  accountsOf(person = 'alice') {
    const downstream = this.provider ?? this.api;
    return {
      [this.gateway.origin]: { username: person, password: localPassword },
      ...(downstream && { [downstream.url]: accounts[person] }),
    };
  }

  browser(person = 'alice', more = {}) {
    return new Browser({ accounts: this.accountsOf(person), ...more });
  }

  /** A client that is registered, and signed in unless told otherwise. */
  async client(server = 'todo', { person = 'alice', signedIn = true } = {}) {
    const client = new HandClient(this.gateway, server);
    await client.register();
    if (signedIn) await client.signIn(this.browser(person));
    return client;
  }
}

export { workerSecret };
