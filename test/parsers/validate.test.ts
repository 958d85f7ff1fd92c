import t from 'tap';
import { compileDialect } from '../../parsers/compile.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { parse } from '../../parsers/reader.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import { validate } from '../../parsers/validate.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';

const ascii = dialectByName('iso87-ascii');

const REQUEST = {
  2: '9999000000000001',
  3: '000000',
  4: '000000001250',
  7: '0102030405',
  11: '000001',
  49: '978',
};

/** What is wrong with a frame, as `CODE path@offset`. */
function wrong(bytes: Uint8Array, dialect = ascii, lenient = true): readonly string[] {
  const view = new MessageView();
  if (lenient) view.issues = [];
  parse(view, dialect, bytes, 0, bytes.length);
  return validate(view).map(({ code, path, offset }) => `${code.slice('HF_ISO_'.length)} ${path}@${offset}`);
}

function request(fields: object, mti = '0100'): Buffer {
  return build(ascii, { mti, fields: { ...REQUEST, ...fields } });
}

t.test('nothing is wrong with a right message', async (t) => {
  t.strictSame(wrong(request({ 55: '9F260811223344556677889F270180' })), []);
});

t.test('all that is wrong is listed: fields, what is inside them, what the profile asks for', async (t) => {
  const chip = `9F26020102${'9F270180'}5F2A03000978`;
  const bytes = build(ascii, {
    mti: '0100',
    fields: {
      3: '000000',
      4: '000000001250',
      11: '000001',
      12: '010203',
      54: '0002978X000000000001',
      55: chip,
    },
  });
  // Letters where digits belong, in two fields.
  const at = bytes.indexOf('000000001250');
  bytes.write('O', at + 3);
  bytes.write('l', bytes.indexOf('010203') + 1);
  const inside = bytes.indexOf('9F2602', 0, 'hex');
  t.strictSame(wrong(bytes), [
    `CONTENT 4@${at + 3}`,
    `CONTENT 12@${bytes.indexOf('0l0203') + 1}`,
    `CONTENT 54.1.4@${bytes.indexOf('X')}`,
    `LENGTH 55.9F26@${inside}`,
    `LENGTH 55.5F2A@${inside + 9}`,
    'MISSING 7@-1',
    'MISSING 49@-1',
  ]);
});

t.test('a strict view is read again, so that all is listed', async (t) => {
  const bytes = request({});
  bytes.write('O', bytes.indexOf('000000001250'));
  bytes.write('O', bytes.indexOf('0102030405'));
  t.strictSame(wrong(bytes, ascii, false), wrong(bytes));
  t.equal(wrong(bytes).length, 2);
});

t.test('what is behind a broken tag in its field is not guessed, other fields are read', async (t) => {
  const bytes = request({ 43: 'SHOP'.padEnd(40), 54: '0002978C00000000', 55: '9F27018095FF' });
  t.strictSame(wrong(bytes), [
    `OVERRUN 54.1.4@${bytes.indexOf('C00000000')}`,
    `LENGTH 55.95@${bytes.length - 1}`,
  ]);
});

t.test('templates are read all the way down', async (t) => {
  const bytes = build(ascii, {
    mti: '0110',
    fields: { 7: '0102030405', 11: '000001', 39: '00', 55: '720A9F180300000186028424' },
  });
  t.strictSame(wrong(bytes), [`LENGTH 55.72.9F18@${bytes.indexOf('9F1803', 0, 'hex')}`]);
});

t.test('a field that a bitmap announces but a wrong length hides is not called missing', async (t) => {
  const bytes = request({});
  bytes.write('99', bytes.indexOf('169999'));
  t.strictSame(wrong(bytes), ['LENGTH 2@12']);
});

t.test('a message type may have no other fields than its profile names', async (t) => {
  const sign = build(ascii, {
    mti: '0800',
    fields: { 4: '000000001250', 7: '0102030405', 11: '000001', 70: '001' },
  });
  t.strictSame(wrong(sign), ['UNEXPECTED 4@20']);
  t.strictSame(wrong(build(ascii, { mti: '0800', fields: { 11: '000001' } })), [
    'MISSING 7@-1',
    'MISSING 70@-1',
  ]);
});

t.test('a message type without a profile may have any fields', async (t) => {
  t.strictSame(wrong(build(ascii, { mti: '0500', fields: { 4: '000000001250' } })), []);
});

t.test('no profile is asked of a message that does not say what it has', async (t) => {
  t.strictSame(wrong(Buffer.from('0100')), ['SHORT @4']);
  t.strictSame(wrong(Buffer.from('1100')), ['MTI @0']);
  t.strictSame(wrong(new Uint8Array(0)), ['EMPTY @0']);
  t.strictSame(wrong(Buffer.from('0100Z'.padEnd(20, '0')), dialectByName('iso87-ascii-hex')), ['BITMAP @4']);
});

t.test('the profile is found whatever encodes MTI and bitmap', async (t) => {
  for (const name of DIALECT_NAMES) {
    const dialect = dialectByName(name);
    const mti = Object.keys(dialect.dialect.profiles!).find((key) => key.startsWith('8', 1))!;
    const { mandatory } = dialect.dialect.profiles![mti]!;
    const bytes = build(dialect, { mti, fields: {} });
    t.strictSame(
      wrong(bytes, dialect),
      mandatory.map((field) => `MISSING ${field}@-1`),
      name,
    );
  }
});

t.test('a position in packed or hexadecimal digits is named by its byte of the message', async (t) => {
  const packed = dialectByName('iso87-binary');
  const bytes = build(packed, {
    mti: '0400',
    fields: { 4: '1', 7: '0102030405', 11: '1', 90: '0'.repeat(42) },
  });
  t.strictSame(wrong(bytes, packed), []);
  const base24 = dialectByName('base24');
  const fields = { ...REQUEST, 55: '9F27018095020000' };
  const spelt = build(base24, { mti: '0100', fields });
  t.strictSame(wrong(spelt, base24), [`LENGTH 55.95@${spelt.indexOf('95020000')}`]);
});

t.test('a profile that asks for a field that is not there is refused', async (t) => {
  const document = { name: 'mine', extends: 'iso87-ascii', fields: { 49: null } };
  t.throws(() => compileDialect(resolveDialect(document, builtInDocument)), {
    code: 'HF_ISO_DIALECT',
    path: 'profiles.0100.mandatory',
  });
});

t.test('no error says a value', async (t) => {
  const bytes = request({ 2: '9999123456789012', 55: '5A0C9999123456789012FFFFFFFF' });
  bytes.write('X', bytes.indexOf('9999123456789012') + 15);
  const view = new MessageView();
  view.issues = [];
  parse(view, ascii, bytes, 0, bytes.length);
  const errors = validate(view);
  t.equal(errors.length, 2);
  for (const error of errors) t.notMatch(`${error.message} ${JSON.stringify(error)}`, /123456789/);
});
