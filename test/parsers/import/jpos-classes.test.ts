import t from 'tap';
import { compileDialect } from '../../../parsers/compile.js';
import { importJpos } from '../../../parsers/import/jpos.js';
import { JPOS_CLASSES } from '../../../parsers/import/jpos-classes.js';
import { parse } from '../../../parsers/reader.js';
import { placeOf, readInside } from '../../../parsers/structure.js';
import { valueText } from '../../../parsers/value.js';
import { MessageView } from '../../../parsers/view.js';
import { build, edit, type FieldValue } from '../../../parsers/writer.js';
import { isofield, isofieldpackager, message, packager } from './packager-document.js';

interface Row {
  readonly name: string;
  readonly length: number;
  readonly more?: Readonly<Record<string, string>>;
  /** On the wire, worked out by hand from what the class does. */
  readonly wire: string;
  readonly value: string;
  /** Where the bytes that jPOS reads are not those that it writes. */
  readonly written?: string;
}

const row = (name: string, length: number, wire: string, value: string, more?: Row['more']): Row => ({
  name,
  length,
  wire,
  value,
  ...(more === undefined ? {} : { more }),
});
const pad = { pad: 'true' };

/** Fields that stand in a message: class, length, bytes, value. */
const FIELDS: readonly Row[] = [
  row('IF_CHAR', 5, '41 42 43 20 20', 'ABC  '),
  row('IF_ECHAR', 4, 'C1 F1 40 40', 'A1  '),
  row('IF_NOP', 3, '', ''),
  row('IF_TCHAR', 9, '41 42 7C', 'AB', { token: '|' }),
  row('IFA_AMOUNT', 9, '44 30 30 30 30 31 32 33 34', 'D00001234'),
  row('IFA_AMOUNT2003', 16, '39 37 38 32 30 30 30 30 30 30 30 30 31 32 33 34', '9782000000001234'),
  row('IFA_BINARY', 2, '41 46 30 31', 'AF01'),
  row('IFA_BITMAP', 2, '38 30 30 31', '8001'),
  row('IFA_FLLCHAR', 5, '30 33 41 42 43 20 20', 'ABC'),
  row('IFA_FLLNUM', 5, '30 34 31 32 33 34 20', '1234'),
  row('IFA_LBINARY', 9, '32 00 FF', '00FF'),
  row('IFA_LLBINARY', 99, '30 32 00 FF', '00FF'),
  row('IFA_LLLBINARY', 999, '30 30 32 00 FF', '00FF'),
  row('IFA_LLLLBINARY', 9999, '30 30 30 32 00 FF', '00FF'),
  row('IFA_LLLLLBINARY', 99_999, '30 30 30 30 32 00 FF', '00FF'),
  row('IFA_LLLLLLBINARY', 999_999, '30 30 30 30 30 32 00 FF', '00FF'),
  row('IFA_LLABINARY', 99, '30 32 30 30 46 46', '00FF'),
  row('IFA_LLLABINARY', 999, '30 30 32 30 30 46 46', '00FF'),
  row('IFA_LLBNUM', 19, '30 34 12 30', '1230'),
  row('IFA_LLBNUM', 3, '30 34 12 30', '123'),
  row('IFA_LLBNUM', 3, '30 34 01 23', '123', pad),
  row('IFA_LCHAR', 9, '32 41 42', 'AB'),
  row('IFA_LLCHAR', 99, '30 32 41 42', 'AB'),
  row('IFA_LLLCHAR', 999, '30 30 32 41 42', 'AB'),
  row('IFA_LLLLCHAR', 9999, '30 30 30 32 41 42', 'AB'),
  row('IFA_LLLLLCHAR', 99_999, '30 30 30 30 32 41 42', 'AB'),
  row('IFA_LLLLLLCHAR', 999_999, '30 30 30 30 30 32 41 42', 'AB'),
  row('IFA_LLNUM', 19, '30 33 31 32 33', '123'),
  row('IFA_LLLNUM', 19, '30 30 33 31 32 33', '123'),
  row('IFA_NUMERIC', 6, '30 30 30 31 32 33', '000123'),
  row('IFAE_LLCHAR', 99, '30 32 C1 F1', 'A1'),
  row('IFB_AMOUNT', 9, '43 00 00 12 34', 'C00001234'),
  row('IFB_AMOUNT', 8, '43 00 01 23 40', 'C0001234'),
  row('IFB_AMOUNT', 8, '44 00 00 12 34', 'D0001234', pad),
  row('IFB_AMOUNT2003', 16, '97 82 00 00 00 00 12 34', '9782000000001234'),
  row('IFB_BINARY', 3, '00 FF 7F', '00FF7F'),
  row('IFB_BITMAP', 4, '80 00 00 01', '80000001'),
  row('IFB_FNUMERIC', 3, '12 3F', '123'),
  row('IFB_FNUMERIC', 3, '01 23', '123', pad),
  row('IFB_FLLNUM', 19, '03 12 3F', '123'),
  row('IFB_FLLNUM', 19, '03 01 23', '123', pad),
  row('IFB_FLLLNUM', 19, '00 03 12 3F', '123'),
  row('IFB_HEX', 3, 'A1 BF', 'A1B'),
  row('IFB_HEX', 3, '0A 1B', 'A1B', pad),
  row('IFB_LLBINARY', 99, '02 00 FF', '00FF'),
  row('IFB_LLLBINARY', 999, '00 02 00 FF', '00FF'),
  row('IFB_LLLLBINARY', 9999, '00 02 00 FF', '00FF'),
  row('IFB_LLCHAR', 99, '12 41 42 43 44 45 46 47 48 49 4A 4B 4C', 'ABCDEFGHIJKL'),
  row('IFB_LLLCHAR', 999, '00 02 41 42', 'AB'),
  row('IFB_LLLLCHAR', 9999, '00 02 41 42', 'AB'),
  row('IFB_LLLLLLCHAR', 999_999, '00 00 02 41 42', 'AB'),
  row('IFB_LLHBINARY', 255, '02 00 FF', '00FF'),
  row('IFB_LLHBINARY', 100, '03 00 FF', '00FF', { inclusive: 'true' }),
  row('IFB_LLLHBINARY', 999, '00 02 00 FF', '00FF'),
  row('IFB_LLLHBINARY', 999, '00 04 00 FF', '00FF', { inclusive: 'true' }),
  row('IFB_LLHFBINARY', 4, '02 00 FF 00 00', '00FF'),
  row('IFB_LLHCHAR', 255, '0C 41 42 43 44 45 46 47 48 49 4A 4B 4C', 'ABCDEFGHIJKL'),
  row('IFB_LLLHCHAR', 999, '00 02 41 42', 'AB'),
  row('IFB_LLHECHAR', 255, '02 C1 F1', 'A1'),
  row('IFB_LLLHECHAR', 999, '00 02 C1 F1', 'A1'),
  row('IFB_LLHEX', 40, '04 00 FF', '00FF'),
  row('IFB_LLLHEX', 400, '00 04 00 FF', '00FF'),
  row('IFB_LLHNUM', 19, '03 12 30', '123'),
  row('IFB_LLHNUM', 19, '03 01 23', '123', pad),
  row('IFB_LLLHNUM', 19, '00 03 12 30', '123'),
  row('IFB_LLNUM', 19, '03 12 30', '123'),
  row('IFB_LLNUM', 19, '11 01 23 45 67 89 01', '12345678901', pad),
  row('IFB_LLLNUM', 19, '00 03 12 30', '123'),
  row('IFB_NUMERIC', 6, '00 01 23', '000123'),
  row('IFB_NUMERIC', 3, '97 80', '978'),
  row('IFB_NUMERIC', 3, '09 78', '978', pad),
  row('IFE_AMOUNT', 9, 'C4 F0 F0 F0 F0 F1 F2 F3 F4', 'D00001234'),
  row('IFE_BINARY', 2, 'C1 C6 F0 F1', 'AF01'),
  row('IFE_BITMAP', 2, 'F8 F0 F0 F1', '8001'),
  // IBM1047 has the opening bracket at AD, where CP037 has an accent.
  row('IFE_CHAR', 4, 'C1 AD 40 40', 'A[  '),
  row('IFE_LCHAR', 9, 'F2 C1 F1', 'A1'),
  row('IFE_LLCHAR', 99, 'F0 F2 C1 F1', 'A1'),
  row('IFE_LLLCHAR', 999, 'F0 F0 F2 C1 F1', 'A1'),
  row('IFE_LLLLCHAR', 9999, 'F0 F0 F0 F2 C1 F1', 'A1'),
  row('IFE_LBINARY', 9, 'F2 00 FF', '00FF'),
  row('IFE_LLBINARY', 99, 'F0 F2 00 FF', '00FF'),
  row('IFE_LLLBINARY', 999, 'F0 F0 F2 00 FF', '00FF'),
  row('IFE_LLLLBINARY', 9999, 'F0 F0 F0 F2 00 FF', '00FF'),
  row('IFE_LLLEBINARY', 999, 'F0 F0 F2 C1 F1', 'A1'),
  row('IFE_LNUM', 9, 'F2 F1 F2', '12'),
  row('IFE_LLNUM', 19, 'F0 F2 F1 F2', '12'),
  row('IFE_LLLNUM', 19, 'F0 F0 F2 F1 F2', '12'),
  row('IFE_NUMERIC', 4, 'F0 F0 F1 F2', '0012'),
  row('IFE_SIGNED_NUMERIC', 4, 'F0 F0 F1 D2', 'D0012'),
  row('IFE_SIGNED_NUMERIC', 4, 'F0 F0 F1 F2', 'C0012'),
  row('IFEA_LLCHAR', 99, 'F0 F2 41 42', 'AB'),
  row('IFEB_LLNUM', 19, 'F0 F2 12 3F', '123'),
  row('IFEB_LLNUM', 19, 'F0 F2 12 34', '1234'),
  row('IFEB_LLLNUM', 19, 'F0 F0 F2 12 3F', '123'),
  row('IFEMC_TCC', 1, 'D7', 'P'),
  row('IFMC_TCC', 1, '50', 'P'),
  row('org.jpos.iso.packager.Base1_BITMAP126', 8, '80 00 00 00 00 00 00 01', '8000000000000001'),
  row('org.jpos.tlv.packager.IFB_LHBINARY', 255, '02 00 FF', '00FF'),
  row('org.jpos.tlv.packager.IF_FSTCHAR', 9, '41 42 5C', 'AB'),
];

interface Tagged {
  readonly name: string;
  readonly packager: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly wire: string;
  readonly tag: string;
  readonly value: string;
}

const EURO = 'org.jpos.iso.packager.EuroSubFieldPackager';
const MAPPED = 'org.jpos.iso.packager.GenericTaggedFieldsPackager';
const SEQUENCE = 'org.jpos.tlv.packager.TaggedSequencePackager';
const mapped = (tagSize: number, lenSize: number) => ({
  tagMapper: `org.jpos.iso.packager.${'T'.repeat(tagSize)}DecimalTagMapper`,
  tagSize: String(tagSize),
  lenSize: String(lenSize),
});

function tagged(
  name: string,
  inner: string,
  wire: string,
  tag: string,
  value: string,
  more?: Tagged['more'],
): Tagged {
  return { name, packager: inner, wire, tag, value, ...(more === undefined ? {} : { more }) };
}

/** Fields that are inside another, behind a tag; each is number 5. */
const TAGGED: readonly Tagged[] = [
  tagged('IFMC_LLCHAR', EURO, '30 35 30 32 41 42', '05', 'AB'),
  tagged('IFMC_LLLCHAR', EURO, '30 35 30 30 32 41 42', '05', 'AB'),
  tagged('IFMC_LLBINARY', EURO, '30 35 30 32 00 FF', '05', '00FF'),
  tagged('IFMC_LLLBINARY', EURO, '30 35 30 30 32 00 FF', '05', '00FF'),
  tagged('IFEMC_LLCHAR', EURO, '30 35 F0 F2 C1 F1', '05', 'A1'),
  tagged('IFEMC_LLLCHAR', EURO, 'F0 F0 F0 F5 F0 F0 F2 C1 F1', '0005', 'A1'),
  tagged('IFEPE_LLCHAR', EURO, 'F0 F5 F0 F2 C1 F1', '05', 'A1'),
  tagged('IFEPE_LLLCHAR', EURO, 'F0 F0 F5 F0 F0 F2 C1 F1', '005', 'A1'),
  tagged('IFEPE_LLBINARY', EURO, 'F0 F5 F0 F2 00 FF', '05', '00FF'),
  tagged('IFIPM_LLLCHAR', EURO, '30 30 30 35 30 30 32 41 42', '0005', 'AB'),
  // The length comes first, and counts the tag.
  tagged('IFEP_LLCHAR', EURO, '30 34 30 35 41 42', '05', 'AB'),
  tagged('IFEP_LLLCHAR', EURO, 'F0 F0 F4 F0 F5 41 42', '05', 'AB'),
  tagged('IFEP_LLLBINARY', EURO, 'F0 F0 F4 F0 F5 00 FF', '05', '00FF'),
  tagged('IFELPE_LLLCHAR', EURO, 'F0 F0 F4 F0 F5 C1 F1', '05', 'A1'),
  tagged('IFA_TTLCHAR', MAPPED, '30 35 32 41 42', '05', 'AB', mapped(2, 1)),
  tagged('IFA_TTLLCHAR', MAPPED, '30 35 30 32 41 42', '05', 'AB', mapped(2, 2)),
  tagged('IFA_TTLLLCHAR', MAPPED, '30 35 30 30 32 41 42', '05', 'AB', mapped(2, 3)),
  tagged('IFA_TTLLLLCHAR', MAPPED, '30 35 30 30 30 32 41 42', '05', 'AB', mapped(2, 4)),
  tagged('IFA_TTTLLLCHAR', MAPPED, '30 30 35 30 30 32 41 42', '005', 'AB', mapped(3, 3)),
  tagged('IFA_TTLBINARY', MAPPED, '30 35 32 00 FF', '05', '00FF', mapped(2, 1)),
  tagged('IFA_TTLLBINARY', MAPPED, '30 35 30 32 00 FF', '05', '00FF', mapped(2, 2)),
  tagged('IFA_TTLLLBINARY', MAPPED, '30 35 30 30 32 00 FF', '05', '00FF', mapped(2, 3)),
  tagged('IFA_TTLLLLBINARY', MAPPED, '30 35 30 30 30 32 00 FF', '05', '00FF', mapped(2, 4)),
  ...(
    [
      ['IFTA_LLCHAR', '30 32 41 42', 'AB'],
      ['IFTA_LLLCHAR', '30 30 32 41 42', 'AB'],
      ['IFTA_LLNUM', '30 32 31 32', '12'],
      ['IFTA_LLLNUM', '30 30 32 31 32', '12'],
      ['IFTA_LLBINARY', '30 32 00 FF', '00FF'],
      ['IFTA_LLLBINARY', '30 30 32 00 FF', '00FF'],
      ['IFTB_LLBINARY', '02 00 FF', '00FF'],
    ] as const
  ).map(([name, wire, value]) => ({
    ...tagged(`org.jpos.tlv.packager.${name}`, SEQUENCE, `30 31 36 35 ${wire}`, '0165', value),
    token: '0165',
  })),
];

/** Fields that take what is left, as the last inside another. */
const REST: readonly Row[] = [
  row('org.jpos.tlv.packager.IF_FCHAR', 99, '41 42', 'AB'),
  row('org.jpos.tlv.packager.IF_FBINARY', 99, '00 FF', '00FF'),
];

const FIELD = 40;
type Tap = Pick<typeof t, 'same' | 'ok' | 'equal'>;

function read(t: Tap, document: string, wire: string) {
  const { document: dialect, problems } = importJpos(document, { name: 'one-field' });
  t.same(problems, []);
  const compiled = compileDialect(dialect);
  const view = new MessageView();
  const bytes = message(FIELD, wire);
  t.ok(parse(view, compiled, bytes, 0, bytes.length), `is read: ${wire}`);
  t.equal(edit(view, {}).toString('hex'), bytes.toString('hex'), 'comes back as it came');
  return { compiled, view, bytes };
}

function inside(t: Tap, document: string, wire: string, tag: string, value: string): void {
  const { compiled, view, bytes } = read(t, document, wire);
  const field = compiled.table.fields[FIELD]!;
  const parts = readInside(field, placeOf(view, FIELD), String(FIELD));
  t.same(
    parts.map((part) => [part.key, valueText(part.field, part.bytes, part.offset, part.units)]),
    [[tag, value]],
  );
  const given: FieldValue = { fields: { [tag]: value } };
  t.equal(
    build(compiled, { mti: '0100', fields: { [FIELD]: given } }).toString('hex'),
    bytes.toString('hex'),
  );
}

for (const { name, length, wire, value, more } of FIELDS) {
  t.test(`${name} of ${length} ${JSON.stringify(more ?? {})} reads and writes as jPOS does`, async (t) => {
    const { compiled, view, bytes } = read(t, packager(isofield(FIELD, name, length, more)), wire);
    t.equal(view.text(FIELD), value);
    const written = build(compiled, { mti: '0100', fields: { [FIELD]: value } });
    t.equal(written.toString('hex'), bytes.toString('hex'));
  });
}

for (const { name, packager: inner, wire, tag, value, more, token } of TAGGED) {
  t.test(`${name} reads and writes its tag and length as jPOS does`, async (t) => {
    const child = isofield(5, name, 99, token === undefined ? {} : { token });
    const length = (wire.replaceAll(' ', '').length / 2).toString().padStart(3, '0');
    const outer = isofieldpackager(FIELD, 'IFA_LLLBINARY', 999, inner, child, more);
    inside(t, packager(outer), `${Buffer.from(length).toString('hex')}${wire}`, tag, value);
  });
}

for (const { name, length, wire, value } of REST) {
  t.test(`${name} takes what is left of the field that it is in`, async (t) => {
    const outer = isofieldpackager(
      FIELD,
      'IFB_LLHBINARY',
      99,
      'org.jpos.iso.packager.GenericSubFieldPackager',
      isofield(1, name, length),
      { emitBitmap: 'false' },
    );
    inside(t, packager(outer), `02${wire}`, '1', value);
  });
}

t.test('every field class that is known has a line here', async (t) => {
  const here = new Set([...FIELDS, ...TAGGED, ...REST].map(({ name }) => name));
  const full = (name: string) => (name.includes('.') ? name : `org.jpos.iso.${name}`);
  const known = [...JPOS_CLASSES.keys()].filter((name) => name !== 'org.jpos.iso.IF_UNUSED');
  t.same(
    known.filter((name) => ![...here].some((other) => full(other) === name)),
    [],
  );
});
