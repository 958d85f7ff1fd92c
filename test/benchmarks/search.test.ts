import t from 'tap';
import { searchHighest } from '../../benchmarks/search.js';

/** A system that holds up to `capacity`, and the rates it was asked. */
function system(capacity: number): { asked: number[]; holds: (rate: number) => Promise<boolean> } {
  const asked: number[] = [];
  return {
    asked,
    holds: async (rate) => {
      asked.push(rate);
      return rate <= capacity;
    },
  };
}

const options = { from: 20_000, fromHolds: true, growth: 1.4, precision: 1.05, triesMax: 12 };

for (const capacity of [20_000, 20_900, 31_234, 67_890, 250_000]) {
  t.test(`the highest rate of a system that holds ${capacity} is found to 5 %`, async (t) => {
    const { holds, asked } = system(capacity);
    const found = await searchHighest(options, holds);
    t.ok(found <= capacity && found >= capacity / 1.05, `${found} in ${asked.length} tries`);
    t.equal(new Set(asked).size, asked.length, 'no rate is tried twice');
  });
}

t.test('goes down when the first rate fails', async (t) => {
  const found = await searchHighest({ ...options, fromHolds: false }, system(5000).holds);
  t.ok(found <= 5000 && found >= 4700, `${found}`);
});

t.test('nothing holds: 0, and it stops', async (t) => {
  const { holds, asked } = system(0);
  t.equal(await searchHighest({ ...options, fromHolds: false }, holds), 0);
  t.ok(asked.length <= options.triesMax);
});

t.test('never more than the greatest number of tries, and never a rate that failed', async (t) => {
  const { holds, asked } = system(Number.POSITIVE_INFINITY);
  const found = await searchHighest({ ...options, triesMax: 3 }, holds);
  t.equal(asked.length, 3);
  t.equal(found, asked.at(-1));
});
