import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { KIND } from '../../parsers/batch.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { isHex } from '../../parsers/encoding.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { build, type FieldValue } from '../../parsers/writer.js';
import { anyFields, plausibleMessage } from './arbitrary-message.js';
import { NOT_IN_PACKAGE, packByPackage, unpackByPackage } from './iso-8583-package.js';
import { ascii, asciiHex, readOne, replyTo } from './one-message.js';
import { holds } from './property.js';

/** Message types that both sides have. */
const mtis = fc.constantFrom(
  '0100',
  '0101',
  '0110',
  '0120',
  '0200',
  '0210',
  '0400',
  '0420',
  '0500',
  '0800',
  '0810',
);

/** ISO 8583:1987 table 4: what a response carries unchanged from its request. */
const ECHO = [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 90];
const ECHO_NETWORK = [7, 11, 12, 13, 32, 33, 37, 41, 42, 70];

/** Every field that our reader locates, as the package shows it. */
function fieldsOf(bytes: Uint8Array, dialect: CompiledDialect): Record<string, string> {
  const view = new MessageView();
  if (!parse(view, dialect, bytes, 0, bytes.length)) throw view.error();
  const fields: Record<string, string> = { 0: String(view.mti).padStart(4, '0') };
  for (let field = 2; field <= view.highest; field++) {
    if (!view.has(field)) continue;
    const binary = dialect.dialect.fields[field]!.content === 'b';
    fields[field] = binary ? Buffer.from(view.raw(field)).toString('hex') : view.text(field);
  }
  return fields;
}

for (const dialect of [ascii, asciiHex]) {
  const anything = anyFields(dialect.dialect, NOT_IN_PACKAGE);

  t.test(`${dialect.name}: what we build, iso_8583 unpacks field by field`, async (t) => {
    // The package takes a hexadecimal bitmap for 32 digits always, so there has to be a field above 64.
    const readable = isHex(dialect.bitmap.encoding)
      ? anything.map((fields) => ({ ...fields, 70: '301' }))
      : anything;
    const property = fc.property(mtis, readable, (mti, fields) => {
      assert.deepEqual(unpackByPackage(build(dialect, { mti, fields }), dialect), { 0: mti, ...fields });
    });
    holds(t, property, 200);
  });

  t.test(`${dialect.name}: what iso_8583 packs, we read field by field`, async (t) => {
    const property = fc.property(mtis, anything, (mti, fields) => {
      const message = { 0: mti, ...fields };
      assert.deepEqual(fieldsOf(packByPackage(message, dialect), dialect), message);
    });
    holds(t, property, 200);
  });
}

t.test('iso_8583 reads our replies: the next MTI, 38 and 39, and the echo of the standard', async (t) => {
  const codes = fc.constantFrom(0, 5, 12, 14, 30, 51, 54, 57, 58, 61, 62, 65, 91, 94);
  const kinds = new Set<number>();
  const property = fc.property(plausibleMessage, codes, fc.nat(999_999), (message, code, approval) => {
    const batch = readOne(message, ascii);
    kinds.add(batch.columns.kind[0]!);
    const expected: Record<string, FieldValue> = {
      0: `${message.mti.slice(0, 2)}${Number(message.mti[2]) + 1}0`,
      39: String(code).padStart(2, '0'),
    };
    if (approval !== 0) expected[38] = String(approval).padStart(6, '0');
    for (const field of message.mti.startsWith('08') ? ECHO_NETWORK : ECHO) {
      const value = message.fields[field];
      if (value !== undefined) expected[field] = value;
    }
    assert.deepEqual(unpackByPackage(replyTo(batch, ascii, code, approval), ascii), expected);
  });
  holds(t, property, 1000);
  t.strictSame(
    [...kinds].sort(),
    [KIND.authorise, KIND.reverse, KIND.network, KIND.formatError, KIND.unsupported, KIND.clear],
    'of every kind that has a reply',
  );
});

t.test('a reply with a hexadecimal bitmap is the other one but for the bitmap', async (t) => {
  const property = fc.property(plausibleMessage, fc.nat(999_999), (message, approval) => {
    const binary = replyTo(readOne(message, ascii), ascii, 0, approval);
    const rest = 4 + (binary[4]! >= 0x80 ? 16 : 8);
    const expected = Buffer.concat([
      binary.subarray(0, 4),
      Buffer.from(binary.toString('hex', 4, rest).toUpperCase()),
      binary.subarray(rest),
    ]);
    assert.deepEqual(replyTo(readOne(message, asciiHex), asciiHex, 0, approval), expected);
  });
  holds(t, property, 500);
});
