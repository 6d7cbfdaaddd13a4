// SPDX-License-Identifier: Apache-2.0
// Several gateways on one PostgreSQL behind a balancer, as a company would run them.
import { randomBytes } from 'node:crypto';
import { Agent, createServer, request as send } from 'node:http';
import { Gateway, reserveGateway } from './gateway.mjs';
import { HandClient } from './hand_client.mjs';
import { freePort } from './processes.mjs';
import { Postgres, Wire } from './postgres.mjs';
import { until } from './wait.mjs';
import { World } from './world.mjs';

/**
 * Sends each request to a replica: the one that `pick` names, or the next that is ready. What could not be
 * delivered goes to another replica; what was delivered is never sent twice.
 */
export class Balancer {
  #turn = 0;
  #agent = new Agent({ keepAlive: true, maxSockets: 200 });

  constructor(port) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.replicas = [];
    this.pick = null; // (request) => index
  }

  async start() {
    this.server = createServer((request, response) => this.#serve(request, response));
    this.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    return this;
  }

  /** Asks every replica whether it is ready, ten times a second, from now on. */
  watch() {
    this.watcher = setInterval(() => this.replicas.forEach(async (replica) => {
      replica.ready = await fetch(`${replica.origin}/readyz`, { signal: AbortSignal.timeout(1000) }).then(({ status }) => status === 200, () => false);
    }), 100);
  }

  #choose(request, tried) {
    const named = this.pick?.(request);
    if (named !== undefined && named !== null) return this.replicas[named];
    const left = this.replicas.filter((replica) => !tried.has(replica));
    const ready = left.filter((replica) => replica.ready !== false);
    const among = ready.length ? ready : left;
    return among[this.#turn++ % among.length];
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    this.#deliver(request, Buffer.concat(chunks), response, new Set());
  }

  #deliver(request, body, response, tried) {
    const replica = this.#choose(request, tried);
    const fail = (why) => { if (!response.headersSent) response.writeHead(502).end(`balancer: ${why}`); else response.destroy(); };
    if (!replica) return fail('no replica');
    tried.add(replica);
    const { host, port } = new URL(replica.origin);
    const out = send({ host: '127.0.0.1', port, method: request.method, path: request.url, headers: { ...request.headers, host: new URL(this.origin).host, 'content-length': body.length }, agent: this.#agent });
    let answered = false;
    out.on('response', (answer) => {
      answered = true;
      response.writeHead(answer.statusCode, { ...answer.headers, 'x-replica': replica.name });
      answer.pipe(response);
      answer.on('error', () => response.destroy());
      response.on('close', () => answer.destroy());
    });
    out.on('error', (error) => {
      // What may have been delivered is not sent again: that is how balancers treat a POST.
      if (!answered && error.code === 'ECONNREFUSED' && !this.pick && tried.size < this.replicas.length) return this.#deliver(request, body, response, tried);
      return fail(`${host}: ${error.message}`);
    });
    out.end(body);
    return undefined;
  }

  async stop() {
    clearInterval(this.watcher);
    this.#agent.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A world with `count` gateways `a`, `b`, `c`, …; `gateway` is what clients see of them. */
export class Replicas extends World {
  /** @param config (world) => the configuration beyond addresses, folders and store */
  async startReplicas(count, config, { wire = false, env = () => ({}), settings = [] } = {}) {
    this.postgres = await this.use(new Postgres().start(...settings));
    this.postgres.createDatabase();
    this.masterKey = randomBytes(32).toString('base64');
    const port = await freePort();
    this.balancer = await this.use(new Balancer(port).start());
    this.callback = (profile) => `${this.balancer.origin}/connect/${profile}/callback`;
    this.shared = await config(this);
    this.replicas = [];
    for (let i = 0; i < count; ++i) {
      const wired = wire && await this.use(new Wire(this.postgres.port).start());
      const replica = new Gateway(await reserveGateway(), {
        public_url: this.balancer.origin,
        store: this.postgres.url('gatehouse', wired ? wired.port : undefined),
        master_key: this.masterKey,
        ...this.shared,
      });
      replica.name = 'abcdefgh'[i];
      replica.wire = wired;
      replica.env = env(i);
      this.replicas.push(replica);
    }
    await Promise.all(this.replicas.map((replica) => this.use(replica.start())));
    this.balancer.replicas = this.replicas;
    const [first] = this.replicas;
    this.gateway = {
      origin: this.balancer.origin,
      config: first.config,
      mcpUrl: (server = Object.keys(first.config.servers)[0]) => `${this.balancer.origin}/${server}/mcp`,
      addUser: (...args) => first.addUser(...args),
      command: (...args) => first.command(...args),
      records: (...args) => first.records(...args),
    };
    return this;
  }

  /** The same client, its requests sent straight to one replica. */
  at(replica, client) {
    const { id, tokens, verifier, resource, received } = client;
    const url = client.url.replace(this.balancer.origin, replica.origin);
    return Object.assign(new HandClient(replica), { id, tokens, verifier, resource, received, url });
  }

  /** All records of all replicas, once each has handed over what its journal holds. */
  async everyRecord(...filters) {
    for (const replica of this.replicas) if (replica.program.result === undefined) await replica.records('--limit', '1');
    return this.gateway.records(...filters);
  }
}

/** Asks a replica until it answers as `probe` wants, and says how long that took. */
export async function soon(what, probe, seconds = 2) {
  const start = Date.now();
  await until(what, probe, { seconds, every: 20 });
  return Date.now() - start;
}
