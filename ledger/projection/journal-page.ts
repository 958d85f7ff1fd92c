import type pg from 'pg';

/** Rows of a page at most. */
const PAGE_ROWS = 1000;

/** As many rows as begin within so many bytes of bodies, and the first in any case. */
const PAGE = `SELECT seq::float8 AS seq, (extract(epoch FROM at) * 1000)::float8 AS at, body
  FROM (
    SELECT seq, at, body, sum(octet_length(body)) OVER (ORDER BY seq) - octet_length(body) AS before
    FROM (
      SELECT seq, at, body FROM holdfast.journal
      WHERE tenant = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT ${PAGE_ROWS}
    ) page
  ) sized
  WHERE before < $4 ORDER BY seq`;

/** What of a journal row a replica needs; `at` in ms since 1970. */
export interface JournalPageRow {
  readonly seq: number;
  readonly at: number;
  readonly body: Buffer;
}

/**
 * The rows of a tenant's journal after `after`, up to `last` within, as many as begin in the first `bytes` of bodies.
 * @param tenant its number in the database
 */
export async function readJournalPage(
  client: pg.Client,
  tenant: number,
  after: number,
  last: number,
  bytes: number,
): Promise<readonly JournalPageRow[]> {
  const { rows } = await client.query<JournalPageRow>({
    name: 'read-journal-page',
    text: PAGE,
    values: [tenant, after, last, bytes],
  });
  return rows;
}
