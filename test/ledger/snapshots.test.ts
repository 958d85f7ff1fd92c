import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import t, { type Test } from 'tap';
import { beginningOf, type Snapshots } from '../../ledger/beginning.js';
import { recover } from '../../ledger/recover.js';
import { SnapshotFiles } from '../../ledger/snapshot-files.js';
import { stateDigest } from '../../ledger/state-image.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { proverOf, snapshotsIn } from './proved-journal.js';
import { RunningLedger } from './running-ledger.js';
import { contentOf } from './state-content.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const ONE = { id: 1, name: 'one' };

/** A journal of nine rows with snapshots of rows 3 and 6. */
const honest = await databases.create();
let honestSnapshots: Snapshots;
let content = '';
await t.test('the prover leaves a snapshot at a checkpoint, and recovery begins there', async (t) => {
  honestSnapshots = await snapshotsIn(t.parent as Test);
  const running = await RunningLedger.open(t, honest, ['one']);
  const client = await connected(t, honest);
  running.furnish(0);
  await running.commit();
  for (let row = 2; row <= 9; row++) {
    running.now += 1000;
    running.authorise(0, row);
    await running.commit();
    if (row === 3 || row === 6) {
      const { prove, faults } = proverOf(honestSnapshots, ['one']);
      await prove(client);
      t.same([...faults], []);
    }
  }
  content = contentOf(running.state(0));
  const files = new SnapshotFiles(honestSnapshots.directory, 'one');
  t.same(await files.list(), [6, 3]);
  const { state, head, commands } = await recover(client, ONE, honestSnapshots);
  t.equal(contentOf(state), content);
  t.same([head.seq, commands], [9, 3], 'three rows were replayed');
});

/** A copy of the database and the snapshots for a test to spoil. */
async function copies(t: Test) {
  const url = await databases.create(honest);
  const snapshots = await snapshotsIn(t);
  const directory = path.join(snapshots.directory, 'one');
  await mkdir(directory);
  for (const name of await readdir(path.join(honestSnapshots.directory, 'one'))) {
    await copyFile(path.join(honestSnapshots.directory, 'one', name), path.join(directory, name));
  }
  return {
    url,
    snapshots,
    newest: path.join(directory, '6.snapshot'),
    older: path.join(directory, '3.snapshot'),
  };
}

/** Recovers, whatever it begins at; returns the row it began at. */
async function recoveredFrom(t: Test, client: pg.Client, snapshots: Snapshots): Promise<number> {
  const { head } = await beginningOf(client, ONE, snapshots);
  const { state } = await recover(client, ONE, snapshots);
  t.equal(contentOf(state), content);
  return head.seq;
}

async function flip(file: string, at: (length: number) => number): Promise<void> {
  const bytes = await readFile(file);
  const place = at(bytes.length);
  bytes[place] = bytes[place]! ^ 1;
  await writeFile(file, bytes);
}

const SPOILED: readonly [what: string, spoil: (file: string) => Promise<void>, said: RegExp][] = [
  ['a torn one', (file) => truncate(file, 1000), /HF_IMAGE_TORN/],
  ['an empty one', (file) => truncate(file, 0), /HF_IMAGE_TORN/],
  ['one with a flipped bit', (file) => flip(file, (length) => length >> 1), /HF_IMAGE_DAMAGED/],
  ['one with a flipped bit in its digest', (file) => flip(file, (length) => length - 1), /HF_IMAGE_DAMAGED/],
  ['one of another version', (file) => flip(file, () => 31), /HF_IMAGE_VERSION/],
  [
    'one that goes on behind its end',
    async (file) => writeFile(file, Buffer.concat([await readFile(file), Buffer.of(0)])),
    /goes on behind its end/,
  ],
  [
    'one of another row',
    async (file) => copyFile(path.join(path.dirname(file), '3.snapshot'), file),
    /its digest is not that of the checkpoint at row 6/,
  ],
];

for (const [what, spoil, said] of SPOILED) {
  t.test(`${what} is reported and left out: the older one does`, async (t) => {
    const { url, snapshots, newest } = await copies(t);
    await spoil(newest);
    const client = await connected(t, url);
    t.equal(await recoveredFrom(t, client, snapshots), 3);
    t.match(snapshots.said[0], said);
    t.match(snapshots.said[0], /snapshot of one at row 6 is left out/);
  });
}

const CHECKPOINT = 'WHERE tenant = 1 AND seq = 6';
const UNTRUE: readonly [what: string, sql: string, said: RegExp][] = [
  ['there is no checkpoint of it', `DELETE FROM holdfast.checkpoint ${CHECKPOINT}`, /no checkpoint at row 6/],
  [
    'the checkpoint has another digest',
    `UPDATE holdfast.checkpoint SET digest = set_byte(digest, 0, get_byte(digest, 0) # 1) ${CHECKPOINT}`,
    /its digest is not that of the checkpoint/,
  ],
  [
    'the checkpoint is of another row',
    `UPDATE holdfast.checkpoint SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) ${CHECKPOINT}`,
    /row 6 of the journal is another/,
  ],
];

for (const [what, sql, said] of UNTRUE) {
  t.test(`one is left out when ${what}`, async (t) => {
    const { url, snapshots } = await copies(t);
    await query(url, sql);
    const client = await connected(t, url);
    t.equal(await recoveredFrom(t, client, snapshots), 3);
    t.match(snapshots.said[0], said);
  });
}

t.test('when none proves itself, recovery begins at the start', async (t) => {
  const { url, snapshots, newest, older } = await copies(t);
  await truncate(newest, 500);
  await flip(older, (length) => length >> 1);
  const client = await connected(t, url);
  t.equal(await recoveredFrom(t, client, snapshots), 0);
  t.equal(snapshots.said.filter((line) => line.includes('left out')).length, 4, 'both, each time');
});

t.test('a journal that was tampered with before the snapshot opens, behind it it does not', async (t) => {
  const { url, snapshots } = await copies(t);
  const change = (seq: number) =>
    query(
      url,
      `UPDATE holdfast.journal SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE seq = ${seq}`,
    );
  await change(4);
  const client = await connected(t, url);
  t.equal(await recoveredFrom(t, client, snapshots), 6);
  await change(8);
  await t.rejects(recover(client, ONE, snapshots), { name: 'InvariantError', message: /row 8 .*not what/ });
});

t.test('a ledger that opens from a snapshot goes on with the same answers', async (t) => {
  const { url, snapshots } = await copies(t);
  const running = await RunningLedger.open(t, url, ['one'], { snapshots: snapshots.directory });
  t.equal(running.replayed, 3);
  t.equal(running.authorise(0, 2).journalled, false, 'an authorisation of before the snapshot is repeated');
  t.equal(running.authorise(0, 100).journalled, true);
  t.equal((await running.commit()).rows[0]!.seq, 10);
});

t.test('two are kept, and what an interrupted write left is removed', async (t) => {
  const { snapshots, url } = await copies(t);
  const client = await connected(t, url);
  const { state } = await recover(client, ONE);
  const files = new SnapshotFiles(snapshots.directory, 'one');
  await writeFile(path.join(files.directory, '8.snapshot.unfinished'), 'half');
  await files.write(9, state, stateDigest(state));
  t.same((await readdir(files.directory)).sort(), ['6.snapshot', '9.snapshot']);
  t.ok((await files.load(9)).digest.equals(stateDigest(state)));
});
