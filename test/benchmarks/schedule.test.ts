import t from 'tap';
import { zipfChoice } from '../../switch/load/choice.js';
import { SeededRandom } from '../../switch/load/random.js';
import { Schedule } from '../../switch/load/schedule.js';

function all(schedule: Schedule): number[] {
  const due: number[] = [];
  while (schedule.nextMs < schedule.endMs) due.push(schedule.take());
  return due;
}

t.test('a constant schedule does not drift, however odd the rate', async (t) => {
  const due = all(new Schedule(1000, 61_000, 7777, 'constant', new SeededRandom(1)));
  t.equal(due.length, 7777 * 60);
  t.equal(due[0], 1000);
  t.ok(Math.abs(due.at(-1)! - (61_000 - 1000 / 7777)) < 1e-6);
});

t.test(
  'a Poisson schedule has the rate on average, gaps of all sizes, and is the same for the same seed',
  async (t) => {
    const make = () => all(new Schedule(0, 10_000, 5000, 'poisson', new SeededRandom(3)));
    const due = make();
    t.ok(Math.abs(due.length - 50_000) < 1000, `${due.length} near 50,000`);
    const gaps = due.slice(1).map((ms, index) => ms - due[index]!);
    const long = gaps.filter((gap) => gap > 0.2).length / gaps.length;
    t.ok(Math.abs(long - Math.exp(-1)) < 0.02, `${long} of the gaps are longer than the mean`);
    t.same(make(), due);
  },
);

t.test('what is abandoned is counted', async (t) => {
  const schedule = new Schedule(0, 1000, 100, 'constant', new SeededRandom(1));
  for (let count = 0; count < 30; count++) schedule.take();
  t.equal(schedule.abandon(), 70);
  t.equal(schedule.nextMs, Number.POSITIVE_INFINITY);
});

t.test('by Zipf’s law the first card is busy in proportion', async (t) => {
  const choice = zipfChoice(new SeededRandom(5), 1000, 1);
  const counts = new Uint32Array(1000);
  for (let count = 0; count < 100_000; count++) counts[choice.next()]!++;
  // The harmonic number of 1000 is 7.485.
  t.ok(Math.abs(counts[0]! / 100_000 - 1 / 7.485) < 0.01);
  t.ok(Math.abs(counts[0]! / counts[9]! - 10) < 2);
});
