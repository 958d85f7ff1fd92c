import { copyFile, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import type pg from 'pg';
import t from 'tap';
import type { Snapshots } from '../../../ledger/beginning.js';
import { type ProjectionCheckSettings, projectionCheck } from '../../../ledger/projection/check.js';
import { resetProjection } from '../../../ledger/projection/reset.js';
import { verify } from '../../../ledger/verify.js';
import { connected, FreshDatabases, query } from '../fresh-databases.js';
import { drained, PARTITIONED_TENANTS, partitionedJournal } from '../partitioned-journal.js';
import { ALWAYS, proverOf, snapshotsIn } from '../proved-journal.js';
import { RunningLedger } from '../running-ledger.js';
import { historyStep, play } from './arbitrary-history.js';
import { contents, differences, project, RunningProjector, until } from './projected.js';

t.setTimeout(120_000);
const AUDIT = await readFile(new URL('../../../ledger/audit.sql', import.meta.url), 'utf8');
const databases = await FreshDatabases.start(t);
const HISTORIES = 5;
const TENANTS = Array.from({ length: HISTORIES }, (_, index) => `tenant-${index}`);

t.test('whatever happened, tables that were filled from snapshot to snapshot are the same', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, TENANTS);
  const snapshots = await snapshotsIn(t);
  const client = await connected(t, url);
  let rows = 0;
  const onRow = async (name: string) => {
    rows++;
    // Now the tables are behind the newest snapshot, now before it.
    if (rows % 5 === 0) await proverOf(snapshots, [name]).prove(client);
    if (rows % 8 === 0) t.same(await project(t, url, [name], { snapshots: snapshots.directory }), []);
  };
  let tenant = 0;
  const seed = 8583;
  await fc.assert(
    fc.asyncProperty(
      fc.array(historyStep, { minLength: 150, maxLength: 300, size: 'max' }),
      async (steps) => {
        const name = TENANTS[tenant]!;
        await play(running, tenant++, steps, () => onRow(name));
      },
    ),
    { numRuns: HISTORIES, endOnFailure: true, seed },
  );
  t.same(await project(t, url, TENANTS, { snapshots: snapshots.directory }), []);
  t.same(await differences(url), [], `seed ${seed}`);
  const checks = [projectionCheck({ snapshots, rows: true })];
  for (const since of [1, 1000]) {
    for (const { fault, note } of await drained(verify(client, { snapshots, checks, since }))) {
      t.equal(fault, null, `seed ${seed}`);
      // None of them is behind a snapshot that is as far as the tables.
      const each = since === 1 ? ', and each of its rows from journal row 1 on' : '(, and each .*)?';
      t.match(note, new RegExp(`read model compared at row \\d+${each}$`));
    }
  }
  const pieced = await contents(url);
  await resetProjection(client);
  t.same(await project(t, url, TENANTS), []);
  t.same(pieced, await contents(url), `seed ${seed}`);
  t.same(snapshots.said, []);
});

t.test('a projector goes on when what its tables have is archived, from the snapshot', async (t) => {
  const { url, client, running, snapshots, archive, move } = await partitionedJournal(t, databases);
  const settings = { snapshots: snapshots.directory };
  t.same(await project(t, url, PARTITIONED_TENANTS, settings), []);
  t.equal((await move()).length, 2);
  // It gives back what was held before the snapshot, too.
  running.now += 40 * 86_400_000;
  for (const tenant of PARTITIONED_TENANTS.keys()) {
    running.ask(tenant, { kind: 'advanceTime' });
    running.authorise(tenant, 100);
  }
  await running.commit();
  t.same(await project(t, url, PARTITIONED_TENANTS, settings), []);
  t.match(await query(url, 'SELECT DISTINCT status FROM holdfast_read.hold WHERE seq < 21'), [
    { status: 'expired' },
  ]);
  const checks = [projectionCheck({ snapshots })];
  for (const { fault, note } of await drained(verify(client, { snapshots, checks }))) {
    t.equal(fault, null);
    t.match(note, /read model compared at row 21/);
  }

  t.same(await query(url, AUDIT), [], 'of what is archived SQL alone says nothing wrong');
  const filled = await contents(url);
  await resetProjection(client);
  const asked = { snapshots, checks: [projectionCheck({ snapshots, rows: true })] };
  for (const { fault, note } of await drained(verify(client, asked))) {
    t.same([fault, /the read model is empty: nothing to compare$/.test(note!)], [null, true]);
  }
  const refused = new RunningProjector(t, url, ['one'], settings);
  await until('it is given up', () => refused.log.length > 0);
  t.match(
    refused.log[0],
    /tenant one .*rows 1 to 15 of the journal are archived: holdfast projection rebuild --archive reads them/,
  );
  // The other gave the tenant back.
  t.same(await project(t, url, PARTITIONED_TENANTS, { ...settings, archive }), []);
  t.same(await contents(url), filled, 'from the files');

  await query(url, 'UPDATE holdfast_read.position SET seq = 10 WHERE tenant = 1');
  const verdict = async (check: ProjectionCheckSettings) => {
    const checked = { tenant: 'one', snapshots, checks: [projectionCheck({ ...check, waitMs: 0 })] };
    return (await drained(verify(client, checked)))[0];
  };
  t.match(await verdict({ snapshots }), {
    fault: null,
    note: /read model not compared: rows 1 to 15 of the journal are archived, row 10 among them; --archive compares it/,
  });
  t.match(await verdict({ archive }), {
    seq: 21,
    fault: /^read model, account 0 \(journal row 21\) has held/,
  });
  await refused.stop();
});

t.test('an archive that is not whole fills nothing', async (t) => {
  const { url, snapshots, archive, move } = await partitionedJournal(t, databases);
  await move();
  const { directory } = await snapshotsIn(t);
  for (const name of await readdir(archive))
    await copyFile(path.join(archive, name), path.join(directory, name));
  await rm(path.join(directory, 'journal_1.json'));
  const projector = new RunningProjector(t, url, ['one'], {
    snapshots: snapshots.directory,
    archive: directory,
  });
  await until('it is given up', () => projector.log.length > 0);
  t.match(projector.log[0], /rows 8 to 15 of the journal, archived in journal_1.copy, are not there/);
  t.match(await contents(url), { account: '0 ' });
});

t.test('tables that lack a message which the ledger remembers are not gone on with', async (t) => {
  const { url, snapshots, move } = await partitionedJournal(t, databases);
  const settings = { snapshots: snapshots.directory };
  t.same(await project(t, url, PARTITIONED_TENANTS, settings), []);
  await move();
  await query(url, 'DELETE FROM holdfast_read.authorisation WHERE tenant = 1 AND seq = 4');
  const projector = new RunningProjector(t, url, ['one'], settings);
  await until('it is given up', () => projector.log.length > 0);
  t.match(projector.log[0], /the read model lacks 1 messages of the journal up to row 20: rebuild it/);
});

t.test('rows that the read model has not got are not archived', async (t) => {
  const refused = { name: 'ArchiveError', code: 'HF_ARCHIVE_REFUSED' };
  const atTen = async (_client: pg.Client, _snapshots: Snapshots, url: string) => {
    t.same(await project(t, url, ['two']), []);
  };
  const { url, move, snapshots } = await partitionedJournal(t, databases, ALWAYS, atTen);
  await t.rejects(move(), {
    ...refused,
    message:
      /journal_1, rows up to 15, .*: the read model of two has rows up to 10 only; holdfast projection rebuild fills it/,
  });
  t.same(await project(t, url, ['two'], { snapshots: snapshots.directory }), []);
  t.equal((await move()).length, 1);
});
