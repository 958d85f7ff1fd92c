import path from 'node:path';
import t from 'tap';
import { connected, FreshDatabases, query } from '../../ledger/fresh-databases.js';
import { project } from '../../ledger/projection/projected.js';
import { NO_SNAPSHOTS, proverOf, snapshotsIn } from '../../ledger/proved-journal.js';
import { writeHonestly } from '../../ledger/running-ledger.js';
import { holdfast } from './run-tool.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const url = await databases.create();
const data = await snapshotsIn(t);
const snapshots = { ...data, directory: path.join(data.directory, 'snapshots') };
await t.test('a journal that was proved at row 4', async (t) => {
  const running = await writeHonestly(t, url, ['one', 'two'], 4);
  const client = await connected(t, url);
  await proverOf(snapshots, ['one', 'two']).prove(client);
  running.authorise(0, 100);
  await running.commit();
  await proverOf(snapshots, ['one'], NO_SNAPSHOTS).prove(client);
});
const database = ['--database', url, '--data-directory', data.directory];

t.test('verify says what it proved, and from where', async (t) => {
  const { code, out } = await holdfast(['verify', ...database]);
  t.equal(code, 0);
  t.match(out, /^one {10}proved: 5 rows, 8 commands, 2 checkpoints until 20.*Z \(.* a second\)$/m);
  t.match(out, /^two {10}proved: 4 rows, 7 commands, 1 checkpoint until/m);
  const since = await holdfast(['verify', ...database, '--tenant', 'one', '--since', '5', '--json']);
  t.match(JSON.parse(since.out), {
    tenant: 'one',
    after: 4,
    rows: 5,
    commands: 1,
    checkpoints: 1,
    fault: null,
  });
});

t.test('verify says which row does not fit, and what to do', async (t) => {
  const wrong = await databases.create(url);
  await query(wrong, 'UPDATE holdfast.journal SET epoch = 2 WHERE tenant = 2 AND seq = 2');
  const { code, out } = await holdfast(['verify', '--database', wrong, '--data-directory', data.directory]);
  t.equal(code, 1);
  t.match(out, /^two {10}NOT PROVED: row 2 of the journal is not what it was when it was written$/m);
  t.match(out, /^two {10}Keep this tenant closed\. Compare the row with a standby or a backup/m);
  const { out: json } = await holdfast(['verify', '--database', wrong, '--tenant', 'two', '--json']);
  t.match(JSON.parse(json), { rows: 1, seq: 2, fault: /row 2/, advice: /Compare/ });
});

t.test('verify says what of the read model it compared, and what differs there', async (t) => {
  const tampered = await databases.create(url);
  const asked = ['verify', '--database', tampered, '--data-directory', data.directory];
  t.match((await holdfast(asked)).out, /^one {10}the read model is empty: nothing to compare$/m);
  t.same(await project(t, tampered, ['one', 'two']), []);
  const { code, out } = await holdfast(asked);
  t.equal(code, 0);
  t.match(out, /^one {10}read model compared at row 5\none {10}proved: 5 rows/m);
  await query(tampered, 'UPDATE holdfast_read.account SET posted = posted + 1 WHERE tenant = 2');
  const wrong = await holdfast(asked);
  t.equal(wrong.code, 1);
  t.match(
    wrong.out,
    /^two {10}NOT PROVED: read model, account 0 \(journal row 4\) has posted 10000001, the journal gives 10000000$/m,
  );
  t.match(wrong.out, /^two {10}The journal is whole.* holdfast projection rebuild\.$/m);
  const { out: json } = await holdfast([...asked, '--tenant', 'two', '--json']);
  t.match(JSON.parse(json), { tenant: 'two', rows: 4, seq: 4, fault: /^read model, account 0/ });
});

t.test('archive has nothing to move while all rows lie in the partition that is written', async (t) => {
  const to = ['--to', path.join(data.directory, 'archive')];
  const { code, out } = await holdfast(['journal', 'archive', ...database, '--before', '2030-01-01', ...to]);
  t.same([code, out], [0, 'no partition lies wholly before that\n']);
});

t.test('wrong usage is told', async (t) => {
  const since = await holdfast(['verify', '--since', 'yesterday']);
  t.same([since.code, /--since <sequence>.* is invalid/.test(since.err)], [64, true]);
  const before = await holdfast(['journal', 'archive', '--before', 'yesterday', '--to', 'x']);
  t.same([before.code, /--before <when>.* is invalid/.test(before.err)], [64, true]);
  t.equal((await holdfast(['journal', 'archive', '--to', 'x'])).code, 64);
});
