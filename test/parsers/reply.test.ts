import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { compileDialect } from '../../parsers/compile.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { parse } from '../../parsers/reader.js';
import { ReplyCompletion } from '../../parsers/reply.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import { MessageView } from '../../parsers/view.js';
import type { MessageText } from '../../parsers/writer.js';
import { build } from '../../parsers/writer.js';
import { byEdition } from './by-edition.js';
import { ascii, asciiHex, purchase, readOne, replyTo, replyWith, reversal } from './one-message.js';
import { holds } from './property.js';

const APPROVAL = 123_456;

function extended(changes: object) {
  const dialect = resolveDialect({ name: 'odd', extends: 'iso87-ascii', ...changes }, builtInDocument);
  return compileDialect({ ...dialect, profiles: {} });
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

t.test('a BASE24 header comes back as it was sent', async (t) => {
  const base24 = dialectByName('base24');
  const header = Buffer.from('ISO025400077');
  const request = build(base24, { ...purchase(), header: header.toString('hex') });
  const reply = replyTo(readOne(request, base24), base24, 0, APPROVAL);
  t.equal(reply.toString('latin1', 0, 16), 'ISO0254000770110');
});

t.test('a Visa header comes back with its stations swapped and the length of the reply', async (t) => {
  const visa = dialectByName('visa');
  //              size, format, text format, length, destination, source, control, flags, status, batch, reserved, user
  const header = '16 01 02 0000 123456 654321 80 0102 030405 06 070809 0A';
  for (const approval of [0, APPROVAL]) {
    const request = build(visa, { ...purchase(), header: header.replaceAll(' ', '') });
    t.equal(request.readUInt16BE(3), request.length);
    const reply = replyTo(readOne(request, visa), visa, 0, approval);
    const length = reply.length.toString(16).padStart(4, '0');
    const expected = bytesOf(header.replace('0000', length).replace('123456 654321', '654321 123456'));
    t.equal(reply.toString('hex', 0, 22), expected.toString('hex'));
    t.equal(reply.toString('hex', 22, 24), '0110');
  }
});

t.test('the longer header of a rejected Visa message is echoed whole', async (t) => {
  const visa = dialectByName('visa');
  const header = '1A 01 02 0000 123456 654321 80 0102 030405 06 070809 0A 0B0C0D0E'.replaceAll(' ', '');
  const request = build(visa, { ...purchase(), header });
  const reply = replyTo(readOne(request, visa), visa, 5, 0);
  t.equal(reply[0], 0x1a);
  t.equal(reply.readUInt16BE(3), reply.length);
  t.equal(reply.toString('hex', 22, 28), '0b0c0d0e0110');
});

t.test('a fixed header is echoed', async (t) => {
  const dialect = extended({ header: { kind: 'fixed', bytes: 3 } });
  const request = build(dialect, { ...purchase(), header: 'A1B2C3' });
  const reply = replyTo(readOne(request, dialect), dialect, 0, 0);
  t.equal(reply.toString('hex', 0, 7), 'a1b2c330313130');
});

t.test(
  'a transport header comes back with its addresses swapped, before the message and its header',
  async (t) => {
    const tpdu = bytesOf('60 0012 0034');
    for (const dialect of [ascii, dialectByName('visa'), dialectByName('base24')]) {
      const message = build(dialect, purchase());
      const batch = readOne(Buffer.concat([tpdu, message]), dialect, tpdu.length);
      const reply = replyTo(batch, dialect, 0, APPROVAL, tpdu.length);
      t.equal(reply.toString('hex', 0, 5), '6000340012');
      const alone = replyTo(readOne(message, dialect), dialect, 0, APPROVAL);
      t.equal(reply.toString('hex', 5), alone.toString('hex'), `${dialect.name}: the rest is as without`);
    }
    for (const length of [0, 1, 4]) {
      t.equal(readOne(tpdu.subarray(0, length), ascii, tpdu.length).columns.replyLength[0], 0, 'cut short');
    }
  },
);

t.test('a reply has the second bitmap only where it echoes a field above 64', async (t) => {
  for (const [dialect, bitmap] of [
    [ascii, (bytes: Buffer) => bytes.toString('hex', 4).toUpperCase()],
    [asciiHex, (bytes: Buffer) => bytes.toString('latin1', 4)],
    [dialectByName('iso87-binary'), (bytes: Buffer) => bytes.toString('hex', 2).toUpperCase()],
  ] as const) {
    const one = replyTo(readOne(purchase({ 70: '301' }), dialect), dialect, 0, APPROVAL);
    t.equal(bitmap(one).slice(0, 16), '723800010EC08000', `${dialect.name}: one`);
    const two = replyTo(readOne(reversal(), dialect), dialect, 0, 0);
    t.equal(bitmap(two).slice(0, 32), 'F23800010AC080000000004000000000', `${dialect.name}: two`);
  }
});

t.test('a bitmap in hexadecimal digits of EBCDIC is written as such', async (t) => {
  const dialect = extended({
    mti: 'cp500',
    bitmap: { encoding: 'hex-ebcdic' },
    encodings: { text: 'cp500' },
    prefixes: 'cp500',
  });
  const reply = replyTo(readOne(reversal(), dialect), dialect, 0, 0);
  t.equal(reply.toString('hex', 0, 4), 'f0f4f1f0');
  // F23800010AC08000 0000004000000000
  t.equal(reply.toString('hex', 4, 36), 'c6f2f3f8f0f0f0f1f0c1c3f0f8f0f0f0f0f0f0f0f0f0f4f0f0f0f0f0f0f0f0f0');
  const view = new MessageView();
  t.ok(parse(view, dialect, reply, 0, reply.length));
  t.same([view.text(39), view.text(90)], ['00', reversal().fields[90]]);
});

t.test('a bitmap of 16 bytes at once announces its second half where that has a field', async (t) => {
  const dialect = extended({ bitmap: { encoding: 'binary', bytes: 16 } });
  const one = replyTo(readOne(purchase(), dialect), dialect, 0, 0);
  t.equal(one.toString('hex', 4, 20), '723800010ac080000000000000000000');
  const two = replyTo(readOne(reversal(), dialect), dialect, 0, 0);
  t.equal(two.toString('hex', 4, 20), 'f23800010ac080000000004000000000');
  t.equal(two.toString('hex', 0, 20), build(dialect, textOf(dialect, two)).toString('hex', 0, 20));
});

/** A message as the writer takes it. */
function textOf(dialect: typeof ascii, message: Buffer) {
  const view = new MessageView();
  if (!parse(view, dialect, message, 0, message.length)) throw view.error();
  const fields: Record<number, string> = {};
  for (let field = 2; field <= view.highest; field++) if (view.has(field)) fields[field] = view.text(field);
  return { mti: String(view.mti).padStart(4, '0'), fields };
}

t.test('an echoed field that ends behind its value comes back with its filling', async (t) => {
  const dialect = extended({
    fields: {
      32: {
        name: 'Acquirer',
        content: 'n',
        max: 11,
        prefix: { digits: 2, filled: true },
        pad: { side: 'right', with: '0' },
      },
      37: { name: 'Reference', max: 12, until: ';' },
    },
  });
  const request = purchase({ 37: 'RRN42' });
  const reply = replyTo(readOne(request, dialect), dialect, 0, APPROVAL);
  t.match(textOf(dialect, reply), {
    mti: '0110',
    fields: { 11: '000042', 32: '123456', 37: 'RRN42', 38: '123456', 39: '00', 41: 'TERM0001' },
  });
});

t.test('a dialect whose DE38 or DE39 can’t hold what the switch says is refused by the field', async (t) => {
  const completion = (fields: object) => () => new ReplyCompletion(extended({ fields }), 0);
  const refused = (path: string) => ({ name: 'IsoError', code: 'HF_ISO_DIALECT', path });
  t.throws(completion({ 39: null }), refused('39'));
  t.throws(completion({ 38: { name: 'Approval', length: 4 } }), refused('38'));
  t.throws(completion({ 38: { name: 'Approval', max: 6, prefix: 'LL' } }), refused('38'));
  t.throws(completion({ 39: { name: 'Response', length: 1 } }), { name: 'IsoError', path: '39' });
  const without = extended({ fields: { 38: null } });
  const reply = replyTo(readOne(purchase(), without), without, 0, APPROVAL);
  t.match(textOf(without, reply), { fields: { 38: undefined, 39: '00' } }, 'without DE38 there is none');
});

/** Whether a dialect's amounts carry their currency and its exponent. */
const carriesCurrency = (dialect: typeof ascii) => dialect.version === 2;

for (const dialect of DIALECT_NAMES.map(dialectByName)) {
  t.test(`${dialect.name}: DE4 is what was approved, and stays otherwise as it came`, async (t) => {
    const amount = (digits: string, currency = '978') =>
      carriesCurrency(dialect) ? `${currency}2${digits}` : digits;
    const request = byEdition(dialect, purchase({ 4: '000000001234' }));
    const batch = readOne(request, dialect);
    const replied = (approved: number) => textOf(dialect, replyWith(batch, dialect, { amount: approved }));
    const unchanged = replied(-1);
    t.equal(unchanged.fields[4], amount('000000001234'));
    for (const approved of [0, 1, 1000, 999_999_999_999]) {
      const digits = amount(String(approved).padStart(12, '0'));
      t.same(replied(approved), { ...unchanged, fields: { ...unchanged.fields, 4: digits } }, `${approved}`);
    }
    t.equal(replied(-1).fields[4], amount('000000001234'), 'which is of one reply, not of the next');
  });

  t.test(`${dialect.name}: DE54 has the balances, in its place among the other fields`, async (t) => {
    const each = (type: string, digits: string) =>
      `20${type}${carriesCurrency(dialect) ? '9782' : '978'}${digits}`;
    const balances = { balanceCurrency: 978, availableBalance: -1, ledgerBalance: 999_999_999_999 };
    for (const message of [
      purchase({ 3: '312000' }),
      reversal({ 3: '002000' }),
      purchase({ 3: '002000' }, '0200'),
    ]) {
      const batch = readOne(byEdition(dialect, message), dialect);
      const without = textOf(dialect, replyWith(batch, dialect, { approvalCode: APPROVAL }));
      const reply = textOf(dialect, replyWith(batch, dialect, { approvalCode: APPROVAL, ...balances }));
      const expected = each('01', 'C999999999999') + each('02', 'D000000000001');
      t.same(reply, { ...without, fields: { ...without.fields, 54: expected } }, message.mti);
    }
  });
}

t.test('a reply reads the same whatever was decided, with and without each of its fields', async (t) => {
  const balance = fc.maxSafeInteger();
  const values = fc.record({
    responseCode: fc.constantFrom(0, 10, 51, 85),
    approvalCode: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 999_999 })),
    amount: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 999_999_999_999 })),
    balanceCurrency: fc.constantFrom(0, 978, 392, 48),
    availableBalance: fc.oneof(balance, fc.integer()),
    ledgerBalance: fc.oneof(balance, fc.integer()),
  });
  const dialects = fc.constantFrom(...DIALECT_NAMES.map(dialectByName));
  const messages = fc.constantFrom<MessageText>(
    purchase(),
    purchase({ 2: undefined, 35: '9999010012345678=3012' }),
    purchase({ 3: '310000', 4: undefined, 49: undefined }, '0200'),
    reversal(),
  );
  const property = fc.property(dialects, messages, values, (dialect, message, decided) => {
    const batch = readOne(byEdition(dialect, message), dialect);
    const { fields } = textOf(dialect, replyWith(batch, dialect, decided));
    const { amount, balanceCurrency, availableBalance, ledgerBalance } = decided;
    const asked = message.fields[4];
    const expected = asked === undefined || amount < 0 ? asked : String(amount).padStart(12, '0');
    assert.equal(fields[4]?.slice(-12), expected);
    const fits = Math.max(Math.abs(availableBalance), Math.abs(ledgerBalance)) <= 999_999_999_999;
    assert.equal(
      fields[54] !== undefined,
      balanceCurrency !== 0 && fits,
      'a balance that does not fit is left out',
    );
    if (fields[54] === undefined) return;
    const exponent = balanceCurrency === 392 ? '0' : balanceCurrency === 48 ? '3' : '2';
    const each = fields[54].length / 2;
    for (const [at, balance] of [ledgerBalance, availableBalance].entries()) {
      const one = fields[54].slice(at * each, (at + 1) * each);
      assert.equal(Number(one.slice(-12)), Math.abs(balance));
      assert.equal(one.at(-13), balance < 0 ? 'D' : 'C');
      assert.equal(one.slice(4, 7), String(balanceCurrency).padStart(3, '0'));
      if (carriesCurrency(dialect)) assert.equal(one[7], exponent);
    }
  });
  holds(t, property, 1000);
});

t.test('a message without an amount gets none', async (t) => {
  const batch = readOne(purchase({ 3: '310000', 4: undefined }));
  t.equal(textOf(ascii, replyWith(batch, ascii, { amount: 5 })).fields[4], undefined);
});

t.test('an amount of a length of its own, packed from either side, is written in its digits', async (t) => {
  for (const encoding of ['ascii', 'bcd', 'bcd-right-0']) {
    const dialect = extended({
      fields: { 4: { name: 'Amount', content: 'n', max: 12, prefix: 'LL', encoding } },
    });
    for (const digits of ['1234', '12345', '000000012345']) {
      const batch = readOne(purchase({ 4: digits }), dialect);
      const reply = replyWith(batch, dialect, { amount: 99 });
      t.equal(textOf(dialect, reply).fields[4], '99'.padStart(digits.length, '0'), `${encoding} ${digits}`);
    }
  }
});

t.test('without a DE54 of that form the balances are left out', async (t) => {
  const balances = { balanceCurrency: 978, availableBalance: 1, ledgerBalance: 2 };
  const parts = (amount: number) => ({
    kind: 'repeated',
    fields: { 1: { name: 'Type', length: 7 }, 2: { name: 'Amount', length: amount } },
  });
  for (const [what, field, has] of [
    ['absent', null, false],
    ['too short', { name: 'Amounts', max: 39, prefix: 'LLL' }, false],
    ['bytes', { name: 'Amounts', content: 'b', max: 120, prefix: 'LLL' }, false],
    ['digits', { name: 'Amounts', content: 'n', max: 120, prefix: 'LLL' }, false],
    ['of other parts', { name: 'Amounts', max: 120, prefix: 'LLL', structure: parts(12) }, false],
    ['of such parts', { name: 'Amounts', max: 120, prefix: 'LLL', structure: parts(13) }, true],
    ['of no parts', { name: 'Amounts', max: 40, prefix: { encoding: 'binary', bytes: 2 } }, true],
  ] as const) {
    const dialect = extended({ fields: { 54: field } });
    const reply = textOf(dialect, replyWith(readOne(purchase(), dialect), dialect, balances));
    t.equal(reply.fields[54] !== undefined, has, what);
    t.equal(reply.fields[39], '00');
  }
});

t.test('a Visa header has the length of a reply with balances', async (t) => {
  const visa = dialectByName('visa');
  const batch = readOne(build(visa, byEdition(visa, purchase())), visa);
  const reply = replyWith(batch, visa, { balanceCurrency: 978, amount: 1 });
  t.equal(reply.readUInt16BE(3), reply.length);
});
