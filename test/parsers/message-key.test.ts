import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { KIND } from '../../parsers/batch.js';
import { transmissionTime } from './arbitrary-message.js';
import { fingerprintIn, keyIn, originalKeyIn, partsOf } from './message-keys.js';
import { purchase, readOne, reversal } from './one-message.js';
import { holds } from './property.js';

const stan = fc.nat(999_999).map((number) => String(number).padStart(6, '0'));
const acquirer = fc.oneof(fc.nat(999_999), fc.nat(99_999_999_999), fc.constant(99_999_999_999)).map(String);

t.test('a key holds class, STAN, transmission time and acquirer exactly', async (t) => {
  const property = fc.property(stan, transmissionTime, acquirer, (stan, time, acquirer) => {
    const fields = { 7: time, 11: stan, 32: acquirer };
    assert.deepEqual(partsOf(keyIn(readOne(purchase(fields)))), { messageClass: 1, stan, time, acquirer });
    assert.deepEqual(partsOf(keyIn(readOne(reversal(fields)))), { messageClass: 4, stan, time, acquirer });
  });
  holds(t, property, 1000);
});

t.test('the layout of the words, which journals keep', async (t) => {
  const batch = readOne(purchase({ 7: '1231235959', 11: '999999', 32: '99999999999' }));
  // 99,999,999,999 = 23 × 2³² + 1,215,752,191.
  const time = (12 << 22) | (31 << 17) | (23 << 12) | (59 << 6) | 59;
  t.same(keyIn(batch), [(1 << 20) | 999_999, 23 * 2 ** 26 + time, 1_215_752_191]);
  t.same(originalKeyIn(batch), [0, 0, 0], 'an authorisation has no original');
});

t.test('without DE32 the acquirer is 0', async (t) => {
  t.equal(partsOf(keyIn(readOne(purchase({ 32: undefined })))).acquirer, '0');
  t.equal(partsOf(keyIn(readOne(purchase({ 32: '' })))).acquirer, '0');
});

t.test('a repeat has the key and the fingerprint of its original', async (t) => {
  for (const [first, again] of [
    [purchase(), purchase({}, '0101')],
    [reversal(), reversal({}, '0401')],
  ] as const) {
    t.same(keyIn(readOne(again)), keyIn(readOne(first)));
    t.equal(fingerprintIn(readOne(again)), fingerprintIn(readOne(first)));
  }
});

t.test('the original of a reversal is the message that DE90 names', async (t) => {
  const property = fc.property(stan, transmissionTime, fc.nat(99_999_999_999), (stan, time, institution) => {
    fc.pre(institution !== 0);
    const original = readOne(purchase({ 7: time, 11: stan, 32: String(institution) }));
    const elements = `0100${stan}${time}${String(institution).padStart(11, '0')}00000654321`;
    assert.deepEqual(originalKeyIn(readOne(reversal({ 90: elements }))), keyIn(original));
  });
  holds(t, property, 500);
});

t.test('the original may have been a repeat, of another class, or with the acquirer left out', async (t) => {
  const original = (mti: string, institution: string) =>
    partsOf(
      originalKeyIn(readOne(reversal({ 90: `${mti}000042${'0607110000'}${institution}${'0'.repeat(11)}` }))),
    );
  const expected = { messageClass: 1, stan: '000042', time: '0607110000', acquirer: '123456' };
  t.same(original('0100', '00000123456'), expected);
  t.same(original('0101', '00000123456'), expected);
  t.same(original('0100', '00000000000'), expected, "the reversal's own acquirer");
  t.same(original('0200', '00000123456'), { ...expected, messageClass: 2 });
});

t.test(
  'without original data elements the original has the STAN, time and acquirer of the reversal',
  async (t) => {
    const original = keyIn(readOne(purchase()));
    for (const elements of [undefined, '0'.repeat(42)]) {
      const batch = readOne(reversal({ 7: '0607110000', 11: '000042', 90: elements }));
      t.equal(batch.columns.kind[0], KIND.reverse);
      t.same(originalKeyIn(batch), original);
    }
  },
);

t.test(
  'the fingerprint tells messages of one key apart by transaction, amount, currency and original',
  async (t) => {
    const same = fingerprintIn(readOne(purchase()));
    for (const other of [{ 3: '010000' }, { 4: '000000001235' }, { 49: '840' }]) {
      t.not(fingerprintIn(readOne(purchase(other))), same, Object.keys(other).join());
    }
    const reversed = fingerprintIn(readOne(reversal()));
    t.not(fingerprintIn(readOne(reversal({ 90: undefined }))), reversed, '90');
    t.not(fingerprintIn(readOne(reversal({ 4: undefined }))), reversed, '4 left out');
  },
);

t.test('the fingerprint lets pass what a repeat may change', async (t) => {
  const same = fingerprintIn(readOne(purchase()));
  for (const other of [
    { 12: '130001' },
    { 37: 'RRN000000043' },
    { 2: '9999010012345686' },
    { 2: undefined, 35: '9999010012345678=3012' },
  ]) {
    t.equal(fingerprintIn(readOne(purchase(other))), same, Object.keys(other).join());
  }
});
