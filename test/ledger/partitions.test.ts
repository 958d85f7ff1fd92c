import type pg from 'pg';
import t, { type Test } from 'tap';
import { migrate } from '../../ledger/migrate.js';
import { ensurePartitions, listPartitions, PARTITION_ROWS } from '../../ledger/partitions.js';
import { connected, FreshDatabases } from './fresh-databases.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const PROOF = '0003-proof.sql';

async function migrated(t: Test): Promise<pg.Client> {
  const client = await connected(t, await databases.create());
  await migrate(client);
  await client.query("INSERT INTO holdfast.tenant (name) VALUES ('one'), ('two')");
  return client;
}

async function insert(client: pg.Client, tenant: number, seq: number): Promise<void> {
  await client.query(
    `INSERT INTO holdfast.journal (tenant, seq, epoch, previous_hash, hash, at, body) VALUES ($1, $2, 1, '', '', now(), '')`,
    [tenant, seq],
  );
}

async function names(client: pg.Client): Promise<string[]> {
  return (await listPartitions(client)).map(({ name, from, to }) => `${name} ${from} ${to}`);
}

t.test('a new journal has one partition, and the next is made before half of it is written', async (t) => {
  const client = await migrated(t);
  t.same(await names(client), [`journal_0 -Infinity ${PARTITION_ROWS}`]);
  t.same(await ensurePartitions(client), []);
  await insert(client, 1, PARTITION_ROWS / 2);
  t.same(await ensurePartitions(client), ['journal_1']);
  t.same(await ensurePartitions(client), []);
  await insert(client, 2, PARTITION_ROWS);
  await insert(client, 1, 2 * PARTITION_ROWS - 1);
  t.same(await ensurePartitions(client), ['journal_2']);
  t.same(await names(client), [
    `journal_0 -Infinity ${PARTITION_ROWS}`,
    `journal_1 ${PARTITION_ROWS} ${2 * PARTITION_ROWS}`,
    `journal_2 ${2 * PARTITION_ROWS} ${3 * PARTITION_ROWS}`,
  ]);
  const { rows } = await client.query(
    `SELECT c.relname AS partition, j.tenant, j.seq::float8 FROM holdfast.journal j
     JOIN pg_class c ON c.oid = j.tableoid ORDER BY j.tenant, j.seq`,
  );
  t.same(rows, [
    { partition: 'journal_0', tenant: 1, seq: PARTITION_ROWS / 2 },
    { partition: 'journal_1', tenant: 1, seq: 2 * PARTITION_ROWS - 1 },
    { partition: 'journal_1', tenant: 2, seq: PARTITION_ROWS },
  ]);
});

t.test('a new partition is as the others: its key, and bodies that nobody tries to compress', async (t) => {
  const client = await migrated(t);
  await insert(client, 1, PARTITION_ROWS / 2);
  await ensurePartitions(client);
  await insert(client, 1, PARTITION_ROWS);
  await t.rejects(insert(client, 1, PARTITION_ROWS), { code: '23505' });
  const { rows } = await client.query(
    `SELECT c.relname AS relation FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE a.attname = 'body' AND a.attstorage = 'e' AND c.relname LIKE 'journal%' ORDER BY 1`,
  );
  t.same(
    rows.map(({ relation }) => relation),
    ['journal', 'journal_0', 'journal_1'],
  );
});

t.test('nodes that find a partition missing at once make it once', async (t) => {
  const client = await migrated(t);
  await insert(client, 1, PARTITION_ROWS - 1);
  const database = client.database;
  const url = new URL(databases.postgres.url);
  url.pathname = database!;
  const clients = await Promise.all([1, 2, 3].map(() => connected(t, url.href)));
  const made = await Promise.all(clients.map((client) => ensurePartitions(client)));
  t.same(made.flat(), ['journal_1']);
});

t.test('an insert is not kept waiting by a partition that is made', async (t) => {
  const client = await migrated(t);
  const url = new URL(databases.postgres.url);
  url.pathname = client.database!;
  const writer = await connected(t, url.href);
  await writer.query('BEGIN');
  await insert(writer, 1, PARTITION_ROWS - 1);
  await insert(client, 2, PARTITION_ROWS - 1);
  // The transaction of the first insert is open all the while: what waited for it would wait for ever.
  t.same(await ensurePartitions(client), ['journal_1']);
  await insert(writer, 1, PARTITION_ROWS);
  await writer.query('COMMIT');
});

t.test('where the oldest partitions are gone, a tenant that is new gets one for its first row', async (t) => {
  const client = await migrated(t);
  await insert(client, 1, PARTITION_ROWS - 1);
  await ensurePartitions(client);
  await client.query('DROP TABLE holdfast.journal_0');
  await insert(client, 1, PARTITION_ROWS);
  t.same(await ensurePartitions(client), ['journal_0']);
  await insert(client, 2, 1);
  t.same(await names(client), [
    `journal_0 -Infinity ${PARTITION_ROWS}`,
    `journal_1 ${PARTITION_ROWS} ${2 * PARTITION_ROWS}`,
  ]);
});

for (const [rows, bound] of [
  [[1, 2, 3], PARTITION_ROWS],
  [[1, PARTITION_ROWS], 2 * PARTITION_ROWS],
  [[7 * PARTITION_ROWS - 1], 7 * PARTITION_ROWS],
] as const) {
  t.test(`a journal of before, up to row ${Math.max(...rows)}, becomes the first partition`, async (t) => {
    const client = await connected(t, await databases.create());
    await migrate(client);
    await client.query('DROP TABLE holdfast.journal, holdfast.checkpoint, holdfast.archive');
    await client.query(
      `CREATE TABLE holdfast.journal (tenant smallint NOT NULL, seq bigint NOT NULL, epoch bigint NOT NULL,
        previous_hash bytea NOT NULL, hash bytea NOT NULL, at timestamptz NOT NULL, body bytea NOT NULL,
        PRIMARY KEY (tenant, seq))`,
    );
    await client.query('DELETE FROM holdfast.migration WHERE name = $1', [PROOF]);
    for (const seq of rows) await insert(client, 1, seq);
    t.same(await migrate(client), [PROOF]);
    t.same(await names(client), [`journal_0 -Infinity ${bound}`]);
    const { rows: found } = await client.query('SELECT seq::float8 FROM holdfast.journal ORDER BY seq');
    t.same(
      found.map(({ seq }) => seq),
      rows,
    );
    await client.query("INSERT INTO holdfast.tenant (name) VALUES ('one')");
    const made = await ensurePartitions(client);
    t.equal((await listPartitions(client)).at(-1)!.to - Math.max(...rows) > PARTITION_ROWS / 2, true);
    t.equal(made.length <= 1, true);
    await insert(client, 1, bound - 1 === rows.at(-1) ? bound : rows.at(-1)! + 1);
  });
}

t.test('a partition that somebody else made is not touched', async (t) => {
  const client = await migrated(t);
  await client.query('CREATE TABLE holdfast.theirs PARTITION OF holdfast.journal DEFAULT');
  await t.rejects(ensurePartitions(client), { message: /theirs of the journal is not one of ours: DEFAULT/ });
});
