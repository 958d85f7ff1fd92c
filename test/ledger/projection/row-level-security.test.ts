import t from 'tap';
import { fund } from '../commands.js';
import { connected, FreshDatabases, query } from '../fresh-databases.js';
import { writeHonestly } from '../running-ledger.js';
import { differences, project } from './projected.js';

t.setTimeout(60_000);
const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two'];
const url = await databases.create();
await t.test('two tenants', async (t) => {
  const running = await writeHonestly(t, url, TENANTS, 3);
  for (const tenant of TENANTS.keys()) running.ask(tenant, fund({ key: 1, account: 0, amount: 500 }));
  await running.commit();
  t.same(await project(t, url, TENANTS), []);
  // As the tenants room keeps cards: the token is the first half of the hash.
  await query(
    url,
    `INSERT INTO holdfast.card (tenant, hash, token_version, first6, last4, pan, expiry, currency, account)
     SELECT tenant, token || token, 1, '999901', '000' || tenant, '', expiry, '978', account FROM holdfast_read.card`,
  );
});
const TABLES = ['position', 'account', 'card', 'authorisation', 'hold', 'entry', 'book', 'transfer'];
const RELATIONS = [...TABLES, 'masked_card'];

t.test('a reader sees the rows of the tenant that is set, and no others', async (t) => {
  const client = await connected(t, url);
  const ids = (await client.query<{ id: number }>('SELECT id FROM holdfast.tenant ORDER BY id')).rows;
  t.equal(ids.length, 2);
  await client.query('SET ROLE holdfast_tenant_reader');
  for (const { id } of ids) {
    await client.query("SELECT set_config('holdfast.tenant', $1, false)", [String(id)]);
    for (const relation of RELATIONS) {
      const { rows } = await client.query(`SELECT DISTINCT tenant FROM holdfast_read.${relation}`);
      t.same(rows, [{ tenant: id }], relation);
    }
    const { rows } = await client.query('SELECT first6, last4 FROM holdfast_read.masked_card');
    t.same(rows, [{ first6: '999901', last4: `000${id}` }]);
  }
  await client.query("SET holdfast.tenant = '99'");
  for (const relation of RELATIONS) {
    t.equal((await client.query(`SELECT FROM holdfast_read.${relation}`)).rowCount, 0, relation);
  }
});

t.test('a reader sees nothing while no tenant is set', async (t) => {
  const client = await connected(t, url);
  await client.query('SET ROLE holdfast_tenant_reader');
  for (const relation of RELATIONS) {
    t.equal((await client.query(`SELECT FROM holdfast_read.${relation}`)).rowCount, 0, relation);
  }
  await client.query("SET holdfast.tenant = ''");
  t.equal((await client.query('SELECT FROM holdfast_read.account')).rowCount, 0);
  await client.query("SET holdfast.tenant = 'all'");
  await t.rejects(client.query('SELECT FROM holdfast_read.account'), { code: '22P02' });
});

t.test('a reader has no way around', async (t) => {
  const client = await connected(t, url);
  const parts = await client.query<{ part: string }>(
    "SELECT inhrelid::regclass::text AS part FROM pg_inherits WHERE inhparent = 'holdfast_read.entry'::regclass",
  );
  t.ok(parts.rowCount! >= 2);
  await client.query('SET ROLE holdfast_tenant_reader');
  await client.query("SET holdfast.tenant = '1'");
  const refused = { code: '42501' };
  for (const { part } of parts.rows) await t.rejects(client.query(`SELECT FROM ${part}`), refused, part);
  for (const table of ['journal', 'card', 'tenant']) {
    await t.rejects(client.query(`SELECT FROM holdfast.${table}`), refused, table);
  }
  await t.rejects(client.query('UPDATE holdfast_read.account SET posted = 0'), refused);
  await t.rejects(client.query('DELETE FROM holdfast_read.hold'), refused);
  await t.rejects(client.query('INSERT INTO holdfast_read.position VALUES (1, 1)'), refused);
  await t.rejects(client.query("SELECT holdfast_read.add_month('2030-01-01')"), refused);
  await t.rejects(client.query('ALTER TABLE holdfast_read.account DISABLE ROW LEVEL SECURITY'), refused);
  await client.query('SET row_security = off');
  await t.rejects(client.query('SELECT FROM holdfast_read.account'), refused);
});

/** A database whose owner may do nothing else on the server. */
async function ownedByNobody(): Promise<string> {
  const own = new URL(await databases.create());
  const name = own.pathname.slice(1);
  await query(url, `CREATE ROLE ${name} LOGIN PASSWORD '${name}'`);
  await query(url, `ALTER DATABASE ${name} OWNER TO ${name}`);
  own.username = name;
  own.password = name;
  return own.href;
}

t.test('an owner that is no superuser fills the tables, and sees all of them', async (t) => {
  const own = await ownedByNobody();
  await writeHonestly(t, own, TENANTS, 3);
  t.same(await project(t, own, TENANTS), []);
  t.same(await differences(own), []);
});

t.test('where there is no such role, and none may be made, it says what is to be done', async (t) => {
  const own = await ownedByNobody();
  await query(url, 'ALTER ROLE holdfast_tenant_reader RENAME TO somebody');
  try {
    await t.rejects(writeHonestly(t, own, TENANTS, 1), {
      code: '42501',
      message: /^the role holdfast_tenant_reader is missing.*CREATE ROLE holdfast_tenant_reader NOLOGIN$/,
    });
  } finally {
    await query(url, 'ALTER ROLE somebody RENAME TO holdfast_tenant_reader');
  }
  await writeHonestly(t, own, TENANTS, 1);
});
