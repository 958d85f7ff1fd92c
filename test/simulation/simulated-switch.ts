import type pg from 'pg';
import { Decision } from '../../ledger/command.js';
import { FencedError } from '../../ledger/fenced-error.js';
import { InvariantError } from '../../ledger/invariant-error.js';
import { Journal } from '../../ledger/journal.js';
import { LedgerNode } from '../../ledger/node.js';
import type { NodeSettings, Taken } from '../../ledger/node-settings.js';
import { Progress } from '../../ledger/projection/progress.js';
import { Projector } from '../../ledger/projection/projector.js';
import { Prover } from '../../ledger/prover.js';
import type { ProofSchedule } from '../../ledger/tenant-prover.js';
import { BatchRing } from '../../switch/batch-ring.js';
import { Counters } from '../../switch/counters.js';
import type { Link } from '../../switch/link.js';
import type { NotHeldLog } from '../../switch/not-held-log.js';
import { Pipeline, type PipelineSettings } from '../../switch/pipeline.js';
import type { RefusalLog } from '../../switch/refusal-log.js';
import { FURNISHING } from './bank.js';
import type { History } from './history.js';
import { FRAME_BYTES, parse, REPLY_BYTES, writeReply } from './message.js';
import { SimulatedClient } from './postgres/client.js';
import { Actor } from './scheduler.js';
import { SwitchConnection } from './switch-connection.js';
import { Line } from './wire.js';

/** Small, so that it is full at times. */
const RING = { count: 4, messages: 6 } as const;
const PARSED_HERE_MAX = 2;
const PARSERS = 2;
const DRAIN_MS = 500;
const DRAIN_POLL_MS = 5;
/** Directory on each switch's disk. */
const SNAPSHOTS = '/snapshots';

export interface SwitchSettings {
  readonly name: string;
  readonly shared: boolean;
  readonly leaseTtlMs: number;
  readonly commitTimeoutMs: number;
  readonly schedule: ProofSchedule;
  readonly projector: { readonly pollMs: number; readonly batchBytes: number };
}

/**
 * One life of a switch's process: the real node, journal, pipeline and ring of batches, put together as
 * `switch/start.ts` does, on a simulated network.
 */
export class SimulatedSwitch {
  readonly actor: Actor;
  readonly settings: SwitchSettings;
  /** Between it and the database. */
  readonly line: Line;
  readonly quarantined: string[] = [];
  /** Which life of the process it is. */
  readonly life: number;
  /** Null until it has started. */
  node: LedgerNode | null = null;
  /** It ended by itself, or was ended; nothing of it runs any more. */
  ended = false;
  readonly #history: History;
  readonly #clients = new Set<SimulatedClient>();
  readonly #connections = new Map<number, SwitchConnection>();
  #ring: BatchRing | null = null;
  #pipeline: Pipeline | null = null;
  #journal: Journal | null = null;
  #prover: Prover | null = null;
  #proving: Promise<void> | null = null;
  readonly #stopProjecting = new AbortController();
  #projecting: Promise<void> | null = null;
  /** Rows that are proved, by index of the tenant. */
  readonly proved: number[] = [];
  /** It reads no more. */
  #stopping = false;

  constructor(history: History, settings: SwitchSettings, life: number) {
    const { random } = history;
    this.#history = history;
    this.settings = settings;
    this.life = life;
    // A clock that starts anywhere, and runs a little fast or slow.
    this.actor = new Actor(settings.name, random.whole(1, 1e6), 1 + (random.next() - 0.5) / 500);
    this.line = new Line(random, [0.05, random.pick([0.5, 0.5, 5])]);
  }

  get label(): string {
    return `${this.settings.name}/${this.life}`;
  }

  /** How often it asked what had become of a commit. */
  get settlements(): number {
    return this.#journal?.settlements ?? 0;
  }

  /** Whether it decides and answers messages. */
  get serving(): boolean {
    return this.#pipeline !== null && !this.ended && !this.#stopping;
  }

  /** Whether everything that it decided is durable and answered. */
  get idle(): boolean {
    return this.#pipeline?.idle ?? true;
  }

  /** Whether it decides messages of that tenant. */
  serves(tenant: number): boolean {
    return this.serving && this.node!.ledger.serves(tenant);
  }

  /**
   * Starts it, as its own actor.
   * @throws whatever keeps a switch from starting; its process ends then
   */
  async start(): Promise<void> {
    const { name, shared, leaseTtlMs, commitTimeoutMs } = this.settings;
    const history = this.#history;
    const session = `holdfast ${name} ${this.life}`;
    const settings: NodeSettings = {
      url: 'simulated',
      session,
      identity: { name, session, leaseTtlMs },
      tenants: history.tenants,
      shared,
      snapshots: SNAPSHOTS,
      fileSystem: history.diskOf(name).seenBy(this.actor),
      revive: async () => {},
      connect: (...asked) => this.#connect(...asked),
      prepare: furnish,
      log: (text, error) => this.#log(text, error),
      say: (about, text) => history.say(() => `${this.label}: ${text} ${JSON.stringify(about)}`),
      onQuarantine: (tenant, error) => {
        this.quarantined.push(tenant.name);
        history.foundWrong(tenant.name, `${this.label}: ${tenant.name} is quarantined: ${error.message}`);
      },
      onChange: () => {},
      onLost: (error) => history.exits(this, error),
    };
    const node = new LedgerNode(settings);
    try {
      await node.start();
      this.#journal = await Journal.open(settings);
    } catch (error) {
      await node.close();
      throw error;
    }
    this.node = node;
    this.#startProver(settings);
    this.#startProjector(settings);
    const ring: BatchRing = new BatchRing({
      shape: { messages: RING.messages, bytes: RING.messages * FRAME_BYTES },
      count: RING.count,
      hereMax: PARSED_HERE_MAX,
      parsing: () => PARSERS,
      parseHere: (batch) => parse(batch, history.messages),
      parse: async (which) => {
        await new Promise((done) => setTimeout(done, 1 + history.random.delay(0, 3)));
        parse(ring.batches[which]!, history.messages);
      },
      onParsed: (batch, which) => pipeline.take(batch, which),
      onRoom: () => this.#resume(),
      onFailure: (error) => history.fail('crash', `a batch could not be parsed: ${error}`),
    });
    // What counts and logs is of no interest here, and a link is what the pipeline uses of it.
    const settingsOfPipeline: PipelineSettings = {
      ring,
      ledger: node.ledger,
      journal: this.#journal,
      counters: new Counters(history.tenants.length),
      refusals: { note: () => {} } as unknown as RefusalLog,
      notHeld: { note: () => {} } as unknown as NotHeldLog,
      connection: (id) => this.#connections.get(id)?.asConnection(),
      links: [link(history) as unknown as Link],
      commitTimeoutMs,
      now: () => node.keeper.clock.now(),
      onFenced: (row) => {
        history.tally.fenced++;
        return node.stepDown(row);
      },
      // No tenant here decides in real time.
      askTenants: () => {},
      onLost: (error) => history.exits(this, error),
    };
    const pipeline = new Pipeline(settingsOfPipeline);
    this.#ring = ring;
    this.#pipeline = pipeline;
    node.answering = pipeline;
    node.listensAt(`${name}:8583`);
  }

  /** A processor's connection was accepted; `send` takes replies to it. */
  accept(id: number, send: (bytes: Buffer) => void): void {
    this.#connections.set(id, new SwitchConnection(send));
  }

  /** A frame came in; what finds no room waits, and so does what comes behind it. */
  receive(id: number, frame: Buffer): void {
    const connection = this.#connections.get(id);
    if (connection === undefined || this.#stopping || this.#ring === null) return;
    if (connection.waiting.length > 0 || !this.#append(id, frame)) connection.waiting.push(frame);
  }

  disconnected(id: number): void {
    this.#connections.delete(id);
  }

  /** Nothing of it happens from now on: the process is killed, or its machine is lost with all that hangs on it. */
  die(how: 'reset' | 'vanished'): void {
    this.ended = true;
    this.actor.dead = true;
    for (const client of this.#clients) client.die(how);
  }

  /** Ends as on a signal: answers what it has read, gives its tenants back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const untilMs = performance.now() + DRAIN_MS;
    while (!(this.#ring!.idle && this.#pipeline!.idle) && performance.now() < untilMs) {
      await new Promise((done) => setTimeout(done, DRAIN_POLL_MS));
    }
    this.#prover!.close();
    this.#stopProjecting.abort();
    await Promise.all([this.#proving, this.#projecting]);
    await this.node!.close();
    this.#pipeline!.stop();
    await this.#journal!.close();
  }

  /** Whether that session of the database's is one of its. */
  owns(session: object): boolean {
    return [...this.#clients].some((client) => client.isOf(session));
  }

  /** Breaks one of its connections to the database. */
  breakClient(how: 'reset' | 'vanished', session?: object): void {
    const open = [...this.#clients].filter((client) => session === undefined || client.isOf(session));
    if (open.length > 0) this.#history.random.pick(open).break(how);
  }

  /** As `switch/start.ts` does, where it is a thread of the same process. */
  #startProver({ url, session = '', tenants, snapshots, fileSystem, log, connect }: NodeSettings): void {
    const { ledger } = this.node!;
    const prover = new Prover({
      hotLoad: () => 0,
      url,
      session,
      tenants,
      connect: connect!,
      schedule: this.settings.schedule,
      snapshots: { directory: snapshots!, fileSystem, log },
      onProgress: (index, { seq }) => {
        this.proved[index] = seq;
      },
      onMismatch: (index, error) => {
        const tenant = ledger.tenants[index];
        if (tenant !== null) ledger.quarantine(index, error);
        else
          this.#history.foundWrong(
            tenants[index]!,
            `${this.label}: ${tenants[index]} is wrong: ${error.message}`,
          );
      },
    });
    this.#prover = prover;
    this.#proving = prover.run();
  }

  /** As {@link #startProver}. */
  #startProjector({ tenants, connect }: NodeSettings): void {
    const { pollMs, batchBytes } = this.settings.projector;
    const projector = new Projector({
      url: 'simulated',
      session: `holdfast-projector ${this.label}`,
      connect: connect!,
      tenants,
      progress: new Progress(new Float64Array(Progress.cellsOf(tenants.length))),
      pollMs,
      batchBytes,
      hotLoad: () => 0,
      log: (text, error) => {
        this.#log(text, error);
        if (error instanceof InvariantError) this.#history.notProjected(`${this.label}: ${text}: ${error}`);
      },
    });
    this.#projecting = projector.run(this.#stopProjecting.signal);
  }

  #log(text: string, error: unknown): void {
    this.#history.say(() => `${this.label}: ${text}${error === null ? '' : `: ${error}`}`);
    if (text.endsWith('is left out')) this.#history.tally.leftOut++;
  }

  async #connect(
    _url: string,
    log: NodeSettings['log'],
    session = 'holdfast',
    queryTimeoutMs = 0,
  ): Promise<pg.Client> {
    const { postgres } = this.#history;
    const client = await SimulatedClient.connect(postgres, this.actor, this.line, session, queryTimeoutMs);
    this.#clients.add(client);
    client.on('error', (error) => log('the connection to the database broke', error));
    client.on('end', () => this.#clients.delete(client));
    return client as unknown as pg.Client;
  }

  #append(id: number, frame: Buffer): boolean {
    return this.#ring!.append(id, 0, frame, 0, frame.length, performance.now());
  }

  #resume(): void {
    for (const [id, { waiting }] of this.#connections) {
      while (waiting.length > 0 && this.#append(id, waiting[0]!)) waiting.shift();
    }
  }
}

/** The link that all processors come in by: its replies are what {@link writeReply} writes. */
function link(history: History): object {
  return {
    config: { name: 'simulated', signOnRequired: false, duplicateWindowHours: history.windowHours },
    framing: { headBytes: 0, tailBytes: 0, transportBytes: 0, finish: () => REPLY_BYTES },
    completion: {
      complete: (
        batch: BatchRing['batches'][number],
        index: number,
        reply: { responseCode: number; approvalCode: number; amount: number },
        out: Buffer,
        at: number,
      ) => writeReply(out, at, idOf(batch, index), reply),
    },
  };
}

function idOf({ frames, columns }: BatchRing['batches'][number], index: number): number {
  const at = columns.frameOffset[index]!;
  return Buffer.from(frames.buffer, frames.byteOffset + at, FRAME_BYTES).readUInt32BE(0);
}

/** Gives a tenant that is new its limits, accounts and cards, as provisioning does, before its first message. */
async function furnish({ ledger, journal, clock, indexes }: Taken): Promise<void> {
  const decision = new Decision();
  for (const index of indexes) {
    const tenant = ledger.tenants[index]!;
    if (tenant.fault !== null || tenant.state.accounts.length > 0) continue;
    for (const command of FURNISHING) ledger.decide(index, command, clock.now(), decision);
    const { rows, at } = ledger.closeGroup();
    if ((await journal.commit(rows, at)).length > 0) throw new FencedError(tenant.name);
  }
}
