import {
  type CompiledBitmap,
  type CompiledDialect,
  type CompiledField,
  type CompiledStructure,
  MODE,
  rawField,
} from './compiled-dialect.js';
import { ENCODING, isBcd, isHex, wireBytes } from './encoding.js';
import { IsoError } from './errors.js';
import { Output } from './output.js';
import { writeBerLength, writeField, writePrefix } from './write-field.js';

/**
 * A value, or the values inside: by position, bit or tag; several of one tag as a list. A list of pairs says the
 * order of tags as well, which the keys of an object can't.
 */
export type FieldValue = string | { readonly fields: Inside | readonly (readonly [string, FieldValue])[] };

interface Inside {
  readonly [key: string]: FieldValue | readonly FieldValue[];
}

/**
 * Writes a field from the values inside it.
 * @throws IsoError that names path and rule, never a value
 */
export function writeStructured(
  dialect: CompiledDialect,
  field: CompiledField,
  value: FieldValue,
  out: Output,
  path: string,
): void {
  if (typeof value === 'string') {
    writeField(field, value, out, path);
    return;
  }
  const { structure, encoding } = field;
  if (structure === null)
    throw error('HF_ISO_STRUCTURE', path, 'the dialect knows nothing inside this field');
  const inside = new Output();
  new StructureWriter(dialect, inside).write(structure, value.fields, path, field.mode === MODE.fixed);
  const bytes = inside.bytes.subarray(0, inside.at);
  const { length } = bytes;
  // What is inside was written as bytes, or as digits; the field around it counts and spells them as it does.
  if (
    length > field.units ||
    length < field.unitsMin ||
    (field.mode === MODE.fixed && length !== field.units)
  ) {
    throw error('HF_ISO_LENGTH', path, `${field.unitsMin} to ${field.units} long, not ${length}`);
  }
  if (isHex(encoding) || isBcd(encoding)) {
    writeField(field, Buffer.from(bytes).toString(isHex(encoding) ? 'hex' : 'latin1'), out, path);
    return;
  }
  out.reserve(6);
  if (field.mode === MODE.prefixed) writePrefix(field, length, length, out);
  out.copy(bytes, 0, length);
}

class StructureWriter {
  readonly #dialect: CompiledDialect;
  readonly #out: Output;

  constructor(dialect: CompiledDialect, out: Output) {
    this.#dialect = dialect;
    this.#out = out;
  }

  /** @param whole whether what is inside fills a field of fixed length */
  write(
    structure: CompiledStructure,
    given: Exclude<FieldValue, string>['fields'],
    path: string,
    whole: boolean,
  ): void {
    if (structure.kind === 'ber-tlv') return this.#berTlv(structure.byTag, entriesOf(given), path);
    if (structure.kind === 'tlv') return this.#tlv(structure, entriesOf(given), path);
    if (structure.kind === 'dataset-bitmap') return this.#dataset(structure.fields, entriesOf(given), path);
    const values = isPairs(given) ? (Object.fromEntries(given) as Inside) : given;
    switch (structure.kind) {
      case 'positional':
        return this.#positional(structure.fields, values, path, whole);
      case 'repeated':
        return this.#repeated(structure.fields, values, path);
      case 'bitmap':
        return this.#bitmap(structure, values, path);
    }
  }

  #positional(fields: readonly CompiledField[], values: Inside, path: string, whole: boolean): void {
    this.#known(values, new Set(fields.map(({ key }) => key)), path);
    // A field that is left out in the middle is filled; at the end it is left out of the frame, if that may be.
    const last = whole ? fields.length - 1 : fields.findLastIndex(({ key }) => values[key] !== undefined);
    for (const field of fields.slice(0, last + 1))
      this.#one(field, values[field.key] ?? '', `${path}.${field.key}`);
  }

  /** Groups by number from 1, each with its fields: `{"1": {"fields": {…}}}`, or flat as `{"1.2": …}`. */
  #repeated(fields: readonly CompiledField[], values: Inside, path: string): void {
    const groups = new Map<number, Record<string, FieldValue>>();
    for (const [key, value] of Object.entries(values)) {
      const [group = '', inner] = key.split('.');
      const number = Number(group);
      if (!Number.isInteger(number) || number < 1) {
        throw error('HF_ISO_UNKNOWN_FIELD', `${path}.${key}`, 'groups are numbered from 1');
      }
      const entry = groups.get(number) ?? {};
      groups.set(number, entry);
      if (inner !== undefined) entry[inner] = value as FieldValue;
      else if (typeof value === 'object' && 'fields' in value) {
        Object.assign(entry, isPairs(value.fields) ? Object.fromEntries(value.fields) : value.fields);
      } else throw error('HF_ISO_STRUCTURE', `${path}.${key}`, 'a group holds fields');
    }
    for (const number of [...groups.keys()].sort((a, b) => a - b)) {
      const entry = groups.get(number)!;
      this.#known(entry, new Set(fields.map(({ key }) => key)), `${path}.${number}`);
      for (const field of fields) this.#one(field, entry[field.key] ?? '', `${path}.${number}.${field.key}`);
    }
  }

  #bitmap(structure: CompiledStructure & { kind: 'bitmap' }, values: Inside, path: string): void {
    if (structure.head !== null) this.#one(structure.head, values.head ?? '', `${path}.head`);
    const numbers = Object.keys(values)
      .filter((key) => key !== 'head')
      .map(Number)
      .sort((a, b) => a - b);
    this.#bits(structure.bitmap, numbers);
    for (const number of numbers) {
      const field = structure.table.fields[number];
      if (field === undefined) {
        throw error('HF_ISO_UNKNOWN_FIELD', `${path}.${number}`, 'the dialect has no such field');
      }
      this.#one(field, values[number]!, `${path}.${number}`);
    }
  }

  #bits({ bits, encoding, count }: CompiledBitmap, numbers: readonly number[]): void {
    const groups = Math.min(count, Math.max(1, Math.ceil((numbers.at(-1) ?? 0) / bits)));
    const octets = new Uint8Array((groups * bits) >> 3);
    for (let group = 0; group + 1 < groups; group++) octets[(group * bits) >> 3]! |= 0x80;
    for (const number of numbers) octets[(number - 1) >> 3]! |= 0x80 >> ((number - 1) & 7);
    const text = Buffer.from(octets).toString('hex').toUpperCase();
    this.#raw(encoding, encoding === ENCODING.binary || isHex(encoding) ? text : '');
  }

  #berTlv(byTag: ReadonlyMap<string, CompiledField>, values: Entries, path: string): void {
    for (const [tag, value] of values) {
      const inside = `${path}.${tag}`;
      if (!isBerTag(tag))
        throw error('HF_ISO_UNKNOWN_FIELD', inside, 'a tag is one of ISO/IEC 8825-1, in hexadecimal');
      for (const one of listOf(value)) {
        const bytes = this.#tagged(byTag.get(tag), one, inside);
        this.#raw(ENCODING.binary, tag);
        writeBerLength(bytes.length, this.#out);
        this.#out.copy(bytes, 0, bytes.length);
      }
    }
  }

  /** Elements by number, behind their bitmap; what is no element is a tag, and stands behind them. */
  #dataset(fields: readonly CompiledField[], values: Entries, path: string): void {
    const elements = new Map(fields.map((field) => [field.key, field]));
    const known = values.filter(([key]) => elements.has(key)).sort(([a], [b]) => Number(a) - Number(b));
    const tags = values.filter(([key]) => !elements.has(key));
    const octets = datasetBitmap(
      known.map(([key]) => Number(key)),
      tags.length > 0,
    );
    this.#out.copy(octets, 0, octets.length);
    for (const [key, value] of known) this.#one(elements.get(key)!, value, `${path}.${key}`);
    this.#berTlv(new Map(), tags, path);
  }

  #tlv(structure: CompiledStructure & { kind: 'tlv' }, values: Entries, path: string): void {
    const { head, byTag, other, tagEncoding, tagUnits, sizeEncoding, sizeUnits, sizeFirst } = structure;
    const first = values.find(([tag]) => tag === 'head');
    if (head !== null && first !== undefined) this.#one(head, first[1], `${path}.head`);
    const tagField = {
      ...other,
      content: 'ans',
      encoding: tagEncoding,
      units: tagUnits,
      mode: MODE.fixed,
    } as const;
    const tagBytes = structure.sizeCountsTag ? wireBytes(tagEncoding, tagUnits) : 0;
    const most = (sizeEncoding === ENCODING.binary ? 256 : 10) ** sizeUnits - 1 - tagBytes;
    for (const [tag, value] of values) {
      if (tag === 'head') continue;
      const inside = `${path}.${tag}`;
      for (const one of listOf(value)) {
        const bytes = this.#tagged(byTag.get(tag) ?? other, one, inside);
        if (bytes.length > most)
          throw error('HF_ISO_LENGTH', inside, `at most ${most} bytes, not ${bytes.length}`);
        if (!sizeFirst) this.#leaf(tagField, tag, inside);
        this.#size(sizeEncoding, sizeUnits, tagBytes + bytes.length);
        if (sizeFirst) this.#leaf(tagField, tag, inside);
        this.#out.copy(bytes, 0, bytes.length);
      }
    }
  }

  #size(encoding: number, units: number, length: number): void {
    if (encoding === ENCODING.binary) this.#raw(encoding, length.toString(16).padStart(2 * units, '0'));
    else this.#raw(encoding, String(length).padStart(units, '0'));
  }

  /** The bytes of a tag's value, which its length then counts. */
  #tagged(field: CompiledField | undefined, value: FieldValue, path: string): Uint8Array {
    const bytes = new Output();
    const inner = new StructureWriter(this.#dialect, bytes);
    if (field === undefined) {
      if (typeof value !== 'string')
        throw error('HF_ISO_STRUCTURE', path, 'the dialect knows nothing inside this tag');
      inner.#raw(ENCODING.binary, value, path);
    } else inner.#one({ ...field, mode: field.mode === MODE.prefixed ? MODE.rest : field.mode }, value, path);
    return bytes.bytes.subarray(0, bytes.at);
  }

  #one(field: CompiledField, value: FieldValue | readonly FieldValue[], path: string): void {
    if (Array.isArray(value)) throw error('HF_ISO_STRUCTURE', path, 'only tags come more than once');
    writeStructured(this.#dialect, field, value as FieldValue, this.#out, path);
  }

  #leaf(field: CompiledField, value: string, path: string): void {
    writeField({ ...field, unitsMin: field.units, allowed: 0xff }, value, this.#out, path);
  }

  /** Digits, characters or hexadecimal digits as they are, in an encoding. */
  #raw(encoding: number, text: string, path = ''): void {
    this.#out.reserve(wireBytes(encoding, text.length));
    writeField(rawField(encoding), text, this.#out, path);
  }

  #known(values: Inside, keys: ReadonlySet<string>, path: string): void {
    const unknown = Object.keys(values).find((key) => !keys.has(key));
    if (unknown !== undefined) {
      throw error('HF_ISO_UNKNOWN_FIELD', `${path}.${unknown}`, 'the dialect has no such field');
    }
  }
}

/** Two bytes for elements up to 14, then one more at a time: 15 in the first two, 7 in each, 6 in the last. */
function datasetBitmap(elements: readonly number[], tail: boolean): Uint8Array {
  const highest = elements.at(-1) ?? 0;
  const more = highest <= 14 ? 0 : Math.ceil((highest - 14) / 7);
  const octets = new Uint8Array(2 + more);
  for (let octet = 0; octet < octets.length - 1; octet++)
    if (octet !== 1) octets[octet]! |= more > 0 ? 0x80 : 0;
  for (const element of elements) {
    // Elements 16, 23, 30… come after the first bit of their byte, which announces the next.
    const bit = element <= 15 ? element : element + Math.ceil((element - 15) / 7);
    octets[bit >> 3]! |= 0x80 >> (bit & 7);
  }
  if (tail) octets[octets.length - 1]! |= 0x01;
  return octets;
}

type Entries = readonly (readonly [string, FieldValue | readonly FieldValue[]])[];

function isPairs(
  given: Exclude<FieldValue, string>['fields'],
): given is readonly (readonly [string, FieldValue])[] {
  return Array.isArray(given);
}

function entriesOf(given: Exclude<FieldValue, string>['fields']): Entries {
  return isPairs(given) ? given : Object.entries(given);
}

function listOf(value: FieldValue | readonly FieldValue[]): readonly FieldValue[] {
  return Array.isArray(value) ? (value as readonly FieldValue[]) : [value as FieldValue];
}

/** One byte whose low five bits are not all set, or more whose last has its first bit clear. */
function isBerTag(tag: string): boolean {
  if (!/^([0-9A-F]{2}){1,4}$/.test(tag)) return false;
  const bytes = Buffer.from(tag, 'hex');
  if ((bytes[0]! & 0x1f) !== 0x1f) return bytes.length === 1;
  return (
    bytes.length > 1 &&
    bytes.subarray(1).every((byte, index, rest) => byte >= 0x80 === index < rest.length - 1)
  );
}

function error(code: string, path: string, rule: string): IsoError {
  return new IsoError(code, path, -1, rule);
}
