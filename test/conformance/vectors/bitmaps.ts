import { ascii, BY_HAND, document, type Vector } from '../vector.js';

const one = (name: string) => ({ name, length: 1 });
/** One character at the borders of each bitmap. */
const FIELDS = Object.fromEntries([2, 8, 64, 66, 128, 130, 192].map((number) => [number, one(`F${number}`)]));
const CLAUSE = 'ISO 8583:1987, bit maps';
const EXTENDED = `${CLAUSE}; a third one as bit 65 announces it`;

function bitmap(
  name: string,
  source: string,
  changes: object,
  hex: string,
  numbers: readonly number[],
): Vector {
  const fields = Object.fromEntries(numbers.map((number, index) => [number, String(index + 1)]));
  return { name, source, dialect: document(FIELDS, changes), hex: `30313030 ${hex}`, fields };
}

const binary = { bitmap: { encoding: 'binary' } };
const three = { bitmap: { encoding: 'binary', count: 3 } };
const hex = { bitmap: { encoding: 'hex' } };
const ebcdic = { bitmap: { encoding: 'hex-ebcdic' } };
const SECONDARY = 'C100000000000001 4000000000000001';
/** Hexadecimal digits in EBCDIC. */
const spelt = (digits: string): string =>
  [...digits.replaceAll(' ', '')]
    .map((digit) => (digit > '9' ? `C${digit.charCodeAt(0) - 0x40}` : `F${digit}`))
    .join('');

/** Both bitmaps at once without fields that a bit would announce. */
const wide = (bytes: number) => ({ bitmap: { encoding: 'binary', bytes } });

export const BITMAP_VECTORS: readonly Vector[] = [
  bitmap('no field at all', CLAUSE, binary, '0000000000000000', []),
  bitmap('a primary bitmap', CLAUSE, binary, '4100000000000001 313233', [2, 8, 64]),
  bitmap('a secondary bitmap', CLAUSE, binary, `${SECONDARY} 3132333435`, [2, 8, 64, 66, 128]),
  bitmap('a secondary bitmap for one field', CLAUSE, binary, '8000000000000000 4000000000000000 31', [66]),
  {
    ...bitmap(
      'a secondary bitmap that announces nothing',
      CLAUSE,
      binary,
      'C000000000000000 0000000000000000 31',
      [2],
    ),
    readOnly: true,
  },
  bitmap(
    'a tertiary bitmap',
    EXTENDED,
    three,
    'C000000000000000 C000000000000000 4000000000000001 31323334',
    [2, 66, 130, 192],
  ),
  bitmap(
    'a tertiary bitmap behind an empty secondary one',
    EXTENDED,
    three,
    '8000000000000000 8000000000000000 4000000000000000 31',
    [130],
  ),
  bitmap('three bitmaps, two used', EXTENDED, three, `${SECONDARY} 3132333435`, [2, 8, 64, 66, 128]),
  bitmap(
    'a primary bitmap in hexadecimal digits',
    CLAUSE,
    hex,
    `${ascii('4100000000000001')} 313233`,
    [2, 8, 64],
  ),
  bitmap(
    'both bitmaps in hexadecimal digits',
    CLAUSE,
    hex,
    `${ascii(SECONDARY.replace(' ', ''))} 3132333435`,
    [2, 8, 64, 66, 128],
  ),
  {
    ...bitmap(
      'hexadecimal digits in lower case',
      BY_HAND,
      hex,
      `${ascii('c000000000000000')} ${ascii('4000000000000000')} 3132`,
      [2, 66],
    ),
    readOnly: true,
  },
  bitmap(
    'a tertiary bitmap in hexadecimal digits',
    EXTENDED,
    { bitmap: { encoding: 'hex', count: 3 } },
    `${ascii('8000000000000000 8000000000000000 4000000000000000'.replaceAll(' ', ''))} 31`,
    [130],
  ),
  bitmap(
    'a primary bitmap in EBCDIC digits',
    CLAUSE,
    ebcdic,
    `${spelt('4100000000000001')} 313233`,
    [2, 8, 64],
  ),
  bitmap(
    'both bitmaps in EBCDIC digits',
    CLAUSE,
    ebcdic,
    `${spelt(SECONDARY)} 3132333435`,
    [2, 8, 64, 66, 128],
  ),
  bitmap('16 bytes at once', BY_HAND, wide(16), `${SECONDARY} 3132333435`, [2, 8, 64, 66, 128]),
  bitmap(
    '16 bytes at once, the second eight empty',
    BY_HAND,
    wide(16),
    '4000000000000000 0000000000000000 31',
    [2],
  ),
  bitmap(
    '24 bytes at once',
    BY_HAND,
    wide(24),
    'C000000000000000 C000000000000000 4000000000000001 31323334',
    [2, 66, 130, 192],
  ),
  bitmap(
    '24 bytes at once in hexadecimal digits',
    BY_HAND,
    { bitmap: { encoding: 'hex', bytes: 24 } },
    `${ascii('4000000000000000'.padEnd(48, '0'))} 31`,
    [2],
  ),
];
