// SPDX-License-Identifier: Apache-2.0
// The run of tests/chaos/run. Everything is on loopback, and ends by itself.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Browser } from './browser.mjs';
import { todoProfile } from './gateway.mjs';
import { HandClient, toolText } from './hand_client.mjs';
import { Replicas } from './replicas.mjs';
import { accounts, startRecorder, startTodoApi, workerSecret } from './services.mjs';
import { until } from './wait.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string' } } });
const seconds = Math.min(Number(values.seconds), 3600);
const seed = Number(values.seed ?? randomInt(1, 2 ** 31));

/** Numbers that depend on the seed only (mulberry32). */
function dice(state) {
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { below: (n) => Math.floor(next() * n), between: (low, high) => low + next() * (high - low), one: (list) => list[Math.floor(next() * list.length)] };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ran = (answer) => answer.status === 200 && !answer.body?.result?.isError;
const LIMIT = 400;

export class Chaos {
  violations = [];
  counts = { calls: 0, answered: 0, refused: 0, unavailable: 0, refreshes: 0, revocations: 0, faults: {} };
  answered = []; // texts of calls that were answered
  owners = new Map(); // downstream token -> account
  running = true;

  constructor() {
    this.dice = dice(seed);
    this.world = new Replicas();
    this.world.balancerRetries = true;
  }

  async start() {
    const { world } = this;
    await world.startReplicas(3, async () => {
      world.api = await world.use(startTodoApi({ redirectUris: [world.callback('todo')], accessTtl: 20 }));
      world.runtimes = [await startRecorder(), await startRecorder()];
      for (const runtime of world.runtimes) await world.use(runtime);
      const runtime = world.runtimes.map(({ url }) => url);
      return {
        profiles: { todo: { ...todoProfile(world.api), refresh_before: '10s' } },
        servers: {
          brokered: { runtime, profile: 'todo', worker: { secret: workerSecret }, audit: { arguments: 'full' } },
          limited: { runtime, sign_in: 'local', audit: { arguments: 'full' }, budgets: [{ name: 'limit', limit: `${LIMIT} calls`, window: '1d' }] },
          short: { runtime, sign_in: 'local' },
        },
      };
    }, { wire: true });
    world.balancer.watch();
    await world.gateway.addUser('alice');
    this.faultEnds = new Map(world.replicas.map((replica) => [replica, 0]));
  }

  say(text) {
    console.log(`${((Date.now() - this.begun) / 1000).toFixed(1)} s  ${text}`);
  }

  violation(text) {
    this.violations.push(text);
    this.say(`VIOLATION ${text}`);
  }

  async signedIn(server, person) {
    const client = new HandClient(this.world.gateway, server);
    const where = server === 'brokered' ? { [this.world.api.url]: accounts[person] } : this.world.accountsOf(person);
    // A person whose page failed tries again.
    await until(`${person} to sign in to ${server}`, async () => {
      await client.register();
      await client.signIn(new Browser({ accounts: where }));
      return true;
    }, { seconds: 60, every: 300 });
    client.person = person;
    return client;
  }

  /** One client's life: it calls, refreshes when it is told to, and never gives up. */
  async live(client, name, server) {
    let unanswered = Date.now();
    for (let i = 0; this.running; ++i) {
      const text = `${name}-${i}`;
      this.counts.calls += 1;
      const answer = await client.call('echo', { text }).catch(() => ({ status: 0 }));
      if (ran(answer)) {
        if (toolText(answer) !== `echo: ${text}`) this.violation(`${name} got the answer of somebody else: ${answer.text}`);
        this.counts.answered += 1;
        this.answered.push(text);
        unanswered = Date.now();
      } else if (answer.status === 200) {
        this.counts.refused += 1;
        const reason = answer.body?.result?._meta?.['gatehouse/decision']?.reason;
        if (reason === 'budget' && server === 'limited') unanswered = Date.now();
      } else if (answer.status === 401) {
        await this.renew(client, name);
      } else {
        this.counts.unavailable += 1;
      }
      if (Date.now() - unanswered > 45_000) { this.violation(`${name} is stuck: ${answer.status} ${answer.text?.slice(0, 200)}`); unanswered = Date.now(); }
      await pause(answer.status === 200 ? 20 : 200);
    }
  }

  async renew(client, name) {
    const answer = await client.refresh().catch(() => ({ status: 0 }));
    if (answer.status === 200) { client.tokens = answer.body; this.counts.refreshes += 1; }
    if (answer.status === 400 && this.running) { this.violation(`${name} lost its grant: ${answer.text}`); await client.signIn(new Browser({ accounts: { [this.world.api.url]: accounts[client.person] } })).catch(() => {}); }
  }

  /** Clients that are revoked, again and again, and go on trying at every replica. */
  async revoke() {
    while (this.running) {
      try {
        const client = await this.signedIn('short', 'alice');
        const answer = await client.fetch(`${this.world.balancer.origin}/revoke`, { method: 'POST', body: new URLSearchParams({ client_id: client.id, token: client.tokens.refresh_token }) });
        if (answer.status !== 200) continue;
        const since = Date.now();
        this.counts.revocations += 1;
        while (this.running && Date.now() < since + 6000) {
          for (const replica of this.world.replicas) {
            const asked = Date.now();
            const heard = Math.max(since, this.faultEnds.get(replica)) + 2000;
            const tried = await this.world.at(replica, client).call('echo', { text: 'revoked' }).catch(() => ({ status: 0 }));
            // A replica that is cut off cannot know; from its reconnection on it has two seconds.
            if (ran(tried) && asked > heard && asked > this.faultEnds.get(replica) + 2000) this.violation(`${replica.name} took a token ${asked - since} ms after its revocation`);
          }
          await pause(100);
        }
      } catch (error) {
        if (this.running) this.say(`revoker: ${error.message.split('\n')[0]}`);
        await pause(500);
      }
    }
  }

  async faultsOf(until_) {
    const { world } = this;
    const far = Number.MAX_SAFE_INTEGER;
    const kinds = {
      'kill a replica': async (replica, ms) => { this.faultEnds.set(replica, far); await replica.kill(); await pause(ms); await replica.start(); },
      'hold a replica': async (replica, ms) => { this.faultEnds.set(replica, far); replica.program.child.kill('SIGSTOP'); await pause(ms); replica.program.child.kill('SIGCONT'); },
      'stop a replica': async (replica) => { this.faultEnds.set(replica, far); await replica.program.stop('SIGTERM'); await replica.start(); },
      'cut a replica off the store': async (replica, ms) => { this.faultEnds.set(replica, far); replica.wire.cut(); await pause(ms); replica.wire.mend(); },
      'hold what a replica says to the store': async (replica, ms) => { this.faultEnds.set(replica, far); replica.wire.hold(); await pause(ms); replica.wire.mend(); },
      'kill the store': async (_, ms) => { for (const one of world.replicas) this.faultEnds.set(one, far); await world.postgres.kill(); await pause(ms / 2); await world.postgres.start(); },
      'lose a runtime replica': async (_, ms) => { const runtime = this.dice.one(world.runtimes); await runtime.pause(); await pause(ms); await runtime.resume(); },
    };
    while (Date.now() < until_) {
      const name = this.dice.one(Object.keys(kinds));
      const replica = this.dice.one(world.replicas);
      const ms = this.dice.between(500, 4000);
      this.say(`${name} (${replica.name}, ${Math.round(ms)} ms)`);
      this.counts.faults[name] = (this.counts.faults[name] ?? 0) + 1;
      await kinds[name](replica, ms);
      for (const one of world.replicas) if (this.faultEnds.get(one) === far) this.faultEnds.set(one, Date.now());
      await pause(this.dice.between(300, 2500));
    }
  }

  async run() {
    this.begun = Date.now();
    this.say(`seed ${seed}, ${seconds} s`);
    const clients = [];
    for (const person of ['alice', 'bob']) for (let i = 0; i < 2; ++i) clients.push([await this.signedIn('brokered', person), `${person}${i}`, 'brokered']);
    for (let i = 0; i < 2; ++i) clients.push([await this.signedIn('limited', 'alice'), `limited${i}`, 'limited']);
    const lives = clients.map(([client, name, server]) => this.live(client, name, server));
    lives.push(this.revoke());
    await this.faultsOf(Date.now() + seconds * 1000);
    this.running = false;
    await Promise.all(lives);
    await this.check(clients);
  }

  async check(clients) {
    const { world } = this;
    for (const replica of world.replicas) await until(`${replica.name} to be ready`, async () => (await fetch(`${replica.origin}/readyz`)).status === 200, { seconds: 20 });
    for (const [client, name, server] of clients) {
      await until(`${name} to be served again`, async () => {
        const answer = await client.call('echo', { text: 'in the end' });
        if (answer.status === 401) await this.renew(client, name);
        return ran(answer) || (server === 'limited' && answer.status === 200);
      }, { seconds: 30, every: 200 }).catch((error) => this.violation(`${name} is stuck in the end: ${error.message}`));
    }
    await this.checkRecords();
    const used = world.runtimes.flatMap(({ requests }) => requests).filter(({ headers, body }) => !headers['x-gateway-access-token'] && body.includes('"limited')).length;
    if (used > LIMIT) this.violation(`${used} calls of ${LIMIT} reached the runtime`);
    this.counts.budget = `${used} of ${LIMIT}`;
    await this.checkTokens();
  }

  async checkRecords() {
    let missing = this.answered;
    await until('the records', async () => {
      const records = [...(await this.world.everyRecord('--kind', 'call', '--server', 'brokered')), ...(await this.world.everyRecord('--kind', 'call', '--server', 'limited'))];
      const known = new Set(records.map(({ arguments: given }) => (typeof given === 'string' ? JSON.parse(given) : given)?.text));
      missing = missing.filter((text) => !known.has(text));
      return missing.length === 0;
    }, { seconds: 30, every: 500 }).catch((error) => this.say(error.message.split('\n')[0]));
    if (missing.length > 0) this.violation(`${missing.length} answered calls are not recorded: ${missing.slice(0, 5)}`);
  }

  /** Each downstream token that a runtime was given belongs to the person who called. */
  async checkTokens() {
    const people = new Map();
    for (const { headers, body } of this.world.runtimes.flatMap(({ requests }) => requests)) {
      const person = /"text":"(alice|bob)\d-/.exec(body)?.[1];
      const token = headers['x-gateway-access-token'];
      if (!person || !token) continue;
      if (people.has(token) && people.get(token) !== person) this.violation(`a token of ${people.get(token)} served ${person}`);
      people.set(token, person);
    }
    this.counts.downstreamTokens = people.size;
  }

  async stop() {
    for (const replica of this.world.replicas ?? []) replica.program?.child.kill('SIGCONT');
    for (const replica of this.world.replicas ?? []) replica.wire?.mend();
    await this.world.stop();
  }
}

const chaos = new Chaos();
try {
  await chaos.start();
  await chaos.run();
} catch (error) {
  chaos.violation(`the run itself failed: ${error.stack}`);
} finally {
  await chaos.stop().catch((error) => console.error(error));
}
console.log(JSON.stringify({ seed, seconds, ...chaos.counts, violations: chaos.violations }, null, 1));
process.exit(chaos.violations.length === 0 && chaos.counts.answered > 0 ? 0 : 1);
