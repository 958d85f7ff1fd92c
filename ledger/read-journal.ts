import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { CopiedRows, ROW_COLUMNS } from './copied-rows.js';
import { ANSWER_MS } from './journal.js';
import type { Lease } from './lease.js';
import { EMPTY_JOURNAL, type JournalHead } from './tenant-ledger.js';

/** Rows of the first page, and of any. */
const PAGE_ROWS_FIRST = 256;
const PAGE_ROWS_MAX = 2 ** 17;
/** Bytes of a page's bodies, about. */
export const PAGE_BYTES = 2 ** 24;
/** Rows of each tenant that are read at once as news. */
const NEWS_ROWS = 200;

const STORED = `j.seq::float8 AS seq, j.epoch::float8 AS epoch, j.previous_hash, j.hash,
  (extract(epoch FROM j.at) * 1000)::float8 AS at, j.body`;

const NEWS = {
  name: 'read-news',
  text: `SELECT h.tenant, ${STORED}
    FROM unnest($1::smallint[], $2::bigint[]) h (tenant, seq)
    CROSS JOIN LATERAL (SELECT * FROM holdfast.journal j WHERE j.tenant = h.tenant AND j.seq > h.seq
      ORDER BY j.seq LIMIT ${NEWS_ROWS}) j`,
} as const;

const BATCH_ROWS = 1000;
const BATCH = {
  name: 'read-batch',
  text: `SELECT ${STORED} FROM (
      SELECT *, sum(octet_length(body)) OVER (ORDER BY seq) - octet_length(body) AS before FROM (
        SELECT * FROM holdfast.journal WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT ${BATCH_ROWS}
      ) page
    ) j
    WHERE before < $3 ORDER BY seq`,
} as const;

/**
 * A row as the database has it; `at` in ms since 1970, which is no whole number in a row that was tampered with. Its
 * bytes may be views of what was read with it.
 */
export interface StoredRow {
  readonly seq: number;
  readonly epoch: number;
  readonly previous_hash: Buffer;
  readonly hash: Buffer;
  readonly at: number;
  readonly body: Buffer;
}

/** A row of several tenants' journals. */
export interface TenantRow extends StoredRow {
  /** The tenant's number in the database. */
  readonly tenant: number;
}

/** Where one tenant's journal is to be read on from: after row `seq`. */
export interface JournalPosition {
  /** Its number in the database. */
  readonly tenant: number;
  readonly seq: number;
}

/**
 * Reads a tenant's journal in the order of its rows, in pages: a page is one statement, between two of them the
 * connection is free. Its rows come as they are read, some at a time, so that memory is bounded by what the socket holds.
 */
export class JournalReader {
  readonly #tenant: number;
  readonly #end: number;
  #last: number;
  #limit = PAGE_ROWS_FIRST;
  /** Of the last page, on average. */
  #rowBytes = 0;
  #ended = false;

  /**
   * @param tenant its number in the database
   * @param after sequence number of the row before the first
   * @param end of the last row that is of interest
   */
  constructor(tenant: number, after: number, end = Number.MAX_SAFE_INTEGER) {
    this.#tenant = tenant;
    this.#last = after;
    this.#end = end;
  }

  /** Whether the last page came to what was the journal's end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The next page, of about so many bytes of bodies; when the last one came to the end, what was added since. */
  async *page(client: pg.Client, pageBytes = PAGE_BYTES): AsyncGenerator<readonly StoredRow[]> {
    if (this.#rowBytes > 0) this.#limit = limitOf(this.#limit, pageBytes / this.#rowBytes);
    const limit = this.#limit;
    let count = 0;
    let bytes = 0;
    for await (const rows of copyRows(client, pageOf(this.#tenant, this.#last, this.#end, limit))) {
      for (const { body } of rows) bytes += body.length;
      count += rows.length;
      this.#last = rows[rows.length - 1]!.seq;
      yield rows;
    }
    this.#ended = count < limit;
    if (count > 0) this.#rowBytes = bytes / count;
  }
}

/** How many rows a page may have that is to have `rows`, after one that was to have `before`. */
function limitOf(before: number, rows: number): number {
  return Math.max(1, Math.min(PAGE_ROWS_MAX, 8 * before, Math.floor(rows)));
}

/** A tenant's journal behind row `after`, to row `end` or what is its end when that is reached; see {@link JournalReader}. */
export async function* readJournal(
  client: pg.Client,
  tenant: number,
  after = 0,
  end?: number,
): AsyncGenerator<readonly StoredRow[]> {
  const reader = new JournalReader(tenant, after, end);
  while (!reader.ended) yield* reader.page(client);
}

/** The next rows of a tenant's journal: as many as begin within so many bytes of bodies, and the first in any case. */
export async function readBatch(
  client: pg.Client,
  { tenant, seq }: JournalPosition,
  bytes: number,
): Promise<readonly StoredRow[]> {
  return (await client.query<StoredRow>({ ...BATCH, values: [tenant, seq, bytes] })).rows;
}

/** What came after those positions, up to a page of each tenant, in one round trip; `more` where that is not all. */
export async function readNews(
  client: pg.Client,
  positions: readonly JournalPosition[],
): Promise<{ readonly byTenant: ReadonlyMap<number, readonly StoredRow[]>; readonly more: boolean }> {
  const { rows } = await client.query<TenantRow>({
    ...NEWS,
    values: [positions.map(({ tenant }) => tenant), positions.map(({ seq }) => seq)],
  });
  const byTenant = new Map<number, StoredRow[]>();
  let more = false;
  for (const row of rows) {
    const page = byTenant.get(row.tenant);
    if (page === undefined) byTenant.set(row.tenant, [row]);
    else if (page.push(row) === NEWS_ROWS) more = true;
  }
  for (const page of byTenant.values()) page.sort((a, b) => a.seq - b.seq);
  return { byTenant, more };
}

/** The last row that was written under a lease, or before it. */
export async function readHead(client: pg.Client, { tenant, epoch }: Lease): Promise<JournalHead> {
  const { rows } = await client.query<JournalHead>(
    `SELECT seq::float8 AS seq, hash, (extract(epoch FROM at) * 1000)::float8 AS at FROM holdfast.journal
     WHERE tenant = $1 AND epoch <= $2 ORDER BY seq DESC LIMIT 1`,
    [tenant, epoch],
  );
  return rows[0] ?? EMPTY_JOURNAL;
}

/** COPY takes no parameters; these are numbers. */
function pageOf(tenant: number, after: number, end: number, limit: number): string {
  const bound = end === Number.MAX_SAFE_INTEGER ? '' : `AND seq <= ${Number(end)} `;
  return `SELECT ${ROW_COLUMNS} FROM holdfast.journal
    WHERE tenant = ${Number(tenant)} AND seq > ${Number(after)} ${bound}ORDER BY seq LIMIT ${limit}`;
}

/**
 * The rows of a query whose columns are {@link ROW_COLUMNS}, in the binary format.
 * @param onPiece told of all that comes, before the rows in it
 */
export async function* copyRows(
  client: pg.Client,
  select: string,
  onPiece: (piece: Buffer) => void = () => {},
): AsyncGenerator<readonly TenantRow[]> {
  const copied = new CopiedRows();
  for await (const piece of copyOut(client, `COPY (${select}) TO STDOUT (FORMAT binary)`)) {
    onPiece(piece);
    const rows = copied.take(piece);
    if (rows.length > 0) yield rows;
  }
}

/**
 * What a COPY TO STDOUT sends. The connection can be used again when this ends, be it before the COPY does; it is given
 * up when nothing comes for {@link ANSWER_MS}.
 */
export async function* copyOut(client: pg.Client, copy: string): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(copy));
  endQueryTimeout(stream);
  let silent = false;
  let over = false;
  const giveUp = (): void => {
    silent = true;
    void client.end();
  };
  let silence = setTimeout(giveUp, ANSWER_MS);
  try {
    for await (const piece of stream.iterator({ destroyOnReturn: false })) {
      // Whoever reads may take time.
      clearTimeout(silence);
      yield piece as Buffer;
      silence = setTimeout(giveUp, ANSWER_MS);
    }
    over = true;
  } catch (error) {
    over = true;
    if (!silent) throw error;
    throw new Error(`the database sent nothing for ${ANSWER_MS / 1000} s`, { cause: error });
  } finally {
    clearTimeout(silence);
    if (!over) for await (const _ of stream.iterator({ destroyOnReturn: false }));
  }
}

/** node-postgres limits a query's time as a whole, and never hears of a copy's end: ours is for each piece. */
function endQueryTimeout(stream: object): void {
  if ('callback' in stream && typeof stream.callback === 'function') stream.callback();
}
