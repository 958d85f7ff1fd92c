import { ascii, BY_HAND, document, FIELD_2, type Vector } from '../vector.js';

/** Lengths of one to six digits in every encoding, of one to three bytes, and as BER has them. */

const DIGITS = 'ISO 8583:1987 clause 4.2 (LLVAR, LLLVAR), carried on to six digits as private fields have it';

function* digits(): Iterable<Vector> {
  for (let width = 1; width <= 6; width++) {
    const length = '7'.padStart(width, '0');
    const even = length.padStart(width + (width & 1), '0');
    const ebcdic = [...length].map((digit) => `F${digit}`).join('');
    for (const [encoding, wire] of [
      ['ascii', ascii(length)],
      ['cp037', ebcdic],
      ['cp500', ebcdic],
      ['cp1047', ebcdic],
      ['bcd', even],
    ] as const) {
      yield {
        name: `a length of ${width} digits in ${encoding}`,
        source: DIGITS,
        dialect: document({ 2: { name: 'Value', max: 9, prefix: { encoding, digits: width } } }),
        hex: `${FIELD_2} ${wire} ${ascii('seven x')}`,
        fields: { 2: 'seven x' },
      };
    }
  }
}

function filled(name: string, source: string, prefix: object, length: string, bytes: number): Vector {
  return {
    name,
    source,
    dialect: document({ 2: { name: 'Value', content: 'b', max: bytes, prefix } }),
    hex: `${FIELD_2} ${length} ${'5A'.repeat(bytes)}`,
    fields: { 2: '5A'.repeat(bytes) },
  };
}

const BER = 'ISO/IEC 8825-1 clause 8.1.3';

export const LENGTH_VECTORS: readonly Vector[] = [
  ...digits(),
  {
    name: 'a binary length of one byte',
    source: BY_HAND,
    dialect: document({ 2: { name: 'Value', max: 255, prefix: { encoding: 'binary', bytes: 1 } } }),
    hex: `${FIELD_2} C8 ${'41'.repeat(200)}`,
    fields: { 2: 'A'.repeat(200) },
  },
  filled('a binary length of two bytes', BY_HAND, { encoding: 'binary', bytes: 2 }, '012C', 300),
  filled('a binary length of three bytes', BY_HAND, { encoding: 'binary', bytes: 3 }, '010001', 65_537),
  filled('a BER length in its short form', BER, { encoding: 'ber' }, '7F', 127),
  filled('a BER length of one byte more', BER, { encoding: 'ber' }, '81C8', 200),
  filled('a BER length of two bytes more', BER, { encoding: 'ber' }, '82012C', 300),
  filled('a BER length of three bytes more', BER, { encoding: 'ber' }, '83010001', 65_537),
  {
    ...filled(
      'a BER length in a longer form than it needs',
      `${BER}.5 (no shortest form is asked for)`,
      { encoding: 'ber' },
      '820005',
      5,
    ),
    readOnly: true,
  },
  {
    name: 'an odd count behind a packed length',
    source: 'ISO 8583:1987 clause 4.2; the count is of digits, not of bytes',
    dialect: document({
      2: { name: 'PAN', content: 'n', encoding: 'bcd', max: 19, prefix: { encoding: 'bcd', digits: 2 } },
    }),
    hex: `${FIELD_2} 19 09999000000000000001`,
    fields: { 2: '9999000000000000001' },
  },
  {
    name: 'nothing behind a length of zero',
    source: BY_HAND,
    dialect: document({ 2: { name: 'Value', max: 99, prefix: 'LL' } }),
    hex: `${FIELD_2} 3030`,
    fields: { 2: '' },
  },
  {
    name: 'two fields, the second found by the length of the first',
    source: BY_HAND,
    dialect: document({ 2: { name: 'A', max: 99, prefix: 'LL' }, 3: { name: 'B', length: 2 } }),
    hex: `30313030 6000000000000000 3033 616263 7879`,
    fields: { 2: 'abc', 3: 'xy' },
  },
];
