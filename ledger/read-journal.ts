import type pg from 'pg';
import type { Lease } from './lease.js';
import { EMPTY_JOURNAL, type JournalHead } from './tenant-ledger.js';

/** Rows of a tenant read at a time; of a whole journal, the next ones are on their way while these are applied. */
const PAGE_ROWS = 200;

const COLUMNS = `j.seq::float8 AS seq, j.epoch::float8 AS epoch, j.previous_hash, j.hash,
    (extract(epoch FROM j.at) * 1000)::float8 AS at, j.body`;

const PAGE = {
  name: 'read-journal',
  text: `SELECT ${COLUMNS} FROM holdfast.journal j WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE_ROWS}`,
} as const;

const NEWS = {
  name: 'read-news',
  text: `SELECT h.tenant, ${COLUMNS} FROM unnest($1::smallint[], $2::bigint[]) h (tenant, seq)
    CROSS JOIN LATERAL (SELECT * FROM holdfast.journal j WHERE j.tenant = h.tenant AND j.seq > h.seq
      ORDER BY j.seq LIMIT ${PAGE_ROWS}) j`,
} as const;

/** A row as the database has it; `at` in ms since 1970, which is no whole number in a row that was tampered with. */
export interface StoredRow {
  readonly seq: number;
  readonly epoch: number;
  readonly previous_hash: Buffer;
  readonly hash: Buffer;
  readonly at: number;
  readonly body: Buffer;
}

/** Where one tenant's journal is to be read on from: after row `seq`. */
export interface JournalPosition {
  /** Its number in the database. */
  readonly tenant: number;
  readonly seq: number;
}

/**
 * A tenant's journal, page by page in the order of its rows, to what is its end when the last page is read.
 * @param tenant its number in the database
 */
export async function* readJournal(
  client: pg.Client,
  tenant: number,
  after = 0,
): AsyncGenerator<readonly StoredRow[]> {
  let page = await readPage(client, tenant, after);
  while (page.length === PAGE_ROWS) {
    const next = readPage(client, tenant, page[page.length - 1]!.seq);
    // Awaited below; a failure must not count as unhandled while this page is being used.
    next.catch(() => {});
    yield page;
    page = await next;
  }
  if (page.length > 0) yield page;
}

/** What came after those positions, up to a page of each tenant, in one round trip; `more` where that is not all. */
export async function readNews(
  client: pg.Client,
  positions: readonly JournalPosition[],
): Promise<{ readonly byTenant: ReadonlyMap<number, readonly StoredRow[]>; readonly more: boolean }> {
  const { rows } = await client.query<StoredRow & { tenant: number }>({
    ...NEWS,
    values: [positions.map(({ tenant }) => tenant), positions.map(({ seq }) => seq)],
  });
  const byTenant = new Map<number, StoredRow[]>();
  let more = false;
  for (const row of rows) {
    const page = byTenant.get(row.tenant);
    if (page === undefined) byTenant.set(row.tenant, [row]);
    else if (page.push(row) === PAGE_ROWS) more = true;
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

async function readPage(client: pg.Client, tenant: number, after: number): Promise<readonly StoredRow[]> {
  const { rows } = await client.query<StoredRow>({ ...PAGE, values: [tenant, after] });
  return rows;
}
