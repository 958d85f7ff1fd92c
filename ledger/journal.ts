import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { goodbye } from './goodbye.js';
import { HASH_BYTES } from './hash-chain.js';
import { errorCode } from './postgres-error.js';

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
  /** `application_name` of the connections; `holdfast` when absent. */
  readonly session?: string;
  readonly log: (text: string, error: unknown) => void;
  /** How a connection is made; by {@link connect} when absent. */
  readonly connect?: typeof connect;
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

/**
 * What the database knows of each row: whether it is there, null where nothing is in its place, and whether its epoch
 * is still the tenant's.
 */
const LOOK = `SELECT j.hash = r.hash AS there, coalesce(l.epoch = r.epoch, false) AS ours
  FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bytea[]) WITH ORDINALITY
    AS r (tenant, seq, epoch, hash, place)
  LEFT JOIN holdfast.journal j ON j.tenant = r.tenant AND j.seq = r.seq
  LEFT JOIN holdfast.lease l ON l.tenant = r.tenant
  ORDER BY r.place`;

/** SQLSTATEs of a statement that the tables refuse: not_null_violation by the fence, unique_violation by a row. */
const REFUSED = ['23502', '23505'];

/** No row was fenced. */
const NONE: readonly JournalRow[] = [];

const SENT_BYTES_FIRST = 64 * 1024;
/** For a connection to be made, before it is tried anew. */
const CONNECT_MS = 10_000;
/**
 * For a statement of the writer's or a follower's to be answered. One that is not was lost with its connection, of
 * which TCP by itself tells a quarter of an hour later, or never (a machine that vanished, a line that was cut).
 */
export const ANSWER_MS = 10_000;
const RETRY_MS_FIRST = 20;
const RETRY_MS_MAX = 1000;

/**
 * The writer's side of the journal in Postgres: one connection, one commit at a time. A connection that breaks is
 * made anew, also between commits. Whose turn it is to write a tenant's rows is up to its epoch alone.
 */
export class Journal {
  /** Times that the database was asked what had become of a commit, or was found again. */
  settlements = 0;
  readonly #settings: JournalSettings;
  #client: pg.Client;
  /** The rows that are sent, as one parameter; whoever sends them copies them at once. */
  #sent = Buffer.alloc(SENT_BYTES_FIRST);
  #committing = false;
  /** The repair of a connection that broke between commits. */
  #repair: Promise<void> | null = null;
  #closed = false;

  /** @param client connected, and of nobody else's use */
  constructor(client: pg.Client, settings: JournalSettings) {
    this.#settings = settings;
    this.#client = client;
    this.#watch(client);
  }

  static async open(settings: JournalSettings): Promise<Journal> {
    const { url, log, session, connect: dial = connect } = settings;
    return new Journal(await dial(url, log, session, ANSWER_MS), settings);
  }

  /**
   * Makes the rows durable; `at` is their time in ms. Resolves when they are, however long the database is away: a
   * commit whose outcome is unknown is settled by what the database holds, and sent again if it holds nothing.
   * The rows of a tenant that another node took over are refused, and the rest is made durable without them.
   *
   * @returns the rows that were fenced, mostly none: they are not in the journal and never will be
   * @throws Error when the journal was closed before the outcome was known
   */
  async commit(rows: readonly JournalRow[], at: number): Promise<readonly JournalRow[]> {
    this.#committing = true;
    try {
      if (this.#repair !== null) await this.#repair;
      await this.#insert(rows, at);
      return NONE;
    } catch (error) {
      return await this.#settle(rows, at, error);
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
    await goodbye(this.#client);
  }

  #watch(client: pg.Client): void {
    client.on('error', (error) => {
      // During a commit the commit itself fails, and settles it; a connection that was replaced is nobody's.
      if (this.#committing || this.#closed || this.#repair !== null || client !== this.#client) return;
      const repair = this.#settle([], 0, error).then(
        () => {},
        // Only a journal that is closed gives up, and nobody commits to that any more.
        (failure: unknown) => this.#settings.log('the connection is not made anew', failure),
      );
      this.#repair = repair.finally(() => {
        this.#repair = null;
      });
    });
  }

  async #insert(rows: readonly JournalRow[], at: number): Promise<void> {
    let bytes = 0;
    for (const row of rows) bytes += 2 * HASH_BYTES + row.body.length;
    if (bytes > this.#sent.length) this.#sent = Buffer.alloc(2 * bytes);
    const all = this.#sent.subarray(0, bytes);
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
    await this.#client.query({
      ...INSERT,
      values: [all, at, `{${tenants}}`, `{${seqs}}`, `{${epochs}}`, `{${offsets}}`, `{${lengths}}`],
    });
  }

  /**
   * Until each row is in the database or fenced: look, and send what is missing, over a new connection where the old
   * one may be broken. A statement of that one may still be under way. Whichever comes second meets the other's rows
   * (`PRIMARY KEY (tenant, seq)`), and when it is ours, we look again; both say the same, so it can't double.
   */
  async #settle(rows: readonly JournalRow[], at: number, cause: unknown): Promise<readonly JournalRow[]> {
    const fenced: JournalRow[] = [];
    let due = rows;
    let error = cause;
    for (let pause = 0; ; pause = Math.min(2 * pause || RETRY_MS_FIRST, RETRY_MS_MAX)) {
      if (this.#closed) throw error;
      try {
        if (!isRefusal(error)) await this.#reconnect(error, rows.length > 0);
        if (due.length > 0) due = await this.#missing(due, fenced);
        if (due.length > 0) await this.#insert(due, at);
        return fenced;
      } catch (failure) {
        error = failure;
        await delay(pause);
      }
    }
  }

  async #reconnect(cause: unknown, committing: boolean): Promise<void> {
    this.settlements++;
    const lost = committing ? 'the outcome of a commit is unknown' : 'the connection is lost';
    const { url, log, session, revive, connect: dial = connect } = this.#settings;
    log(`${lost}; asking the database`, cause);
    // It may be broken beyond saying goodbye; what matters is that it is not used again.
    this.#client.end().catch((error: unknown) => log('closing a broken connection', error));
    await revive();
    const client = await dial(url, log, session, ANSWER_MS);
    this.#client = client;
    this.#watch(client);
    if (!this.#closed) return;
    // It was closed meanwhile, with the connection before: nobody would end this one.
    await goodbye(client);
    throw new Error('the journal is closed');
  }

  /** Those of the rows that are not in the database yet; adds to `fenced` those that never will be. */
  async #missing(rows: readonly JournalRow[], fenced: JournalRow[]): Promise<readonly JournalRow[]> {
    const { rows: found } = await this.#client.query<{ there: boolean | null; ours: boolean }>(LOOK, [
      rows.map(({ tenant }) => tenant),
      rows.map(({ seq }) => seq),
      rows.map(({ epoch }) => epoch),
      rows.map(({ hash }) => hash),
    ]);
    return rows.filter((row, place) => {
      const { there, ours } = found[place]!;
      if (there === true) return false;
      // Another's row in its place, or an epoch under which nothing can be added any more.
      if (there === false || !ours) fenced.push(row);
      return there === null && ours;
    });
  }
}

function isRefusal(error: unknown): boolean {
  return REFUSED.includes(errorCode(error));
}

/**
 * A connection of the ledger's. Errors that come between queries are logged: the next query fails by them.
 * @param session its `application_name`
 */
export async function connect(
  url: string,
  log: JournalSettings['log'],
  session = 'holdfast',
  queryTimeoutMs = 0,
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: session,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  });
  client.on('error', (error) => log('the connection to the database broke', error));
  await client.connect();
  // The server ends the session of a machine that vanished within half a minute, and what it holds up with it.
  await client.query(
    "SET synchronous_commit = 'on'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4",
  );
  return client;
}
