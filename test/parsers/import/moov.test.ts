import t from 'tap';
import { compileDialect } from '../../../parsers/compile.js';
import { importMoov } from '../../../parsers/import/moov.js';
import { parse } from '../../../parsers/reader.js';
import { resolveDialect } from '../../../parsers/resolve-dialect.js';
import { MessageView } from '../../../parsers/view.js';
import { build, edit } from '../../../parsers/writer.js';
import { message } from './packager-document.js';
import { insideOf } from './read-inside.js';

type Spec = Readonly<Record<string, unknown>>;

const MTI = { type: 'String', length: 4, enc: 'ASCII', prefix: 'ASCII.Fixed' };
const BITMAP = { type: 'Bitmap', length: 8, enc: 'Binary', prefix: 'Binary.Fixed', disableAutoExpand: true };

function spec(fields: Readonly<Record<string, Spec>>, more: Spec = {}): string {
  return JSON.stringify({ name: 'Test', fields: { '0': MTI, '1': BITMAP, ...fields }, ...more }, null, 2);
}
const only = (text: string) => importMoov(text, { name: 'test' });
const field = (type: string, enc: string, prefix: string, length: number, more: Spec = {}): Spec => ({
  type,
  length,
  description: type,
  enc,
  prefix,
  ...more,
});
const composite = (prefix: string, length: number, subfields: Spec, more: Spec): Spec => ({
  type: 'Composite',
  length,
  description: 'Composite',
  prefix,
  ...more,
  subfields,
});
const zeros = { padding: { type: 'Left', pad: '0' } };

/** Type, encoding, prefix, length, more; bytes worked out by hand; value. */
const FIELDS: readonly (readonly [Spec, wire: string, value: string])[] = [
  [field('String', 'ASCII', 'ASCII.Fixed', 3), '41 42 43', 'ABC'],
  [
    field('String', 'ASCII', 'ASCII.Fixed', 4, { padding: { type: 'Right', pad: '*' } }),
    '41 42 2A 2A',
    'AB**',
  ],
  [field('Numeric', 'ASCII', 'ASCII.Fixed', 4, zeros), '30 30 31 32', '0012'],
  [
    field('Numeric', 'ASCII', 'ASCII.Fixed', 4, { padding: { type: 'Left', pad: ' ' } }),
    '20 20 31 32',
    '  12',
  ],
  [field('String', 'ASCII', 'ASCII.L', 9), '32 41 42', 'AB'],
  [field('String', 'ASCII', 'ASCII.LL', 99), '30 32 41 42', 'AB'],
  [field('String', 'ASCII', 'ASCII.LLL', 999), '30 30 32 41 42', 'AB'],
  [field('String', 'ASCII', 'ASCII.LLLL', 999), '30 30 30 32 41 42', 'AB'],
  [field('String', 'ASCII', 'BCD.L', 9), '02 41 42', 'AB'],
  [field('String', 'ASCII', 'BCD.LL', 99), '02 41 42', 'AB'],
  [field('String', 'ASCII', 'BCD.LLL', 999), '00 02 41 42', 'AB'],
  [field('String', 'ASCII', 'BCD.LLLL', 999), '00 02 41 42', 'AB'],
  [field('String', 'ASCII', 'Binary.L', 99), '02 41 42', 'AB'],
  [field('String', 'ASCII', 'Binary.LL', 999), '00 02 41 42', 'AB'],
  [field('String', 'ASCII', 'Binary.LLL', 999), '00 00 02 41 42', 'AB'],
  [field('String', 'ASCII', 'Binary.LLLL', 999), '00 00 00 02 41 42', 'AB'],
  [field('String', 'ASCII', 'Hex.L', 99), '30 43 41 42 43 44 45 46 47 48 49 4A 4B 4C', 'ABCDEFGHIJKL'],
  [field('String', 'ASCII', 'Hex.LL', 999), '30 30 30 32 41 42', 'AB'],
  [field('String', 'EBCDIC', 'EBCDIC.LL', 99), 'F0 F2 C1 4A', 'A['],
  [field('String', 'EBCDIC1047', 'EBCDIC.Fixed', 2), 'C1 AD', 'A['],
  [field('Numeric', 'BCD', 'BCD.Fixed', 3, zeros), '09 78', '978'],
  [field('String', 'BCD', 'BCD.LL', 19), '03 01 23', '123'],
  [field('String', 'LBCD', 'BCD.LL', 19), '03 12 30', '123'],
  [field('Track2', 'ASCII', 'ASCII.LL', 37), '30 37 39 39 39 39 3D 33 31', '9999=31'],
  [field('Binary', 'Binary', 'Binary.Fixed', 2), '00 FF', '00FF'],
  [field('Binary', 'Binary', 'ASCII.LLL', 99), '30 30 32 00 FF', '00FF'],
  [field('Binary', 'HexToASCII', 'Hex.Fixed', 2), '30 30 46 46', '00FF'],
  [field('Binary', 'HexToASCII', 'ASCII.LL', 9), '30 32 30 30 46 46', '00FF'],
  [field('Hex', 'Binary', 'Binary.L', 9), '02 00 FF', '00FF'],
  [field('String', 'ASCIIToHex', 'Hex.Fixed', 2), '00 FF', '00FF'],
  [field('Binary', 'Binary', 'BerTLV', 0), '81 82'.concat(' 00'.repeat(130)), '00'.repeat(130)],
];

const FIELD = 40;

for (const [described, wire, value] of FIELDS) {
  const { type, enc, prefix, padding } = described;
  t.test(
    `${type} in ${enc} after ${prefix} ${JSON.stringify(padding ?? '')} is read and written`,
    async (t) => {
      const { document, problems } = only(spec({ [FIELD]: described }));
      t.same(problems, []);
      const compiled = compileDialect(resolveDialect(document, () => undefined));
      const bytes = message(FIELD, wire);
      const view = new MessageView();
      t.ok(parse(view, compiled, bytes, 0, bytes.length));
      t.equal(view.text(FIELD), value);
      t.equal(edit(view, {}).toString('hex'), bytes.toString('hex'));
      const built = build(compiled, { mti: '0100', fields: { [FIELD]: value } });
      t.equal(built.toString('hex'), bytes.toString('hex'));
    },
  );
}

t.test('MTI and bitmap are taken over', async (t) => {
  const bcd = {
    '0': { ...MTI, enc: 'BCD' },
    '1': { ...BITMAP, enc: 'HexToASCII', disableAutoExpand: false },
  };
  t.match(only(spec({ ...bcd, '2': field('String', 'ASCII', 'ASCII.LL', 19) })).document, {
    mti: 'bcd',
    bitmap: { encoding: 'hex', bytes: 8, count: 3 },
    fields: { '2': { class: 'pan' } },
  });
  const { problems, document } = only(
    '{"fields": {"2": {"type": "String", "enc": "ASCII", "prefix": "ASCII.LL", "length": 19}}}',
  );
  t.match(problems, [
    { path: '0', effect: 'differs', text: /no MTI/ },
    { path: '1', effect: 'differs', text: /no bitmap/ },
  ]);
  t.match(document, { mti: 'ascii', bitmap: { encoding: 'binary' } });
});

t.test('YAML says the same as JSON, with its own lines', async (t) => {
  const yaml = `name: Test
fields:
  0: {type: String, length: 4, enc: ASCII, prefix: ASCII.Fixed}
  1: {type: Bitmap, length: 8, enc: Binary, prefix: Binary.Fixed, disableAutoExpand: true}
  2:
    type: String
    length: 19
    description: Primary Account Number
    enc: ASCII
    prefix: ASCII.LL
  3:
    type: Mystery
    length: 6
    enc: ASCII
    prefix: ASCII.Fixed
`;
  const { document, problems, fields, mapped } = only(yaml);
  t.same(problems, [{ line: 11, path: '3', effect: 'left-out', text: 'not a known type: Mystery' }]);
  t.match(document.fields, { '2': { name: 'Primary Account Number', class: 'pan', max: 19 } });
  t.equal(fields, 4);
  t.equal(mapped, 3);
});

t.test('what is not known is left out, and said with its line', async (t) => {
  const cases: readonly (readonly [Spec, RegExp])[] = [
    [field('String', 'UTF16', 'ASCII.LL', 9), /String in UTF16/],
    [field('String', 'ASCII', 'Roman.LL', 9), /not a known prefix: Roman.LL/],
    [field('Date', 'ASCII', 'ASCII.LL', 9), /not a known type: Date/],
    [{ type: 'String', length: 3, enc: 'ASCII' }, /no prefix/],
    [field('String', 'ASCII', 'None.Fixed', 9), /takes what is left/],
    [field('String', 'ASCII', 'ASCII.LL', 999), /at most 99/],
    [field('String', 'ASCII', 'Binary.LLLLLL', 99), /bytes/],
  ];
  for (const [wrong, text] of cases) {
    const { problems, document } = only(spec({ '3': field('String', 'ASCII', 'ASCII.LL', 9), '4': wrong }));
    t.match(problems, [{ path: '4', effect: 'left-out', text }]);
    t.ok(problems[0]!.line > 20);
    t.same(Object.keys(document.fields), ['3']);
  }
  const text = spec({ '3': field('String', 'ASCII', 'ASCII.LL', 9), '70': MTI, x: MTI });
  t.match(only(text).problems, [
    { path: '70', effect: 'left-out', text: /fields 1 to 64/ },
    { path: 'x', effect: 'left-out', text: /not a number/ },
  ]);
});

t.test('what moov does in a way of its own is said', async (t) => {
  const cases: readonly (readonly [Spec, RegExp])[] = [
    [field('Track2', 'ASCIIToHex', 'Binary.L', 37), /taken as digits/],
    [field('String', 'ASCIIToHex', 'Binary.L', 37), /taken as bytes/],
    [field('String', 'ASCII', 'ASCII.LL', 9, zeros), /only fixed lengths/],
    [field('Binary', 'Binary', 'Binary.Fixed', 9, zeros), /not padded/],
    [field('String', 'ASCII', 'ASCII.Fixed', 9, { padding: { type: 'Left', pad: '00' } }), /one character/],
    [field('String', 'ASCII', 'ASCII.Fixed', 9, { colour: 'red' }), /unknown key colour/],
  ];
  for (const [described, text] of cases) {
    const { problems, document } = only(spec({ '3': described }));
    t.match(problems, [{ path: '3', effect: 'differs', text }]);
    t.same(Object.keys(document.fields), ['3']);
  }
});

const ascii2 = (length = 9) => field('String', 'ASCII', 'ASCII.LL', length);

t.test('composites follow their order, their tags, BER-TLV or a bitmap', async (t) => {
  const cases: readonly (readonly [Spec, wire: string, parts: readonly (readonly [string, string])[]])[] = [
    [
      composite(
        'ASCII.LL',
        99,
        {
          '10': field('String', 'ASCII', 'ASCII.Fixed', 1),
          '09': field('String', 'ASCII', 'ASCII.Fixed', 2),
        },
        { tag: { sort: 'StringsByInt' } },
      ),
      '30 33 41 42 43',
      [
        ['40.9', 'AB'],
        ['40.10', 'C'],
      ],
    ],
    [
      composite(
        'ASCII.LLL',
        999,
        { '1': ascii2(), '02': ascii2() },
        { tag: { length: 2, enc: 'ASCII', sort: 'StringsByInt', ...zeros } },
      ),
      '30 31 31 30 31 30 32 41 42 30 32 30 31 43',
      [
        ['40.01', 'AB'],
        ['40.02', 'C'],
      ],
    ],
    [
      composite(
        'Binary.L',
        99,
        { '9F26': field('Binary', 'Binary', 'BerTLV', 8), '95': field('Hex', 'Binary', 'BerTLV', 5) },
        { tag: { enc: 'BerTLVTag', sort: 'StringsByHex' } },
      ),
      '08 9F2602 ABCD 950112',
      [
        ['40.9F26', 'ABCD'],
        ['40.95', '12'],
      ],
    ],
    [
      composite(
        'Binary.L',
        99,
        { DF: field('Binary', 'Binary', 'Binary.LL', 8) },
        { tag: { length: 1, enc: 'ASCIIToHex', sort: 'StringsByHex' } },
      ),
      '05 DF 0002 ABCD',
      [['40.DF', 'ABCD']],
    ],
    [
      composite(
        'Binary.L',
        99,
        { '1': field('String', 'ASCII', 'ASCII.Fixed', 1), '3': ascii2() },
        { bitmap: { ...BITMAP, length: 2 } },
      ),
      '06 A000 58 30 31 59',
      [
        ['40.1', 'X'],
        ['40.3', 'Y'],
      ],
    ],
    [
      composite(
        'ASCII.LL',
        99,
        {
          '1': composite(
            'ASCII.Fixed',
            2,
            { '1': field('String', 'ASCII', 'ASCII.Fixed', 2) },
            { tag: { sort: 'StringsByInt' } },
          ),
          '2': field('String', 'ASCII', 'None.Fixed', 9),
        },
        { tag: { sort: 'StringsByInt' } },
      ),
      '30 34 41 42 43 44',
      [
        ['40.1.1', 'AB'],
        ['40.2', 'CD'],
      ],
    ],
  ];
  for (const [described, wire, parts] of cases) {
    const { document, problems, fields, mapped } = only(spec({ [FIELD]: described }));
    t.same(problems, []);
    t.equal(fields, mapped);
    t.same(insideOf(document, message(FIELD, wire), FIELD), parts);
  }
});

t.test('what is inside a composite that can’t be told stays bytes', async (t) => {
  const cases: readonly (readonly [Spec, RegExp])[] = [
    [composite('ASCII.LL', 99, {}, { tag: { sort: 'StringsByInt' } }), /no subfields/],
    [composite('ASCII.LL', 99, { '1': ascii2() }, {}), /neither a tag nor a bitmap/],
    [
      composite('ASCII.LL', 99, { '1': ascii2() }, { bitmap: { ...BITMAP, enc: 'BCD' } }),
      /not binary or hexadecimal/,
    ],
    [composite('ASCII.LL', 99, { '1': ascii2() }, { tag: { length: 2, enc: 'Roman' } }), /tags in Roman/],
    [
      composite('ASCII.LL', 99, { '01': MTI }, { tag: { length: 2, enc: 'ASCII' } }),
      /no length, or not all the same/,
    ],
    [
      composite(
        'ASCII.LL',
        99,
        { '01': field('String', 'BCD', 'ASCII.LL', 9) },
        { tag: { length: 2, enc: 'ASCII' } },
      ),
      /length in digits/,
    ],
    [composite('ASCII.LL', 99, { '9A': ascii2() }, { tag: { enc: 'BerTLVTag' } }), /not that of BER-TLV/],
    [
      composite(
        'ASCII.LL',
        99,
        { '1': field('X', 'ASCII', 'ASCII.LL', 9) },
        { tag: { sort: 'StringsByInt' } },
      ),
      /where the next begins/,
    ],
  ];
  for (const [described, text] of cases) {
    const { problems, document } = only(spec({ [FIELD]: described }));
    t.match(
      problems.filter(({ effect }) => effect === 'opaque'),
      [{ path: String(FIELD), text }],
    );
    t.match(document.fields[FIELD], { content: 'b', max: 99 });
    t.equal(document.fields[FIELD]?.structure, undefined);
  }
});

t.test('what is no specification is refused, with the line', async (t) => {
  const refused = (text: string, rule: RegExp) => t.throws(() => only(text), { code: 'HF_ISO_IMPORT', rule });
  refused('', /no fields/);
  refused('[]', /no fields/);
  refused('{"name": "x", "fields": {}}', /no field that/);
  refused('{\n  "fields": {\n    "2": {"type": }}\n', /line/);
  refused('{\n"fields": {\n"2": {},\n"2": {}}}', /line 4: a key comes twice/);
  refused('a: &a [x]\nfields:\n  2: &b {type: String}\n  3: *b\n', /line 4: aliases/);
  refused('['.repeat(200_000), /line|deep/);
  refused('{"fields":'.repeat(20_000), /line|deep/);
  refused(`{"fields": "${' '.repeat(9 * 1024 * 1024)}"}`, /longer than/);
});

t.test('a huge specification is read in one go', async (t) => {
  const many = Array.from({ length: 5000 }, (_, at) => [String(at + 2), ascii2()] as const);
  const { fields, problems } = only(spec(Object.fromEntries(many)));
  t.equal(fields, 5002);
  t.equal(problems.length, 5000 - 63);
});
