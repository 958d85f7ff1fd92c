import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { writeGenerousTenants } from '../../benchmarks/generous-tenants.js';
import { askTakeover } from '../../ledger/ask-takeover.js';
import { connect } from '../../ledger/journal.js';
import { verify } from '../../ledger/verify.js';
import type { ListedCard } from '../../switch/demo-cards.js';
import { SeededRandom } from '../../switch/load/random.js';
import { PERSONAS_DIRECTORY } from '../../tenants/tenant.js';
import { FailoverLoad } from './failover-load.js';
import { Recorded } from './recorded.js';
import { databaseUrl, listCards, newDataDirectory, type Scope, SwitchProcess } from './switch-process.js';

/** What happens to the writer, or to the database. */
export const FAULTS = ['kill', 'stop', 'postgres', 'handover'] as const;
export type Fault = (typeof FAULTS)[number];

export interface TakeoverOptions {
  /** One after the other. */
  readonly faults: readonly Fault[];
  /** Authorisations a second. */
  readonly rate: number;
  readonly seed: number;
  readonly leaseTtlMs: number;
  /** Told a line for each round. */
  readonly log: (line: string) => void;
}

/** What one fault did. */
export interface Round {
  readonly fault: Fault;
  /** From the fault until an approval was heard of a message that was sent after it, in ms. */
  readonly outageMs: number;
  /** How the leases ended that were taken over; '' where none was. */
  readonly reason: string;
  /** From a lease being free (lapsed, or released) until its tenant was served; null where nobody can tell. */
  readonly freeMs: number | null;
  /** The part of that from the lease being taken. */
  readonly serveMs: number | null;
}

export interface TakeoverReport {
  readonly rounds: readonly Round[];
  readonly sent: number;
  readonly approved: number;
  /** Authorisations that were not decided in the end: answered 91, and undone. */
  readonly undecided: number;
  /** What must not be; none where all is well. */
  readonly violations: readonly string[];
}

const ACQUIRER = 12_345_678_901;
const NAMES = ['a', 'b'] as const;
/** Load before a fault, at least and at most. */
const BEFORE_MS = [300, 1500] as const;
/** How long one that was stopped stands still after it was taken over. */
const STILL_MS_MAX = 500;
const POLL_MS = 10;
const DEADLINE_MS = 30_000;
const APPROVED = '00';

/**
 * A writer and a standby on one database, under load, and one fault after the other: kill -9 or SIGSTOP of the writer, an end of
 * the database, a hand-over. In the end every approval that was heard must be in the journal, once, and nothing else.
 */
export async function runTakeovers(scope: Scope, options: TakeoverOptions): Promise<TakeoverReport> {
  const pair = await Pair.start(scope, options);
  try {
    return await pair.run();
  } finally {
    pair.load.close();
  }
}

class Pair {
  readonly load: FailoverLoad;
  readonly #options: TakeoverOptions;
  readonly #scope: Scope;
  readonly #random: SeededRandom;
  readonly #dataDirectory: string;
  readonly #tenantsDirectory: string;
  readonly #cards: readonly ListedCard[];
  readonly #nodes: [SwitchProcess, SwitchProcess];
  readonly #url: string;

  private constructor(
    scope: Scope,
    options: TakeoverOptions,
    place: { dataDirectory: string; tenantsDirectory: string; url: string },
    nodes: [SwitchProcess, SwitchProcess],
    cards: readonly ListedCard[],
  ) {
    this.#scope = scope;
    this.#options = options;
    this.#dataDirectory = place.dataDirectory;
    this.#tenantsDirectory = place.tenantsDirectory;
    this.#url = place.url;
    this.#nodes = nodes;
    this.#cards = cards;
    this.#random = new SeededRandom(options.seed);
    const ports = [nodes[0].port, nodes[1].port] as const;
    this.load = new FailoverLoad(cards, ACQUIRER, options.seed, options.rate, ports);
  }

  static async start(scope: Scope, options: TakeoverOptions): Promise<Pair> {
    const dataDirectory = await newDataDirectory(scope);
    const tenantsDirectory = join(dataDirectory, 'tenants');
    await mkdir(tenantsDirectory, { recursive: true });
    await writeGenerousTenants(PERSONAS_DIRECTORY, tenantsDirectory);
    const { leaseTtlMs } = options;
    const settings = { dataDirectory, tenantsDirectory, leaseTtlMs, commitTimeoutMs: 1000 };
    const writer = await SwitchProcess.start(scope, { ...settings, node: NAMES[0] });
    const standby = await SwitchProcess.start(scope, { ...settings, node: NAMES[1] });
    const cards = await listCards({ dataDirectory });
    const url = await databaseUrl(dataDirectory);
    return new Pair(scope, options, { dataDirectory, tenantsDirectory, url }, [writer, standby], cards);
  }

  async run(): Promise<TakeoverReport> {
    const { faults, log } = this.#options;
    this.load.start();
    const rounds: Round[] = [];
    for (const [index, fault] of faults.entries()) {
      await delay(BEFORE_MS[0] + this.#random.below(BEFORE_MS[1] - BEFORE_MS[0]));
      const round = await this.#round(fault, await this.#writer());
      rounds.push(round);
      log(
        `${index + 1}. ${fault}: approvals again after ${round.outageMs.toFixed(0)} ms${tenureText(round)}`,
      );
    }
    await this.load.settle();
    const { sent } = this.load;
    return {
      rounds,
      sent: sent.length,
      approved: sent.filter(({ code }) => code === APPROVED).length,
      undecided: sent.filter(({ code }) => code === '').length,
      violations: await this.#violations(),
    };
  }

  async #round(fault: Fault, writer: 0 | 1): Promise<Round> {
    const node = this.#nodes[writer];
    const faultAt = performance.now();
    const outage = async () => {
      let approvedAt: number | null = null;
      void this.load.approvedFromNow().then((at) => {
        approvedAt = at;
      });
      await this.#until('approvals are heard again', async () => approvedAt !== null);
      return approvedAt! - faultAt;
    };
    switch (fault) {
      case 'kill': {
        node.signal('SIGKILL');
        const outageMs = await outage();
        await this.#allAt(other(writer));
        await node.ended;
        this.#nodes[writer] = await this.#start(NAMES[writer]);
        this.load.moved(writer, this.#nodes[writer].port);
        return { fault, outageMs, ...(await this.#tenure()) };
      }
      case 'stop': {
        node.signal('SIGSTOP');
        const outageMs = await outage();
        await this.#allAt(other(writer));
        const tenure = await this.#tenure();
        await delay(this.#random.below(STILL_MS_MAX));
        node.signal('SIGCONT');
        await this.#until('it has stepped down', async () => (await node.held()).length === 0);
        return { fault, outageMs, ...tenure };
      }
      case 'postgres': {
        const postmaster = await this.#postmaster();
        process.kill(postmaster, this.#random.next() < 0.5 ? 'SIGKILL' : 'SIGINT');
        await this.#until(
          'another server runs',
          async () => (await this.#postmaster(postmaster)) !== postmaster,
        );
        const outageMs = await outage();
        await this.#gather();
        return { fault, outageMs, reason: '', freeMs: null, serveMs: null };
      }
      case 'handover': {
        const approved = outage();
        await this.#handOver(await node.held(), NAMES[other(writer)]);
        const tenure = await this.#tenure();
        return { fault, outageMs: await approved, ...tenure };
      }
    }
  }

  #start(node: string): Promise<SwitchProcess> {
    const { leaseTtlMs } = this.#options;
    const [dataDirectory, tenantsDirectory] = [this.#dataDirectory, this.#tenantsDirectory];
    return SwitchProcess.start(this.#scope, {
      dataDirectory,
      tenantsDirectory,
      leaseTtlMs,
      node,
      commitTimeoutMs: 1000,
    });
  }

  /** The node that holds all tenants; returns when one does. */
  async #writer(): Promise<0 | 1> {
    let writer: 0 | 1 = 0;
    await this.#until('one node holds all tenants', async () => {
      for (const which of [0, 1] as const) {
        if ((await this.#nodes[which].held()).length !== this.#tenants) continue;
        writer = which;
        return true;
      }
      return false;
    });
    return writer;
  }

  get #tenants(): number {
    return new Set(this.#cards.map(({ tenant }) => tenant)).size;
  }

  async #allAt(which: 0 | 1): Promise<void> {
    await this.#until('the other holds all tenants', async () => {
      return (await this.#nodes[which].held()).length === this.#tenants;
    });
  }

  /** After a database came back both may have some: the one with most gets the rest. */
  async #gather(): Promise<void> {
    let held: string[][] = [];
    await this.#until('every tenant is held', async () => {
      held = await Promise.all(this.#nodes.map((node) => node.held()));
      return held.flat().length === this.#tenants;
    });
    const [a, b] = held as [string[], string[]];
    if (a.length >= b.length) await this.#handOver(b, NAMES[0]);
    else await this.#handOver(a, NAMES[1]);
  }

  async #handOver(tenants: readonly string[], to: string): Promise<void> {
    if (tenants.length === 0) return;
    const client = await this.#connected();
    try {
      for (const tenant of tenants) await askTakeover(client, tenant, to, DEADLINE_MS);
    } catch (cause) {
      throw new Error(`${tenants} can't be handed over to ${to}\n${this.#logs()}`, { cause });
    } finally {
      await client.end();
    }
  }

  /** How the tenants came to their present holder, by the database; the slowest of them counts. */
  async #tenure(): Promise<Pick<Round, 'reason' | 'freeMs' | 'serveMs'>> {
    const client = await this.#connected();
    try {
      let tenure: (Pick<Round, 'reason' | 'freeMs' | 'serveMs'> & { unserved: number }) | undefined;
      await this.#until('it is written down when they were served', async () => {
        tenure = (
          await client.query(
            `SELECT string_agg(DISTINCT reason, ', ') AS reason,
               max(extract(epoch FROM serving_at - free_at) * 1000)::float8 AS "freeMs",
               max(extract(epoch FROM serving_at - n.taken_at) * 1000)::float8 AS "serveMs",
               count(*) FILTER (WHERE serving_at IS NULL)::int AS unserved
             FROM holdfast.tenure n JOIN holdfast.lease USING (tenant, epoch)`,
          )
        ).rows[0];
        return tenure!.unserved === 0;
      });
      const { reason, freeMs, serveMs } = tenure!;
      return { reason, freeMs, serveMs };
    } finally {
      await client.end();
    }
  }

  /** A connection to a database that may be coming back. */
  async #connected(): Promise<pg.Client> {
    let client: pg.Client | undefined;
    await this.#until('the database accepts a connection', async () => {
      try {
        client = await connect(this.#url, () => {});
        return true;
      } catch {
        // It shuts down, or starts.
        return false;
      }
    });
    return client!;
  }

  /** The number of the server's process; `before` while none runs. */
  async #postmaster(before = 0): Promise<number> {
    const home = await realpath(join(this.#dataDirectory, 'postgres'));
    const file = join(home, 'data', 'postmaster.pid');
    // There is none while no server runs.
    const text = await readFile(file, 'utf8').catch(() => '');
    return text === '' ? before : Number.parseInt(text, 10);
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!(await isSo())) {
      if (performance.now() < deadline) {
        await delay(POLL_MS);
        continue;
      }
      throw new Error(`not within ${DEADLINE_MS} ms: ${what}\n${this.#logs()}`);
    }
  }

  #logs(): string {
    return this.#nodes.map(({ stderr }, which) => `${NAMES[which]}:\n${stderr.slice(-8000)}`).join('\n');
  }

  /** Whether what was heard is what the journal says, and what the cards have left. */
  async #violations(): Promise<string[]> {
    const wrong = [...this.load.faults];
    const recorded = await Recorded.read(this.#url);
    const left = new Map(this.#cards.map(({ pan, available }) => [pan, available]));
    for (const [seq, { card, amount, dateTime, code, approval }] of this.load.sent.entries()) {
      const entry = recorded.authorisation(seq % 1_000_000, dateTime, ACQUIRER);
      const said = `DE37 ${seq}, answered ${code} ${approval}, in the journal ${JSON.stringify(entry)}`;
      if (entry !== undefined && entry.times > 1) wrong.push(`doubled: ${said}`);
      if (code === '') {
        if (entry !== undefined && !entry.voided) wrong.push(`decided, and never told: ${said}`);
        continue;
      }
      if (entry === undefined || entry.voided) wrong.push(`lost: ${said}`);
      else if (entry.answer.code !== code || entry.answer.approval !== approval)
        wrong.push(`changed: ${said}`);
      const { pan } = this.#cards[card]!;
      if (code === APPROVED) left.set(pan, left.get(pan)! - amount);
    }
    for (const { tenant, pan, available } of await listCards({ dataDirectory: this.#dataDirectory })) {
      if (available !== left.get(pan)) {
        wrong.push(
          `card …${pan.slice(-4)} of ${tenant} has ${available} left, by what was heard ${left.get(pan)}`,
        );
      }
    }
    const client = await this.#connected();
    try {
      for await (const { tenant, fault } of verify(client)) {
        if (fault !== null) wrong.push(`the journal of ${tenant} is not proved: ${fault}`);
      }
    } finally {
      await client.end();
    }
    return wrong;
  }
}

function tenureText({ reason, freeMs, serveMs }: Round): string {
  if (serveMs === null) return '';
  const free = freeMs === null ? '' : `served ${freeMs.toFixed(0)} ms after that, `;
  return `; ${reason}, ${free}${serveMs.toFixed(0)} ms after it was taken`;
}

function other(which: 0 | 1): 0 | 1 {
  return which === 0 ? 1 : 0;
}
