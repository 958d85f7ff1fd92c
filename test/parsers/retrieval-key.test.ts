import assert from 'node:assert/strict';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { FLAG, KIND } from '../../parsers/batch.js';
import { dialectByName } from '../../parsers/dialects/index.js';
import { RULE } from '../../parsers/errors.js';
import type { MessageText } from '../../parsers/writer.js';
import { byEdition } from './by-edition.js';
import { keyIn, originalKeyIn } from './message-keys.js';
import { ascii, purchase, readOne, reversal } from './one-message.js';
import { holds } from './property.js';

const read = (message: MessageText, dialect = ascii) => readOne(message, dialect, 0, 'retrieval');
const keyOf = (message: MessageText) => keyIn(read(message));
const classOf = (key: readonly number[]) => (key[0]! >>> 20) & 15;
/** A key but for its class. */
const restOf = ([first, ...others]: readonly number[]) => [first! & 0xff0f_ffff, ...others];

function refused(t: Test, message: MessageText, rule: number, field: number): void {
  const { kind, rule: noted, refusedField } = read(message).columns;
  t.same([kind[0], noted[0], refusedField[0]], [KIND.formatError, rule, field]);
}

t.test('a repeat that renewed its STAN and time has the key of its original', async (t) => {
  const renewed = { 7: '0607110130', 11: '000099' };
  t.same(keyOf(purchase(renewed, '0101')), keyOf(purchase()));
  t.same(keyOf(reversal(renewed, '0401')), keyOf(reversal()));
  t.not(String(keyIn(readOne(purchase(renewed)))), String(keyIn(readOne(purchase()))), 'not by transmission');
});

t.test('another reference, terminal or acquirer is another transaction', async (t) => {
  const same = keyOf(purchase());
  for (const other of [
    { 37: 'RRN000000043' },
    { 37: 'RRN00000004 ' },
    { 41: 'TERM0002' },
    { 41: undefined },
    { 32: '123457' },
    { 32: '99999999999' },
    { 32: undefined },
  ]) {
    t.strictNotSame(keyOf(purchase(other)), same, JSON.stringify(other));
  }
  t.same(keyOf(purchase({ 41: undefined })), keyOf(purchase({ 41: ' '.repeat(8) })), 'blank is none');
  t.same(keyOf(purchase({ 32: undefined })), keyOf(purchase({ 32: '0' })));
});

t.test('the class of a key is that of the message, and the rest is the same of a transaction', async (t) => {
  const [held, cleared, undone] = [purchase(), purchase({ 11: '000044' }, '0220'), reversal()].map(keyOf);
  t.same([classOf(held!), classOf(cleared!), classOf(undone!)], [1, 2, 4]);
  t.same(restOf(cleared!), restOf(held!));
  t.same(restOf(undone!), restOf(held!));
});

t.test('a completion or a reversal finds its original by the reference that both carry', async (t) => {
  const held = keyOf(purchase());
  for (const message of [
    purchase({ 11: '000044' }, '0220'),
    purchase({ 11: '000044', 90: reversal().fields[90] as string }, '0200'),
    reversal(),
    reversal({ 90: undefined }),
  ]) {
    const batch = read(message);
    t.same(originalKeyIn(batch), held);
    const unnamed = message.fields[90] === undefined;
    t.equal((batch.columns.flags[0]! & FLAG.unnamed) !== 0, unnamed, 'a guess says that it is one');
  }
  const ofClearing = read(reversal({ 90: '0200000042060711000000000123456'.padEnd(42, '0') }));
  t.same(originalKeyIn(ofClearing), keyOf(purchase({}, '0200')), 'of the class that DE90 names');
  t.same(originalKeyIn(read(purchase())), [0, 0, 0]);
});

t.test(
  'an increment can’t be known from its original by a reference that is the same, and names none',
  async (t) => {
    const batch = read(purchase({ 60: '200', 90: reversal().fields[90] as string }));
    t.same(originalKeyIn(batch), [0, 0, 0]);
    t.equal(batch.columns.flags[0], FLAG.incremental | FLAG.unnamed);
  },
);

t.test('without a retrieval reference number a message has no key, and is refused', async (t) => {
  for (const message of [purchase, reversal]) {
    refused(t, message({ 37: undefined }), RULE.missingField, 37);
    refused(t, message({ 37: ' '.repeat(12) }), RULE.badValue, 37);
    refused(t, message({ 37: '0'.repeat(12) }), RULE.badValue, 37);
  }
  refused(t, purchase({ 37: undefined }, '0200'), RULE.missingField, 37);
  const echo = read({ mti: '0800', fields: { 7: '0607110000', 11: '000001', 70: '301' } });
  t.equal(echo.columns.kind[0], KIND.network, 'a network message needs none');
});

t.test('dialects agree on a key, whatever their encoding', async (t) => {
  const held = keyOf(purchase());
  for (const name of [
    'iso87-binary',
    'iso87-ebcdic',
    'mastercard',
    'iso93-ascii',
    'iso2003-binary',
  ] as const) {
    const dialect = dialectByName(name);
    t.same(keyIn(read(byEdition(dialect, purchase()), dialect)), held, name);
  }
});

t.test('a key by retrieval reference is never taken for one by transmission', async (t) => {
  for (let number = 1; number <= 2000; number++) {
    const message = purchase({ 37: String(number).padStart(12, '0') });
    if (keyOf(message)[0]! >>> 24 === 0) t.fail(`the key of reference ${number} begins with a byte of 0`);
  }
  t.equal(keyIn(readOne(purchase()))[0]! >>> 24, 0, 'which that of every transmission does');
});

t.test('of many references in a row, on many terminals, no two have one key', async (t) => {
  const reference = fc.nat(999_999_999).map((number) => String(number).padStart(12, '0'));
  const terminal = fc.nat(9999).map((number) => `T${String(number).padStart(7, '0')}`);
  const parts = fc.tuple(reference, terminal, fc.nat(99_999));
  const property = fc.property(parts, parts, (one, other) => {
    fc.pre(one[0] !== '0'.repeat(12) && other[0] !== '0'.repeat(12));
    const [first, second] = [one, other].map(([rrn, id, acquirer]) =>
      String(keyOf(purchase({ 37: rrn, 41: id, 32: String(acquirer) }))),
    );
    assert.equal(first === second, String(one) === String(other));
  });
  holds(t, property, 500);
  const keys = new Set<string>();
  const words = [new Set<number>(), new Set<number>(), new Set<number>()];
  for (let number = 1; number <= 5000; number++) {
    const key = restOf(keyOf(purchase({ 37: String(number).padStart(12, '0') })));
    keys.add(String(key));
    for (const [at, word] of key.entries()) words[at]!.add(word);
  }
  t.equal(keys.size, 5000);
  for (const [at, seen] of words.entries())
    t.ok(seen.size > 4980, `word ${at} alone nearly tells them apart`);
});
