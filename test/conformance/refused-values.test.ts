import t from 'tap';
import { compileDialect } from '../../parsers/compile.js';
import { builtInDocument, dialectByName } from '../../parsers/dialects/index.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import { build, type MessageText } from '../../parsers/writer.js';
import { document } from './vector.js';

/** What the writer must refuse: the field, the value, and the error's code and path. */
const CASES: readonly (readonly [name: string, field: object, value: unknown, code: string, path: string])[] =
  [
    ['a fixed value that is too long', { length: 2 }, 'abc', 'LENGTH', '2'],
    ['a value over the greatest length', { max: 2, prefix: 'LL' }, 'abc', 'LENGTH', '2'],
    ['a value under the least length', { min: 2, max: 3, prefix: 'LL' }, 'a', 'LENGTH', '2'],
    ['bytes that are too few', { content: 'b', length: 2 }, 'AA', 'LENGTH', '2'],
    ['half a byte', { content: 'b', length: 2 }, 'AAA', 'CONTENT', '2'],
    ['bytes that are no hexadecimal digits', { content: 'b', length: 1 }, 'GG', 'CONTENT', '2'],
    ['a letter among digits', { content: 'n', length: 2 }, '1a', 'CONTENT', '2'],
    ['a letter among packed digits', { content: 'n', encoding: 'bcd', length: 2 }, '1A', 'CONTENT', '2'],
    ['a character that no byte has', { length: 2 }, '1€', 'CONTENT', '2'],
    ['a character that no byte of EBCDIC has', { encoding: 'cp037', length: 2 }, 'aŁ', 'CONTENT', '2'],
    ['an amount without a sign', { content: 'x+n', length: 3 }, '123', 'CONTENT', '2'],
    ['a packed amount without a sign', { content: 'x+n', encoding: 'bcd', length: 3 }, '123', 'CONTENT', '2'],
    [
      'a zoned amount without a sign',
      { content: 'x+n', sign: 'overpunch', length: 3 },
      '1234',
      'CONTENT',
      '2',
    ],
    [
      'what is inside a field of which nothing is known',
      { length: 2 },
      { fields: { 1: 'a' } },
      'STRUCTURE',
      '2',
    ],
    [
      'a position that is not there',
      { length: 2, structure: { kind: 'positional', fields: { 1: { name: 'A', length: 2 } } } },
      { fields: { 3: 'a' } },
      'UNKNOWN_FIELD',
      '2.3',
    ],
    [
      'a position with a wrong character',
      { length: 2, structure: { kind: 'positional', fields: { 1: { name: 'A', content: 'n', length: 2 } } } },
      { fields: { 1: 'x' } },
      'CONTENT',
      '2.1',
    ],
    [
      'a bit that is not there',
      {
        content: 'b',
        max: 9,
        prefix: 'L',
        structure: {
          kind: 'bitmap',
          bitmap: { encoding: 'binary', bytes: 1 },
          fields: { 2: { name: 'A', length: 1 } },
        },
      },
      { fields: { 3: 'a' } },
      'UNKNOWN_FIELD',
      '2.3',
    ],
    [
      'a tag that is none',
      { content: 'b', max: 9, prefix: 'L', structure: { kind: 'ber-tlv' } },
      { fields: { '9F': '00' } },
      'UNKNOWN_FIELD',
      '2.9F',
    ],
    [
      'tags that are longer than their field',
      { content: 'b', max: 4, prefix: 'L', structure: { kind: 'ber-tlv' } },
      { fields: { 95: '0000000000' } },
      'LENGTH',
      '2',
    ],
    [
      'a tag whose length has more digits than there are',
      { max: 99, prefix: 'LL', structure: { kind: 'tlv', tag: { length: 2 }, size: { length: 1 } } },
      { fields: { AA: '0123456789' } },
      'LENGTH',
      '2.AA',
    ],
  ];

for (const [name, field, value, code, path] of CASES) {
  t.test(`not written: ${name}`, async (t) => {
    const spec = document({ 2: { name: 'Value', ...field } });
    const dialect = compileDialect(resolveDialect(spec, builtInDocument));
    const message = { mti: '0100', fields: { 2: value } } as MessageText;
    t.throws(() => build(dialect, message), { code: `HF_ISO_${code}`, path, offset: -1 });
  });
}

const MESSAGES: readonly (readonly [name: string, dialect: string, message: MessageText, code: string])[] = [
  ['the MTI of another edition', 'iso87-ascii', { mti: '1100', fields: {} }, 'MTI'],
  ['an MTI of three digits', 'iso87-ascii', { mti: '010', fields: {} }, 'MTI'],
  ['a letter in the MTI', 'iso87-binary', { mti: '01A0', fields: {} }, 'MTI'],
  ['a field that is not there', 'iso87-ascii', { mti: '0100', fields: { 65: '1' } }, 'UNKNOWN_FIELD'],
  ['a header where there is none', 'iso87-ascii', { header: '00', mti: '0100', fields: {} }, 'HEADER'],
  ['a header that is too short', 'base24', { header: '49534F', mti: '0100', fields: {} }, 'HEADER'],
  ['a BASE24 header that is none', 'base24', { header: '30'.repeat(12), mti: '0100', fields: {} }, 'HEADER'],
  [
    'a Visa header that does not count itself',
    'visa',
    { header: '00'.repeat(22), mti: '0100', fields: {} },
    'HEADER',
  ],
];

for (const [name, dialect, message, code] of MESSAGES) {
  t.test(`not written: ${name}`, async (t) => {
    t.throws(() => build(dialectByName(dialect), message), { code: `HF_ISO_${code}` });
  });
}

/** Documents that the compiler must refuse, and the path that it names. */
const DOCUMENTS: readonly (readonly [name: string, document: object, path: string])[] = [
  ['a field where a bitmap is announced', document({ 1: { name: 'A', length: 8 } }), '1'],
  [
    'a field where a third bitmap is announced',
    document({ 65: { name: 'A', length: 8 } }, { bitmap: { encoding: 'binary', count: 3 } }),
    '65',
  ],
  [
    'bitmaps beyond field 192',
    document({}, { bitmap: { encoding: 'binary', bytes: 16, count: 2 } }),
    'bitmap',
  ],
  ['a field of no length', document({ 2: { name: 'A' } }), '2'],
  ['a length that its prefix can’t say', document({ 2: { name: 'A', max: 100, prefix: 'LL' } }), '2'],
  ['a signed amount without digits', document({ 2: { name: 'A', content: 'x+n', length: 1 } }), '2'],
  ['packed letters', document({ 2: { name: 'A', content: 'an', encoding: 'bcd', length: 2 } }), '2'],
];

for (const [name, spec, path] of DOCUMENTS) {
  t.test(`not compiled: ${name}`, async (t) => {
    t.throws(() => compileDialect(resolveDialect(spec, builtInDocument)), { code: 'HF_ISO_DIALECT', path });
  });
}
