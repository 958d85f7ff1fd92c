import t from 'tap';
import { compileDialect } from '../../../parsers/compile.js';
import { importJpos } from '../../../parsers/import/jpos.js';
import { resolveDialect } from '../../../parsers/resolve-dialect.js';
import { build, type FieldValue } from '../../../parsers/writer.js';
import { BITMAP, element, isofield, isofieldpackager, MTI, message, packager } from './packager-document.js';
import { insideOf } from './read-inside.js';

const SUBFIELDS = 'org.jpos.iso.packager.GenericSubFieldPackager';
const only = (text: string) => importJpos(text, { name: 'test' });
const code = { code: 'HF_ISO_IMPORT' };

t.test('a document becomes a dialect that is right by the schema', async (t) => {
  const { document, problems, fields, mapped } = only(
    packager(isofield(2, 'IFB_LLNUM', 19), isofield(4, 'IFA_NUMERIC', 12), isofield(35, 'IFB_LLNUM', 37)),
  );
  t.same(problems, []);
  t.equal(fields, 5);
  t.equal(mapped, 5);
  t.equal(compileDialect(resolveDialect(document, () => undefined)).name, 'test');
  t.match(document, { version: '1987', mti: 'ascii', bitmap: { encoding: 'binary', bytes: 8, count: 1 } });
  t.match(document.fields['2'], { class: 'pan', content: 'n', encoding: 'bcd-right-0', max: 19 });
  t.match(document.fields['35'], { class: 'track2', content: 'z' });
  t.notOk(JSON.stringify(document).includes('undefined'));
});

t.test('a name is brought into the form of a dialect’s', async (t) => {
  const named = (name: string) => importJpos(packager(isofield(2, 'IFA_LLNUM', 19)), { name }).document.name;
  t.equal(named('My Acquirer (v2).xml'), 'my-acquirer-v2-xml');
  t.equal(named('87'), 'imported-87');
  t.equal(named('x'.repeat(200)).length, 60);
});

t.test('the edition is told by field 12, unless it is given', async (t) => {
  const edition = (length: number) => only(packager(isofield(12, 'IFA_NUMERIC', length))).document.version;
  t.equal(edition(6), '1987');
  t.equal(edition(12), '1993');
  t.equal(edition(14), '2003');
  const text = packager(isofield(12, 'IFA_NUMERIC', 6));
  t.equal(importJpos(text, { name: 'test', version: '2003' }).document.version, '2003');
});

t.test('MTI, bitmap and header are taken over', async (t) => {
  const mti = isofield(0, 'IFB_NUMERIC', 4);
  const map = isofield(1, 'IFE_BITMAP', 24);
  const { document, problems } = only(
    element('isopackager', { headerLength: 9 }, mti + map + isofield(2, 'IFE_LLNUM', 19)),
  );
  t.same(problems, []);
  t.match(document, {
    mti: 'bcd',
    bitmap: { encoding: 'hex-ebcdic', bytes: 8, count: 3 },
    header: { kind: 'fixed', bytes: 9 },
  });
});

t.test('a class that is not known is left out, and said with its line', async (t) => {
  const text = packager(
    isofield(2, 'IFA_LLNUM', 19),
    isofield(3, 'com.example.Secret', 6),
    isofield(4, 'IFA_MADEUP', 12),
    isofieldpackager(48, 'IFA_NOSUCH', 99, SUBFIELDS, isofield(1, 'IF_CHAR', 1)),
  );
  const { document, problems, fields, mapped } = only(text);
  t.same(problems, [
    { line: 4, path: '3', effect: 'left-out', text: 'not a field class of jPOS: com.example.Secret' },
    { line: 5, path: '4', effect: 'left-out', text: 'jPOS has no field class org.jpos.iso.IFA_MADEUP' },
    { line: 6, path: '48', effect: 'left-out', text: 'jPOS has no field class org.jpos.iso.IFA_NOSUCH' },
  ]);
  t.same(Object.keys(document.fields), ['2']);
  t.equal(fields, 7);
  t.equal(mapped, 3);
});

t.test('what is inside a packager that is not known stays bytes', async (t) => {
  const { document, problems, fields, mapped } = only(
    packager(isofieldpackager(48, 'IFA_LLLBINARY', 99, 'com.example.Packager', isofield(1, 'IF_CHAR', 1))),
  );
  t.match(problems, [
    { line: 3, path: '48', effect: 'opaque', text: /not a known packager: com.example.Packager/ },
  ]);
  t.equal(document.fields['48']?.structure, undefined);
  t.equal(fields - mapped, 1);
});

t.test('wrong ids, lengths and attributes are said', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [isofield(2, 'IFA_LLNUM', 19).replace('id="2"', 'id="two"'), /id is not a number/],
    [isofield(2, 'IFA_LLNUM', 19).replace('length="19"', 'length="many"'), /length is not a number/],
    [isofield(2, 'IFA_LLNUM', 19).replace('length="19"', ''), /length is not a number/],
    [isofield(2, 'IFA_LLNUM', 19).replace('length="19"', 'length="-1"'), /length is not a number/],
    [isofield(2, 'IFA_LLNUM', 19).replace(/class="[^"]*"/, ''), /has no class/],
    [isofield(200, 'IFA_LLNUM', 19), /announce fields 1 to 64/],
    [isofield(2, 'IFMC_LLCHAR', 19), /for what is inside other fields/],
    [isofield(2, 'IF_TCHAR', 19, { token: '||' }), /not one character/],
  ];
  for (const [wrong, text] of cases) {
    const { problems, document } = only(packager(isofield(3, 'IFA_NUMERIC', 6), wrong));
    t.match(problems, [{ line: 4, effect: 'left-out', text }]);
    t.same(Object.keys(document.fields), ['3']);
  }
});

t.test('a length that its prefix can’t say is cut to what it can', async (t) => {
  const { document, problems } = only(packager(isofield(56, 'IFB_LLCHAR', 255)));
  t.match(problems, [
    { line: 3, path: '56', effect: 'differs', text: /255, and its prefix says at most 99/ },
  ]);
  t.equal(document.fields['56']?.max, 99);
});

t.test('of an id that comes twice the last counts', async (t) => {
  const { document, problems } = only(packager(isofield(3, 'IFA_NUMERIC', 6), isofield(3, 'IF_CHAR', 8)));
  t.match(problems, [{ line: 3, path: '3', effect: 'differs', text: /again on line 4/ }]);
  t.match(document.fields['3'], { content: 'ans', length: 8 });
});

t.test('validators are said not to be taken over', async (t) => {
  const { problems } = only(packager(isofield(3, 'IFA_NUMERIC', 6), element('isovalidator', { class: 'x' })));
  t.match(problems, [{ line: 4, effect: 'differs', text: /isovalidator says nothing about bytes/ }]);
});

t.test('a DOCTYPE is passed over, and nothing that it names is read', async (t) => {
  const doctype = '<!DOCTYPE isopackager SYSTEM "file:///etc/passwd">\n';
  const { problems } = only(`<?xml version="1.0"?>\n${doctype}${packager(isofield(3, 'IFA_NUMERIC', 6))}`);
  t.same(problems, []);
});

t.test('documents that declare entities are refused', async (t) => {
  const bomb = Array.from({ length: 9 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join(
    '\n',
  );
  const text = (inside: string, use: string) =>
    `<!DOCTYPE isopackager [\n${inside}\n]>\n${packager(isofield(3, 'IFA_NUMERIC', 6, { trim: use }))}`;
  t.throws(() => only(text(`<!ENTITY e0 "x">\n${bomb}`, '&e9;')), { ...code, rule: /entities are not read/ });
  t.throws(() => only(text('<!ENTITY x SYSTEM "file:///etc/passwd">', '&x;')), { ...code, rule: /entities/ });
  t.throws(() => only(text('<!ENTITY % p SYSTEM "http://localhost/x.dtd"> %p;', 'false')), code);
  t.throws(() => only(packager(isofield(3, 'IFA_NUMERIC', 6, { trim: '&other;' }))), {
    ...code,
    rule: /line 3/,
  });
});

t.test('what is no packager document is refused, with the line', async (t) => {
  const refused = (text: string, rule: RegExp) => t.throws(() => only(text), { ...code, rule });
  refused('', /element|root/);
  refused('{"fields": {}}', /line 1/);
  refused('<project/>', /the root is isopackager, not project/);
  refused('<isopackager>\n<isofield id="1"\n', /line 3/);
  refused('<isopackager>\n</isofield>\n</isopackager>', /line 2/);
  refused('<isopackager>\n\n<isofield id="1" id="2"/></isopackager>', /line 3: duplicate attribute/);
  refused(element('isopackager', {}, MTI + BITMAP), /no field/);
  refused(
    element('isopackager', { emitBitmap: 'false' }, MTI + isofield(2, 'IF_CHAR', 2)),
    /without a bitmap/,
  );
  refused(element('isopackager', {}, MTI + isofield(1, 'IFB_BITMAP', 32)), /8, 16 or 24/);
  refused('<a>'.repeat(100_000), /at most 32 deep/);
  refused(`<isopackager>${' '.repeat(9 * 1024 * 1024)}</isopackager>`, /longer than/);
});

t.test('a line is that of an element’s name, however its attributes are broken', async (t) => {
  const text =
    '<isopackager>\n<isofield\n  id="3"\n  length="6"\n  class="a.B"/>\n<isofield id="4"\n class="a.C"/>';
  const known = isofield(2, 'IFA_LLNUM', 19);
  t.same(
    only(`${text}${MTI}${BITMAP}${known}</isopackager>`).problems.map(({ line }) => line),
    [2, 6],
  );
});

t.test('a huge document is read in one go, or refused for what is wrong with it', async (t) => {
  const many = Array.from({ length: 20_000 }, (_, at) => isofield(at + 2, 'IFA_LLCHAR', 10));
  const { document, problems, fields } = only(packager(...many));
  t.equal(fields, 20_002);
  t.equal(Object.keys(document.fields).length, 63);
  t.equal(problems.length, 20_000 - 63);
});

t.test('fields inside follow each other, or a bitmap says which are there', async (t) => {
  const parts =
    isofield(1, 'IF_CHAR', 2) +
    isofield(2, 'IFB_NUMERIC', 3, { pad: 'true' }) +
    isofield(3, 'IF_CHAR', 4, { trim: 'true' });
  const inOrder = only(
    packager(isofieldpackager(44, 'IFB_LLHBINARY', 99, SUBFIELDS, parts, { emitBitmap: 'false' })),
  );
  t.same(inOrder.problems, []);
  t.same(insideOf(inOrder.document, message(44, '06 41 42 09 78 43 44'), 44), [
    ['44.1', 'AB'],
    ['44.2', '978'],
    ['44.3', 'CD'],
  ]);
  const mapped = only(
    packager(
      isofieldpackager(
        48,
        'IFA_LLLLLLBINARY',
        999_999,
        SUBFIELDS,
        isofield(0, 'IFB_BITMAP', 8) + parts.replaceAll('trim="true"', ''),
        { emitBitmap: 'true', bitmapField: '0' },
      ),
    ),
  );
  t.same(mapped.problems, []);
  t.same(
    insideOf(mapped.document, message(48, '30 30 30 30 31 34 A0 00000000000000 41 42 43 44 45 46'), 48),
    [
      ['48.1', 'AB'],
      ['48.3', 'CDEF'],
    ],
  );
});

t.test('a header stands before a bitmap inside, and fields are inside fields inside', async (t) => {
  const inner = isofieldpackager(
    2,
    'IFA_LLBINARY',
    9,
    SUBFIELDS,
    isofield(1, 'IF_CHAR', 1) + isofield(2, 'IF_CHAR', 1),
    {
      emitBitmap: 'false',
    },
  );
  const text = packager(
    isofieldpackager(
      44,
      'IFB_LLHBINARY',
      99,
      'org.jpos.iso.packager.GenericPackager',
      isofield(0, 'IFE_BITMAP', 2) + inner,
      {
        emitBitmap: 'true',
        bitmapField: '0',
        firstField: '0',
        headerLength: '1',
      },
    ),
  );
  const { document, problems } = only(text);
  t.same(problems, []);
  const bytes = message(44, '09 7F F4 F0 F0 F0 30 32 58 59');
  t.same(insideOf(document, bytes, 44), [
    ['44.head', '7F'],
    ['44.2.1', 'X'],
    ['44.2.2', 'Y'],
  ]);
  const fields = { head: '7F', '2': { fields: { '1': 'X', '2': 'Y' } } };
  t.same(build(compileDialect(document), { mti: '0100', fields: { 44: { fields } } }), bytes);
});

t.test('a bit that announces the next bitmap inside is no field', async (t) => {
  const inside =
    isofield(0, 'IFB_BITMAP', 16) +
    isofield(1, 'IF_CHAR', 1) +
    isofield(2, 'IF_CHAR', 1) +
    isofield(65, 'IF_CHAR', 1);
  const { document, problems } = only(
    packager(isofieldpackager(49, 'IFB_LLHBINARY', 99, SUBFIELDS, inside, { bitmapField: '0' })),
  );
  t.match(problems, [{ path: '49.1', effect: 'left-out', text: /announces the next/ }]);
  t.same(insideOf(document, message(49, '12 C000000000000000 8000000000000000 41 42'), 49), [
    ['49.2', 'A'],
    ['49.65', 'B'],
  ]);
});

t.test('what stands before tags may be absent', async (t) => {
  const inside = isofield(0, 'IF_CHAR', 3) + isofield(40, 'IFEP_LLLBINARY', 2);
  const { document, problems } = only(
    packager(
      isofieldpackager(60, 'IFE_LLLBINARY', 999, 'org.jpos.iso.packager.GICCSubFieldPackager', inside),
    ),
  );
  t.same(problems, []);
  t.same(insideOf(document, message(60, 'F0F1F0 204142 F0F0F4F4F0 00FF'), 60), [
    ['60.head', ' AB'],
    ['60.40', '00FF'],
  ]);
  t.same(insideOf(document, message(60, 'F0F0F7 F0F0F4F4F0 00FF'), 60), [['60.40', '00FF']]);
});

t.test('tags of another layout than the first are left out, and unlisted ones kept', async (t) => {
  const inside = isofield(1, 'IFMC_LLCHAR', 9) + isofield(2, 'IFMC_LLLCHAR', 9);
  const { document, problems } = only(
    packager(isofieldpackager(48, 'IFA_LLLBINARY', 99, 'org.jpos.iso.packager.EuroSubFieldPackager', inside)),
  );
  t.match(problems, [{ path: '48.2', effect: 'left-out', text: /another tag or length/ }]);
  t.same(insideOf(document, message(48, '303131 30313032 4142 30373031 43'), 48), [
    ['48.01', 'AB'],
    ['48.07', '43'],
  ]);
});

t.test('tags with letters follow the numbers', async (t) => {
  const inside = isofield(5, 'IFA_TTLLCHAR', 9) + isofield(100 + 36 * 10 + 1, 'IFA_TTLLCHAR', 9);
  const more = { tagMapper: 'org.jpos.iso.packager.TTDecimalTagMapper', tagSize: '2', lenSize: '2' };
  const tagged = 'org.jpos.iso.packager.GenericTaggedFieldsPackager';
  const text = packager(isofieldpackager(48, 'IFA_LLLCHAR', 99, tagged, inside, more));
  const { document, problems } = only(text);
  t.same(problems, []);
  t.same(insideOf(document, message(48, '303130 41313031 58 30353031 59'), 48), [
    ['48.A1', 'X'],
    ['48.05', 'Y'],
  ]);
  t.match(only(text.replace('TTDecimalTagMapper', 'Mine')).problems, [
    { effect: 'opaque', text: /tagMapper/ },
  ]);
  t.match(only(text.replace('tagSize="2"', 'tagSize="3"')).problems, [{ effect: 'opaque', text: /tagSize/ }]);
  t.match(only(text.replace('lenSize="2"', 'lenSize="3"')).problems, [{ effect: 'opaque', text: /lenSize/ }]);
});

t.test('BER-TLV is read, unless its lengths count hexadecimal digits', async (t) => {
  const text = (inner: string) =>
    packager(isofieldpackager(55, 'IFA_LLLBINARY', 255, `org.jpos.${inner}`, ''));
  for (const inner of ['tlv.packager.bertlv.BERTLVBinaryPackager', 'iso.packager.ICCDataPackager']) {
    const { document, problems } = only(text(inner));
    t.same(problems, []);
    t.match(document.fields['55'], { class: 'icc' });
    t.same(insideOf(document, message(55, '303038 9F2602 ABCD 950112'), 55), [
      ['55.9F26', 'ABCD'],
      ['55.95', '12'],
    ]);
  }
  t.match(only(text('tlv.packager.bertlv.BERTLVAsciiHexPackager')).problems, [{ line: 3, effect: 'opaque' }]);
});

t.test('datasets hold BER-TLV, or the elements of a bitmap and BER-TLV behind them', async (t) => {
  const inside = isofield(1, 'IF_CHAR', 2) + isofield(15, 'IF_CHAR', 1) + isofield(23, 'IF_CHAR', 1);
  const { document, problems } = only(
    packager(isofieldpackager(34, 'IFB_LLLLBINARY', 999, 'org.jpos.iso.packager.DatasetPackager', inside)),
  );
  t.same(problems, []);
  const compiled = compileDialect(document);
  const cases: readonly (readonly [wire: string, parts: Record<string, string>, fields: FieldValue])[] = [
    [
      '0008 01 0005 9F2602ABCD',
      { '34.01.9F26': 'ABCD' },
      { fields: { '01': { fields: { '9F26': 'ABCD' } } } },
    ],
    ['0007 71 0004 4000 4142', { '34.71.1': 'AB' }, { fields: { '71': { fields: { '1': 'AB' } } } }],
    // 15 is the last bit of the first two bytes; 23 the second of a fourth, behind the one that announces it.
    [
      '0014 71 000B C001 80 41 4142 43 44 950112',
      { '34.71.1': 'AB', '34.71.15': 'C', '34.71.23': 'D', '34.71.95': '12' },
      { fields: { '71': { fields: { '1': 'AB', '15': 'C', '23': 'D', '95': '12' } } } },
    ],
  ];
  for (const [wire, parts, value] of cases) {
    t.same(Object.fromEntries(insideOf(document, message(34, wire), 34)), parts);
    const built = build(compiled, { mti: '0100', fields: { 34: value } });
    t.equal(built.toString('hex'), message(34, wire).toString('hex'));
  }
  for (const wire of ['0005 71 0002 0800', '0005 71 0002 C000', '0006 71 0003 0000 41', '0004 71 0001 40']) {
    t.throws(() => insideOf(document, message(34, wire), 34), { message: /field 34\.71/ });
  }
});

t.test('without a bitmap field the bitmap is that of X9.2', async (t) => {
  const { document, problems } = only(
    element('isopackager', {}, MTI + isofield(1, 'IFA_FLLNUM', 19) + isofield(2, 'IFA_NUMERIC', 6)),
  );
  t.match(problems, [{ effect: 'differs', text: /X9.2/ }]);
  const compiled = compileDialect(document);
  t.equal(
    build(compiled, { mti: '0100', fields: { 1: '9999000000000018', 2: '000000' } }).toString('latin1'),
    '0100C000000000000000169999000000000018   000000',
  );
});
