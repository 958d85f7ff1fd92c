import {
  type CompiledElement,
  type CompiledField,
  type CompiledIndicator,
  type CompiledStructure,
  type FieldTable,
  MODE,
  SIGN,
} from './compiled-dialect.js';
import type { Dialect, IndicatorName, IndicatorSpec } from './dialect.js';
import { ENCODING, isBcd, isText, wireBytes } from './encoding.js';
import { IsoError } from './errors.js';

/** Bits of the only bitmap in a field whose elements an indicator may be of. */
const BITS_MAX = 64;

/**
 * The indicators of those names that a dialect has, each with the place that it is at worked out.
 * @param bits what each sets
 * @throws IsoError `HF_ISO_DIALECT` that names the path: there is no such field or element, or the value does not fit
 */
export function compileIndicators<Name extends IndicatorName>(
  dialect: Dialect,
  { fields }: FieldTable,
  names: readonly Name[],
  bits: Readonly<Record<Name, number>>,
): readonly CompiledIndicator[] {
  const compiled: CompiledIndicator[] = [];
  for (const name of names) {
    const spec: IndicatorSpec | undefined = dialect.indicators?.[name];
    if (spec === undefined) continue;
    const wrong = (key: string, rule: string) =>
      new IsoError('HF_ISO_DIALECT', `indicators.${name}.${key}`, -1, `${dialect.name}: ${rule}`);
    const field = fields[spec.field];
    if (field === undefined) throw wrong('field', `there is no field ${spec.field}`);
    const element = elementOf(spec, field, wrong);
    const most =
      element === null ? field.units : element.kind === 'bit' ? element.units : 10 ** element.sizeUnits - 1;
    const longest = Math.max(...spec.values.map(({ length }) => length));
    if (spec.at + longest > most) throw wrong('at', `a value there ends behind the ${most} that there are`);
    compiled.push({
      sets: bits[name],
      field: spec.field,
      at: spec.at,
      length: spec.length ?? -1,
      values: spec.values.map(characters),
      element,
    });
  }
  return compiled;
}

type Wrong = (key: string, rule: string) => IsoError;

function elementOf(spec: IndicatorSpec, field: CompiledField, wrong: Wrong): CompiledElement | null {
  if (spec.tag !== undefined && spec.bit !== undefined)
    throw wrong('bit', 'an element has a tag or a bit, not both');
  if (spec.tag !== undefined) return taggedElement(spec.tag, field, wrong);
  if (spec.bit !== undefined) return mappedElement(spec.bit, field, wrong);
  if (isText(field.encoding) || isBcd(field.encoding)) return null;
  throw wrong('field', `field ${spec.field} is bytes, which have no characters`);
}

function taggedElement(tag: string, { structure, encoding }: CompiledField, wrong: Wrong): CompiledElement {
  if (structure?.kind !== 'tlv' || !ofCharacters(structure, encoding)) {
    throw wrong('tag', 'the field is not made of tags and lengths in its own characters, the tag first');
  }
  if (tag.length !== structure.tagUnits)
    throw wrong('tag', `a tag of the field has ${structure.tagUnits} characters`);
  const { head } = structure;
  if (head !== null && head.mode !== MODE.fixed)
    throw wrong('tag', 'what stands before the tags is of no fixed length');
  return {
    kind: 'tag',
    tag: characters(tag),
    sizeUnits: structure.sizeUnits,
    headUnits: head === null ? 0 : head.units,
    headOptional: structure.headOptional,
  };
}

function ofCharacters(structure: CompiledStructure & { kind: 'tlv' }, encoding: number): boolean {
  const { tagEncoding, sizeEncoding, sizeFirst, sizeCountsTag } = structure;
  return (
    isText(encoding) && tagEncoding === encoding && sizeEncoding === encoding && !sizeFirst && !sizeCountsTag
  );
}

function mappedElement(bit: number, { structure, encoding }: CompiledField, wrong: Wrong): CompiledElement {
  if (
    structure?.kind !== 'bitmap' ||
    encoding !== ENCODING.binary ||
    structure.bitmap.encoding !== ENCODING.binary ||
    structure.bitmap.count !== 1 ||
    structure.bitmap.bits > BITS_MAX ||
    structure.head !== null
  ) {
    throw wrong('bit', 'the field is not bytes that begin with one bitmap');
  }
  const { bitmap, table } = structure;
  const element = table.fields[bit];
  if (element === undefined) throw wrong('bit', `there is no element ${bit}`);
  const wireBytesByBit = new Int32Array(bit + 1).fill(-1);
  for (let number = 1; number <= bit; number++) {
    const before = table.fields[number];
    if (before === undefined) continue;
    if (before.mode !== MODE.fixed || before.sign !== SIGN.none)
      throw wrong('bit', `element ${number} has no fixed length`);
    wireBytesByBit[number] = wireBytes(before.encoding, before.units);
  }
  if (!isText(element.encoding) && !isBcd(element.encoding)) throw wrong('bit', `element ${bit} is bytes`);
  return {
    kind: 'bit',
    bit,
    bitmapBytes: bitmap.wireBytes,
    wireBytes: wireBytesByBit,
    encoding: element.encoding,
    units: element.units,
  };
}

function characters(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
