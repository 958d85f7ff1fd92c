import { ascii, BY_HAND, refusedField as field, type Vector } from '../vector.js';

/** BER-TLV behind three digits of length: the first tag is at byte 15. */
const tlv = (
  name: string,
  source: string,
  wire: string,
  path: string,
  code: string,
  offset: number,
): Vector => {
  const length = wire.replaceAll(' ', '').length / 2;
  return field(
    name,
    source,
    { content: 'b', max: 999, prefix: 'LLL', structure: { kind: 'ber-tlv' } },
    `${ascii(String(length).padStart(3, '0'))} ${wire}`,
    [code, path, offset],
  );
};

const BER = 'ISO/IEC 8825-1 clause 8.1; EMV Book 3 annex B';
const tags = {
  kind: 'tlv',
  tag: { length: 2 },
  size: { length: 2 },
  fields: { '01': { name: 'A', content: 'n', length: 3 } },
};
const positions = {
  kind: 'positional',
  fields: { 1: { name: 'A', content: 'n', length: 2 }, 2: { name: 'B', length: 2 } },
};
const nested = {
  kind: 'bitmap',
  bitmap: { encoding: 'binary', bytes: 1 },
  fields: { 2: { name: 'A', length: 1 } },
};
const hexNested = {
  kind: 'bitmap',
  bitmap: { encoding: 'hex', bytes: 1 },
  fields: { 2: { name: 'A', length: 1 } },
};
const bytes = { content: 'b', max: 99, prefix: 'LL' };
const text = { max: 99, prefix: 'LL' };

/** What is wrong inside a field: `parse` locates it, and reading what is in it is refused. */
export const INSIDE_ERROR_VECTORS: readonly Vector[] = [
  tlv(
    'an indefinite length in BER-TLV',
    `${BER} (the indefinite form is refused)`,
    '70 80 95 01 AA 0000',
    '2.70',
    'LENGTH',
    16,
  ),
  tlv('a length of five bytes in BER-TLV', BER, '95 84 00000001 AA', '2.95', 'LENGTH', 16),
  tlv('BER-TLV that ends in a tag', BER, '9F', '2', 'OVERRUN', 16),
  tlv('BER-TLV that ends before a length', BER, '95', '2.95', 'OVERRUN', 16),
  tlv('BER-TLV that ends in a length', BER, '95 82 01', '2.95', 'OVERRUN', 16),
  tlv('BER-TLV that ends in a value', BER, '95 05 AABB', '2.95', 'OVERRUN', 17),
  tlv('a tag of more than four bytes', BER, '9F81828301 01 AA', '2', 'VALUE', 15),
  field(
    'positions with bytes left over',
    BY_HAND,
    { ...text, structure: positions },
    `3035 ${ascii('12ab?')}`,
    ['TRAILING', '2', 18],
  ),
  field('a position that is cut', BY_HAND, { ...text, structure: positions }, `3033 ${ascii('12a')}`, [
    'OVERRUN',
    '2.2',
    16,
  ]),
  field(
    'a position with a wrong character',
    BY_HAND,
    { ...text, structure: positions },
    `3034 ${ascii('1xab')}`,
    ['CONTENT', '2.1', 15],
  ),
  field(
    'a wrong character in packed positions',
    BY_HAND,
    {
      content: 'b',
      max: 9,
      prefix: 'LL',
      structure: {
        kind: 'positional',
        fields: { 1: { name: 'A', length: 1 }, 2: { name: 'B', content: 'n', encoding: 'bcd', length: 3 } },
      },
    },
    '3033 61 0A12',
    ['CONTENT', '2.2', 15],
  ),
  field(
    'a group that is cut',
    BY_HAND,
    { ...text, structure: { ...positions, kind: 'repeated' } },
    `3036 ${ascii('12ab34')}`,
    ['OVERRUN', '2.2.2', 20],
  ),
  field(
    'a field that the bitmap inside announces and nobody has',
    BY_HAND,
    { ...bytes, structure: nested },
    '3033 60 61 62',
    ['UNKNOWN_FIELD', '2.3', 16],
  ),
  field('bytes after the last field inside', BY_HAND, { ...bytes, structure: nested }, '3033 40 61 62', [
    'TRAILING',
    '2',
    16,
  ]),
  field('a field inside that is cut', BY_HAND, { ...bytes, structure: nested }, '3031 40', [
    'OVERRUN',
    '2.2',
    15,
  ]),
  field('a bitmap inside that is cut', BY_HAND, { ...bytes, structure: nested }, '3030', [
    'OVERRUN',
    '2',
    14,
  ]),
  field(
    'a digit of a bitmap inside that is none',
    BY_HAND,
    { ...text, structure: hexNested },
    `3033 ${ascii('4G1')}`,
    ['BITMAP', '2', 15],
  ),
  field('a tag that is cut', BY_HAND, { ...text, structure: tags }, `3033 ${ascii('010')}`, [
    'OVERRUN',
    '2',
    14,
  ]),
  field('a tag whose value is cut', BY_HAND, { ...text, structure: tags }, `3036 ${ascii('010312')}`, [
    'OVERRUN',
    '2.01',
    18,
  ]),
  field(
    'a tag whose length is no number',
    BY_HAND,
    { ...text, structure: tags },
    `3037 ${ascii('010X123')}`,
    ['LENGTH', '2.01', 16],
  ),
  field(
    'a tag of another length than its own',
    BY_HAND,
    { ...text, structure: tags },
    `3036 ${ascii('010212')}`,
    ['LENGTH', '2.01', 14],
  ),
  field('a tag with a wrong character', BY_HAND, { ...text, structure: tags }, `3037 ${ascii('01031x3')}`, [
    'CONTENT',
    '2.01',
    19,
  ]),
  field(
    'a tag that could not be printed',
    BY_HAND,
    {
      content: 'b',
      max: 9,
      prefix: 'LL',
      structure: { kind: 'tlv', tag: { length: 1 }, size: { length: 1 } },
    },
    '3032 0A 30',
    ['CONTENT', '2', 14],
  ),
  field(
    'a wrong tag in hexadecimal digits',
    BY_HAND,
    { content: 'b', encoding: 'hex', max: 9, prefix: 'LL', structure: { kind: 'ber-tlv' } },
    `3033 ${ascii('95020A')}`,
    ['OVERRUN', '2.95', 18],
  ),
];
