import type pg from 'pg';
import t, { type Test } from 'tap';
import { Journal } from '../../ledger/journal.js';
import { lookAtLeases, registerTenants, takeLeases } from '../../ledger/lease.js';
import { migrate } from '../../ledger/migrate.js';
import { connected, FreshDatabases } from './fresh-databases.js';
import { INOPERATIVE, RunningLedger } from './running-ledger.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two'];

/** A ledger with one commit behind it, and a connection to look at what it wrote. */
async function opened(t: Test, settings = {}) {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, TENANTS, { node: 'first', ...settings });
  for (const tenant of TENANTS.keys()) running.furnish(tenant);
  await running.commit();
  return { url, running, admin: await connected(t, url) };
}

/** Sequence numbers and epochs of a tenant's rows. */
async function rowsOf(client: pg.Client, tenant: string): Promise<string> {
  const { rows } = await client.query<{ rows: string | null }>(
    `SELECT string_agg(seq || ':' || epoch, ' ' ORDER BY seq) AS rows FROM holdfast.journal j
     JOIN holdfast.tenant t ON t.id = j.tenant WHERE t.name = $1`,
    [tenant],
  );
  return rows[0]!.rows ?? '';
}

/** Takes tenants away from whoever holds them, as another node does when their leases have lapsed. */
async function takeAway(client: pg.Client, ...names: string[]): Promise<void> {
  const other = { name: 'other', session: 'holdfast other', leaseTtlMs: 3000 };
  for (const tenant of await registerTenants(client, names)) {
    // Its holder's heart may beat in between.
    for (let taken = 0; taken === 0; ) {
      await client.query('UPDATE holdfast.lease SET expires_at = clock_timestamp() WHERE tenant = $1', [
        tenant,
      ]);
      taken = (await takeLeases(client, await lookAtLeases(client, [tenant]), other)).length;
    }
  }
}

/** Resolves when somebody waits for the lock of the journal's table. */
async function untilSomebodyWaits(admin: pg.Client): Promise<void> {
  for (;;) {
    const { rowCount } = await admin.query(
      "SELECT FROM pg_locks WHERE relation = 'holdfast.journal'::regclass AND NOT granted",
    );
    if (rowCount !== 0) return;
  }
}

t.test('a node that is to hold what another one holds is refused, and that one goes on', async (t) => {
  const { url, running, admin } = await opened(t);
  const epochs = 'SELECT tenant, epoch FROM holdfast.lease ORDER BY tenant';
  const before = (await admin.query(epochs)).rows;
  await t.rejects(RunningLedger.open(t, url, ['new', 'two']), {
    code: 'HF_LEDGER_IN_USE',
    message: /two is held by first, which is alive/,
  });
  t.same((await admin.query(epochs)).rows.slice(0, 2), before);
  running.authorise(0, 1);
  await running.commit();
  t.equal(await rowsOf(admin, 'one'), '1:1 2:1');
});

t.test('when the writer has gone, the next takes over under a higher epoch', async (t) => {
  const { url, running } = await opened(t);
  await running.close();
  const next = await RunningLedger.open(t, url, TENANTS);
  t.same(
    next.ledger.tenants.map((tenant) => tenant!.lease.epoch),
    [2, 2],
  );
});

t.test('the heartbeat finds what was taken away; what gathered for it is dropped', async (t) => {
  const { running, admin } = await opened(t, { leaseTtlMs: 600 });
  for (const tenant of TENANTS.keys()) running.authorise(tenant, 1);
  const { node, ledger } = running.opened;
  await takeAway(admin, 'two');
  while (ledger.serves(1)) await running.turn();
  t.same(running.authorise(1, 2), INOPERATIVE, 'it decides nothing more for that tenant');
  t.ok(ledger.serves(0));
  t.equal(node.epoch(1), 0);
  await running.commit();
  t.same(running.fenced, []);
  t.equal(await rowsOf(admin, 'two'), '1:1');
  t.equal(await rowsOf(admin, 'one'), '1:1 2:1');
});

t.test('a node that does not share tenants is lost with the last of them', async (t) => {
  const lost: string[] = [];
  const { running, admin } = await opened(t, { onLost: (error: Error) => lost.push(error.message) });
  await takeAway(admin, 'one');
  running.authorise(0, 1);
  await running.commit();
  await running.turn();
  t.same(lost, []);
  await takeAway(admin, 'two');
  running.authorise(1, 1);
  await running.commit();
  while (lost.length === 0) await running.turn();
  t.match(lost, [/HF_LEDGER_FENCED.*two/]);
});

/** A journal on a bare connection, under leases of its own. */
async function bare(t: Test) {
  const url = await databases.create();
  const admin = await connected(t, url);
  await migrate(admin);
  const tenants = await registerTenants(admin, TENANTS);
  const free = await lookAtLeases(admin, tenants);
  const leases = await takeLeases(admin, free, { name: 'bare', session: 'holdfast bare', leaseTtlMs: 3000 });
  const journal = await Journal.open({ url, revive: async () => {}, log: () => {} });
  t.teardown(() => journal.close());
  const row = (tenant: number, seq: number) => ({
    tenant: leases[tenant]!.tenant,
    seq,
    epoch: leases[tenant]!.epoch,
    previousHash: Buffer.alloc(32, seq),
    hash: Buffer.alloc(32, seq + 1),
    body: Buffer.from(`body ${seq}`),
  });
  return { url, journal, row, admin };
}

t.test('a tenant that was taken away adds nothing more; the rest of its group is durable', async (t) => {
  const { journal, row, admin } = await bare(t);
  t.same(await journal.commit([row(0, 1), row(1, 1)], 1000), []);
  await takeAway(admin, 'two');
  t.same(await journal.commit([row(0, 2), row(1, 2)], 2000), [row(1, 2)]);
  t.equal(await rowsOf(admin, 'one'), '1:1 2:1');
  t.equal(await rowsOf(admin, 'two'), '1:1');
  t.equal(journal.settlements, 0, 'its connection is whole');
  t.same(await journal.commit([row(0, 3)], 3000), [], 'and the others go on');
  t.same(await journal.commit([row(1, 3)], 3000), [row(1, 3)], 'it stays fenced');
});

t.test('an insert that waits for the table’s lock sees the epoch that is raised meanwhile', async (t) => {
  const { url, journal, row, admin } = await bare(t);
  const other = await connected(t, url);
  /** The rows that are refused of a commit that began while another transaction, which does `statement`, had the table. */
  const commitDuring = async (statement: string, seq: number): Promise<number> => {
    await other.query('BEGIN');
    await other.query('LOCK TABLE holdfast.journal IN EXCLUSIVE MODE');
    await other.query(statement);
    const outcome = journal.commit([row(0, seq), row(1, seq)], 1000);
    await untilSomebodyWaits(admin);
    await other.query('COMMIT');
    return (await outcome).length;
  };
  t.equal(await commitDuring('SELECT', 1), 0);
  t.equal(await commitDuring('SELECT', 2), 0, 'with the statement prepared');
  t.equal(await commitDuring('UPDATE holdfast.lease SET epoch = epoch + 1 WHERE tenant = 1', 3), 1);
  t.equal(await rowsOf(admin, 'one'), '1:1 2:1');
  t.equal(await rowsOf(admin, 'two'), '1:1 2:1 3:1');
});

t.test('a take-over waits for an insert that is under way, and replays it', async (t) => {
  const { url, running, admin } = await opened(t);
  running.authorise(0, 1);
  const { rows, at } = running.ledger.closeGroup();
  await running.close();
  const [{ tenant, seq, epoch, previousHash, hash, body }] = rows as [(typeof rows)[number]];
  const slow = await connected(t, url);
  await slow.query('BEGIN');
  await slow.query(
    'INSERT INTO holdfast.journal VALUES ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), $7)',
    [tenant, seq, epoch, previousHash, hash, at, body],
  );
  const next = RunningLedger.open(t, url, TENANTS);
  await untilSomebodyWaits(admin);
  await slow.query('COMMIT');
  t.equal((await next).authorise(0, 1).journalled, false, 'the hold is known');
});

t.test('other rows where the writer was about to write fence that tenant', async (t) => {
  const { running, admin } = await opened(t);
  await admin.query(
    "INSERT INTO holdfast.journal SELECT tenant, 2, epoch, hash, 'other', at, body FROM holdfast.journal WHERE tenant = 1",
  );
  running.authorise(0, 1);
  running.authorise(1, 1);
  await running.commit();
  t.same(
    running.fenced.map(({ tenant, seq }) => [tenant, seq]),
    [[1, 2]],
  );
  t.equal(await rowsOf(admin, 'two'), '1:1 2:1');
});
