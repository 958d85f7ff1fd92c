import type pg from 'pg';

/** Rows read at a time; the next ones are on their way while these are applied. */
const PAGE_ROWS = 200;

const PAGE = `SELECT seq::float8 AS seq, epoch::float8 AS epoch, previous_hash, hash,
    (extract(epoch FROM at) * 1000)::float8 AS at, body
  FROM holdfast.journal WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE_ROWS}`;

/** A row as the database has it; `at` in ms since 1970, which is no whole number in a row that was tampered with. */
export interface StoredRow {
  readonly seq: number;
  readonly epoch: number;
  readonly previous_hash: Buffer;
  readonly hash: Buffer;
  readonly at: number;
  readonly body: Buffer;
}

/**
 * A tenant's journal, page by page in the order of its rows.
 * @param tenant its number in the database
 */
export async function* readJournal(
  client: pg.Client,
  tenant: number,
  after = 0,
): AsyncGenerator<readonly StoredRow[]> {
  let page = await readPage(client, tenant, after);
  while (page.length > 0) {
    const next = readPage(client, tenant, page[page.length - 1]!.seq);
    // Awaited below; a failure must not count as unhandled while this page is being used.
    next.catch(() => {});
    yield page;
    page = await next;
  }
}

async function readPage(client: pg.Client, tenant: number, after: number): Promise<readonly StoredRow[]> {
  const { rows } = await client.query<StoredRow>({
    name: 'read-journal',
    text: PAGE,
    values: [tenant, after],
  });
  return rows;
}
