import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { RESPONSE } from '../../ledger/command.js';
import { listPartitions, PARTITION_ROWS } from '../../ledger/partitions.js';
import { recover } from '../../ledger/recover.js';
import { stateDigest } from '../../ledger/state-image.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { ALWAYS, NO_SNAPSHOTS, proverOf, snapshotsIn } from './proved-journal.js';
import { INOPERATIVE, RunningLedger, writeHonestly } from './running-ledger.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two'];

interface Row {
  readonly tenant: number;
  readonly seq: number;
  readonly commands: number;
  readonly digest: Buffer;
  readonly hash: Buffer;
  readonly same: boolean;
}

const CHECKPOINTS = `SELECT c.tenant, c.seq::float8, c.commands::float8, c.digest, c.hash, c.hash = j.hash AND c.at = j.at AS same
  FROM holdfast.checkpoint c JOIN holdfast.journal j USING (tenant, seq) ORDER BY 1, 2`;

t.test('each journal is proved while it grows, with a checkpoint of what it gives', async (t) => {
  const url = await databases.create();
  const running = await writeHonestly(t, url, TENANTS, 5);
  const client = await connected(t, url);
  const snapshots = await snapshotsIn(t);
  const { prove, proved, faults } = proverOf(snapshots, TENANTS);
  await prove(client);
  t.same(
    [...proved],
    [
      [0, 5],
      [1, 5],
    ],
  );
  running.authorise(1, 100);
  running.authorise(1, 101);
  await running.commit();
  // Checkpoints rest for a while after each other; the next prover makes the next.
  await prove(client);
  t.equal(proved.get(1), 6);
  const again = proverOf(snapshots, TENANTS);
  running.authorise(1, 102);
  await running.commit();
  await again.prove(client);
  t.same([...faults, ...again.faults], []);
  const rows = await query<Row & Record<string, unknown>>(url, CHECKPOINTS);
  t.same(
    rows
      .filter(({ seq }) => seq !== 6)
      .map(({ tenant, seq, commands, same }) => [tenant, seq, commands, same]),
    [
      [1, 5, 8, true],
      [2, 5, 8, true],
      [2, 7, 11, true],
    ],
  );
  const { state } = await recover(client, { id: 2, name: 'two' });
  t.ok(rows.at(-1)!.digest.equals(stateDigest(state)));
  t.ok(rows.at(-1)!.digest.equals(stateDigest(running.state(1))), 'and that of the writer’s own memory');
  t.same(await readdir(path.join(snapshots.directory, 'two')), ['5.snapshot', '7.snapshot']);
});

t.test('a prover that found nothing new makes no checkpoint', async (t) => {
  const url = await databases.create();
  await writeHonestly(t, url, ['one'], 3);
  const client = await connected(t, url);
  const { prove } = proverOf(await snapshotsIn(t), ['one'], { ...ALWAYS, everySeconds: 0 });
  for (let round = 0; round < 3; round++) await prove(client);
  t.equal((await query(url, CHECKPOINTS)).length, 1);
});

const TAMPERINGS: readonly [what: string, sql: string, text: RegExp][] = [
  [
    'a flipped byte in a row',
    `UPDATE holdfast.journal SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE tenant = 2 AND seq = 7`,
    /^row 7 of the journal is not what it was/,
  ],
  [
    'a row that is missing',
    'DELETE FROM holdfast.journal WHERE tenant = 2 AND seq = 7',
    /^row 7 .*is missing/,
  ],
];

for (const [what, sql, text] of TAMPERINGS) {
  t.test(`${what} quarantines its tenant, and the others are proved further`, async (t) => {
    const url = await databases.create();
    const running = await writeHonestly(t, url, TENANTS, 5);
    const client = await connected(t, url);
    const { prove, faults, proved } = proverOf(await snapshotsIn(t), TENANTS);
    await prove(client);
    for (const key of [6, 7, 8]) {
      for (const tenant of TENANTS.keys()) running.authorise(tenant, key);
      await running.commit();
    }
    await query(url, sql);
    await prove(client);
    t.same([...faults.keys()], [1]);
    t.match(faults.get(1), text);
    running.ledger.quarantine(1, new Error(faults.get(1)));
    t.same(running.quarantined, ['two']);
    t.same(running.authorise(1, 100), INOPERATIVE);
    t.equal(running.authorise(0, 100).code, RESPONSE.approved);
    await running.commit();
    await prove(client);
    t.same([proved.get(0), faults.size], [9, 1]);
  });
}

t.test('a writer whose memory went wrong is found by the balances in its next row', async (t) => {
  const url = await databases.create();
  const running = await writeHonestly(t, url, TENANTS, 3);
  const client = await connected(t, url);
  const { prove, faults } = proverOf(await snapshotsIn(t), TENANTS);
  const { accounts, balances } = running.state(1);
  balances.remove(0, accounts.posted(0), accounts.held(0));
  accounts.setBalances(0, accounts.posted(0) + 1_000_000, accounts.held(0));
  balances.add(0, accounts.posted(0), accounts.held(0));
  running.authorise(1, 50);
  await running.commit();
  await prove(client);
  t.same([...faults.keys()], [1]);
  t.match(faults.get(1), /row 4 of the journal: its writer had other balances/);
});

t.test('two proofs that come to different states tell on each other', async (t) => {
  const url = await databases.create();
  await writeHonestly(t, url, ['one'], 3);
  const client = await connected(t, url);
  const snapshots = await snapshotsIn(t);
  await proverOf(snapshots, ['one'], NO_SNAPSHOTS).prove(client);
  await query(url, 'UPDATE holdfast.checkpoint SET digest = hash');
  const { prove, faults } = proverOf(snapshots, ['one'], NO_SNAPSHOTS);
  await prove(client);
  t.match(faults.get(0), /row 3 of the journal: the state there has another digest than the checkpoint/);
});

t.test('a tenant that is not in the database yet is begun on when it is', async (t) => {
  const url = await databases.create();
  const running = await writeHonestly(t, url, ['one'], 2);
  const client = await connected(t, url);
  const { prove, proved } = proverOf(await snapshotsIn(t), TENANTS);
  await prove(client);
  t.same([...proved], [[0, 2]]);
  await running.close();
  const both = await RunningLedger.open(t, url, TENANTS);
  both.furnish(1);
  await both.commit();
  await prove(client);
  t.equal(proved.get(1), 1);
});

t.test('one that is switched off proves nothing, and makes partitions all the same', async (t) => {
  const url = await databases.create();
  const running = await writeHonestly(t, url, ['one'], 2);
  const client = await connected(t, url);
  await running.close();
  await query(url, `UPDATE holdfast.journal SET seq = ${PARTITION_ROWS - 1} WHERE seq = 2`);
  const { prove, proved, faults } = proverOf(await snapshotsIn(t), ['one'], null);
  await prove(client);
  t.same([proved.size, faults.size], [0, 0]);
  t.equal((await listPartitions(client)).length, 2);
});

t.test('a disk that takes no snapshot does not end the proof', async (t) => {
  const url = await databases.create();
  await writeHonestly(t, url, ['one'], 3);
  const client = await connected(t, url);
  const snapshots = await snapshotsIn(t);
  // In the place of the file.
  await mkdir(path.join(snapshots.directory, 'one', '3.snapshot.unfinished'), { recursive: true });
  const { prove, faults, proved } = proverOf(snapshots, ['one']);
  await prove(client);
  t.same([faults.size, proved.get(0)], [0, 3]);
  t.match(snapshots.said[0], /no snapshot of one could be written at row 3/);
});
