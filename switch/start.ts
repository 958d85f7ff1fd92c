import { mkdir } from 'node:fs/promises';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { connect } from '../ledger/journal.js';
import { type OpenLedger, openLedger } from '../ledger/open-ledger.js';
import { BatchParser } from '../parsers/batch-parser.js';
import type { BinRange } from '../parsers/bin-ranges.js';
import { PanTokeniser } from '../parsers/pan-token.js';
import { CardTable } from '../tenants/card-table.js';
import { requireTestBins } from '../tenants/demo-cards.js';
import { type Keys, loadKeys } from '../tenants/keys.js';
import { PanCipher } from '../tenants/pan-cipher.js';
import { loadTenants, PERSONAS_DIRECTORY, type Tenant } from '../tenants/tenant.js';
import { proveTokenKey } from '../tenants/token-key-proof.js';
import { BatchRing } from './batch-ring.js';
import type { Config } from './config-schema.js';
import { Counters } from './counters.js';
import { type Database, openDatabase } from './database.js';
import { HttpServer } from './http-server.js';
import { type Link, openLink } from './link.js';
import { Listeners } from './listener.js';
import { ParserPool } from './parser-pool.js';
import { Pipeline } from './pipeline.js';
import { provision } from './provision.js';
import { RefusalLog } from './refusal-log.js';

const HEARTBEAT_MS = 100;
const LOOP_RESOLUTION_MS = 10;
/** Messages of a batch that is parsed on the hot thread; measured in `docs/benchmarks.md`. */
const PARSED_HERE_MAX = 4;
const DRAIN_POLL_MS = 5;
/** For connections to take their last replies and go. */
const END_MS = 500;

/** A switch that runs. */
export interface RunningSwitch {
  /** Ports that the links listen on, in their order. */
  readonly ports: readonly number[];
  readonly httpPort: number;
  readonly tenants: readonly Tenant[];
  /** What start-up replayed. */
  readonly replayed: { readonly commands: number; readonly seconds: number };
  /** Resolves with the reason when the switch can't go on: its journal was taken over by another. */
  readonly lost: Promise<unknown>;
  /** Drains and stops everything: no new frames, what is in flight answered, then the rest. */
  stop(): Promise<void>;
  /** Stops everything at once, without an answer to anybody. */
  abandon(): Promise<void>;
}

/**
 * Starts the whole switch.
 * @param signal gives a start up that is under way
 * @throws with nothing left running, whatever can't be had: a port, the database, the keys, a tenant's document;
 * the signal's reason when it was given up
 */
export async function startSwitch(config: Config, log: Logger, signal: AbortSignal): Promise<RunningSwitch> {
  const running = new Running(signal);
  const givenUp = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const starting = start(config, log, running);
  try {
    return await Promise.race([starting, givenUp]);
  } catch (error) {
    // Where it was given up, what already runs is pulled from under the step that is under way, which ends by it.
    await running.stop();
    await Promise.allSettled([starting]);
    await running.stop();
    throw error;
  }
}

type Stop = () => Promise<void> | void;

/** What a switch has running, to be stopped the other way round. */
class Running {
  readonly #signal: AbortSignal;
  readonly #stops: Stop[] = [];

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws the signal's reason when the start was given up meanwhile */
  add(stop: Stop): void {
    this.#stops.push(stop);
    this.#signal.throwIfAborted();
  }

  async stop(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop();
  }
}

async function start(config: Config, log: Logger, running: Running): Promise<RunningSwitch> {
  await mkdir(config.dataDirectory, { recursive: true });
  const tenants = await loadTenants(config.tenantsDirectory ?? PERSONAS_DIRECTORY);
  if (config.demo) for (const tenant of tenants) requireTestBins(tenant);
  const links = await Promise.all(config.links.map(openLink));
  const keys = await loadKeys(config.dataDirectory, config.keysFile);
  const counters = new Counters(tenants.length);
  const delays = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delays.enable();
  const heart = setInterval(() => beat(counters, delays), HEARTBEAT_MS);
  running.add(() => {
    clearInterval(heart);
    delays.disable();
  });
  beat(counters, delays);

  const names = tenants.map(({ name }) => name);
  const http = await HttpServer.start({ ...config.http, counters: counters.shared, tenants: names }, (err) =>
    log.error({ err }, 'the HTTP thread failed'),
  );
  running.add(() => http.server.stop());

  const database = await openDatabase(config, log);
  // A server that ran before is another switch's until the journal is ours; any is, once the journal is lost.
  let letDatabaseGo = () => database.leave();
  running.add(() => letDatabaseGo());
  const opened = await open(database, names, counters, log);
  const { ledger, journal } = opened;
  letDatabaseGo = () => database.stop();
  running.add(() => journal.close());
  await provisionTenants(config, tenants, keys, database, opened, log);

  const { ring, pool } = parsers(config, links, tenants, keys, counters, log, {
    onParsed: (batch, which) => pipeline.take(batch, which),
    onRoom: () => listeners.resume(),
  });
  running.add(() => pool.stop());
  await pool.ready();
  const { writeBacklogBytesMax, writeBacklogMsMax } = config;
  const listeners = new Listeners({ links, ring, counters, log, writeBacklogBytesMax, writeBacklogMsMax });
  let lose: (reason: unknown) => void = () => {};
  const lost = new Promise<unknown>((resolve) => {
    lose = resolve;
  });
  let stopping = false;
  const pipeline = new Pipeline({
    ring,
    ledger,
    journal,
    counters,
    refusals: new RefusalLog(
      counters,
      log,
      links.map(({ config: { name } }) => name),
    ),
    connection: (id) => listeners.connection(id),
    links,
    commitTimeoutMs: config.commitTimeoutMs,
    onLost: (error) => {
      if (stopping) return;
      counters.mode = 'fenced';
      letDatabaseGo = async () => {};
      lose(error);
    },
  });
  running.add(() => pipeline.stop());
  running.add(() => listeners.end(0));
  const ports = await listeners.listen();
  counters.mode = 'ready';

  const abandon = async (): Promise<void> => {
    stopping = true;
    await running.stop();
  };
  const stop = async (): Promise<void> => {
    counters.mode = 'draining';
    listeners.stopReading();
    const untilMs = performance.now() + config.drainMs;
    while (!(ring.idle && pipeline.idle && !listeners.full) && performance.now() < untilMs) {
      await delay(DRAIN_POLL_MS);
    }
    const drained = ring.idle && pipeline.idle;
    if (!drained) log.error('not everything could be made durable before the stop');
    await listeners.end(END_MS);
    await abandon();
  };
  const { commands, seconds } = opened;
  return { ports, httpPort: http.port, tenants, replayed: { commands, seconds }, lost, stop, abandon };
}

function beat(counters: Counters, delays: IntervalHistogram): void {
  counters.set('heartbeatAt', Date.now());
  // The histogram is of the times between two ticks, so without any delay each is the resolution.
  const delayUs = (ns: number) => Math.max(0, ns / 1000 - 1000 * LOOP_RESOLUTION_MS);
  counters.set('eventLoopDelayP50', delayUs(delays.percentile(50)));
  counters.set('eventLoopDelayP99', delayUs(delays.percentile(99)));
  counters.set('eventLoopDelayMax', delayUs(delays.max));
}

function open(
  database: Database,
  tenants: readonly string[],
  counters: Counters,
  log: Logger,
): Promise<OpenLedger> {
  return openLedger({
    url: database.url,
    revive: () => database.revive(),
    log: (text, err) => log.error({ err }, text),
    tenants,
    onQuarantine: ({ name }, err) => {
      counters.add('quarantined', 1);
      log.fatal({ tenant: name, err }, 'tenant quarantined: its ledger broke an invariant');
    },
  });
}

async function provisionTenants(
  config: Config,
  tenants: readonly Tenant[],
  keys: Keys,
  database: Database,
  { ledger, journal }: OpenLedger,
  log: Logger,
): Promise<void> {
  const client = await connect(database.url, (text, err) => log.error({ err }, text));
  try {
    await proveTokenKey(client, keys);
    await provision({
      tenants,
      ledger,
      journal,
      cards: new CardTable(client, new PanCipher(keys), keys.tokenVersion),
      tokeniser: new PanTokeniser(keys.tokenKey),
      demoCardsPerTenant: config.demo ? config.cardsPerTenant : 0,
    });
  } finally {
    await client.end();
  }
}

function parsers(
  config: Config,
  links: readonly Link[],
  tenants: readonly Tenant[],
  keys: Keys,
  counters: Counters,
  log: Logger,
  on: { onParsed: (batch: BatchRing['batches'][number], which: number) => void; onRoom: () => void },
): { ring: BatchRing; pool: ParserPool } {
  const { count, messages, bytes } = config.batch;
  const shape = { messages, bytes };
  let pool: ParserPool;
  const ring: BatchRing = new BatchRing({
    shape,
    count,
    parse: (which: number) => pool.parse(which),
    parseHere: (batch) => parser.parse(batch),
    hereMax: PARSED_HERE_MAX,
    parsing: () => pool.capacity,
    ...on,
    onFailure: (err, givenUp) => {
      counters.add('parserFailures', 1);
      log.error({ err }, givenUp ? 'a batch could not be parsed; it is dropped' : 'a parser thread died');
    },
  });
  const settings = {
    links: links.map(({ dialect, framing: { transportBytes } }) => ({
      dialect: dialect.dialect,
      transportBytes,
    })),
    bins: binsOf(tenants),
    tokenKey: keys.tokenKey,
  };
  const parser = new BatchParser(settings);
  const batches = ring.batches.map((batch) => batch.shared);
  pool = new ParserPool(config.parserThreads, { ...settings, shape, batches });
  return { ring, pool };
}

function binsOf(tenants: readonly Tenant[]): BinRange[] {
  return tenants.flatMap(({ bins, index }) =>
    bins.map(([low, high]) => ({ low: Number(low), high: Number(high), tenant: index })),
  );
}
