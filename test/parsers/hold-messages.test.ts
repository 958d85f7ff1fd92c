import assert from 'node:assert/strict';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { FLAG, KIND } from '../../parsers/batch.js';
import { RULE } from '../../parsers/errors.js';
import type { MessageText } from '../../parsers/writer.js';
import { fieldValue } from './arbitrary-message.js';
import { fingerprintIn, keyIn, originalKeyIn, partsOf } from './message-keys.js';
import { ascii, purchase, readOne, reversal } from './one-message.js';
import { holds } from './property.js';

type Fields = Readonly<Record<number, string | undefined>>;

/** DE90 that names {@link purchase}. */
const ORIGINAL = reversal().fields[90] as string;
const ZEROS = '0'.repeat(42);

/** The advice that completes {@link purchase}. */
function completion(fields: Fields = {}, mti = '0220'): MessageText {
  return purchase({ 7: '0607120000', 11: '000044', 90: ORIGINAL, ...fields }, mti);
}

const flagsOf = (message: MessageText) => readOne(message).columns.flags[0];

function refused(t: Test, message: MessageText, rule: number, field: number, what: string): void {
  const { kind, rule: noted, refusedField } = readOne(message).columns;
  t.same([kind[0], noted[0], refusedField[0]], [KIND.formatError, rule, field], what);
}

t.test('a completion has its own key, of class 2, and that of the hold that it names', async (t) => {
  const batch = readOne(completion());
  t.equal(batch.columns.kind[0], KIND.clear);
  const own = { messageClass: 2, stan: '000044', time: '0607120000', acquirer: '123456' };
  t.same(partsOf(keyIn(batch)), own);
  t.same(originalKeyIn(batch), keyIn(readOne(purchase())));
  t.equal(flagsOf(completion()), FLAG.advice);
  t.equal(flagsOf(completion({}, '0200')), 0);
  t.same([batch.columns.amount[0], batch.columns.expiry[0], batch.columns.mcc[0]], [1234, 3012, 5812]);
});

t.test('a clearing that names no original has zeros for its key, and says so', async (t) => {
  for (const elements of [undefined, ZEROS]) {
    const batch = readOne(completion({ 90: elements }, '0200'));
    t.same([batch.columns.kind[0], batch.columns.flags[0]], [KIND.clear, FLAG.unnamed]);
    t.same(originalKeyIn(batch), [0, 0, 0]);
  }
});

t.test('a reversal that names no original has its own elements for that, and says so', async (t) => {
  t.equal(flagsOf(reversal()), 0);
  t.equal(flagsOf(reversal({ 90: undefined })), FLAG.unnamed);
  t.equal(flagsOf(reversal({ 90: ZEROS }, '0420')), FLAG.unnamed | FLAG.advice);
});

t.test(
  'an original of another class may be named: of a refund the purchase, of a reversal the clearing',
  async (t) => {
    const named = `0200${ORIGINAL.slice(4)}`;
    t.equal(partsOf(originalKeyIn(readOne(completion({ 3: '200000', 90: named })))).messageClass, 2);
    t.equal(partsOf(originalKeyIn(readOne(reversal({ 90: named })))).messageClass, 2);
  },
);

t.test('an original that can’t be read is refused where one is looked for', async (t) => {
  const bad = `0100000042${'9907110000'}${ORIGINAL.slice(20)}`;
  refused(t, completion({ 90: bad }), RULE.badValue, 90, 'of a completion');
  refused(t, purchase({ 60: '200', 90: bad }), RULE.badValue, 90, 'of an increment');
  t.equal(readOne(purchase({ 90: bad })).columns.kind[0], KIND.authorise, 'an authorisation has none');
});

t.test('DE60 of three characters says what the edition of 1987 has no place for', async (t) => {
  for (const [mti, indicators, flags] of [
    ['0100', '000', 0],
    ['0100', '100', FLAG.estimated],
    ['0100', '200', FLAG.incremental | FLAG.unnamed],
    ['0100', '010', FLAG.partial],
    ['0100', '110', FLAG.estimated | FLAG.partial],
    ['0100', '001', 0],
    ['0200', '011', FLAG.partial | FLAG.more | FLAG.unnamed],
    ['0200', '200', FLAG.unnamed],
    ['0100', '1000', 0],
    ['0100', '11', 0],
    ['0400', '211', 0],
  ] as const) {
    const message = mti === '0400' ? reversal({ 60: indicators }) : purchase({ 60: indicators }, mti);
    t.equal(flagsOf(message), flags, `${mti} with ${indicators}`);
  }
});

t.test('an increment has the key of the hold that it raises, and its own', async (t) => {
  const raised = readOne(completion({ 60: '200' }, '0100'));
  t.same([raised.columns.kind[0], raised.columns.flags[0]], [KIND.authorise, FLAG.incremental]);
  t.same(originalKeyIn(raised), keyIn(readOne(purchase())));
  t.same(partsOf(keyIn(raised)).stan, '000044');
  const unnamed = readOne(completion({ 60: '200', 90: undefined }, '0100'));
  t.same([originalKeyIn(unnamed), unnamed.columns.flags[0]], [[0, 0, 0], FLAG.incremental | FLAG.unnamed]);
});

t.test('an advice was approved elsewhere unless DE39 says otherwise', async (t) => {
  for (const code of [undefined, '00', '08', '10', '11', '16', '85']) {
    t.equal(flagsOf(purchase({ 39: code }, '0120')), FLAG.advice, code ?? 'none');
  }
  for (const code of ['05', '51', '01', '17', '99', 'N7', '6P', '0A', '6I']) {
    t.equal(flagsOf(purchase({ 39: code }, '0120')), FLAG.advice | FLAG.declined, code);
    t.equal(flagsOf(completion({ 39: code })), FLAG.advice | FLAG.declined, `${code} of a clearing`);
  }
  t.equal(flagsOf(purchase({ 39: '51' })), 0, 'a request was not decided yet');
  t.equal(flagsOf(reversal({ 39: '68' }, '0420')), FLAG.advice, 'of a reversal it is the reason');
});

t.test('an inquiry needs neither amount nor currency, and is an authorisation in either class', async (t) => {
  for (const code of ['300000', '313000', '390000']) {
    for (const mti of ['0100', '0200', '0220']) {
      const batch = readOne(purchase({ 3: code, 4: undefined, 49: undefined }, mti));
      const { kind, amount, currency } = batch.columns;
      t.same([kind[0], amount[0], currency[0]], [KIND.authorise, 0, 0], `${mti} ${code}`);
      t.equal(partsOf(keyIn(batch)).messageClass, Number(mti[1]));
      t.same(originalKeyIn(batch), [0, 0, 0]);
      t.notOk(batch.columns.flags[0]! & FLAG.unnamed, 'it has no original');
    }
  }
  t.equal(readOne(purchase({ 3: '310000', 4: undefined })).columns.currency[0], 978, 'which it may name');
});

t.test('billing amount, currency and rate are as the network sent them', async (t) => {
  const of = (message: MessageText) => {
    const { billing, billingCurrency, rate } = readOne(message).columns;
    return [billing[0], billingCurrency[0], rate[0]];
  };
  const fields = { 6: '999999999999', 10: '71234567', 51: '414' };
  for (const message of [purchase(fields), completion(fields), reversal(fields)]) {
    t.same(of(message), [999_999_999_999, 414, 71_234_567]);
  }
  t.same(of(purchase()), [0, 0, 0]);
  t.same(of(purchase({ 51: '414' })), [0, 0, 0], 'a currency of no amount');
});

t.test('cashback is a part of the amount, named in DE54', async (t) => {
  const cash = (currency: string, digits: string) => `0040${currency}D${digits}`;
  const of = (additional: string | undefined) =>
    readOne(purchase({ 3: '090000', 54: additional })).columns.cashback[0];
  t.equal(of(undefined), 0);
  t.equal(of(cash('978', '000000000500')), 500);
  t.equal(
    of(`2040978C000000000500${cash('978', '999999999999')}`),
    1_000_000_000_499,
    'of any account and sign',
  );
  t.equal(of(cash('840', '000000000500')), 0, 'in another currency it is said twice');
  t.equal(of('0002978C000000000500'), 0, 'another type is something else');
  t.equal(of('0040978D00000000050'), 0, 'one that is cut short is none');
  refused(t, purchase({ 54: cash('978', '0000000005x0') }), RULE.badValue, 54, 'no digits');
  refused(t, purchase({ 54: cash('EUR', '000000000500') }), RULE.badValue, 54, 'no currency');
});

t.test('an approval code is its number, or stands for its letters', async (t) => {
  const of = (code: string | undefined) => readOne(completion({ 38: code })).columns.approvalCode[0]!;
  t.equal(of(undefined), 0);
  t.equal(of('000000'), 0);
  t.equal(of('      '), 0);
  t.equal(of('000001'), 1);
  t.equal(of('012345'), 12_345);
  t.equal(of('999999'), 999_999);
  const letters = fieldValue(ascii.dialect.fields[38]!).filter((code) => !/^(\d{6}| {6})$/.test(code));
  const property = fc.property(letters, (code) => {
    const number = of(code);
    assert.ok(Number.isInteger(number) && number >= 1 && number <= 999_999);
    assert.equal(of(code), number);
  });
  holds(t, property, 500);
  t.not(of('A12345'), of('A12346'));
});

t.test('messages of one key that ask for something else have another fingerprint', async (t) => {
  const of = (message: MessageText) => fingerprintIn(readOne(message));
  const same = of(purchase());
  for (const [what, message] of [
    ['advice', purchase({}, '0120')],
    ['estimated', purchase({ 60: '100' })],
    ['incremental', purchase({ 60: '200' })],
    ['partial', purchase({ 60: '010' })],
    ['cashback', purchase({ 54: '0040978D000000000500' })],
  ] as const) {
    t.not(of(message), same, what);
  }
  t.not(of(purchase({ 39: '51' }, '0120')), of(purchase({}, '0120')), 'declined');
  t.not(of(completion({ 60: '001' })), of(completion()), 'more to come');
  const part = (kept: string) => of(reversal({ 95: kept.padStart(12, '0').padEnd(42, '0') }));
  t.not(part('1'), part('2'), 'what is kept');
  t.not(part('1'), of(reversal()), 'a part, and all');
  t.not(part('4294967297'), part('1'), 'above 32 bits too');
});

t.test(
  'the fingerprint lets pass how a repeat or a reversal is told, and what a network works out anew',
  async (t) => {
    const of = (message: MessageText) => fingerprintIn(readOne(message));
    t.equal(of(reversal({}, '0421')), of(reversal()), 'the reversal became an advice');
    t.equal(of(reversal({ 95: '0'.repeat(42) })), of(reversal()), 'zeros are said or left out');
    t.equal(of(purchase({}, '0121')), of(purchase({}, '0120')));
    t.equal(of(completion({}, '0221')), of(completion()));
    const converted = purchase({ 6: '000000001500', 10: '61234567', 51: '840' });
    t.equal(of(converted), of(purchase()));
    t.equal(of(purchase({ 38: '123456' })), of(purchase()));
  },
);

t.test('the fingerprint of a message as it always was is what journals have', async (t) => {
  t.equal(fingerprintIn(readOne(purchase())), 0xa6c7_3e5b);
  t.equal(fingerprintIn(readOne(reversal())), 0xb777_72c6);
});
