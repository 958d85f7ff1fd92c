import type pg from 'pg';

/** Rows that are fetched at a time. */
const FETCHED = 5000;

/** The rows of a query, some at a time; one query at once, and within a transaction. */
export async function* rowsOf<Row extends pg.QueryResultRow>(
  client: pg.Client,
  sql: string,
  values: readonly unknown[],
): AsyncGenerator<Row> {
  await client.query(`DECLARE fetched NO SCROLL CURSOR FOR ${sql}`, [...values]);
  let open = true;
  try {
    for (;;) {
      open = false;
      const { rows } = await client.query<Row>(`FETCH ${FETCHED} FROM fetched`);
      open = true;
      yield* rows;
      if (rows.length < FETCHED) return;
    }
  } finally {
    // Not where fetching failed, and the transaction with it: the caller is to learn of that.
    if (open) await client.query('CLOSE fetched');
  }
}

/** Reads a bytea of words, big-endian. */
export function readWords(bytes: Buffer, words: Uint32Array): Uint32Array {
  for (let word = 0; word < words.length; word++) words[word] = bytes.readUInt32BE(4 * word);
  return words;
}
