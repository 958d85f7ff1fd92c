import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Taken } from '../ledger/node-settings.js';
import { nodeName } from '../ledger/open-ledger.js';
import { BatchParser } from '../parsers/batch-parser.js';
import type { BinRange } from '../parsers/bin-ranges.js';
import { PanTokeniser } from '../parsers/pan-token.js';
import { addDemoKey, demoKey } from '../tenants/api/demo-keys.js';
import { CardTable } from '../tenants/card-table.js';
import { requireTestBins } from '../tenants/demo-cards.js';
import { type Keys, loadKeys } from '../tenants/keys.js';
import { PanCipher } from '../tenants/pan-cipher.js';
import { loadTenants, PERSONAS_DIRECTORY, type Tenant } from '../tenants/tenant.js';
import { proveTokenKey } from '../tenants/token-key-proof.js';
import { BatchRing } from './batch-ring.js';
import type { Config } from './config-schema.js';
import { Counters } from './counters.js';
import { placesOf, requireTenant, snapshotsOf } from './database.js';
import { certificatesOf, DecidingTenants } from './decisions/deciding-tenants.js';
import { startHeartbeat } from './heartbeat.js';
import { HttpServer } from './http-server.js';
import { LedgerChannel } from './ledger-channel.js';
import { type Link, openLink } from './link.js';
import { Listeners } from './listener.js';
import { NotHeldLog } from './not-held-log.js';
import { networksOf } from './outbound-networks.js';
import { ParserPool } from './parser-pool.js';
import { Pipeline } from './pipeline.js';
import { provision } from './provision.js';
import { RefusalLog } from './refusal-log.js';
import { Running } from './running.js';
import type { ServingDatabase } from './serving-database.js';
import { ServingDatabases } from './serving-databases.js';
import { tenantRates } from './tenant-rates.js';

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
  /** The databases that were there at its start, or came later. */
  readonly databases: readonly ServingDatabase[];
  /** Whether it decides messages of a tenant, by its index. */
  serves(tenant: number): boolean;
  /** What start-up replayed. */
  readonly replayed: { readonly commands: number; readonly seconds: number };
  /** Resolves with the reason when the switch can't go on: all of its tenants were taken over by others. */
  readonly lost: Promise<unknown>;
  /** Drains and stops everything: no new frames, what is in flight answered, then the rest. */
  stop(): Promise<void>;
  /** Stops everything at once, without an answer to anybody. */
  abandon(): Promise<void>;
}

/**
 * Starts the whole switch.
 * @param signal gives a start up that is under way
 * @param now the time by which the ledger decides, in ms since 1970; the clock of the database when absent
 * @throws with nothing left running, whatever can't be had: a port, the database, the keys, a tenant's document;
 * the signal's reason when it was given up
 */
export async function startSwitch(
  config: Config,
  log: Logger,
  signal: AbortSignal,
  now?: () => number,
): Promise<RunningSwitch> {
  const running = new Running(signal);
  const givenUp = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const starting = start(config, log, running, signal, now);
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

async function start(
  config: Config,
  log: Logger,
  running: Running,
  signal: AbortSignal,
  now: (() => number) | undefined,
): Promise<RunningSwitch> {
  await mkdir(config.dataDirectory, { recursive: true });
  const tenants = await loadTenants(config.tenantsDirectory ?? PERSONAS_DIRECTORY);
  const names = tenants.map(({ name }) => name);
  for (const name of config.tenants ?? []) requireTenant(name, names, 'tenants');
  const places = placesOf(config, names);
  if (config.demo) for (const tenant of tenants) requireTestBins(tenant);
  // Before anything is opened: a rate that can't be used is a mistake in a document.
  for (const tenant of tenants) tenantRates(tenant);
  const links = await Promise.all(config.links.map(openLink));
  const certificates = await certificatesOf(config);
  const keys = await loadKeys(config.dataDirectory, config.keysFile);
  const counters = new Counters(tenants.length, places.length);
  running.add(startHeartbeat(counters));

  const node = config.node ?? nodeName();
  const channel = new LedgerChannel(config.demo);
  const http = await HttpServer.start({
    data: {
      ...config.http,
      counters: counters.shared,
      tenants: tenants.map(({ index: _, ...document }) => {
        const { name, bins, currency, channels } = document;
        const database = places.findIndex((place) => place.tenants.includes(name));
        return { name, bins, currency, channels, database, document };
      }),
      databases: places.map(({ name, tenants: own }) => ({ name, tenants: own })),
      node,
      keys,
      environment: config.demo ? 'test' : 'live',
      sandbox: config.demo ? links.map(({ config, dialect: { dialect } }) => ({ config, dialect })) : [],
      networks: networksOf(config),
      pollMs: config.webhooks.pollMs,
      snapshots: snapshotsOf(config, log).directory,
    },
    ledger: channel,
    onFailure: (err) => log.error({ err }, 'the HTTP thread failed'),
    onRequestFailed: (err) => log.error({ err }, 'the API failed at something'),
  });
  running.add(() => http.server.stop());

  let lose: (reason: unknown) => void = () => {};
  const lost = new Promise<unknown>((resolve) => {
    lose = resolve;
  });
  let stopping = false;
  const onLost = (error: unknown) => {
    if (stopping) return;
    counters.mode = 'fenced';
    for (const database of databases.open) database.lose();
    lose(error);
  };
  const databases = new ServingDatabases(places, {
    config,
    keys,
    log,
    tenants: names,
    node,
    counters,
    signal,
    now,
    prepare: (taken) => provisionTenants(config, tenants, keys, taken, now),
    onOpen: (place, database) => {
      database.node.answering = pipeline;
      pipeline.open(place, database.lane);
      deciding.open(place, database.journals);
      tellDatabases();
    },
    onChange: () => tellHolders(),
    onLost,
  });
  running.add(() => databases.stop());
  const deciding = new DecidingTenants({
    certificates,
    networks: networksOf(config),
    keys,
    log,
    placeOf: databases.laneOf,
    pipeline: () => pipeline,
  });
  running.add(() => deciding.stop());
  running.add(() => http.server.leaveDatabases());
  const tellHolders = () => {
    for (const index of names.keys()) counters.epochs[index] = databases.epoch(index);
    const holders = names.map((_, index) => databases.holder(index));
    http.server.tell({ kind: 'holders', holders });
  };
  const tellDatabases = () => {
    http.server.tell({ kind: 'databases', databases: databases.connections });
    tellHolders();
  };

  const { ring, pool } = parsers(config, links, tenants, keys, counters, log, {
    onParsed: (batch, which) => pipeline.take(batch, which),
    onRoom: () => listeners.resume(),
  });
  running.add(() => pool.stop());
  await pool.ready();
  const { writeBacklogBytesMax, writeBacklogMsMax } = config;
  const listeners = new Listeners({ links, ring, counters, log, writeBacklogBytesMax, writeBacklogMsMax });
  const pipeline = new Pipeline({
    ring,
    lanes: places.length,
    laneOf: databases.laneOf,
    counters,
    refusals: new RefusalLog(
      counters,
      log,
      links.map(({ config: { name } }) => name),
    ),
    notHeld: new NotHeldLog(counters, log, names, (index) => databases.holder(index)),
    connection: (id) => listeners.connection(id),
    links,
    commitTimeoutMs: config.commitTimeoutMs,
    askTenants: (asked) => deciding.ask(asked),
    onLost,
  });
  running.add(() => pipeline.stop());
  await databases.start();
  channel.open(pipeline);
  running.add(() => channel.close());
  running.add(() => listeners.end(0));
  const ports = await listeners.listen();
  http.server.tell({ kind: 'links', ports });
  databases.listenAt(`${reachable(config.links[0].host)}:${ports[0]}`);
  tellHolders();
  counters.mode = databases.serving ? 'ready' : 'standby';

  const abandon = async (): Promise<void> => {
    stopping = true;
    await running.stop();
  };
  const stop = async (): Promise<void> => {
    counters.mode = 'draining';
    channel.close();
    listeners.stopReading();
    const untilMs = performance.now() + config.drainMs;
    while (!(ring.idle && pipeline.idle && !listeners.full) && performance.now() < untilMs) {
      await delay(DRAIN_POLL_MS);
    }
    const drained = ring.idle && pipeline.idle;
    if (!drained) log.error('not everything could be made durable before the stop');
    // A standby need not wait until the processors have taken their last replies.
    await databases.giveBack();
    await listeners.end(END_MS);
    await abandon();
  };
  const { replayed } = databases;
  return {
    ports,
    httpPort: http.port,
    tenants,
    databases: databases.open,
    serves: (tenant) => databases.serves(tenant),
    replayed,
    lost,
    stop,
    abandon,
  };
}

/** The host under which others reach what listens on `host`. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? hostname() : host;
}

async function provisionTenants(
  config: Config,
  tenants: readonly Tenant[],
  keys: Keys,
  { ledger, journal, client, clock, indexes }: Taken,
  now: (() => number) | undefined,
): Promise<void> {
  await proveTokenKey(client, keys);
  await provision({
    tenants: indexes.map((index) => tenants[index]!),
    operator: tenants.find(({ programme }) => programme !== undefined),
    ledger,
    journal,
    cards: new CardTable(client, new PanCipher(keys), keys.tokenVersion),
    tokeniser: new PanTokeniser(keys.tokenKey),
    demoCardsPerTenant: config.demo ? config.cardsPerTenant : 0,
    now: now ?? (() => clock.now()),
  });
  if (!config.demo) return;
  for (const { name, lease } of ledger.tenants.filter((tenant) => tenant !== null)) {
    await addDemoKey(client, demoKey(keys.tokenKey, name), lease.tenant);
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
    links: links.map(({ dialect, framing: { transportBytes }, config: { messageKey } }) => ({
      dialect: dialect.dialect,
      transportBytes,
      messageKey,
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
