import { join } from 'node:path';
import pg from 'pg';
import t from 'tap';
import { startEmbeddedPostgres } from '../../ledger/embedded-postgres.js';
import { loadKeys } from '../../tenants/keys.js';
import { contradictions, imbalances } from './conformity.js';
import type { Message } from './link.js';
import { Processor } from './processor.js';
import { Recorded } from './recorded.js';
import { newSeed } from './seed.js';
import { databaseUrl, listCards, newDataDirectory, refusedStart, SwitchProcess } from './switch-process.js';

const EXIT_LOST = 70;
/** Long enough that no commit is late: 91 is another test's. */
const commitTimeoutMs = 60_000;
const ANSWERS = 1000;

t.setTimeout(120_000);

/** What a start writes: leases, and rows of limits and cards. */
async function written(url: string) {
  return query(
    url,
    'SELECT tenant, epoch, node, (SELECT count(*) FROM holdfast.journal) FROM holdfast.lease',
  );
}

/**
 * Forgets the answers 91: no commit is late here, so each is of a switch that had lost the tenant, and says nothing
 * about what was decided.
 */
function forgetRefusals(messages: readonly Message[]): void {
  for (const { answers } of messages) {
    const told = answers.filter(({ code }) => code !== '91');
    answers.splice(0, answers.length, ...told);
  }
}

/** Ends the sessions of the switches, as a database that fails over does; returns when they are gone. */
async function endSessions(url: string) {
  return query(
    url,
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE 'holdfast %'",
  );
}

async function rowsOfEpoch(url: string, epoch: number) {
  return query(url, `SELECT count(*) FROM holdfast.journal WHERE epoch = ${epoch}`);
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

t.test('two switches on one external database', async (t) => {
  const seed = newSeed(t);
  const dataDirectory = await newDataDirectory(t);
  const postgres = await startEmbeddedPostgres({ directory: join(dataDirectory, 'postgres'), log: () => {} });
  const database = postgres.url;
  const options = { dataDirectory, database, commitTimeoutMs };
  const first = await SwitchProcess.start(t, options);
  const before = await listCards(options);
  const processor = new Processor(before, seed, '12345678901');
  t.teardown(() => processor.close());
  await processor.connect(first.port);

  await t.test('the second is refused while the first lives, and writes nothing', async (t) => {
    const writtenBefore = await written(database);
    const { code, stderr } = await refusedStart(t, options);
    t.equal(code, 1);
    t.match(stderr, /HF_LEDGER_IN_USE/);
    t.same(await written(database), writtenBefore);
    await processor.probe();
  });

  await t.test('one that was taken over writes nothing more, approves nothing more, and ends', async (t) => {
    processor.run();
    await processor.until(() => processor.answered >= ANSWERS);
    first.signal('SIGSTOP');
    await endSessions(database);
    const second = await SwitchProcess.start(t, options);
    const byFirst = await rowsOfEpoch(database, 1);
    first.signal('SIGCONT');
    await processor.lost();
    t.equal((await first.ended).code, EXIT_LOST);
    t.match(first.stderr, /HF_LEDGER_FENCED/);
    t.same(await rowsOfEpoch(database, 1), byFirst);
    forgetRefusals(processor.messages);
    t.same(contradictions(processor.messages, await Recorded.read(database)), []);

    await processor.connect(second.port);
    await processor.repeat(processor.messages.filter(({ answers }) => answers.length === 0));
    await processor.probe();
    const recorded = await Recorded.read(database);
    t.same([...recorded.epochs].sort(), [1, 2]);
    t.same(contradictions(processor.messages, recorded), []);
    t.same(processor.faults, []);
    const keys = await loadKeys(dataDirectory, undefined);
    t.same(imbalances(before, await listCards(options), processor.messages, recorded, keys), []);
  });
});

t.test('two switches on one data directory', async (t) => {
  const dataDirectory = await newDataDirectory(t);
  const options = { dataDirectory, commitTimeoutMs };
  const first = await SwitchProcess.start(t, options);
  const url = await databaseUrl(dataDirectory);
  const started = () => query(url, 'SELECT pg_postmaster_start_time()');
  const startedAt = await started();

  await t.test('the second is refused and leaves the first its Postgres', async (t) => {
    const { stderr } = await refusedStart(t, options);
    t.match(stderr, /HF_LEDGER_IN_USE/);
    t.same(await started(), startedAt);
  });

  await t.test(
    'one that was taken over while idle ends, and leaves its successor the Postgres',
    async (t) => {
      first.signal('SIGSTOP');
      await endSessions(url);
      const second = await SwitchProcess.start(t, options);
      first.signal('SIGCONT');
      t.equal((await first.ended).code, EXIT_LOST);
      t.same(await started(), startedAt);
      const processor = new Processor(await listCards(options), newSeed(t), '12345678901');
      t.teardown(() => processor.close());
      await processor.connect(second.port);
      await processor.probe();
    },
  );
});
