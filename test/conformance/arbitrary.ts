import fc from 'fast-check';
import {
  type CompiledDialect,
  type CompiledField,
  type CompiledStructure,
  MODE,
  SIGN,
} from '../../parsers/compiled-dialect.js';
import { allowedClasses, CLASSES, ENCODING } from '../../parsers/encoding.js';
import { IsoError } from '../../parsers/errors.js';
import { build, type FieldValue, type MessageText } from '../../parsers/writer.js';

/** Longest value that is made where the dialect sets no lower bound. */
const UNITS_MOST = 24;
const FIELDS_MOST = 24;

const digit = fc.integer({ min: 0, max: 9 }).map(String);

/** Characters of ISO/IEC 8859-1 that a field may hold. */
function characters({ allowed, content }: CompiledField): fc.Arbitrary<string> {
  const classes = CLASSES[ENCODING.ascii]!;
  const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
    // A packed separator is read as `=`, whichever of the two was written.
    (character) =>
      (classes[character.charCodeAt(0)]! & allowed) !== 0 && !(content === 'z' && character === 'D'),
  );
  const upper = content === 'h' ? all.filter((character) => character === character.toUpperCase()) : all;
  return fc.constantFrom(...upper);
}

function text(unit: fc.Arbitrary<string>, min: number, max: number): fc.Arbitrary<string> {
  return fc.string({ unit, minLength: min, maxLength: max, size: 'max' });
}

/** Values that a field can hold, as text. */
export function values(field: CompiledField): fc.Arbitrary<string> {
  const { mode, units, unitsMin, sign, encoding, content } = field;
  const most = mode === MODE.fixed ? units : Math.min(units, Math.max(unitsMin, UNITS_MOST));
  const least = mode === MODE.fixed ? units : unitsMin;
  if (encoding >= ENCODING.binary) {
    return fc
      .uint8Array({ minLength: least, maxLength: most, size: 'max' })
      .map((bytes) => Buffer.from(bytes).toString('hex').toUpperCase());
  }
  if (sign !== SIGN.none) {
    const taken = sign === SIGN.character ? 1 : 0;
    return fc
      .tuple(fc.constantFrom('C', 'D'), text(digit, least - taken, most - taken))
      .map(([letter, digits]) => letter + digits);
  }
  return text(content === 'n' ? digit : characters(field), least, most);
}

type Pair = readonly [string, FieldValue];

/** Values for what is inside a field; tags as pairs, so that their order is kept. */
function inside(structure: CompiledStructure): fc.Arbitrary<FieldValue> {
  switch (structure.kind) {
    case 'positional':
      return fc.tuple(...structure.fields.map((field) => nested(field))).map((list) => ({
        fields: Object.fromEntries(structure.fields.map(({ key }, at) => [key, list[at]!])),
      }));
    case 'repeated': {
      const group = fc.tuple(...structure.fields.map((field) => nested(field)));
      return fc.array(group, { minLength: 1, maxLength: 3 }).map((groups) => ({
        fields: Object.fromEntries(
          groups.flatMap((list, at) =>
            structure.fields.map(({ key }, index) => [`${at + 1}.${key}`, list[index]!]),
          ),
        ),
      }));
    }
    case 'bitmap':
      return some(structure.table.fields.filter((field) => field !== undefined));
    case 'dataset-bitmap':
      return some(structure.fields);
    case 'ber-tlv':
      return pairs(structure.byTag, fc.constantFrom('DF01', 'DF8102', 'C5', '9F7C'), fc.constant('BEEF'));
    case 'tlv': {
      const { byTag, other, head, tagUnits, tagEncoding } = structure;
      const unknown = text(digit, tagUnits, tagUnits).map((tag) =>
        tagEncoding === ENCODING.binary ? Buffer.from(tag, 'latin1').toString('hex').toUpperCase() : tag,
      );
      const rest = pairs(byTag, unknown, values({ ...other, units: 9, allowed: allowedClasses('ans') }));
      if (head === null) return rest;
      return fc
        .tuple(nested(head), rest)
        .map(([first, { fields }]) => ({ fields: [['head', first], ...fields] as const }));
    }
  }
}

/** Any of the fields, by key. */
function some(fields: readonly CompiledField[]): fc.Arbitrary<FieldValue> {
  return fc
    .subarray([...fields], { maxLength: Math.min(FIELDS_MOST, fields.length) })
    .chain((chosen) =>
      fc
        .tuple(...chosen.map((field) => nested(field)))
        .map((list) => ({ fields: Object.fromEntries(chosen.map(({ key }, at) => [key, list[at]!])) })),
    );
}

function pairs(
  byTag: ReadonlyMap<string, CompiledField>,
  unknown: fc.Arbitrary<string>,
  value: fc.Arbitrary<string>,
): fc.Arbitrary<{ readonly fields: readonly Pair[] }> {
  const other = fc.tuple(
    unknown.filter((tag) => !byTag.has(tag)),
    value,
  );
  const listed = [...byTag.values()].map((field) => fc.tuple(fc.constant(field.key), nested(field)));
  return fc
    .array(fc.oneof(other, ...listed) as fc.Arbitrary<Pair>, { maxLength: 6 })
    .map((fields) => ({ fields }));
}

function nested(field: CompiledField): fc.Arbitrary<FieldValue> {
  if (field.structure === null) return values(field);
  return inside(field.structure);
}

/** Values of a field of a dialect: text, or what is inside. */
export function fieldValues(dialect: CompiledDialect, number: number): fc.Arbitrary<FieldValue> {
  const field = dialect.table.fields[number]!;
  if (field.structure === null) return values(field);
  return inside(field.structure).filter((value) => fits(dialect, number, value));
}

/** What is inside a field may be longer than it is. */
function fits(dialect: CompiledDialect, number: number, value: FieldValue): boolean {
  try {
    build(dialect, { mti: `${dialect.version}100`, fields: { [number]: value } });
    return true;
  } catch (error) {
    if (error instanceof IsoError && error.code === 'HF_ISO_LENGTH') return false;
    throw error;
  }
}

/** Numbers of the fields that a dialect has. */
export function fieldNumbers({ table, bitmap }: CompiledDialect): number[] {
  return table.fields.flatMap((field, number) =>
    field !== undefined && number <= bitmap.bits * bitmap.count ? [number] : [],
  );
}

/** Messages of a dialect: any fields, filled with anything that they may hold. */
export function messages(dialect: CompiledDialect): fc.Arbitrary<MessageText> {
  const mtis = ['100', '110', '200', '210', '420', '430', '800', '810'].map(
    (rest) => `${dialect.version}${rest}`,
  );
  const numbers = fc.subarray(fieldNumbers(dialect), { maxLength: FIELDS_MOST });
  return fc.tuple(fc.constantFrom(...mtis), numbers).chain(([mti, chosen]) =>
    fc.tuple(...chosen.map((number) => fieldValues(dialect, number))).map((list) => ({
      mti,
      fields: Object.fromEntries(chosen.map((number, at) => [number, list[at]!])),
    })),
  );
}
