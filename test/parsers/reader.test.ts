import t from 'tap';
import { compileDialect } from '../../parsers/compile.js';
import { builtInDocument } from '../../parsers/dialects/index.js';
import { RULE, RULES } from '../../parsers/errors.js';
import { parse } from '../../parsers/reader.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';
import { ascii, asciiHex, purchase } from './one-message.js';

/** A message by hand: header bits of `fields`, then `rest` as it is; binary bitmap. */
function frame(mti: string, fields: readonly number[], rest: string): Buffer {
  const bitmap = Buffer.alloc(fields.some((field) => field > 64) ? 16 : 8);
  if (bitmap.length === 16) bitmap[0] = 0x80;
  for (const field of fields) bitmap[(field - 1) >> 3]! |= 0x80 >> ((field - 1) & 7);
  return Buffer.concat([Buffer.from(mti), bitmap, Buffer.from(rest, 'latin1')]);
}

function hexFrame(mti: string, bitmap: string, rest: string): Buffer {
  return Buffer.from(mti + bitmap + rest, 'latin1');
}

/** What is wrong, the message, and the rule, field and byte that the refusal names. */
type Refusal = readonly [what: string, bytes: Buffer, rule: number, field: number, offset: number];

// In a binary frame the fields begin at byte 12, with a secondary bitmap at byte 20; in hexadecimal at 20 and 36.
const REFUSALS: readonly Refusal[] = [
  ['no bytes', frame('', [], '').subarray(0, 0), RULE.emptyFrame, 0, 0],
  ['half an MTI', Buffer.from('010'), RULE.shortHeader, 0, 3],
  ['an MTI alone', Buffer.from('0100'), RULE.shortHeader, 0, 4],
  ['half a bitmap', frame('0100', [], '').subarray(0, 11), RULE.shortHeader, 0, 11],
  ['half a secondary bitmap', frame('0100', [70], '').subarray(0, 19), RULE.shortHeader, 0, 19],
  ['a letter in the MTI', frame('01O0', [], ''), RULE.badMti, 0, 2],
  ['an MTI of version 1993', frame('1100', [], ''), RULE.badMti, 0, 0],
  ['a field that is in no dialect', frame('0100', [65], ''), RULE.unknownField, 65, 20],
  ['a letter in a length', frame('0100', [2], '1x99990100'), RULE.badLengthPrefix, 2, 13],
  ['a length over the maximum', frame('0100', [2], `20${'9'.repeat(20)}`), RULE.badLengthPrefix, 2, 12],
  ['half a length', frame('0100', [2], '1'), RULE.fieldOverrun, 2, 12],
  ['a variable field cut short', frame('0100', [2], '16999901001234567'), RULE.fieldOverrun, 2, 14],
  ['a fixed field cut short', frame('0100', [3], '00000'), RULE.fieldOverrun, 3, 12],
  ['a letter in a numeric field', frame('0100', [3], '0000x0'), RULE.badContent, 3, 16],
  ['a byte below the digits', frame('0100', [3], '00000/'), RULE.badContent, 3, 17],
  ['a byte above the digits', frame('0100', [3], ':00000'), RULE.badContent, 3, 12],
  ['a letter in track 2', frame('0100', [35], '0599E=1'), RULE.badContent, 35, 16],
  ['a space in letters and digits', frame('0100', [39], '0 '), RULE.badContent, 39, 13],
  ['a control character in text', frame('0100', [41], 'TERM\n001'), RULE.badContent, 41, 16],
  ['an amount without its sign', frame('0100', [28], '000000100'), RULE.badContent, 28, 12],
  ['a sign in small letters', frame('0100', [28], 'd00000100'), RULE.badContent, 28, 12],
  ['a signed amount with a letter', frame('0100', [28], 'D0000010O'), RULE.badContent, 28, 20],
  ['bytes after the last field', frame('0100', [3], '000000!'), RULE.trailingBytes, 3, 18],
  ['bytes after an empty bitmap', frame('0100', [], '!'), RULE.trailingBytes, 0, 12],
];

const HEX_REFUSALS: readonly Refusal[] = [
  ['half a bitmap', hexFrame('0100', '200000000000000', ''), RULE.shortHeader, 0, 19],
  ['half a secondary bitmap', hexFrame('0100', `8${'0'.repeat(30)}`, ''), RULE.shortHeader, 0, 35],
  ['a bitmap of other letters', hexFrame('0100', '20000000G0000000', '000000'), RULE.badBitmap, 0, 12],
  ['a first digit that is none', hexFrame('0100', ' 000000000000000', ''), RULE.badBitmap, 0, 4],
  ['a bad bitmap before a bad field', hexFrame('0100', '200000000000000g', '00000x'), RULE.badBitmap, 0, 19],
  ['a bad secondary bitmap', hexFrame('0100', `8${'0'.repeat(29)}x0`, ''), RULE.badBitmap, 0, 34],
  ['a letter in a numeric field', hexFrame('0100', '2000000000000000', '0000x0'), RULE.badContent, 3, 24],
  [
    'a field that is in no dialect',
    hexFrame('0100', `8${'0'.repeat(15)}8${'0'.repeat(15)}`, ''),
    RULE.unknownField,
    65,
    36,
  ],
];

for (const [dialect, refusals] of [
  [ascii, REFUSALS],
  [asciiHex, HEX_REFUSALS],
] as const) {
  t.test(`${dialect.name}: a refusal names its rule, field and byte`, async (t) => {
    const view = new MessageView();
    for (const [what, bytes, rule, field, offset] of refusals) {
      // Not at byte 0, since offsets count from the MTI.
      const amid = Buffer.concat([Buffer.alloc(7, 0x39), bytes, Buffer.alloc(64, 0x39)]);
      t.notOk(parse(view, dialect, amid, 7, 7 + bytes.length), what);
      t.same([view.rule, view.field, view.offset], [rule, field, offset], `${what}: where`);
      const error = view.error();
      const path = field === 0 ? '' : String(field);
      t.match(error, { name: 'IsoError', code: RULES[rule]!.code, path, offset, rule: RULES[rule]!.text });
    }
  });
}

t.test('each rule has its number, and its name is what metrics are labelled with', async (t) => {
  const names = Object.keys(RULE).map((name) =>
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  t.strictSame(
    RULES.map(({ reason }) => reason),
    names,
  );
  t.strictSame(
    Object.values(RULE),
    RULES.map((_, number) => number),
  );
  t.equal(new Set(RULES.map(({ code }) => code)).size, RULES.length, 'no code twice');
});

t.test('an error says where, never what', async (t) => {
  const view = new MessageView();
  const bytes = frame('0100', [2, 3], '16999901001234567x000000');
  t.notOk(parse(view, ascii, bytes, 0, bytes.length));
  t.equal(
    view.error().message,
    'HF_ISO_CONTENT field 2 at byte 29: each character belongs to the content class',
  );
  t.notMatch(JSON.stringify(view.error()) + view.error().stack, '99990100');
});

t.test('fields are located where they stand, and absent ones are absent', async (t) => {
  const view = new MessageView();
  const bytes = frame(
    '0100',
    [2, 3, 28, 37, 52, 95, 102],
    [
      '169999010012345678',
      '001122',
      'C00000150',
      'RRN 00000001',
      '\x00\x01\x02\x03\xfc\xfd\xfe\xff',
      'a'.repeat(42),
      '00',
    ].join(''),
  );
  t.ok(parse(view, ascii, bytes, 0, bytes.length));
  t.equal(view.rule, RULE.none);
  t.equal(view.mti, 100);
  t.equal(view.highest, 102);
  t.equal(view.text(2), '9999010012345678');
  t.same([view.starts[2], view.offsets[2], view.lengths[2]], [20, 22, 16]);
  t.equal(view.number(3), 1122);
  t.equal(view.digits(3, 2, 3), 112);
  t.equal(view.text(28), 'C00000150');
  t.equal(view.text(37), 'RRN 00000001');
  t.same([...view.raw(52)], [0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff], 'binary content is any bytes');
  t.ok(view.has(102), 'a variable field of length 0 is present');
  t.equal(view.text(102), '');
  for (const absent of [4, 35, 64, 65, 128]) {
    t.notOk(view.has(absent));
    t.equal(view.text(absent), '');
    t.equal(view.raw(absent).length, 0);
  }
});

t.test('the largest numbers are exact', async (t) => {
  const view = new MessageView();
  const bytes = build(ascii, { mti: '0100', fields: { 4: '9'.repeat(12), 32: '9'.repeat(11) } });
  t.ok(parse(view, ascii, bytes, 0, bytes.length));
  t.equal(view.number(4), 999_999_999_999);
  t.equal(view.number(32), 99_999_999_999);
});

t.test('one message in both bitmaps has the same fields, small hexadecimal letters too', async (t) => {
  const message = purchase({ 70: '301', 128: '0102030405060708' });
  const binary = build(ascii, message);
  const hex = build(asciiHex, message);
  const small = Buffer.from(hex);
  small.write(small.toString('latin1', 4, 36).toLowerCase(), 4, 'latin1');
  t.notSame(small, hex);
  const views = [new MessageView(), new MessageView(), new MessageView()] as const;
  t.ok(parse(views[0], ascii, binary, 0, binary.length));
  t.ok(parse(views[1], asciiHex, hex, 0, hex.length));
  t.ok(parse(views[2], asciiHex, small, 0, small.length));
  for (const view of views.slice(1)) {
    t.same(view.lengths, views[0].lengths);
    for (let field = 2; field <= 128; field++) t.equal(view.text(field), views[0].text(field));
  }
});

t.test('a secondary bitmap that is empty is read over', async (t) => {
  const view = new MessageView();
  const bytes = Buffer.concat([
    Buffer.from('0100'),
    Buffer.from(`a${'0'.repeat(31)}`, 'hex'),
    Buffer.from('000000'),
  ]);
  t.ok(parse(view, ascii, bytes, 0, bytes.length));
  t.equal(view.highest, 3);
});

t.test('a wrong character leaves the rest readable; the first one is what is reported', async (t) => {
  const view = new MessageView();
  const bytes = frame('0100', [3, 4, 11, 49], '00000x00000000010y00004297!');
  t.notOk(parse(view, ascii, bytes, 0, bytes.length));
  t.same([view.rule, view.field, view.offset], [RULE.badContent, 3, 17]);
  t.notOk(view.has(3));
  t.notOk(view.has(4));
  t.equal(view.text(11), '000042');
  t.notOk(view.has(49));
});

t.test('a wrong length leaves what came before it readable', async (t) => {
  const view = new MessageView();
  const bytes = frame('0100', [11, 32, 37], '00004299123456RRN000000042');
  t.notOk(parse(view, ascii, bytes, 0, bytes.length));
  t.same([view.rule, view.field], [RULE.badLengthPrefix, 32]);
  t.equal(view.text(11), '000042');
  t.notOk(view.has(37));
});

t.test('a view remembers nothing of the message before', async (t) => {
  const view = new MessageView();
  const long = build(ascii, purchase({ 70: '301' }));
  const wrong = frame('0400', [3], '00000x');
  const short = frame('0800', [11], '000001');
  t.ok(parse(view, ascii, long, 0, long.length));
  t.notOk(parse(view, ascii, wrong, 0, wrong.length));
  t.equal(view.highest, 0);
  t.equal(
    view.lengths.findIndex((length) => length >= 0),
    -1,
  );
  t.ok(parse(view, ascii, short, 0, short.length));
  t.same([view.mti, view.highest, view.rule, view.field, view.offset], [800, 11, RULE.none, 0, 0]);
  t.notOk(parse(view, ascii, short, 0, 0));
  t.same([view.mti, view.highest], [-1, 0]);
});

t.test('text in the characters of ISO/IEC 8859-1 is read as such', async (t) => {
  const view = new MessageView();
  const bytes = build(ascii, { mti: '0100', fields: { 43: "CAFÉ DE L'ÎLE" } });
  t.ok(parse(view, ascii, bytes, 0, bytes.length));
  t.equal(view.text(43).trimEnd(), "CAFÉ DE L'ÎLE");
});

t.test('a dialect that contradicts itself is refused by field and rule before a message comes', async (t) => {
  const compile = (number: number, field: object) => () =>
    compileDialect(
      resolveDialect(
        { name: 'odd', extends: 'iso87-ascii', fields: { [number]: { name: 'x', content: 'n', ...field } } },
        builtInDocument,
      ),
    );
  const refused = (path: RegExp, message: RegExp) => ({
    name: 'IsoError',
    code: 'HF_ISO_DIALECT',
    path,
    message,
  });
  t.throws(compile(1, { length: 8 }), refused(/^1$/, /field 1: odd: this bit announces the next bitmap/));
  t.throws(compile(193, { length: 8 }), refused(/193/, /192/));
  t.throws(compile(2, { max: 100, prefix: 'LL' }), refused(/^2$/, /prefix can say at most 99/));
  t.throws(compile(2, { length: -1 }), refused(/2\.length/, /length/));
  t.throws(compile(2, {}), refused(/2/, /length/));
  t.throws(compile(2, { length: 2, max: 4 }), refused(/2/, /length/));
  t.doesNotThrow(compile(2, { max: 99, prefix: 'LL' }));
});
