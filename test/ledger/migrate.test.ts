import t from 'tap';
import { migrate } from '../../ledger/migrate.js';
import { inTransaction } from '../../ledger/transaction.js';
import { connected, FreshDatabases } from './fresh-databases.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const FIRST = '0001-journal.sql';

t.test('the first migration makes the schema, the next finds nothing to do', async (t) => {
  const client = await connected(t, await databases.create());
  const run = await migrate(client);
  t.equal(run[0], FIRST);
  t.same(run, [...run].sort());
  t.same(await migrate(client), []);
  const { rows } = await client.query('SELECT name FROM holdfast.migration ORDER BY name');
  t.same(
    rows.map(({ name }) => name),
    run,
  );
  for (const table of ['tenant', 'lease', 'journal', 'card']) {
    t.equal((await client.query(`SELECT FROM holdfast.${table}`)).rowCount, 0, table);
  }
});

t.test('of switches that start at once, one migrates', async (t) => {
  const url = await databases.create();
  const clients = await Promise.all([1, 2, 3, 4].map(() => connected(t, url)));
  const runs = await Promise.all(clients.map((client) => migrate(client)));
  t.equal(runs.filter(([name]) => name === FIRST).length, 1);
  t.equal(runs.filter(({ length }) => length === 0).length, 3);
});

t.test('a database that a newer version migrated is refused and left as it is', async (t) => {
  const client = await connected(t, await databases.create());
  await migrate(client);
  await client.query('DELETE FROM holdfast.migration');
  await client.query("INSERT INTO holdfast.migration (name) VALUES ('9999-later.sql')");
  await t.rejects(migrate(client), { message: /newer version of Holdfast: 9999-later\.sql/ });
  const { rows } = await client.query('SELECT name FROM holdfast.migration');
  t.same(rows, [{ name: '9999-later.sql' }]);
});

t.test('a migration that fails leaves nothing of it, and the connection usable', async (t) => {
  const client = await connected(t, await databases.create());
  await client.query('CREATE SCHEMA holdfast');
  await client.query('CREATE TABLE holdfast.journal (mine int)');
  await t.rejects(migrate(client), { code: '42P07' });
  const { rows } = await client.query(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'holdfast'",
  );
  t.same(rows, [{ table_name: 'journal' }]);
});

t.test('a transaction is kept when its work resolves, and undone when it rejects', async (t) => {
  const client = await connected(t, await databases.create());
  await client.query('CREATE TABLE kept (value int)');
  const insert = (value: number) => client.query('INSERT INTO kept VALUES ($1)', [value]);
  t.equal(await inTransaction(client, async () => (await insert(1)).rowCount), 1);
  const failure = new Error('no');
  await t.rejects(
    inTransaction(client, async () => {
      await insert(2);
      throw failure;
    }),
    failure,
  );
  t.same((await client.query('SELECT value FROM kept')).rows, [{ value: 1 }]);
});

t.test('a transaction whose connection is ended tells why', async (t) => {
  const client = await connected(t, await databases.create());
  const suicide = () => client.query('SELECT pg_terminate_backend(pg_backend_pid())');
  await t.rejects(inTransaction(client, suicide), { code: '57P01' });
});
