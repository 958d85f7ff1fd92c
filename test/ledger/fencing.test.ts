import type pg from 'pg';
import t, { type Test } from 'tap';
import { DatabaseInUseError, FencedError } from '../../ledger/fenced-error.js';
import { connect, Journal } from '../../ledger/journal.js';
import { takeLeases } from '../../ledger/lease.js';
import { migrate } from '../../ledger/migrate.js';
import { connected, FreshDatabases } from './fresh-databases.js';
import { RunningLedger } from './running-ledger.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two'];
const EPOCH_RAISED = { name: 'FencedError', code: 'HF_LEDGER_FENCED', message: /raised the epoch/ };

/** A ledger with one commit behind it, and a connection to look at what it wrote. */
async function opened(t: Test, settings = {}) {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, TENANTS, settings);
  for (const tenant of TENANTS.keys()) running.furnish(tenant);
  await running.commit();
  return { url, running, admin: await connected(t, url) };
}

async function count(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int FROM holdfast.journal');
  return rows[0]!.count;
}

/** Ends the sessions of the ledger's, as a database does that is stopped. */
async function terminate(admin: pg.Client): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'holdfast' AND datname = current_database()`,
  );
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

t.test('a database that another switch writes to is refused, and the writer goes on', async (t) => {
  const { url, running, admin } = await opened(t);
  const epochs = 'SELECT tenant, epoch FROM holdfast.lease ORDER BY tenant';
  const before = (await admin.query(epochs)).rows;
  await t.rejects(RunningLedger.open(t, url, TENANTS), new DatabaseInUseError());
  await t.rejects(RunningLedger.open(t, url, ['other']), { code: 'HF_LEDGER_IN_USE' });
  t.same((await admin.query(epochs)).rows, before);
  running.authorise(0, 1);
  await running.commit();
  t.equal(await count(admin), 3);
});

t.test('when the writer has gone, the next takes over under a higher epoch', async (t) => {
  const { url, running } = await opened(t);
  await running.journal.close();
  const next = await RunningLedger.open(t, url, TENANTS);
  t.same(
    next.ledger.tenants.map(({ lease }) => lease.epoch),
    [2, 2],
  );
});

t.test('a writer that lost its session to another is fenced when it comes back', async (t) => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  // The writer may not reconnect before the other has taken over.
  const { url, running, admin } = await opened(t, { revive: () => gate });
  running.authorise(0, 1);
  await terminate(admin);
  const next = await takeOver(t, url);
  open();
  t.match(await running.journal.lost, EPOCH_RAISED, 'it is told before it commits anything');
  await t.rejects(running.commit(), EPOCH_RAISED);
  t.equal(await count(admin), 2);

  t.equal(next.authorise(0, 1).journalled, true, 'what was not committed never happened');
  await next.commit();
  t.equal(await count(admin), 3);
  running.authorise(0, 2);
  await t.rejects(running.commit(), FencedError, 'and stays fenced');
});

/** The session that was terminated may hold the lock for a moment still. */
async function takeOver(t: Test, url: string): Promise<RunningLedger> {
  for (;;) {
    try {
      return await RunningLedger.open(t, url, TENANTS);
    } catch (error) {
      if (!(error instanceof DatabaseInUseError)) throw error;
    }
  }
}

/** A journal whose session gave its lock back, so that others can take over while it still is connected. */
async function unlocked(t: Test) {
  const url = await databases.create();
  const client = await connect(url, () => {});
  await migrate(client);
  const leases = await takeLeases(client, TENANTS);
  await client.query('SELECT pg_advisory_unlock_all()');
  const log: string[] = [];
  const settings = { url, revive: async () => {}, log: (text: string) => log.push(text) };
  const journal = new Journal(client, leases, settings);
  t.teardown(() => journal.close());
  const row = (tenant: number, seq: number) => ({
    tenant: leases[tenant]!.tenant,
    seq,
    epoch: leases[tenant]!.epoch,
    previousHash: Buffer.alloc(32, seq),
    hash: Buffer.alloc(32, seq + 1),
    body: Buffer.from(`body ${seq}`),
  });
  return { url, journal, row, log, admin: await connected(t, url) };
}

t.test('an insert under an outdated epoch is refused by the statement itself', async (t) => {
  const { url, journal, row, log, admin } = await unlocked(t);
  await journal.commit([row(0, 1), row(1, 1)], 1000);
  await RunningLedger.open(t, url, TENANTS);
  await t.rejects(journal.commit([row(0, 2), row(1, 2)], 2000), EPOCH_RAISED);
  t.equal(await count(admin), 2);
  t.same(log, [], 'its connection is whole');
});

t.test('a group of which one tenant was taken over adds nothing for the others either', async (t) => {
  const { journal, row, admin } = await unlocked(t);
  await journal.commit([row(0, 1), row(1, 1)], 1000);
  await takeLeases(admin, ['two']);
  await t.rejects(journal.commit([row(0, 2), row(1, 2)], 2000), EPOCH_RAISED);
  t.equal(await count(admin), 2);
});

t.test('an insert that waits for the table’s lock sees the epoch that is raised meanwhile', async (t) => {
  const { url, journal, row, admin } = await unlocked(t);
  const other = await connected(t, url);
  /** How a commit ends that began while another transaction, which does `statement`, had the table. */
  const commitDuring = async (statement: string, seq: number): Promise<unknown> => {
    await other.query('BEGIN');
    await other.query('LOCK TABLE holdfast.journal IN EXCLUSIVE MODE');
    await other.query(statement);
    const outcome = journal.commit([row(0, seq)], 1000).then(
      () => 'durable',
      (error: unknown) => error,
    );
    await untilSomebodyWaits(admin);
    await other.query('COMMIT');
    return outcome;
  };
  t.equal(await commitDuring('SELECT', 1), 'durable');
  t.equal(await commitDuring('SELECT', 2), 'durable', 'with the statement prepared');
  t.match(await commitDuring('UPDATE holdfast.lease SET epoch = epoch + 1', 3), EPOCH_RAISED);
  t.equal(await count(admin), 2);
});

t.test('a take-over waits for an insert that is under way, and replays it', async (t) => {
  const { url, running, admin } = await opened(t);
  running.authorise(0, 1);
  const { rows, at } = running.ledger.closeGroup();
  await running.journal.close();
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

t.test('other rows where the writer was about to write fence it', async (t) => {
  const { running, admin } = await opened(t);
  await admin.query(
    "INSERT INTO holdfast.journal SELECT tenant, 2, epoch, hash, 'other', at, body FROM holdfast.journal WHERE tenant = 1",
  );
  running.authorise(0, 1);
  running.authorise(1, 1);
  await t.rejects(running.commit(), { code: 'HF_LEDGER_FENCED', message: /other rows/ });
  t.equal(await count(admin), 3);
});
