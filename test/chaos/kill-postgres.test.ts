import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { SeededRandom } from '../../switch/load/random.js';
import { loadKeys } from '../../tenants/keys.js';
import { contradictions, imbalances } from './conformity.js';
import { Processor } from './processor.js';
import { Recorded } from './recorded.js';
import { newSeed } from './seed.js';
import { databaseUrl, listCards, newDataDirectory, SwitchProcess } from './switch-process.js';

/** Which processes are killed; the whole server at least once. */
const KILLS = ['postmaster', 'server', 'postmaster', 'server', 'postmaster', 'server'] as const;
const ANSWERS = [100, 1500] as const;
/** Answers 91 that are waited for after a kill: more than the windows hold, so new messages are among them. */
const REFUSED_MIN = 200;
/** Few enough to be decided in one small commit. */
const REPEATED_AT_ONCE = 32;
/** A quarter of what an embedded server takes to come back at best. */
const commitTimeoutMs = 50;

t.setTimeout(240_000);

t.test('kill -9 of the embedded Postgres under load, again and again', async (t) => {
  const seed = newSeed(t);
  const random = new SeededRandom(seed);
  const dataDirectory = await newDataDirectory(t);
  const running = await SwitchProcess.start(t, { dataDirectory, commitTimeoutMs });
  const url = await databaseUrl(dataDirectory);
  const before = await listCards({ dataDirectory });
  const processor = new Processor(before, seed, '12345678901');
  t.teardown(() => processor.close());
  await processor.connect(running.port);
  const refused = () => processor.messages.filter(({ answers }) => answers.at(-1)?.code === '91');

  for (const [index, what] of KILLS.entries()) {
    processor.run();
    const killAt = processor.answered + ANSWERS[0] + random.below(ANSWERS[1] - ANSWERS[0]);
    await processor.until(() => processor.answered >= killAt);
    const postmaster = await postmasterOf(dataDirectory);
    const children = what === 'server' ? await childrenOf(postmaster) : [];
    for (const pid of [postmaster, ...children]) process.kill(pid, 'SIGKILL');

    const { refused: refusedBefore } = processor;
    await processor.until(() => processor.refused >= refusedBefore + REFUSED_MIN);
    t.pass(`kill ${index + 1}, ${what}: answers 91 meanwhile`);
    await processor.settle();
    await running.ready();
    t.not(await postmasterOf(dataDirectory), postmaster, 'another server runs');

    await processor.probe();
    let recorded = await Recorded.read(url);
    t.same(
      contradictions(processor.messages, recorded),
      [],
      'each answer stands in the journal as it was given',
    );
    const forgotten = () => refused().filter((message) => recorded.of(message)?.voided !== true);
    await processor.repeat(refused());
    // On a busy machine a commit may be late without a kill, too; all at once would make the next one late again.
    while (forgotten().length > 0) {
      await processor.repeat(forgotten().slice(0, REPEATED_AT_ONCE));
      // One that was decided this time, and late, is undone, and is answered 91 for good.
      await processor.probe();
      recorded = await Recorded.read(url);
    }
    t.same(
      contradictions(processor.messages, await Recorded.read(url)),
      [],
      'and the repeats are answered alike',
    );
  }

  const undone = refused().length;
  t.ok(undone > 0, `${undone} of ${processor.messages.length} were decided, answered 91 and undone`);
  t.same(processor.faults, []);
  const now = await listCards({ dataDirectory });
  const keys = await loadKeys(dataDirectory, undefined);
  t.same(imbalances(before, now, processor.messages, await Recorded.read(url), keys), []);
  t.match(await running.metrics(), /holdfast_settlements_total [1-9]/);
});

async function postmasterOf(dataDirectory: string): Promise<number> {
  const home = await realpath(join(dataDirectory, 'postgres'));
  return Number.parseInt(await readFile(join(home, 'data', 'postmaster.pid'), 'utf8'), 10);
}

/** By `/proc/<pid>/stat`: number, name in parentheses, state, parent. */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(
    // A process may end while we look.
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => Number(stats[index]!.split(') ')[1]?.split(' ')[1]) === parent);
}
