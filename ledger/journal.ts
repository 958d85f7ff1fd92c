import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { FencedError } from './fenced-error.js';
import { HASH_BYTES } from './hash-chain.js';
import { type Lease, lockWriter } from './lease.js';

/** One row of a tenant's journal; `tenant` is its number in the database, `hash` as `rowHash` makes it. */
export interface JournalRow {
  readonly tenant: number;
  readonly seq: number;
  readonly epoch: number;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  readonly body: Buffer;
}

export interface JournalSettings {
  readonly url: string;
  /** Brings a database that died back, where that is in our hands; awaited before each attempt to reconnect. */
  readonly revive: () => Promise<void>;
  readonly log: (text: string, error: unknown) => void;
}

/**
 * The rows travel as one parameter, which `offset` and `length` cut up: both hashes, then the body. A row whose
 * epoch is outdated finds no lease, and null for its epoch, which the table refuses with the whole statement.
 */
const INSERT = {
  name: 'insert-journal',
  text: `INSERT INTO holdfast.journal (tenant, seq, epoch, previous_hash, hash, at, body)
    SELECT r.tenant, r.seq, l.epoch, substr($1::bytea, r.offset, 32), substr($1, r.offset + 32, 32),
      to_timestamp($2::float8 / 1000), substr($1, r.offset + 64, r.length)
    FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::int[], $7::int[])
      AS r (tenant, seq, epoch, "offset", length)
    LEFT JOIN holdfast.lease l ON l.tenant = r.tenant AND l.epoch = r.epoch`,
} as const;

/** SQLSTATE not_null_violation. */
const NOT_NULL_VIOLATION = '23502';

const EPOCH_RAISED = 'another switch raised the epoch of this journal';
const RETRY_MS_FIRST = 20;
const RETRY_MS_MAX = 1000;

/**
 * The writer's side of the journal in Postgres. Holds one connection, on which it is the only writer
 * ({@link lockWriter}); one commit at a time. A connection that breaks is made anew, also between commits.
 */
export class Journal {
  /** Times that the database was asked what had become of a commit, or was found again. */
  settlements = 0;
  /** Resolves with the error when the journal is lost between commits; during one, the commit throws it. */
  readonly lost: Promise<unknown>;
  readonly #lose: (error: unknown) => void;
  readonly #settings: JournalSettings;
  readonly #leases: readonly Lease[];
  #client: pg.Client;
  #committing = false;
  /** The repair of a connection that broke between commits. */
  #repair: Promise<void> | null = null;
  #closed = false;

  /**
   * @param client connected, with the leases taken on it
   * @param leases under which rows will be written
   */
  constructor(client: pg.Client, leases: readonly Lease[], settings: JournalSettings) {
    this.#settings = settings;
    this.#leases = leases;
    this.#client = client;
    let lose: (error: unknown) => void = () => {};
    this.lost = new Promise((resolve) => {
      lose = resolve;
    });
    this.#lose = lose;
    this.#watch(client);
  }

  /**
   * Makes the rows durable, all or none; `at` is their time in ms. Resolves when they are, however long the
   * database is away: a commit whose outcome is unknown is settled by what the database holds, and sent again
   * if it holds nothing.
   *
   * @throws FencedError when another switch took over
   */
  async commit(rows: readonly JournalRow[], at: number): Promise<void> {
    this.#committing = true;
    try {
      if (this.#repair !== null) await this.#repair;
      await this.#insert(rows, at);
    } catch (error) {
      if (error instanceof FencedError) throw error;
      await this.#settle(rows, at, error);
    } finally {
      this.#committing = false;
    }
  }

  /** Whether the database is away, as far as is known. */
  get away(): boolean {
    return this.#repair !== null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.end();
  }

  #watch(client: pg.Client): void {
    client.on('error', (error) => {
      // During a commit the commit itself fails, and settles it; a connection that was replaced is nobody's.
      if (this.#committing || this.#closed || this.#repair !== null || client !== this.#client) return;
      this.#repair = this.#settle([], 0, error).finally(() => {
        this.#repair = null;
      });
      this.#repair.catch(this.#lose);
    });
  }

  async #insert(rows: readonly JournalRow[], at: number): Promise<void> {
    let bytes = 0;
    for (const row of rows) bytes += 2 * HASH_BYTES + row.body.length;
    const all = Buffer.allocUnsafe(bytes);
    let tenants = '';
    let seqs = '';
    let epochs = '';
    let offsets = '';
    let lengths = '';
    let to = 0;
    for (const row of rows) {
      const comma = to === 0 ? '' : ',';
      tenants += comma + row.tenant;
      seqs += comma + row.seq;
      epochs += comma + row.epoch;
      offsets += comma + (to + 1);
      lengths += comma + row.body.length;
      to += row.previousHash.copy(all, to);
      to += row.hash.copy(all, to);
      to += row.body.copy(all, to);
    }
    try {
      await this.#client.query({
        ...INSERT,
        values: [all, at, `{${tenants}}`, `{${seqs}}`, `{${epochs}}`, `{${offsets}}`, `{${lengths}}`],
      });
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== NOT_NULL_VIOLATION) throw error;
      throw new FencedError(EPOCH_RAISED, { cause: error });
    }
  }

  /** Until the rows are in the database: reconnect, look, send what is missing. */
  async #settle(rows: readonly JournalRow[], at: number, cause: unknown): Promise<void> {
    let error = cause;
    for (let pause = RETRY_MS_FIRST; ; pause = Math.min(2 * pause, RETRY_MS_MAX)) {
      if (this.#closed) throw error;
      this.settlements++;
      const lost = rows.length === 0 ? 'the connection is lost' : 'the outcome of a commit is unknown';
      this.#settings.log(`${lost}; asking the database`, error);
      try {
        await this.#reconnect();
        const locked = await lockWriter(this.#client);
        await this.#checkEpochs();
        // No other switch took over, so it is our old session, which has not ended yet.
        if (!locked) throw new Error('the session before still holds the lock of the writer');
        if (rows.length > 0 && !(await this.#holds(rows))) await this.#insert(rows, at);
        return;
      } catch (failure) {
        if (failure instanceof FencedError) throw failure;
        error = failure;
        await delay(pause);
      }
    }
  }

  async #reconnect(): Promise<void> {
    // It may be broken beyond saying goodbye; what matters is that it is not used again.
    this.#client.end().catch((error: unknown) => this.#settings.log('closing a broken connection', error));
    await this.#settings.revive();
    const client = await connect(this.#settings.url, this.#settings.log);
    this.#client = client;
    this.#watch(client);
    if (!this.#closed) return;
    // It was closed meanwhile, with the connection before: nobody would end this one.
    await client.end();
    throw new Error('the journal is closed');
  }

  async #checkEpochs(): Promise<void> {
    const { rows: leases } = await this.#client.query<{ tenant: number; epoch: string }>(
      'SELECT tenant, epoch FROM holdfast.lease',
    );
    const epochs = new Map(leases.map(({ tenant, epoch }) => [tenant, Number(epoch)]));
    for (const { tenant, epoch } of this.#leases) {
      if (epochs.get(tenant) !== epoch) throw new FencedError(EPOCH_RAISED);
    }
  }

  /**
   * Whether the rows are there already; a statement is atomic, so all or none.
   * @throws FencedError when others are in their place
   */
  async #holds(rows: readonly JournalRow[]): Promise<boolean> {
    const { rows: found } = await this.#client.query<{ tenant: number; seq: string; hash: Buffer }>(
      `SELECT j.tenant, j.seq, j.hash FROM holdfast.journal j
       JOIN unnest($1::smallint[], $2::bigint[]) AS r (tenant, seq) ON j.tenant = r.tenant AND j.seq = r.seq`,
      [rows.map(({ tenant }) => tenant), rows.map(({ seq }) => seq)],
    );
    if (found.length === 0) return false;
    const hashes = new Map(found.map(({ tenant, seq, hash }) => [`${tenant} ${seq}`, hash]));
    for (const { tenant, seq, hash } of rows) {
      if (hashes.get(`${tenant} ${seq}`)?.equals(hash) !== true) {
        throw new FencedError('the journal holds other rows where this switch was about to write');
      }
    }
    return true;
  }
}

/** A connection of the ledger's. Errors that come between queries are logged: the next query fails by them. */
export async function connect(url: string, log: JournalSettings['log']): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'holdfast' });
  client.on('error', (error) => log('the connection to the database broke', error));
  await client.connect();
  // The server ends the session of a machine that vanished within half a minute, and with it the writer's lock.
  await client.query(
    "SET synchronous_commit = 'on'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4",
  );
  return client;
}
