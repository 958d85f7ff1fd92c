import fc from 'fast-check';
import t from 'tap';
import { luhnDigit, luhnValid } from '../../tenants/luhn.js';

const pans = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 18 }).map((digits) => {
  const body = digits.join('');
  return body + luhnDigit(body);
});

t.test('the check digit of numbers known to be right', async (t) => {
  for (const pan of ['4111111111111111', '5500005555555559', '340000000000009', '6011000000000004']) {
    t.equal(luhnDigit(pan.slice(0, -1)), Number(pan.at(-1)), pan);
    t.ok(luhnValid(pan), pan);
  }
  t.equal(luhnDigit('7992739871'), 3);
});

t.test('one digit changed makes a PAN wrong', async () => {
  fc.assert(
    fc.property(pans, fc.nat(), fc.integer({ min: 1, max: 9 }), (pan, place, change) => {
      const at = place % pan.length;
      const digit = (Number(pan[at]) + change) % 10;
      return luhnValid(pan) && !luhnValid(pan.slice(0, at) + digit + pan.slice(at + 1));
    }),
    { seed: 7812 },
  );
});

t.test('two neighbours changed over make a PAN wrong, but for 0 and 9', async () => {
  fc.assert(
    fc.property(pans, fc.nat(), (pan, place) => {
      const at = place % (pan.length - 1);
      const [one, two] = [pan[at]!, pan[at + 1]!];
      fc.pre(one !== two && Math.abs(Number(one) - Number(two)) !== 9);
      return !luhnValid(pan.slice(0, at) + two + one + pan.slice(at + 2));
    }),
    { seed: 7812 },
  );
});

t.test('what is no PAN at all is not valid, and has no check digit', async (t) => {
  for (const text of [
    '',
    '0',
    '00000000000',
    '4111 1111 1111 1111',
    '41111111111111111111',
    '411111111111111x',
  ]) {
    t.notOk(luhnValid(text), text);
  }
  t.throws(() => luhnDigit('12a4'), RangeError);
});
