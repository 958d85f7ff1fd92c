import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import t from 'tap';
import { COPY_HEADER, COPY_TRAILER } from '../../../ledger/copy-format.js';
import { CopyRows, textArray } from '../../../ledger/projection/copy-rows.js';
import { connected, FreshDatabases } from '../fresh-databases.js';

t.setTimeout(60_000);
const databases = await FreshDatabases.start(t);
const client = await connected(t, await databases.create());

/** What Postgres has of a column of that type after it took these values in. */
async function taken(type: string, write: (rows: CopyRows) => void): Promise<readonly (string | null)[]> {
  const rows = new CopyRows();
  write(rows);
  await client.query(`CREATE TEMP TABLE taken (value ${type}, place serial)`);
  await copy(client, [COPY_HEADER, rows.bytes(), COPY_TRAILER]);
  const found = await client.query<{ value: string | null }>('SELECT value::text FROM taken ORDER BY place');
  await client.query('DROP TABLE taken');
  t.equal(found.rowCount, rows.count);
  return found.rows.map(({ value }) => value);
}

function copy(to: pg.Client, parts: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = to.query(copyFrom('COPY taken (value) FROM STDIN (FORMAT binary)'));
    stream.on('error', reject).on('finish', () => resolve());
    for (const part of parts) stream.write(part);
    stream.end();
  });
}

/** Writes each value in a row of its own. */
function each<T>(values: readonly T[], write: (rows: CopyRows, value: T) => void) {
  return (rows: CopyRows) => {
    for (const value of values) {
      rows.begin(1);
      write(rows, value);
    }
  };
}

t.test('numbers come through whole, to the last safe one', async (t) => {
  const safe = [
    0,
    1,
    -1,
    2 ** 31,
    -(2 ** 32),
    -(2 ** 32) - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  t.same(
    await taken(
      'bigint',
      each(safe, (rows, value) => rows.int8(value)),
    ),
    safe.map(String),
  );
  const small = [0, -1, 2 ** 31 - 1, -(2 ** 31)];
  t.same(
    await taken(
      'integer',
      each(small, (rows, value) => rows.int4(value)),
    ),
    small.map(String),
  );
  const tiny = [0, -1, 2 ** 15 - 1, -(2 ** 15)];
  t.same(
    await taken(
      'smallint',
      each(tiny, (rows, value) => rows.int2(value)),
    ),
    tiny.map(String),
  );
  const rates = [0.912345, 1.0842, 6_100_000];
  t.same(
    await taken(
      'float8',
      each(rates, (rows, value) => rows.float8(value)),
    ),
    rates.map(String),
  );
});

t.test('times come through to the ms, before 2000 too', async (t) => {
  const times = ['1969-12-31T23:59:59.999Z', '1999-12-31T23:59:59.001Z', '2026-06-15T12:00:00.123Z'];
  const found = await taken(
    'timestamptz',
    each(times, (rows, time) => rows.time(Date.parse(time))),
  );
  t.same(
    found.map((time) => new Date(time!).toISOString()),
    times,
  );
});

t.test('digits are filled up with zeros', async (t) => {
  const values = [0, 7, 999_999, 123_456];
  t.same(
    await taken(
      'text',
      each(values, (rows, value) => rows.digits(value, 6)),
    ),
    values.map((value) => String(value).padStart(6, '0')),
  );
});

t.test('identifiers lose the blanks behind them, and keep every other byte', async (t) => {
  const texts = ['TERM0001', '  A ', 'É\u00ff', 'a\tb\\n\n"', 'A\u0000B', ' ', '\u0000\u0000', ''];
  const found = await taken(
    'text',
    each(texts, (rows, text) => rows.latin1(Buffer.from(`-${text}  -`, 'latin1'), 1, 3 + text.length)),
  );
  t.same(found, ['TERM0001', '  A', 'Éÿ', 'a\tb\\n\n"', 'A\ufffdB', null, null, null]);
});

t.test('arrays, bytes, names and nulls', async (t) => {
  const arrays = [[], ['late'], ['advice', 'more', 'unnamed']];
  t.same(
    await taken(
      'text[]',
      each(arrays, (rows, texts) => rows.field(textArray(texts))),
    ),
    ['{}', '{late}', '{advice,more,unnamed}'],
  );
  t.same(
    await taken(
      'bytea',
      each([1], (rows) => rows.words(Uint32Array.of(9, 0xfedcba98, 1), 1, 2)),
    ),
    ['\\xfedcba9800000001'],
  );
  t.same(
    await taken(
      'char(3)',
      each(['978'], (rows, text) => rows.ascii(text)),
    ),
    ['978'],
  );
  t.same(
    await taken(
      'bigint',
      each([1], (rows) => rows.null()),
    ),
    [null],
  );
});

t.test('as many rows as there are, and again after they were cleared', async (t) => {
  const many = Array.from({ length: 100_000 }, (_, number) => number);
  const rows = new CopyRows();
  for (let round = 0; round < 2; round++) {
    each(many, (into, value) => into.int8(value))(rows);
    t.equal(rows.count, many.length);
    t.equal(rows.bytes().length, many.length * 14);
    t.equal(rows.bytes().readUInt32BE(many.length * 14 - 4), many.length - 1);
    rows.clear();
    t.equal(rows.bytes().length, 0);
  }
});
