import { readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { Follower } from '../../ledger/follow.js';
import { rowHash } from '../../ledger/hash-chain.js';
import { connect } from '../../ledger/journal.js';
import { readNews, type StoredRow } from '../../ledger/read-journal.js';
import { connected, FreshDatabases } from './fresh-databases.js';
import { RunningLedger, writeHonestly } from './running-ledger.js';
import { contentOf } from './state-content.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);

async function written(t: Test, rows: number) {
  const url = await databases.create();
  const running = await writeHonestly(t, url, ['one', 'two'], rows);
  const client = await connect(url, () => {});
  t.teardown(() => client.end());
  return { url, running, client };
}

/** Writes more of the same. */
async function writeOn(running: RunningLedger, from: number, rows: number): Promise<void> {
  for (let key = from; key < from + rows; key++) {
    running.authorise(0, key);
    await running.commit();
  }
}

t.test('a follower is level with the journal each time that it has caught up', async (t) => {
  const { running, client } = await written(t, 5);
  const seen: number[] = [];
  const follower = new Follower(1, undefined, undefined, { ended: ({ seq }) => seen.push(seq) });
  t.same(await follower.catchUp(client), { rows: 5, commands: 8 });
  t.equal(contentOf(follower.state), contentOf(running.state(0)));
  t.same(await follower.catchUp(client), { rows: 0, commands: 0 });
  await writeOn(running, 100, 250);
  t.same(await follower.catchUp(client), { rows: 250, commands: 250 });
  t.equal(contentOf(follower.state), contentOf(running.state(0)));
  t.equal(follower.head.seq, 255);
  t.same(
    seen,
    Array.from({ length: 255 }, (_, index) => index + 1),
  );
});

t.test('a follower goes on from where another one’s state was, as from a snapshot', async (t) => {
  const { running, client } = await written(t, 5);
  const first = new Follower(1);
  await first.catchUp(client);
  const second = new Follower(1, first.state, first.head);
  await writeOn(running, 100, 3);
  t.same(await second.catchUp(client), { rows: 3, commands: 3 });
  t.equal(contentOf(second.state), contentOf(running.state(0)));
});

t.test('the news of many journals come at once, a page of each, in order', async (t) => {
  const { running, client } = await written(t, 3);
  await writeOn(running, 100, 250);
  const positions = [
    { tenant: 1, seq: 2 },
    { tenant: 2, seq: 1 },
    { tenant: 3, seq: 0 },
  ];
  const { byTenant, more } = await readNews(client, positions);
  t.same([...byTenant.keys()].sort(), [1, 2]);
  const seqs = (rows: readonly StoredRow[]) => rows.map(({ seq }) => seq);
  t.same(
    seqs(byTenant.get(1)!),
    Array.from({ length: 200 }, (_, index) => index + 3),
  );
  t.same(seqs(byTenant.get(2)!), [2, 3]);
  t.equal(more, true);
  t.equal((await readNews(client, [{ tenant: 1, seq: 202 }])).more, false);
});

t.test('a row of an epoch that was over does not fit, even where its hash does', async (t) => {
  const url = await databases.create();
  const first = await writeHonestly(t, url, ['one'], 2);
  await first.close();
  const second = await RunningLedger.open(t, url, ['one']);
  second.authorise(0, 50);
  await second.commit();
  second.authorise(0, 51);
  const { rows, at } = second.ledger.closeGroup();
  const client = await connected(t, url);
  const follower = new Follower(1);
  await follower.catchUp(client);
  const [row] = rows as [(typeof rows)[number]];
  const stale: StoredRow = {
    seq: row.seq,
    epoch: 1,
    previous_hash: row.previousHash,
    hash: rowHash(row.previousHash, 1, row.seq, 1, at, row.body),
    at,
    body: row.body,
  };
  await client.query(
    'INSERT INTO holdfast.journal VALUES (1, $1, $2, $3, $4, to_timestamp($5::float8 / 1000), $6)',
    [stale.seq, stale.epoch, stale.previous_hash, stale.hash, at, stale.body],
  );
  const audit = await readFile(new URL('../../ledger/audit.sql', import.meta.url), 'utf8');
  t.match((await client.query(audit)).rows, [
    { tenant: 'one', seq: '4', fault: 'it is of an epoch that was over' },
  ]);
  t.throws(() => follower.take([stale]), {
    code: 'HF_LEDGER_INVARIANT',
    message: /row 4 .* epoch that was over/,
  });
});
