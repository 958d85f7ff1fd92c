import t from 'tap';
import { SeededRandom } from '../../switch/load/random.js';
import { loadKeys } from '../../tenants/keys.js';
import { contradictions, imbalances } from './conformity.js';
import { Processor } from './processor.js';
import { Recorded } from './recorded.js';
import { newSeed } from './seed.js';
import { databaseUrl, listCards, newDataDirectory, SwitchProcess } from './switch-process.js';

const KILLS = 20;
/** The load's answers between a start and the next kill, at least and at most. */
const ANSWERS = [20, 1200] as const;
/** Long enough that no commit is late: 91 is another test's. */
const commitTimeoutMs = 60_000;

t.setTimeout(240_000);

t.test('kill -9 of the switch under load, again and again', async (t) => {
  const seed = newSeed(t);
  const random = new SeededRandom(seed);
  const dataDirectory = await newDataDirectory(t);
  const start = () => SwitchProcess.start(t, { dataDirectory, commitTimeoutMs });
  let running = await start();
  const url = await databaseUrl(dataDirectory);
  const before = await listCards({ dataDirectory });
  const processor = new Processor(before, seed, '12345678901');
  t.teardown(() => processor.close());
  let heardOfLate = 0;

  for (let kill = 1; kill <= KILLS; kill++) {
    await processor.connect(running.port);
    processor.run();
    const killAt = processor.answered + ANSWERS[0] + random.below(ANSWERS[1] - ANSWERS[0]);
    await processor.until(() => processor.answered >= killAt);
    await running.kill();
    await processor.lost();

    running = await start();
    const recorded = await Recorded.read(url);
    t.same(contradictions(processor.messages, recorded), [], `kill ${kill}: what was answered is durable`);
    const unheard = processor.messages.filter(({ answers }) => answers.length === 0);
    const durable = unheard.filter((message) => recorded.of(message) !== undefined);
    heardOfLate += durable.length;
    await processor.connect(running.port);
    await processor.repeat(unheard);
    t.same(contradictions(durable, recorded), [], `kill ${kill}: a repeat finds what was decided`);
  }

  const recorded = await Recorded.read(url);
  t.same(contradictions(processor.messages, recorded), []);
  t.same(processor.faults, []);
  t.ok(heardOfLate > 0, `${heardOfLate} of ${processor.messages.length} were durable and not heard of`);
  const now = await listCards({ dataDirectory });
  const keys = await loadKeys(dataDirectory, undefined);
  t.same(imbalances(before, now, processor.messages, recorded, keys), []);
});
