import t from 'tap';
import { timeInRounds } from '../../benchmarks/rounds.js';

t.test('subjects take turns in every round, and warm-ups are not counted', async (t) => {
  const order: string[] = [];
  const subject = (name: string, times: number) => ({
    name,
    times,
    run: (count: number) => {
      order.push(`${name}${count}`);
      return count;
    },
  });
  const timings = timeInRounds([subject('a', 3), subject('b', 5)], 2, 1);
  t.same(order, ['a3', 'b5', 'a3', 'b5', 'a3', 'b5']);
  t.same(
    timings.map(({ name }) => name),
    ['a', 'b'],
  );
  for (const { leastUs, medianUs, mostUs } of timings) {
    t.ok(leastUs >= 0 && leastUs <= medianUs && medianUs <= mostUs);
  }
});

t.test('a subject that makes nothing of its work is found out', async (t) => {
  const run = () => Number.NaN;
  t.throws(() => timeInRounds([{ name: 'a', times: 1, run }], 1, 0), { name: 'RangeError' });
});
