import fc from 'fast-check';
import t from 'tap';
import { compileDialect } from '../../../parsers/compile.js';
import { IsoError } from '../../../parsers/errors.js';
import type { Imported } from '../../../parsers/import/imported.js';
import { importJpos } from '../../../parsers/import/jpos.js';
import { JPOS_CLASSES } from '../../../parsers/import/jpos-classes.js';
import { importMoov } from '../../../parsers/import/moov.js';
import { resolveDialect } from '../../../parsers/resolve-dialect.js';
import { holds } from '../property.js';
import { element } from './packager-document.js';

/** Whether a document is refused for what it is, or makes a dialect that is right and counts what it lacks. */
function isAnswered(read: () => Imported): boolean {
  let imported: Imported;
  try {
    imported = read();
  } catch (error) {
    if (error instanceof IsoError && error.code === 'HF_ISO_IMPORT') return true;
    throw error;
  }
  compileDialect(resolveDialect(imported.document, () => undefined));
  const { problems, fields, mapped } = imported;
  return mapped <= fields && (mapped === fields || problems.some(({ effect }) => effect !== 'differs'));
}

const packagers = [
  'iso.packager.GenericPackager',
  'iso.packager.GenericSubFieldPackager',
  'iso.packager.GenericTaggedFieldsPackager',
  'iso.packager.Base1SubFieldPackager',
  'iso.packager.EuroSubFieldPackager',
  'iso.packager.GICCSubFieldPackager',
  'iso.packager.DatasetPackager',
  'iso.packager.ICCDataPackager',
  'tlv.packager.TaggedSequencePackager',
  'tlv.packager.BinaryHexTaggedSequencePackager',
  'no.such.Packager',
].map((name) => `org.jpos.${name}`);

const attributes = fc.record(
  {
    id: fc.oneof(fc.nat(9), fc.nat(200), fc.constant('x')),
    length: fc.oneof(fc.nat(30), fc.nat(2_000_000), fc.constant('')),
    name: fc.string({ unit: fc.constantFrom('A', ' ', 'é', '1') }),
    class: fc.constantFrom(...JPOS_CLASSES.keys(), 'org.jpos.iso.IF_NONE'),
    pad: fc.constantFrom('true', 'false'),
    trim: fc.constantFrom('true', 'false'),
    inclusive: fc.constantFrom('true', 'false'),
    token: fc.constantFrom('00', '0165', '##', '|', 'FF'),
    emitBitmap: fc.constantFrom('true', 'false'),
    bitmapField: fc.constantFrom('0', '1', '7', 'x'),
    firstField: fc.constantFrom('0', '1', '2', 'x'),
    headerLength: fc.constantFrom('0', '1', '99', 'x'),
    tagMapper: fc.constantFrom('org.jpos.iso.packager.TTDecimalTagMapper', 'Mine'),
    tagSize: fc.constantFrom('2', '3'),
    lenSize: fc.constantFrom('1', '2', '3'),
  },
  { requiredKeys: ['id', 'length', 'name', 'class'] },
);

const { field: arbitraryField } = fc.letrec<{ field: string }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    attributes.map((given) => element('isofield', given)),
    fc
      .tuple(attributes, fc.constantFrom(...packagers), fc.array(tie('field'), { maxLength: 4 }))
      .map(([given, packager, inside]) =>
        element('isofieldpackager', { ...given, packager }, inside.join('')),
      ),
  ),
}));
const MTI = element('isofield', { id: 0, length: 4, name: 'MTI', class: 'org.jpos.iso.IFA_NUMERIC' });
const arbitraryPackager = fc
  .tuple(fc.constantFrom('IFB_BITMAP', 'IFA_BITMAP', 'IFE_BITMAP', 'IF_CHAR'), fc.constantFrom(8, 16, 24, 7))
  .chain(([name, length]) => {
    const bitmap = element('isofield', { id: 1, length, name: 'Bitmap', class: `org.jpos.iso.${name}` });
    return fc
      .array(arbitraryField, { maxLength: 8 })
      .map((fields) => element('isopackager', {}, MTI + bitmap + fields.join('')));
  });

const arbitraryLeaf = fc.record(
  {
    type: fc.constantFrom('String', 'Numeric', 'Binary', 'Hex', 'Bitmap', 'Track2', 'Composite', 'None'),
    length: fc.oneof(fc.nat(30), fc.constantFrom(-1, 2_000_000, 'x')),
    enc: fc.constantFrom(
      'ASCII',
      'BCD',
      'LBCD',
      'EBCDIC',
      'EBCDIC1047',
      'Binary',
      'HexToASCII',
      'ASCIIToHex',
      'X',
    ),
    prefix: fc.constantFrom(
      'ASCII.LL',
      'BCD.LLL',
      'Binary.L',
      'Hex.LL',
      'ASCII.Fixed',
      'None.Fixed',
      'BerTLV',
      'X',
    ),
    padding: fc.record({ type: fc.constantFrom('Left', 'Right', 'X'), pad: fc.constantFrom('0', ' ', '**') }),
    disableAutoExpand: fc.boolean(),
  },
  { requiredKeys: ['type'] },
);
const arbitraryTag = fc.record(
  {
    length: fc.constantFrom(0, 1, 2, 9),
    enc: fc.constantFrom('ASCII', 'BCD', 'Binary', 'ASCIIToHex', 'BerTLVTag'),
    sort: fc.constantFrom('StringsByInt', 'StringsByHex'),
  },
  { requiredKeys: ['sort'] },
);
const { spec: arbitrarySpec } = fc.letrec<{ spec: object }>((tie) => ({
  spec: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    arbitraryLeaf,
    fc.record(
      {
        type: fc.constant('Composite'),
        length: fc.nat(99),
        prefix: fc.constantFrom('ASCII.LL', 'ASCII.Fixed', 'BerTLV'),
        tag: arbitraryTag,
        bitmap: arbitraryLeaf,
        subfields: fc.dictionary(fc.constantFrom('0', '1', '02', '2', '9F26', '95', 'x y'), tie('spec')),
      },
      { requiredKeys: ['type', 'prefix'] },
    ),
  ),
}));
const arbitraryMoov = fc
  .dictionary(fc.constantFrom('0', '1', '2', '40', '65', '129', '500', 'x'), arbitrarySpec)
  .map((fields) => JSON.stringify({ name: 'x', fields }, null, 1));

/** A text with some of its characters changed, left out or said twice. */
function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const damage = fc.tuple(
    fc.nat(),
    fc.constantFrom('', '<', '>', '"', '&', '{', '}', ':', '\n', '\u0000', 'é'),
  );
  return fc.tuple(text, fc.array(damage, { minLength: 1, maxLength: 3 })).map(([whole, changes]) =>
    changes.reduce((so, [place, by]) => {
      const at = place % (so.length + 1);
      return so.slice(0, at) + by + so.slice(at + 1);
    }, whole),
  );
}

const jpos = (text: string) => isAnswered(() => importJpos(text, { name: 'any' }));
const moov = (text: string) => isAnswered(() => importMoov(text, { name: 'any' }));

t.test('any packager document is refused, or makes a dialect that compiles', async (t) => {
  holds(t, fc.property(arbitraryPackager, jpos), 1000);
});

t.test('a damaged packager document is refused, or makes a dialect that compiles', async (t) => {
  holds(t, fc.property(damaged(arbitraryPackager), jpos), 1000);
});

t.test('any specification is refused, or makes a dialect that compiles', async (t) => {
  holds(t, fc.property(arbitraryMoov, moov), 300);
});

t.test('a damaged specification is refused, or makes a dialect that compiles', async (t) => {
  holds(t, fc.property(damaged(arbitraryMoov), moov), 300);
});
