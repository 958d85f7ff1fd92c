import { BY_HAND, document, FIELD_2, type Vector } from '../vector.js';

/**
 * Every encoding behind every prefix: five units, whose bytes and whose length are written down once each, so that
 * a frame is one after the other.
 */

interface Row {
  readonly encoding: string;
  readonly content: 'n' | 'b';
  readonly value: string;
  readonly wire: string;
  /** Bytes on the wire where they are not the units. */
  readonly bytes?: number;
}

const DIGITS = { content: 'n', value: '12345' } as const;
const BYTES = { content: 'b', value: 'A1B2C3D4E5' } as const;

const ENCODINGS: readonly Row[] = [
  { ...DIGITS, encoding: 'ascii', wire: '3132333435' },
  { ...DIGITS, encoding: 'cp037', wire: 'F1F2F3F4F5' },
  { ...DIGITS, encoding: 'cp500', wire: 'F1F2F3F4F5' },
  { ...DIGITS, encoding: 'cp1047', wire: 'F1F2F3F4F5' },
  { ...DIGITS, encoding: 'bcd', wire: '012345', bytes: 3 },
  { ...DIGITS, encoding: 'bcd-left-f', wire: 'F12345', bytes: 3 },
  { ...DIGITS, encoding: 'bcd-right-0', wire: '123450', bytes: 3 },
  { ...DIGITS, encoding: 'bcd-right-f', wire: '12345F', bytes: 3 },
  { ...BYTES, encoding: 'binary', wire: 'A1B2C3D4E5' },
  { ...BYTES, encoding: 'hex', wire: '41314232433344344535', bytes: 10 },
  { ...BYTES, encoding: 'hex-ebcdic', wire: 'C1F1C2F2C3F3C4F4C5F5', bytes: 10 },
];

interface Length {
  readonly name: string;
  readonly prefix: object;
  /** How it says 5, and 3 and 10, the bytes that five units may take. */
  readonly says: Readonly<Record<number, string>>;
}

const PREFIXES: readonly Length[] = [
  { name: 'ascii', prefix: { encoding: 'ascii', digits: 2 }, says: { 5: '3035', 3: '3033', 10: '3130' } },
  { name: 'cp037', prefix: { encoding: 'cp037', digits: 2 }, says: { 5: 'F0F5', 3: 'F0F3', 10: 'F1F0' } },
  { name: 'cp500', prefix: { encoding: 'cp500', digits: 2 }, says: { 5: 'F0F5', 3: 'F0F3', 10: 'F1F0' } },
  { name: 'cp1047', prefix: { encoding: 'cp1047', digits: 2 }, says: { 5: 'F0F5', 3: 'F0F3', 10: 'F1F0' } },
  { name: 'bcd', prefix: { encoding: 'bcd', digits: 2 }, says: { 5: '05', 3: '03', 10: '10' } },
  { name: 'binary', prefix: { encoding: 'binary', bytes: 1 }, says: { 5: '05', 3: '03', 10: '0A' } },
  { name: 'hex', prefix: { encoding: 'hex', bytes: 1 }, says: { 5: '3035', 3: '3033', 10: '3041' } },
  { name: 'ber', prefix: { encoding: 'ber' }, says: { 5: '05', 3: '03', 10: '0A' } },
];

const SOURCE = 'ISO 8583:1987 clause 4.2 (attributes, LLVAR); put together by hand from value and length';

function* vectors(): Iterable<Vector> {
  for (const { encoding, content, value, wire, bytes = 5 } of ENCODINGS) {
    const field = { name: 'Value', content, encoding };
    yield {
      name: `${encoding}, fixed length`,
      source: SOURCE,
      dialect: document({ 2: { ...field, length: 5 } }),
      hex: `${FIELD_2} ${wire}`,
      fields: { 2: value },
    };
    for (const { name, prefix, says } of PREFIXES) {
      yield {
        name: `${encoding} behind a ${name} length that counts units`,
        source: SOURCE,
        dialect: document({ 2: { ...field, max: 9, prefix } }),
        hex: `${FIELD_2} ${says[5]} ${wire}`,
        fields: { 2: value },
      };
      yield {
        name: `${encoding} behind a ${name} length that counts bytes`,
        source: SOURCE,
        // Where 0 fills an odd count only the greatest length tells it from a digit.
        dialect: document({
          2: { ...field, max: encoding.startsWith('bcd') ? 5 : 9, prefix: { ...prefix, counts: 'bytes' } },
        }),
        hex: `${FIELD_2} ${says[bytes]} ${wire}`,
        fields: { 2: value },
      };
    }
  }
}

const TEXT = [
  ['ascii', '30', '20', '313233'],
  ['cp037', 'F0', '40', 'F1F2F3'],
  ['cp500', 'F0', '40', 'F1F2F3'],
  ['cp1047', 'F0', '40', 'F1F2F3'],
] as const;

/** `123` in five, filled on each side with 0 and with a space. */
function* filled(): Iterable<Vector> {
  const source =
    'ISO 8583:1987 clause 4.2: numbers are filled on the left, text on the right; the dialect may differ';
  for (const [encoding, zero, space, wire] of TEXT) {
    for (const [character, byte] of [
      ['0', zero],
      [' ', space],
    ] as const) {
      const field = { name: 'Value', content: 'anp', encoding, length: 5 };
      const fill = character + character;
      yield {
        name: `${encoding}, filled on the left with '${character}'`,
        source,
        dialect: document({ 2: { ...field, pad: { side: 'left', with: character } } }),
        hex: `${FIELD_2} ${byte}${byte}${wire}`,
        fields: { 2: `${fill}123` },
        given: { 2: '123' },
      };
      yield {
        name: `${encoding}, filled on the right with '${character}'`,
        source,
        dialect: document({ 2: { ...field, pad: { side: 'right', with: character } } }),
        hex: `${FIELD_2} ${wire}${byte}${byte}`,
        fields: { 2: `123${fill}` },
        given: { 2: '123' },
      };
    }
  }
  for (const [encoding, left, right] of [
    ['bcd', '000123', '012300'],
    ['bcd-left-f', 'F00123', 'F12300'],
    ['bcd-right-0', '001230', '123000'],
    ['bcd-right-f', '00123F', '12300F'],
  ] as const) {
    const field = { name: 'Value', content: 'n', encoding, length: 5 };
    yield {
      name: `${encoding}, filled with zeros on the left`,
      source,
      dialect: document({ 2: field }),
      hex: `${FIELD_2} ${left}`,
      fields: { 2: '00123' },
      given: { 2: '123' },
    };
    yield {
      name: `${encoding}, filled with zeros on the right`,
      source,
      dialect: document({ 2: { ...field, pad: { side: 'right', with: '0' } } }),
      hex: `${FIELD_2} ${right}`,
      fields: { 2: '12300' },
      given: { 2: '123' },
    };
  }
}

const pages = 'IBM character data representation, code pages 37, 500 and 1047';
const special: readonly Vector[] = (
  [
    ['ascii', '5B5D217C5EAC41'],
    ['cp037', 'BABB5A4FB05FC1'],
    ['cp500', '4A5A4FBB5FBAC1'],
    ['cp1047', 'ADBD5A4F5FB0C1'],
  ] as const
).map(([encoding, wire]) => ({
  name: `${encoding} has its own places for [ ] ! | ^ ¬`,
  source: pages,
  dialect: document({ 2: { name: 'Text', encoding, length: 7 } }),
  hex: `${FIELD_2} ${wire}`,
  fields: { 2: '[]!|^¬A' },
}));

const text = (encoding: string, content: string, wire: string, value: string, source: string): Vector => ({
  name: `${content} in ${encoding}: ${value}`,
  source,
  dialect: document({ 2: { name: 'Value', content, encoding, max: 40, prefix: 'LL' } }),
  hex: `${FIELD_2} ${wire}`,
  fields: { 2: value },
});

const TRACK = 'ISO/IEC 7813 clause 6.2 (separator, = or packed D)';
const AMOUNT = 'ISO 8583:1987 clause 4.2: x is C or D and part of the length';
const ZONED = 'zoned decimal, IBM z/Architecture Principles of Operation, chapter 8';

function amount(name: string, source: string, spec: object, wire: string, value: string): Vector {
  return {
    name,
    source,
    dialect: document({ 2: { name: 'Amount', content: 'x+n', ...spec } }),
    hex: `${FIELD_2} ${wire}`,
    fields: { 2: value },
  };
}

export const ENCODING_VECTORS: readonly Vector[] = [
  ...vectors(),
  ...filled(),
  ...special,
  text('ascii', 'z', '3136 39393939303031323D33303132303030', '99990012=3012000', TRACK),
  text('cp037', 'z', '3136 F9F9F9F9F0F0F1F27EF3F0F1F2F0F0F0', '99990012=3012000', TRACK),
  text('bcd', 'z', '3136 99990012D3012000', '99990012=3012000', TRACK),
  text('bcd-right-f', 'z', '3135 99990012D301200F', '99990012=301200', TRACK),
  text('bcd-left-f', 'z', '3135 F99990012D301200', '99990012=301200', TRACK),
  text('bcd', 'h', '3034 BEEF', 'BEEF', BY_HAND),
  text('bcd-right-0', 'h', '3033 ABC0', 'ABC', BY_HAND),
  text('ascii', 'h', '3034 42454546', 'BEEF', BY_HAND),
  text('ascii', 'ans', '3034 4361E9 21', 'Caé!', 'ISO/IEC 8859-1'),
  text('ascii', 'n', '3030', '', 'ISO 8583:1987 clause 4.2: a variable length may be 0'),
  amount('a credit in ASCII', AMOUNT, { length: 9 }, '433030303031323334', 'C00001234'),
  amount('a debit in ASCII', AMOUNT, { length: 9 }, '443030303031323334', 'D00001234'),
  amount('a credit in EBCDIC', AMOUNT, { length: 9, encoding: 'cp037' }, 'C3F0F0F0F0F1F2F3F4', 'C00001234'),
  amount('a debit in EBCDIC', AMOUNT, { length: 9, encoding: 'cp1047' }, 'C4F0F0F0F0F1F2F3F4', 'D00001234'),
  amount('a debit, packed', AMOUNT, { length: 9, encoding: 'bcd' }, '44 00001234', 'D00001234'),
  amount(
    'a credit, packed, of odd digits',
    AMOUNT,
    { length: 8, encoding: 'bcd' },
    '43 00001234',
    'C0001234',
  ),
  amount(
    'a credit, packed behind a length of bytes',
    AMOUNT,
    { max: 9, encoding: 'bcd', prefix: { digits: 2, counts: 'bytes' } },
    '3033 43 1234',
    'C1234',
  ),
  amount(
    'a credit in the last digit’s zone',
    ZONED,
    { length: 5, sign: 'overpunch' },
    '30303132 44',
    'C00124',
  ),
  amount(
    'a debit in the last digit’s zone',
    ZONED,
    { length: 5, sign: 'overpunch' },
    '30303132 4D',
    'D00124',
  ),
  amount('a credit of 0 in the zone', ZONED, { length: 5, sign: 'overpunch' }, '30303030 7B', 'C00000'),
  amount('a debit of 0 in the zone', ZONED, { length: 5, sign: 'overpunch' }, '30303030 7D', 'D00000'),
  amount(
    'a debit in the last digit’s zone in EBCDIC',
    ZONED,
    { length: 5, sign: 'overpunch', encoding: 'cp037' },
    'F0F0F1F2 D4',
    'D00124',
  ),
  amount(
    'a credit in the last digit’s zone in EBCDIC',
    ZONED,
    { length: 5, sign: 'overpunch', encoding: 'cp500' },
    'F0F0F1F2 C4',
    'C00124',
  ),
  {
    ...amount(
      'a digit without a zone is a credit',
      ZONED,
      { length: 5, sign: 'overpunch' },
      '3030313234',
      'C00124',
    ),
    readOnly: true,
  },
  amount('only a debit is marked', ZONED, { length: 5, sign: 'overpunch-minus' }, '3030313234', 'C00124'),
  amount(
    'a debit where only a debit is marked',
    ZONED,
    { length: 5, sign: 'overpunch-minus' },
    '303031324D',
    'D00124',
  ),
];
