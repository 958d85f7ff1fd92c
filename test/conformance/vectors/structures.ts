import { ascii, BY_HAND, document, type Vector } from '../vector.js';

const F2 = '30313030 4000000000000000';
const ISO = 'ISO 8583:1987, table of data elements';
const EMV = 'EMV Book 3 annex B (BER-TLV)';

const inside = (name: string, source: string, spec: object, wire: string, fields: object): Vector => ({
  name,
  source,
  dialect: document({ 2: { name: 'Outer', ...spec } }),
  hex: `${F2} ${wire}`,
  fields: { 2: { fields } as never },
});

const two = { 1: { name: 'A', length: 2 }, 2: { name: 'B', content: 'n', length: 3 } };
const positional = { kind: 'positional', fields: two };
const nested = (bitmap: object, fields: object) => ({ kind: 'bitmap', bitmap, fields });
const bits = {
  2: { name: 'A', length: 1 },
  3: { name: 'B', max: 9, prefix: 'LL' },
  8: { name: 'C', content: 'n', length: 2 },
};
const bytes = { content: 'b', max: 99_999, prefix: 'LLLLL' };
const ber = { ...bytes, structure: { kind: 'ber-tlv' } };
const lllll = (count: number): string => ascii(String(count).padStart(5, '0'));
/** A BER-TLV field, its length in front. */
const tlv = (name: string, wire: string, fields: object, source = EMV): Vector =>
  inside(name, source, ber, `${lllll(wire.replaceAll(' ', '').length / 2)} ${wire}`, fields);

const DATASETS = 'ISO 8583:2003 data sets: one byte identifier, two bytes length; public descriptions';
const datasets = {
  kind: 'datasets',
  fields: { 1: { name: 'A', length: 1 }, 2: { name: 'B', content: 'n', length: 2 } },
};
const MASTERCARD =
  'Mastercard DE48: tags and lengths of two digits behind a category code; public description';
const PDS = 'Mastercard private data subelements: tags of four digits, lengths of three; public description';
const tags = (tag: object, size: object, more: object = {}) => ({ kind: 'tlv', tag, size, ...more });

export const STRUCTURE_VECTORS: readonly Vector[] = [
  inside(
    'positions in a field of fixed length',
    BY_HAND,
    { length: 5, structure: positional },
    '6162 303037',
    { 1: 'ab', 2: '007' },
  ),
  {
    ...inside(
      'positions that are left out are filled',
      'ISO 8583:1987 clause 4.2',
      { length: 5, structure: positional },
      '6120 303030',
      { 1: 'a ', 2: '000' },
    ),
    given: { 2: { fields: { 1: 'a' } } },
  },
  inside(
    'positions, the last left out',
    BY_HAND,
    { max: 5, prefix: 'LL', structure: positional },
    '3032 6162',
    { 1: 'ab' },
  ),
  inside(
    'positions, the last of which goes on to the end',
    BY_HAND,
    {
      max: 20,
      prefix: 'LL',
      structure: { kind: 'positional', fields: { 1: { name: 'A', length: 2 }, 2: { name: 'B', max: 18 } } },
    },
    '3036 6162 74657874',
    { 1: 'ab', 2: 'text' },
  ),
  inside(
    'positions in EBCDIC stand as their field does',
    BY_HAND,
    { length: 5, encoding: 'cp037', structure: positional },
    '8182 F0F0F7',
    { 1: 'ab', 2: '007' },
  ),
  inside(
    'positions of packed digits that end within a byte',
    BY_HAND,
    {
      content: 'n',
      length: 9,
      encoding: 'bcd',
      structure: {
        kind: 'positional',
        fields: {
          1: { name: 'A', content: 'n', length: 3 },
          2: { name: 'B', content: 'n', length: 1 },
          3: { name: 'C', content: 'n', max: 5, prefix: 'L' },
        },
      },
    },
    '0978241234',
    { 1: '978', 2: '2', 3: '1234' },
  ),
  inside(
    'positions in hexadecimal digits are of the bytes',
    BY_HAND,
    {
      content: 'b',
      length: 3,
      encoding: 'hex',
      structure: {
        kind: 'positional',
        fields: {
          1: { name: 'A', length: 1 },
          2: { name: 'B', content: 'b', length: 2, encoding: 'binary' },
        },
      },
    },
    ascii('41BEEF'),
    { 1: 'A', 2: 'BEEF' },
  ),
  inside(
    'groups that repeat',
    `${ISO}, DE54`,
    { max: 120, prefix: 'LLL', structure: { kind: 'repeated', fields: two } },
    `${ascii('010')} 6162 303037 6364 303038`,
    { '1.1': 'ab', '1.2': '007', '2.1': 'cd', '2.2': '008' },
  ),
  inside(
    'a binary bitmap inside',
    'Postilion DE127, Visa DE62: bitmap inside a field; public descriptions',
    { ...bytes, structure: nested({ encoding: 'binary' }, bits) },
    `${lllll(15)} 6100000000000000 78 3032 6162 3432`,
    { 2: 'x', 3: 'ab', 8: '42' },
  ),
  inside(
    'a bitmap of three bytes inside',
    'Visa DE63: 24 bits; public description',
    {
      ...bytes,
      structure: nested({ encoding: 'binary', bytes: 3 }, { ...bits, 24: { name: 'Z', length: 1 } }),
    },
    `${lllll(5)} 400001 78 7A`,
    { 2: 'x', 24: 'z' },
  ),
  inside(
    'a hexadecimal bitmap inside',
    BY_HAND,
    { max: 99, prefix: 'LL', structure: nested({ encoding: 'hex' }, bits) },
    `3137 ${ascii('4000000000000000')} 78`,
    { 2: 'x' },
  ),
  inside(
    'an EBCDIC bitmap inside',
    BY_HAND,
    {
      max: 99,
      prefix: 'LL',
      encoding: 'cp037',
      structure: nested({ encoding: 'hex-ebcdic', bytes: 1 }, bits),
    },
    '3033 F4F0 A7',
    { 2: 'x' },
  ),
  inside(
    'two bitmaps inside',
    BY_HAND,
    {
      ...bytes,
      structure: nested(
        { encoding: 'binary', bytes: 1, count: 2 },
        { 2: { name: 'A', length: 1 }, 9: { name: 'B', length: 1 }, 16: { name: 'C', length: 1 } },
      ),
    },
    `${lllll(5)} C0 81 78 79 7A`,
    { 2: 'x', 9: 'y', 16: 'z' },
  ),
  inside(
    'no field in a bitmap inside',
    BY_HAND,
    { ...bytes, structure: nested({ encoding: 'binary', bytes: 1 }, bits) },
    `${lllll(1)} 00`,
    {},
  ),
  tlv(
    'BER-TLV: a tag of one byte',
    '95 05 0000008000',
    { 95: '0000008000' },
    'EMV Book 3 annex A, terminal verification results',
  ),
  tlv('BER-TLV: a tag of two bytes', '9F26 08 1122334455667788', { '9F26': '1122334455667788' }),
  tlv(
    'BER-TLV: a tag of three bytes',
    'DF8101 01 AA',
    { DF8101: 'AA' },
    'EMV Book 3 annex B.1; ISO/IEC 8825-1 clause 8.1.2.4',
  ),
  tlv(
    'BER-TLV: a tag of four bytes',
    '9F818201 01 AA',
    { '9F818201': 'AA' },
    'ISO/IEC 8825-1 clause 8.1.2.4',
  ),
  tlv('BER-TLV: a length of one byte', `70 7F ${'11'.repeat(127)}`, { 70: '11'.repeat(127) }),
  tlv('BER-TLV: a length of two bytes', `70 81C8 ${'11'.repeat(200)}`, { 70: '11'.repeat(200) }),
  tlv('BER-TLV: a length of three bytes', `70 82012C ${'11'.repeat(300)}`, { 70: '11'.repeat(300) }),
  tlv(
    'BER-TLV: a length of four bytes',
    `70 83010000 ${'11'.repeat(65_536)}`,
    { 70: '11'.repeat(65_536) },
    'ISO/IEC 8825-1 clause 8.1.3.5',
  ),
  tlv('BER-TLV: an empty value', '8A 00', { '8A': '' }),
  tlv('BER-TLV: a tag that comes twice, in order', '9F10 01 01 9F10 01 02', { '9F10': ['01', '02'] }),
  {
    ...tlv(
      'BER-TLV: zeros between the objects are skipped',
      '0000 95 01 AA 00 82 01 BB 00',
      { 82: 'BB', 95: 'AA' },
      'EMV Book 3 annex B; ISO/IEC 7816-4 clause 5.2.2',
    ),
    readOnly: true,
  },
  {
    name: 'a template of BER-TLV in a built-in dialect',
    source: 'EMV Book 3 annex A, issuer script template 2',
    dialect: 'iso87-ascii',
    hex: `30313130 0000000000000200 ${ascii('015')} 72 0D 9F18 04 00000001 86 04 84240000`,
    mti: '0110',
    fields: { 55: { fields: { 72: { fields: { '9F18': '00000001', 86: '84240000' } } } } },
    readOnly: true,
  },
  inside(
    'tags and lengths of two digits behind a head',
    MASTERCARD,
    {
      max: 999,
      prefix: 'LLL',
      structure: tags(
        { length: 2 },
        { length: 2 },
        { head: { name: 'TCC', length: 1 }, fields: { 92: { name: 'CVC2', content: 'n', length: 3 } } },
      ),
    },
    `${ascii('013')} ${ascii('R8001V9203123')}`,
    { head: 'R', 80: 'V', 92: '123' },
  ),
  inside(
    'tags of four digits and lengths of three in EBCDIC',
    PDS,
    { max: 999, prefix: 'LLL', encoding: 'cp037', structure: tags({ length: 4 }, { length: 3 }) },
    `${ascii('010')} F0F0F2F3 F0F0F3 C3E3F1`,
    { '0023': 'CT1' },
  ),
  inside(
    'packed tags and lengths',
    BY_HAND,
    { ...bytes, structure: tags({ length: 4, encoding: 'bcd' }, { length: 2, encoding: 'bcd' }) },
    `${lllll(10)} 0023 02 BEEF 0124 02 0001`,
    { '0023': 'BEEF', '0124': '0001' },
  ),
  inside(
    'tags of one byte and lengths of two',
    'Visa data sets in DE55, DE104, DE123; public description',
    { ...bytes, structure: tags({ length: 1, encoding: 'binary' }, { length: 2, encoding: 'binary' }) },
    `${lllll(9)} 67 0002 BEEF AB 0001 07`,
    { 67: 'BEEF', AB: '07' },
  ),
  inside(
    'a tag that is not listed is kept as it is',
    BY_HAND,
    {
      max: 99,
      prefix: 'LL',
      structure: tags({ length: 2 }, { length: 2 }, { fields: { '01': { name: 'A', content: 'n' } } }),
    },
    `3132 ${ascii('010242')} ${ascii('ZZ02é~')}`,
    { '01': '42', ZZ: 'é~' },
  ),
  inside(
    'a listed tag that comes twice, in order',
    BY_HAND,
    { max: 99, prefix: 'LL', structure: tags({ length: 2 }, { length: 1 }) },
    `3038 ${ascii('AA1xAA1y')}`,
    { AA: ['x', 'y'] },
  ),
  inside(
    'a tag with nothing behind it',
    BY_HAND,
    { max: 99, prefix: 'LL', structure: tags({ length: 2 }, { length: 2 }) },
    `3034 ${ascii('AA00')}`,
    { AA: '' },
  ),
  inside(
    'a structure in a structure',
    BY_HAND,
    {
      max: 99,
      prefix: 'LL',
      structure: tags(
        { length: 2 },
        { length: 2 },
        { fields: { 33: { name: 'Inner', structure: positional } } },
      ),
    },
    `3039 ${ascii('3305ab007')}`,
    { 33: { fields: { 1: 'ab', 2: '007' } } },
  ),
  inside(
    'a data set of BER-TLV',
    DATASETS,
    { ...bytes, structure: datasets },
    `${lllll(6)} 01 0003 95 01 AA`,
    { '01': { fields: { 95: 'AA' } } },
  ),
  inside(
    'a data set behind a bitmap',
    DATASETS,
    { ...bytes, structure: datasets },
    `${lllll(6)} 71 0003 4000 78`,
    { 71: { fields: { 1: 'x' } } },
  ),
  inside(
    'a data set behind a bitmap, with BER-TLV behind it',
    DATASETS,
    { ...bytes, structure: datasets },
    `${lllll(11)} 71 0008 2001 3432 9F27 01 80`,
    { 71: { fields: { 2: '42', '9F27': '80' } } },
  ),
];
