import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ArchiveFiles } from '../archive-files.js';
import { goodbye } from '../goodbye.js';
import { InvariantError } from '../invariant-error.js';
import { ANSWER_MS, connect, type JournalSettings } from '../journal.js';
import { Rest } from '../rest.js';
import { beginProjection, type ProjectionSources } from './begin.js';
import { JournalBatches } from './journal-batches.js';
import { type Lag, readLag } from './lag.js';
import { type Loaded, Loader, PositionMovedError } from './load.js';
import type { Progress } from './progress.js';
import type { TenantProjection } from './tenant-projection.js';

/** First key of the advisory locks of those who project; the second is the tenant. */
export const PROJECTOR_LOCK = 0x686f6c72;
const SESSION = 'holdfast-projector';
/** How often tenants are tried that somebody else projects. */
const LOCK_MS = 1000;
/** Between attempts to reach the database: twice as long each time. */
const RECONNECT_MS_FIRST = 50;
const RECONNECT_MS_MAX = 5000;
/** For a tenant whose batch the database refused. */
const RETRY_MS = 1000;
/** For a tenant whose journal or tables are wrong: until a person did something about it. */
const FAULT_RETRY_MS = 60_000;

export interface ProjectorSettings {
  readonly url: string;
  /** `application_name` of its connection; `holdfast-projector` when absent. */
  readonly session?: string;
  /** How its connection is made; by {@link connect} when absent. */
  readonly connect?: JournalSettings['connect'];
  /** Names of the tenants, by their index in `progress`. */
  readonly tenants: readonly string[];
  readonly progress: Pick<Progress, 'set'>;
  /** How long to wait, in ms, when there was nothing to do. */
  readonly pollMs: number;
  /** Bytes of journal that are loaded in one transaction; more only where a single row has more. */
  readonly batchBytes: number;
  /** How busy the thread is that answers cards, from 0 to 1. */
  readonly hotLoad: () => number;
  readonly log: (text: string, error: unknown) => void;
  /** Directories of snapshots, to begin at, and of archived partitions, to fill empty tables from. */
  readonly snapshots?: string | undefined;
  readonly archive?: string | undefined;
}

/** Rows that a tenant may lack and get a larger part of a batch for each. */
const WEIGHT_MAX = 100;
/**
 * See {@link Rest}: most of the work is the server's, which gives way to nobody, so that it is less than a hundredth of all
 * time in which answers could be late by it.
 */
const REST_TIMES_MAX = 400;
const SHORTER_MAX = 16;

/** What the projector has of a tenant. */
interface Projected {
  readonly index: number;
  /** Absent until it is ours to project, and after it turned out to be wrong. */
  projection: TenantProjection | null;
  /** Of its journal, behind what is in the projection. */
  batches: JournalBatches | null;
  /** Whether this session has the tenant's lock. */
  locked: boolean;
  /** Not to be tried before, in ms of `performance.now`. */
  waitsUntil: number;
}

/** A connection, with what was set up on it. */
interface Session {
  readonly client: pg.Client;
  readonly loader: Loader;
}

/**
 * Fills the read model from the journals, tenant by tenant the rows that it lacks. A tenant is projected by one
 * session at a time, under a lock; and where the tables stand is decided by the database alone, so that whatever
 * breaks, each row of the journal is in the tables once.
 */
export class Projector {
  readonly #settings: ProjectorSettings;
  readonly #rest: Rest;
  readonly #tenants: ReadonlyMap<string, Projected>;
  readonly #sources: ProjectionSources;
  #session: Session | null = null;
  #lockAt = 0;

  constructor(settings: ProjectorSettings) {
    this.#settings = settings;
    this.#rest = new Rest({ hotLoad: settings.hotLoad, timesMax: REST_TIMES_MAX, shorterMax: SHORTER_MAX });
    const { snapshots, archive, log } = settings;
    this.#sources = {
      snapshots: snapshots === undefined ? undefined : { directory: snapshots, log },
      archive: archive === undefined ? null : new ArchiveFiles(archive),
    };
    this.#tenants = new Map(
      settings.tenants.map((name, index) => [
        name,
        { index, projection: null, batches: null, locked: false, waitsUntil: 0 },
      ]),
    );
  }

  /** Projects until it is aborted; what fails is logged, and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    let reconnectMs = RECONNECT_MS_FIRST;
    while (!signal.aborted) {
      try {
        this.#session ??= await this.#connect();
        const startedAt = performance.now();
        const loaded = await this.#turn(this.#session, signal);
        const rest = this.#rest.after(performance.now() - startedAt);
        reconnectMs = RECONNECT_MS_FIRST;
        await pause(loaded ? rest : this.#settings.pollMs, signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#settings.log('the read model can not be filled now', error);
        await this.#disconnect();
        await pause(reconnectMs, signal);
        reconnectMs = Math.min(2 * reconnectMs, RECONNECT_MS_MAX);
      }
    }
    await this.#disconnect();
  }

  /** Looks where everything stands, and loads a batch of what the tables lack; false when they lack nothing. */
  async #turn(session: Session, signal: AbortSignal): Promise<boolean> {
    const now = Date.now();
    const lags = await readLag(session.client, this.#settings.tenants);
    await this.#lock(session.client, lags);
    const batchBytes = this.#rest.portion(this.#settings.batchBytes);
    const weights = lags.reduce((sum, lag) => sum + weightOf(lag), 0);
    const batches: Batch[] = [];
    for (const lag of lags) {
      const tenant = this.#tenants.get(lag.name)!;
      const { seq, head } = lag;
      this.#settings.progress.set(tenant.index, { seq, head, until: lag.nextAt ?? now });
      if (!tenant.locked || tenant.waitsUntil > performance.now()) continue;
      try {
        const bytes = Math.ceil((batchBytes * weightOf(lag)) / Math.max(1, weights));
        const projection = await this.#fill(session.client, tenant, lag, bytes, signal);
        if (projection.seq > projection.before)
          batches.push({ tenant: lag.id, projected: tenant, projection });
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        await this.#fail(session, tenant, lag.id, error);
      }
    }
    if (batches.length > 0) await this.#load(session, batches);
    return batches.length > 0;
  }

  /** The tenant's projection with its next batch, or with the one that could not be loaded before. */
  async #fill(
    client: pg.Client,
    tenant: Projected,
    { id, name, seq, head }: Lag,
    bytes: number,
    signal: AbortSignal,
  ): Promise<TenantProjection> {
    let { projection } = tenant;
    // The outcome of a commit was not known: it is now.
    if (projection !== null && seq === projection.seq) projection.settle();
    if (projection === null || seq !== projection.before) {
      tenant.projection = null;
      projection = await beginProjection(client, { id, name }, seq, this.#sources, () =>
        signal.throwIfAborted(),
      );
      await tenant.batches?.close();
      tenant.batches = new JournalBatches(client, { id, name }, this.#sources.archive, seq);
      tenant.projection = projection;
    }
    if (projection.seq > projection.before || head === seq) return projection;
    projection.take(await tenant.batches!.next(client, { tenant: id, seq }, bytes));
    projection.close();
    return projection;
  }

  /** Loads batches together; where that can't be, each alone, so that only those wait that are the reason. */
  async #load(session: Session, batches: readonly Batch[]): Promise<void> {
    try {
      await session.loader.load(batches);
    } catch (error) {
      const refused =
        error instanceof pg.DatabaseError ||
        error instanceof InvariantError ||
        error instanceof PositionMovedError;
      // Else the connection is gone.
      if (!refused) throw error;
      if (batches.length > 1) for (const batch of batches) await this.#load(session, [batch]);
      else await this.#fail(session, batches[0]!.projected, batches[0]!.tenant, error);
      return;
    }
    for (const { projection } of batches) projection.settle();
  }

  async #fail({ client }: Session, tenant: Projected, id: number, error: Error): Promise<void> {
    // The next look finds where the tables stand now.
    if (error instanceof PositionMovedError) return;
    const wrong = error instanceof InvariantError;
    if (wrong) {
      tenant.projection = null;
      // Another may be able to: it can have what is archived.
      await client.query('SELECT pg_advisory_unlock($1, $2)', [PROJECTOR_LOCK, id]);
      tenant.locked = false;
    }
    tenant.waitsUntil = performance.now() + (wrong ? FAULT_RETRY_MS : RETRY_MS);
    this.#settings.log(
      `the read model of tenant ${this.#settings.tenants[tenant.index]} can not be filled`,
      error,
    );
  }

  /** Takes the locks of tenants that nobody projects. */
  async #lock(client: pg.Client, lags: readonly Lag[]): Promise<void> {
    const now = performance.now();
    const free = lags.filter(({ name }) => {
      const { locked, waitsUntil } = this.#tenants.get(name)!;
      return !locked && waitsUntil <= now;
    });
    if (free.length === 0 || now < this.#lockAt) return;
    this.#lockAt = now + LOCK_MS;
    const ids = free.map(({ id }) => id);
    const { rows } = await client.query<{ id: number; locked: boolean }>(
      'SELECT id, pg_try_advisory_lock($1, id) AS locked FROM unnest($2::int[]) AS id',
      [PROJECTOR_LOCK, ids],
    );
    const locked = rows.filter((row) => row.locked).map(({ id }) => id);
    await client.query(
      'INSERT INTO holdfast_read.position (tenant, seq) SELECT id, 0 FROM unnest($1::smallint[]) AS id ON CONFLICT DO NOTHING',
      [locked],
    );
    for (const { id, name } of free) this.#tenants.get(name)!.locked = locked.includes(id);
  }

  async #connect(): Promise<Session> {
    const { url, log, session, connect: dial = connect } = this.#settings;
    const client = await dial(url, log, session ?? SESSION, ANSWER_MS);
    try {
      return { client, loader: await Loader.prepare(client) };
    } catch (error) {
      await goodbye(client).catch((end: unknown) => log('closing a connection that was not to be had', end));
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    this.#lockAt = 0;
    for (const tenant of this.#tenants.values()) tenant.locked = false;
    // It may be broken beyond saying goodbye; what matters is that it is not used again.
    await goodbye(session.client).catch((error: unknown) =>
      this.#settings.log('closing a connection', error),
    );
  }
}

/** The next batch of a tenant. */
interface Batch extends Loaded {
  readonly projected: Projected;
}

/** A tenant's part in a batch: by what it lacks, but none so much that the others get nothing. */
function weightOf({ seq, head }: Lag): number {
  return Math.min(head - seq, WEIGHT_MAX);
}

/** Waits, until it is aborted at the latest. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return;
  // It rejects for that reason alone, and the caller looks at the signal.
  await delay(ms, undefined, { signal }).catch(() => {});
}
