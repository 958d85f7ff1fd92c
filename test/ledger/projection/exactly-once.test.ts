import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type pg from 'pg';
import t from 'tap';
import { Progress } from '../../../ledger/projection/progress.js';
import { resetProjection } from '../../../ledger/projection/reset.js';
import type { ProjectorData } from '../../../ledger/projection/worker.js';
import { CuttingProxy } from '../cutting-proxy.js';
import { connected, FreshDatabases, query } from '../fresh-databases.js';
import { RunningLedger, writeHonestly } from '../running-ledger.js';
import { contents, differences, project, RunningProjector, until } from './projected.js';

t.setTimeout(120_000);
const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two', 'three'];
const ROWS = 6;

/** Three tenants with six rows each, and what the tables have of that when nothing goes wrong. */
const honest = await databases.create();
let expected: Readonly<Record<string, string>> = {};
await t.test('nothing goes wrong', async (t) => {
  const running = await writeHonestly(t, honest, TENANTS, ROWS);
  await running.close();
  const url = await databases.create(honest);
  t.same(await project(t, url, TENANTS), []);
  expected = await contents(url);
  t.match(expected, { position: /^3 /, authorisation: /^15 /, hold: /^15 /, account: /^3 / });
  t.same(await differences(url), []);
});

/** Keeps the next batch from its commit, when all of it was copied, until `client` rolls back. */
async function holdBack(client: pg.Client): Promise<void> {
  await client.query('BEGIN');
  // The books come last.
  await client.query('LOCK TABLE holdfast_read.book IN ACCESS EXCLUSIVE MODE');
}

/** The session of the batch that is kept back, when it waits there. */
async function heldBack(url: string): Promise<number> {
  let pid: number | undefined;
  await until('a batch waits for its commit', async () => {
    const [waiting] = await query<{ pid: number }>(
      url,
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'holdfast-projector'
       AND datname = current_database() AND wait_event_type = 'Lock'`,
    );
    pid = waiting?.pid;
    return pid !== undefined;
  });
  return pid!;
}

t.test('a session that is killed between COPY and commit', async (t) => {
  const url = await databases.create(honest);
  const client = await connected(t, url);
  await holdBack(client);
  const projector = new RunningProjector(t, url, TENANTS);
  await client.query('SELECT pg_terminate_backend($1)', [await heldBack(url)]);
  await client.query('ROLLBACK');
  await projector.caughtUp();
  t.match(projector.log.join('\n'), /connection to the database broke/);
  t.same(await contents(url), expected);
});

t.test('a thread that is killed between COPY and commit', async (t) => {
  const url = await databases.create(honest);
  const client = await connected(t, url);
  await holdBack(client);
  const shared = (cells: number) => new Float64Array(new SharedArrayBuffer(8 * cells));
  const workerData: ProjectorData = {
    url,
    tenants: TENANTS,
    indexes: [...TENANTS.keys()],
    pollMs: 5,
    batchBytes: 4096,
    progress: shared(Progress.cellsOf(TENANTS.length)),
    hotLoad: shared(1),
  };
  const worker = new Worker(new URL('../../../ledger/projection/worker.js', import.meta.url), { workerData });
  await heldBack(url);
  await worker.terminate();
  await client.query('ROLLBACK');
  t.same(await project(t, url, TENANTS), []);
  t.same(await contents(url), expected);

  const again = new Worker(new URL('../../../ledger/projection/worker.js', import.meta.url), { workerData });
  const progress = new Progress(workerData.progress);
  await until('it has looked', () => progress.of(2)?.seq === ROWS);
  again.postMessage('stop');
  t.same(await once(again, 'exit'), [0], 'and one that is told to stop ends by itself');
  t.same(await contents(url), expected);
});

for (const [cut, what] of [
  ['before', 'breaks before anything'],
  ['inside', 'breaks inside of what is sent'],
  ['committed', 'breaks when the commit is done and its answer on the way'],
] as const) {
  t.test(`a connection that ${what}, batch after batch`, async (t) => {
    const url = await databases.create(honest);
    const proxy = await CuttingProxy.start(t, url);
    const projector = new RunningProjector(t, proxy.url, TENANTS, { batchBytes: 1 });
    for (let round = 0; round < 3; round++) {
      proxy.cuts.push(cut);
      await until('it broke', () => proxy.cuts.length === 0);
    }
    await projector.caughtUp();
    await projector.stop();
    t.same(await contents(url), expected);
  });
}

t.test('tables that are emptied while they are filled are filled again, from the first row', async (t) => {
  const url = await databases.create(honest);
  const projector = new RunningProjector(t, url, TENANTS, { batchBytes: 1 });
  const client = await connected(t, url);
  await projector.moved();
  await resetProjection(client);
  await projector.caughtUp();
  t.same(await contents(url), expected);

  await resetProjection(client, await idOf(client, 'two'));
  await projector.caughtUp();
  t.same(await contents(url), expected, 'those of one tenant alone');
  t.same(projector.log, []);
});

t.test('two that project share the tenants, and the other goes on with those of one that ends', async (t) => {
  const url = await databases.create(honest);
  const projectors = [1, 2].map(() => new RunningProjector(t, url, TENANTS, { batchBytes: 1 }));
  await projectors[0]!.caughtUp();
  t.same(await contents(url), expected);
  await projectors[0]!.stop();
  await resetProjection(await connected(t, url));
  await projectors[1]!.caughtUp();
  t.same(await contents(url), expected);
  t.same(
    projectors.flatMap(({ log }) => log),
    [],
  );
});

t.test('a commit that the database lost with its memory is loaded again', async (t) => {
  const url = await databases.create(honest);
  const projector = new RunningProjector(t, url, TENANTS);
  await projector.caughtUp();
  // What a crash of the server leaves of commits that were not waited for: the tables as they were before.
  const client = await connected(t, url);
  await client.query('BEGIN');
  await client.query(
    'UPDATE holdfast_read.position SET seq = 5, at = (SELECT at FROM holdfast.journal WHERE seq = 5 LIMIT 1)',
  );
  for (const table of ['authorisation', 'hold', 'entry']) {
    await client.query(`DELETE FROM holdfast_read.${table} WHERE seq = 6`);
  }
  await client.query('UPDATE holdfast_read.account SET held = held - 1000, as_of = 5');
  await client.query('COMMIT');
  await projector.caughtUp();
  t.same(await contents(url), expected);
  t.same(projector.log, []);
});

t.test('a tenant whose journal or tables are wrong is named, and the others go on', async (t) => {
  const url = await databases.create(honest);
  const client = await connected(t, url);
  const two = await idOf(client, 'two');
  await client.query(
    'UPDATE holdfast.journal SET body = set_byte(body, 13 + 40, 255) WHERE tenant = $1 AND seq = 4',
    [two],
  );
  const projector = new RunningProjector(t, url, ['one', 'two']);
  await until('tenant one is filled', () => projector.progress.of(0)?.seq === ROWS);
  await until('tenant two is given up', () => projector.log.length > 0);
  t.match(projector.log[0], /tenant two can not be filled: .*row 4 of the journal is not what it was/);

  // A hold of tenant three that is not there any more, which then expires.
  const broken = new RunningProjector(t, url, ['three']);
  await broken.caughtUp();
  await client.query('DELETE FROM holdfast_read.hold WHERE tenant = $1 AND seq = 3', [
    await idOf(client, 'three'),
  ]);
  const again = await RunningLedger.open(t, url, TENANTS);
  again.now += 8 * 86_400_000;
  again.ask(2, { kind: 'advanceTime' });
  again.authorise(0, 100);
  await again.commit();
  await until('tenant one goes on', () => projector.progress.of(0)?.seq === ROWS + 1);
  await until('tenant three is given up', () => broken.log.length > 0);
  t.match(
    broken.log[0],
    /tenant three can not be filled: .*changed_hold: of 5 rows that changed the read model has 4/,
  );
});

async function idOf(client: pg.Client, name: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>('SELECT id FROM holdfast.tenant WHERE name = $1', [
    name,
  ]);
  return rows[0]!.id;
}
