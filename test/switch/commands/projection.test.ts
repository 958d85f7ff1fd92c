import path from 'node:path';
import t from 'tap';
import { FreshDatabases, query } from '../../ledger/fresh-databases.js';
import { PARTITIONED_TENANTS, partitionedJournal } from '../../ledger/partitioned-journal.js';
import { contents, project, RunningProjector, until } from '../../ledger/projection/projected.js';
import { holdfast } from './run-tool.js';

t.setTimeout(120_000);
const databases = await FreshDatabases.start(t);

t.test('tables whose journal is archived are filled again from the archive, or not touched', async (t) => {
  const { url, archive, snapshots, move } = await partitionedJournal(t, databases);
  const settings = { snapshots: snapshots.directory };
  t.same(await project(t, url, PARTITIONED_TENANTS, settings), []);
  await move();
  const filled = await contents(url);
  const rebuild = (...args: string[]) =>
    holdfast(['projection', 'rebuild', '--database', url, '--data-directory', snapshots.directory, ...args]);

  t.match(await rebuild(), {
    code: 1,
    err: /^nothing is changed: one can't be filled again: rows 1 to 15 of its journal are archived; --archive says where they are$/m,
  });
  t.match(await rebuild('--archive', path.join(archive, 'elsewhere')), {
    code: 1,
    err: /^nothing is changed: one can't be filled again: rows 1 to 7 of the journal, archived in journal_0.copy, are not there/m,
  });
  t.same(await contents(url), filled);

  // A switch is at work, which has no archive.
  const beside = new RunningProjector(t, url, PARTITIONED_TENANTS, settings);
  await until('it has begun', () => beside.progress.of(1)?.seq === 20);
  await query(url, 'UPDATE holdfast_read.account SET posted = posted + 1');
  t.match(await rebuild('--archive', archive), {
    code: 0,
    err: '',
    out: 'one          row 20 of 20: nothing is missing\ntwo          row 20 of 20: nothing is missing\n',
  });
  t.same(await contents(url), filled);
});
