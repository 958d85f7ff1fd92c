import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { LedgerSettings } from '../../ledger/open-ledger.js';
import { type Cut, CuttingProxy } from './cutting-proxy.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { RunningLedger } from './running-ledger.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);

/** A ledger that reaches its database by way of the proxy, with one row of each tenant durable. */
async function opened(t: Test, settings: Partial<LedgerSettings> = {}) {
  const url = await databases.create();
  const proxy = await CuttingProxy.start(t, url);
  // No heartbeat comes between, so what the proxy breaks is what is meant.
  const running = await RunningLedger.open(t, proxy.url, ['one', 'two'], {
    leaseTtlMs: 600_000,
    ...settings,
  });
  for (const tenant of [0, 1]) running.furnish(tenant);
  await running.commit();
  return { url, proxy, running };
}

async function seqs(url: string): Promise<string> {
  const [row] = await query<{ seqs: string }>(
    url,
    "SELECT string_agg(tenant || ':' || seq, ' ' ORDER BY seq, tenant) AS seqs FROM holdfast.journal",
  );
  return row!.seqs;
}

const CUTS: readonly [cut: Cut, what: string][] = [
  ['before', 'never reached the database'],
  ['inside', 'reached the database by half'],
  ['answer', 'was durable, but its answer was lost'],
];

for (const [cut, what] of CUTS) {
  t.test(`a commit that ${what} is there once in the end`, async (t) => {
    const { url, proxy, running } = await opened(t);
    running.authorise(0, 1);
    running.authorise(1, 1);
    // Not of what else may be said over another connection.
    proxy.within = 'insert-journal';
    proxy.cuts.push(cut);
    await running.commit();
    t.same(proxy.cuts, [], 'the connection was broken');
    t.equal(running.journal.settlements > 0, true);
    t.equal(await seqs(url), '1:1 2:1 1:2 2:2');

    running.authorise(0, 2);
    await running.commit();
    t.equal(await seqs(url), '1:1 2:1 1:2 2:2 1:3', 'and the next follows it');
    await running.close();
    const again = await RunningLedger.open(t, url, ['one', 'two']);
    t.same(again.quarantined, []);
    t.equal(again.authorise(0, 1).journalled, false);
    t.equal(again.authorise(1, 1).journalled, false);
  });
}

t.test('however often the connection breaks, each row is there once', async (t) => {
  const { url, proxy, running } = await opened(t);
  let groups = 1;
  const cut = fc.constantFrom<Cut>('before', 'inside', 'answer');
  // Every reconnection sends more than one message, so that what is broken is the settling too.
  const property = fc.asyncProperty(fc.array(cut, { maxLength: 3 }), async (cuts) => {
    groups++;
    for (const tenant of [0, 1]) running.authorise(tenant, groups);
    proxy.cuts.push(...cuts);
    await running.commit();
    // What was still to come would break the next group at another moment than is said.
    proxy.cuts.length = 0;
    const expected = Array.from({ length: groups }, (_, group) => `1:${group + 1} 2:${group + 1}`);
    if ((await seqs(url)) !== expected.join(' ')) throw new Error(`${await seqs(url)}`);
  });
  await fc.assert(property, { seed: 8583, numRuns: 30 });
  t.equal(groups, 31);
});

t.test('a connection that breaks between commits is made anew before the next', async (t) => {
  let told = (): void => {};
  const noticed = new Promise<void>((resolve) => {
    told = resolve;
  });
  const log: string[] = [];
  const { url, proxy, running } = await opened(t, {
    log: (text) => {
      log.push(text);
      if (text.includes('the connection is lost')) told();
    },
  });
  proxy.cutAll();
  await noticed;
  running.authorise(0, 1);
  await running.commit();
  t.equal(await seqs(url), '1:1 2:1 1:2');
  t.notMatch(log.join('\n'), /outcome of a commit is unknown/);
});

t.test('a session that the server ends in the middle of a commit is settled', async (t) => {
  const { url, running } = await opened(t);
  const admin = await connected(t, url);
  await admin.query('BEGIN');
  await admin.query('LOCK TABLE holdfast.journal IN EXCLUSIVE MODE');
  running.authorise(0, 1);
  const commit = running.commit();
  const waiting = `SELECT pid FROM pg_locks WHERE relation = 'holdfast.journal'::regclass AND NOT granted`;
  let pid: number | undefined;
  while (pid === undefined) pid = (await admin.query<{ pid: number }>(waiting)).rows[0]?.pid;
  await admin.query('SELECT pg_terminate_backend($1)', [pid]);
  await admin.query('COMMIT');
  await commit;
  t.equal(await seqs(url), '1:1 2:1 1:2');
});

t.test('closing ends a commit that waits for its database, and leaves no session behind', async (t) => {
  let arrived = (): void => {};
  const settling = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { url, proxy, running } = await opened(t, {
    revive: () => {
      arrived();
      return gate;
    },
  });
  running.authorise(0, 1);
  proxy.cuts.push('before');
  const commit = running.commit();
  await settling;
  await running.close();
  open();
  await t.rejects(commit);
  const sessions = await query(
    url,
    "SELECT FROM pg_stat_activity WHERE application_name LIKE 'holdfast %' AND datname = current_database()",
  );
  t.equal(sessions.length, 0);
  t.equal(await seqs(url), '1:1 2:1');
});

/** The process that serves the ledger's connection, once it is there: one that broke between commits is made anew. */
async function backendOf(url: string): Promise<number> {
  for (;;) {
    const [row] = await query<{ pid: number }>(
      url,
      "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'holdfast %' AND datname = current_database()",
    );
    if (row !== undefined) return row.pid;
  }
}

// The last, since it takes the server away from all.
t.test('kill -9 of the server with a commit in flight loses nothing and doubles nothing', async (t) => {
  const { postgres } = databases;
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one'], { revive: () => postgres.ensureRunning() });
  running.furnish(0);
  await running.commit();
  let expected = '1:1';
  for (const victim of [async () => postgres.pid, () => backendOf(url), async () => postgres.pid]) {
    // Another's connection tells when all are gone.
    const witness = await connected(t, url);
    const gone = new Promise((resolve) => witness.once('end', resolve));
    const pid = await victim();
    const key = running.state(0).records.length + 2;
    running.authorise(0, key);
    const commit = running.commit();
    process.kill(pid, 'SIGKILL');
    await Promise.all([commit, gone]);
    await postgres.ensureRunning();
    expected += ` 1:${key}`;
    t.equal(await seqs(url), expected);
  }
  await running.close();
  const again = await RunningLedger.open(t, url, ['one']);
  t.same(again.quarantined, []);
  for (const key of [2, 3, 4]) t.equal(again.authorise(0, key).journalled, false);
});
