import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { generatePan, isWithin } from '../../../tenants/api/card-numbers.js';
import { luhnValid } from '../../../tenants/luhn.js';

const bin = fc.integer({ min: 0, max: 99_999_999 }).map((number) => String(number).padStart(8, '0'));
const range = fc
  .tuple(bin, bin)
  .map(([one, other]) => (one < other ? ([one, other] as const) : ([other, one] as const)));
const random = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));

t.test('a generated PAN has 16 digits, a right check digit, and a BIN of the ranges', async (t) => {
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), random, (bins, bytes) => {
      const pan = generatePan(bins, bytes);
      return pan.length === 16 && luhnValid(pan) && isWithin(bins, pan);
    }),
  );
  t.pass();
});

t.test('both ends of every range come up, and so do the serials', async (t) => {
  const bins = [
    ['99990100', '99990101'],
    ['99990105', '99990105'],
  ] as const;
  const pans = Array.from({ length: 500 }, () => generatePan(bins, randomBytes(32)));
  t.same([...new Set(pans.map((pan) => pan.slice(0, 8)))].sort(), ['99990100', '99990101', '99990105']);
  t.equal(new Set(pans.map((pan) => pan[8])).size, 10);
  t.notOk(isWithin(bins, '9999010200000000') || isWithin(bins, '9999010400000000'));
});
