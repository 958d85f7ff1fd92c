import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import t from 'tap';
import type { ArchiveManifest } from '../../ledger/archive-files.js';
import { listPartitions } from '../../ledger/partitions.js';
import { recover } from '../../ledger/recover.js';
import { SnapshotFiles } from '../../ledger/snapshot-files.js';
import { type Verdict, type VerifySettings, verify } from '../../ledger/verify.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { drained, partitionedJournal, PARTITIONED_TENANTS as TENANTS } from './partitioned-journal.js';
import { ALWAYS, NO_SNAPSHOTS, proverOf, snapshotsIn } from './proved-journal.js';
import { RunningLedger } from './running-ledger.js';
import { contentOf } from './state-content.js';

t.setTimeout(120_000);

const AUDIT = await readFile(new URL('../../ledger/audit.sql', import.meta.url), 'utf8');
const databases = await FreshDatabases.start(t);
function verdicts(client: pg.Client, settings: VerifySettings): Promise<Verdict[]> {
  return drained(verify(client, settings));
}

t.test('the oldest partitions go into files; the last one stays, and the switch writes on', async (t) => {
  const { client, url, running, archive, move } = await partitionedJournal(t, databases);
  const manifests: ArchiveManifest[] = await move();
  t.same(
    manifests.map(({ partition, tenants }) => [
      partition,
      tenants.map(({ tenant, firstSeq, lastSeq, rows }) => [tenant, firstSeq, lastSeq, rows]),
    ]),
    [
      [
        'journal_0',
        [
          ['one', 1, 7, 7],
          ['two', 1, 7, 7],
        ],
      ],
      [
        'journal_1',
        [
          ['one', 8, 15, 8],
          ['two', 8, 15, 8],
        ],
      ],
    ],
  );
  t.same(await readdir(archive), ['journal_0.copy', 'journal_0.json', 'journal_1.copy', 'journal_1.json']);
  t.same(JSON.parse(await readFile(path.join(archive, 'journal_1.json'), 'utf8')), manifests[1]);
  t.same(
    (await listPartitions(client)).map(({ name }) => name),
    ['journal_2'],
  );
  t.same(await query(url, AUDIT), [], 'what is left follows what was archived');
  running.authorise(0, 100);
  t.equal((await running.commit()).rows[0]!.seq, 21);
  t.same(await move(), [], 'nothing more is to be had');
});

t.test('what was archived is proved from the files, the rest from the table', async (t) => {
  const { client, move, archive, snapshots } = await partitionedJournal(t, databases);
  await move();
  const all = await verdicts(client, { archive, snapshots });
  t.same(
    all.map(({ tenant, after, rows, commands, checkpoints, fault, note }) => [
      tenant,
      after,
      rows,
      commands,
      checkpoints,
      fault,
      note,
    ]),
    TENANTS.map((tenant) => [tenant, 0, 20, 23, 2, null, null]),
  );
  const [rest] = await verdicts(client, { snapshots, tenant: 'one' });
  t.same([rest!.after, rest!.rows, rest!.fault], [20, 20, null]);
  t.match(rest!.note, /rows 1 to 15 are archived: proved from the snapshot of row 20; --archive proves all/);
  const [since] = await verdicts(client, { archive, snapshots, tenant: 'one', since: 12 });
  t.same(
    [since!.after, since!.rows, since!.commands],
    [10, 20, 10],
    'also from a snapshot inside the archive',
  );
});

t.test('a journal whose start is archived opens from its snapshot, and without one it refuses', async (t) => {
  const { client, url, move, running, snapshots } = await partitionedJournal(t, databases);
  await move();
  const content = contentOf(running.state(0));
  const one = { id: 1, name: 'one' };
  t.equal(contentOf((await recover(client, one, snapshots)).state), content);
  const text = /rows 1 to 15 of the journal are archived, and there is no snapshot of row 15 or later/;
  await t.rejects(recover(client, one), { name: 'InvariantError', message: text });
  await rm(new SnapshotFiles(snapshots.directory, 'one').pathOf(20));
  await t.rejects(recover(client, one, snapshots), { message: text }, 'one of before does not do');
  const [verdict] = await verdicts(client, { snapshots, tenant: 'one' });
  t.match(verdict, { fault: text, advice: /Copy a snapshot .* or give the archive by --archive/ });
  await running.close();
  const again = await RunningLedger.open(t, url, TENANTS, { snapshots: snapshots.directory });
  t.same(again.quarantined, ['one']);
  t.equal(again.authorise(1, 100).journalled, true);
});

t.test('a standby of a journal whose start is archived begins at a snapshot, and takes over', async (t) => {
  const { url, move, running, snapshots } = await partitionedJournal(t, databases);
  await move();
  const settings = { node: 'standby', shared: true, home: [], snapshots: snapshots.directory };
  const standby = await RunningLedger.open(t, url, TENANTS, settings);
  running.authorise(0, 100);
  await running.commit();
  const content = contentOf(running.state(0));
  await running.close();
  while (!TENANTS.every((_, tenant) => standby.ledger.serves(tenant))) await standby.turn();
  t.same(standby.quarantined, []);
  t.equal(contentOf(standby.state(0)), content);
});

t.test('a tenant that comes when the first partitions are archived begins at row 1', async (t) => {
  const { url, move, running, client } = await partitionedJournal(t, databases);
  await move();
  await running.close();
  const again = await RunningLedger.open(t, url, ['three']);
  again.furnish(0);
  t.equal((await again.commit()).rows[0]!.seq, 1);
  t.same(
    (await listPartitions(client)).map(({ name, to }) => [name, to]),
    [
      ['journal_0', 16],
      ['journal_2', 4_194_304],
    ],
  );
});

t.test('a prover that is behind what was archived begins anew, and quarantines nobody', async (t) => {
  let late: ReturnType<typeof proverOf>;
  const { client, move, running } = await partitionedJournal(
    t,
    databases,
    ALWAYS,
    async (client, snapshots) => {
      late = proverOf(snapshots, TENANTS, NO_SNAPSHOTS);
      await late.prove(client);
      t.equal(late.proved.get(0), 10);
    },
  );
  await move();
  running.authorise(0, 100);
  await running.commit();
  // It finds out in one round, and begins in the next.
  for (let round = 0; round < 2; round++) await late!.prove(client);
  t.same([late!.proved.get(0), late!.proved.get(1), late!.faults.size], [21, 20, 0]);
});

t.test('only what lies wholly before the row or the time that was asked for goes', async (t) => {
  const { client, move } = await partitionedJournal(t, databases);
  t.same(await move({ seq: 7 }), []);
  t.same(
    (await move({ seq: 15 })).map(({ partition }) => partition),
    ['journal_0'],
  );
  const [row] = (
    await client.query(
      'SELECT extract(epoch FROM at)::float8 * 1000 AS at FROM holdfast.journal WHERE seq = 15 LIMIT 1',
    )
  ).rows;
  t.same(await move({ at: row.at }), []);
  t.same(
    (await move({ at: row.at + 1 })).map(({ partition }) => partition),
    ['journal_1'],
  );
});

t.test(
  'a partition stays while a tenant is not proved to its end, has no snapshot, or still writes there',
  async (t) => {
    const refused = { name: 'ArchiveError', code: 'HF_ARCHIVE_REFUSED' };
    const first = await partitionedJournal(t, databases, NO_SNAPSHOTS);
    await t.rejects(first.move(), {
      ...refused,
      message: /journal_0, rows up to 7, .*one has no snapshot of row 7 or later/,
    });
    const second = await partitionedJournal(t, databases);
    await query(second.url, 'DELETE FROM holdfast.checkpoint WHERE tenant = 2 AND seq > 10');
    await t.rejects(second.move(), {
      ...refused,
      message: /journal_1, rows up to 15, .*two is proved up to row 10 only/,
    });
    const third = await partitionedJournal(t, databases);
    await query(third.url, 'DELETE FROM holdfast.journal WHERE tenant = 2 AND seq > 5');
    await t.rejects(third.move(), { ...refused, message: /two is at row 5, and writes its next rows there/ });
    t.same(await readdir(third.archive), []);
  },
);

t.test('a partition with a row that is not what it was is not archived', async (t) => {
  const { url, move, client } = await partitionedJournal(t, databases);
  await query(url, 'UPDATE holdfast.journal SET epoch = 2 WHERE tenant = 2 AND seq = 4');
  await t.rejects(move(), { name: 'InvariantError', message: /row 4 of the journal is not what it was/ });
  t.equal((await listPartitions(client)).length, 3);
});

t.test('files that are there already are not written over', async (t) => {
  const { move, archive, client } = await partitionedJournal(t, databases);
  await writeFile(path.join(archive, 'journal_0.json'), 'mine');
  await t.rejects(move(), { code: 'HF_ARCHIVE_REFUSED', message: /journal_0.json is there already/ });
  t.equal(await readFile(path.join(archive, 'journal_0.json'), 'utf8'), 'mine');
  t.equal((await listPartitions(client)).length, 3);
});

t.test('a writer that keeps the partition for a moment is waited for', async (t) => {
  const { move, url } = await partitionedJournal(t, databases);
  const reader = await connected(t, url);
  await reader.query('BEGIN');
  await reader.query('SELECT FROM holdfast.journal_0 LIMIT 1');
  const moving = move({ seq: 8 });
  let waiting = false;
  while (!waiting) {
    const rows = await query(
      url,
      "SELECT FROM pg_locks WHERE NOT granted AND relation = 'holdfast.journal_0'::regclass",
    );
    waiting = rows.length > 0;
  }
  await reader.query('COMMIT');
  t.equal((await moving).length, 1);
});

const SPOILED: readonly [what: string, spoil: (directory: string) => Promise<void>, fault: RegExp][] = [
  [
    'a flipped bit',
    async (directory) => {
      const file = path.join(directory, 'journal_0.copy');
      const bytes = await readFile(file);
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(file, bytes);
    },
    /rows 1 to 7 of the journal, archived in journal_0.copy, are not what they were/,
  ],
  [
    'a file that is gone',
    (directory) => rm(path.join(directory, 'journal_1.copy')),
    /rows 8 to 15 of the journal, archived in journal_1.copy, are not there/,
  ],
  [
    'a manifest that is gone',
    (directory) => rm(path.join(directory, 'journal_0.json')),
    /rows 1 to 7 .* are not there/,
  ],
  [
    'the file of another partition',
    (directory) => copyFile(path.join(directory, 'journal_1.copy'), path.join(directory, 'journal_0.copy')),
    /rows 1 to 7 .* are not what they were/,
  ],
];

t.test('an archive that is not what it was is told by verify', async (t) => {
  const { client, move, archive, snapshots } = await partitionedJournal(t, databases);
  await move();
  for (const [what, spoil, fault] of SPOILED) {
    const directory = (await snapshotsIn(t)).directory;
    for (const name of await readdir(archive))
      await copyFile(path.join(archive, name), path.join(directory, name));
    await spoil(directory);
    for (const verdict of await verdicts(client, { archive: directory, snapshots }))
      t.match(verdict.fault, fault, what);
  }
});

t.test('Postgres alone can read an archive back', async (t) => {
  const { url, move, archive } = await partitionedJournal(t, databases);
  const before = await query(url, 'SELECT * FROM holdfast.journal WHERE seq < 8 ORDER BY tenant, seq');
  await move();
  await query(url, 'CREATE TABLE public.restored (LIKE holdfast.journal)');
  const file = await readFile(path.join(archive, 'journal_0.copy'));
  const client = await connected(t, url);
  const { from } = await import('pg-copy-streams');
  const columns = 'tenant, seq, epoch, previous_hash, hash, at, body';
  const stream = client.query(from(`COPY public.restored (${columns}) FROM STDIN (FORMAT binary)`));
  await new Promise((resolve, reject) => {
    stream.once('finish', resolve).once('error', reject);
    stream.end(file);
  });
  t.same(await query(url, 'SELECT * FROM public.restored ORDER BY tenant, seq'), before);
});
