import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { NO_TENANT } from '../../parsers/batch.js';
import { type BinRange, BinTable } from '../../parsers/bin-ranges.js';
import { holds } from './property.js';

const BIN_MAX = 99_999_999;

/** Ranges between neighbours of a sorted list of numbers: every other gap belongs to a tenant. */
const disjointRanges: fc.Arbitrary<BinRange[]> = fc
  .uniqueArray(fc.oneof(fc.nat(BIN_MAX), fc.nat(100)), { maxLength: 40 })
  .map((numbers) => {
    const edges = numbers.sort((a, b) => a - b);
    const ranges: BinRange[] = [];
    for (let at = 0; at + 1 < edges.length; at += 2) {
      ranges.push({ low: edges[at]!, high: edges[at + 1]!, tenant: at % 9 });
    }
    return ranges;
  });

t.test(
  'a BIN belongs to the tenant of the range that it is in, by whichever order they are given',
  async (t) => {
    const property = fc.property(
      disjointRanges,
      fc.array(fc.nat(BIN_MAX)),
      fc.boolean(),
      (ranges, others, reverse) => {
        const table = new BinTable(reverse ? ranges.toReversed() : ranges);
        const edges = ranges.flatMap(({ low, high }) => [low - 1, low, high, high + 1]);
        for (const bin of [0, BIN_MAX, ...edges, ...others]) {
          const range = ranges.find(({ low, high }) => low <= bin && bin <= high);
          assert.equal(table.tenantOf(bin), range?.tenant ?? NO_TENANT, String(bin));
        }
      },
    );
    holds(t, property, 500);
  },
);

t.test('a table of no ranges knows no tenant', async (t) => {
  t.equal(new BinTable([]).tenantOf(99990100), NO_TENANT);
});

t.test('ranges that touch are two, that overlap are refused, whatever their order', async (t) => {
  const low = { low: 10_000_000, high: 19_999_999, tenant: 0 };
  t.equal(new BinTable([{ low: 20_000_000, high: 29_999_999, tenant: 1 }, low]).tenantOf(20_000_000), 1);
  for (const other of [
    { low: 19_999_999, high: 29_999_999, tenant: 1 },
    { low: 10_000_000, high: 10_000_000, tenant: 1 },
    { low: 0, high: 99_999_999, tenant: 1 },
  ]) {
    t.throws(() => new BinTable([low, other]), { name: 'RangeError', message: /overlap/ });
    t.throws(() => new BinTable([other, low]), { name: 'RangeError', message: /overlap/ });
  }
});

t.test('a range that is none is refused', async (t) => {
  const one = (range: Partial<BinRange>) => () => new BinTable([{ low: 1, high: 2, tenant: 0, ...range }]);
  t.throws(one({ low: 3 }), { name: 'RangeError', message: /upside down/ });
  t.throws(one({ low: -1 }), { name: 'RangeError', message: /8 digits/ });
  t.throws(one({ high: 100_000_000 }), { name: 'RangeError', message: /8 digits/ });
  t.throws(one({ low: Number.NaN }), { name: 'RangeError', message: /8 digits/ });
  t.throws(one({ tenant: NO_TENANT }), { name: 'RangeError', message: /tenant/ });
  t.throws(one({ tenant: -1 }), { name: 'RangeError', message: /tenant/ });
  t.doesNotThrow(one({ low: 0, high: BIN_MAX, tenant: NO_TENANT - 1 }));
});
