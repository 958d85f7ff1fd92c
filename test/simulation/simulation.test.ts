import t from 'tap';
import { History } from './history.js';
import { simulate } from './simulate.js';
import type { Tally } from './tally.js';

t.setTimeout(120_000);

const SEEDS = 200;

t.test('in none of some hundred histories is anything lost, doubled or wrong', async (t) => {
  const { seeds, tally, wrong } = await simulate(0, SEEDS);
  if (wrong !== null) t.comment(`npm run simulate -- --seed ${wrong.seed}`);
  t.same([seeds, wrong?.violation ?? null], [SEEDS, null]);
  // They met what they are to meet.
  const met = Object.keys(tally).filter((name) => tally[name as keyof Tally] > 0);
  t.same(met, Object.keys(tally));
});

t.test('a seed is one history: what happens in it is the same in every run, to the last event', async (t) => {
  const [first, again, other] = [
    await new History(12, true).run(),
    await new History(12, true).run(),
    await new History(13, true).run(),
  ];
  t.ok(first.trace.length > 50);
  t.same(again, first);
  t.notSame(other.trace, first.trace);
});
