import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import t from 'tap';
import { FreshDatabases, query } from '../fresh-databases.js';
import { RunningLedger } from '../running-ledger.js';
import { historyStep, play } from './arbitrary-history.js';
import { contents, differences, project, RunningProjector } from './projected.js';

t.setTimeout(120_000);
const AUDIT = await readFile(new URL('../../../ledger/audit.sql', import.meta.url), 'utf8');
const databases = await FreshDatabases.start(t);
const HISTORIES = 24;
const TENANTS = Array.from({ length: HISTORIES }, (_, index) => `tenant-${index}`);

t.test('whatever happened, the tables have what the journal gives, however it was cut', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, TENANTS);
  let tenant = 0;
  const seed = 8583;
  const shown = `seed ${seed}`;
  await fc.assert(
    fc.asyncProperty(fc.array(historyStep, { minLength: 50, maxLength: 300, size: 'max' }), async (steps) => {
      await play(running, tenant++, steps);
    }),
    { numRuns: HISTORIES, endOnFailure: true, seed },
  );
  t.same(running.quarantined, [], shown);

  t.same(await project(t, url, TENANTS), [], shown);
  t.same(await differences(url), [], shown);
  t.same(await query(url, AUDIT), [], shown);

  const once = await contents(url);
  t.not(once.hold, '0 ', 'there were holds');
  t.not(once.transfer, '0 ', 'there were funds');
  const kinds = await query(
    url,
    "SELECT kind FROM holdfast_read.authorisation WHERE original_seq IS NOT NULL AND kind <> 'void' GROUP BY kind ORDER BY kind",
  );
  for (const kind of ['clearing', 'reversal'])
    t.ok(
      kinds.some((row) => row.kind === kind),
      `${kind}, ${shown}`,
    );

  await query(
    url,
    'TRUNCATE holdfast_read.account, holdfast_read.card, holdfast_read.authorisation, holdfast_read.hold, holdfast_read.entry, holdfast_read.book, holdfast_read.transfer, holdfast_read.event',
  );
  await query(url, 'UPDATE holdfast_read.position SET seq = 0, at = NULL');
  // Row by row, and stopped and begun again on the way.
  for (let round = 0; round < 3; round++) {
    const projector = new RunningProjector(t, url, TENANTS, { batchBytes: 1 + 2000 * round });
    if (round === 2) await projector.caughtUp();
    else await projector.moved();
    await projector.stop();
    t.same(projector.log, []);
  }
  t.same(await contents(url), once, shown);
});
