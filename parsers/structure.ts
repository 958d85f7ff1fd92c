import { firstWrong, unitsInBytes, unitsUntil, wrongRule } from './check-value.js';
import { valueBytes, wireEnd } from './compile.js';
import {
  type CompiledBitmap,
  type CompiledField,
  type CompiledStructure,
  MODE,
  PREFIX,
  rawField,
} from './compiled-dialect.js';
import { CLASSES, DIGIT, ENCODING, isBcd, isHex, isText, TO_LATIN1, wireBytes } from './encoding.js';
import { IsoError, RULE, RULES } from './errors.js';
import { countAnnounced, countsWire } from './prefix-count.js';
import { latin1Text, valueText } from './value.js';
import type { MessageView } from './view.js';

/** Where the value of a field stands. */
export interface Place {
  /** The frame's array, or what a field of packed or hexadecimal digits spells. */
  readonly bytes: Uint8Array;
  /** In bytes from the start of `bytes`. */
  readonly offset: number;
  readonly units: number;
  /** The byte of the message that it begins at. */
  readonly origin: number;
  /** Bytes of the message for one of `bytes`. */
  readonly scale: number;
}

/** A field inside a field, where it stands in the frame. */
export interface Part extends Place {
  /** Position, bit or tag. */
  readonly key: string;
  /** `127.22`, `55.9F26`: what errors and filters name. */
  readonly path: string;
  readonly field: CompiledField;
  /** Where it begins, with its tag, length or prefix, in bytes from the start of `bytes`. */
  readonly begin: number;
  readonly length: number;
}

/** A value of BER-TLV or of a tag that the dialect does not list: bytes. */
const BYTES = rawField(ENCODING.binary);

/**
 * Reads what is inside a field: `bytes[from, to)` laid out as `structure`. Parts are in the order of the wire;
 * those that repeat come as often as they do.
 *
 * @param base where the message begins, for offsets in errors
 * @throws IsoError that names path, byte and rule
 */
export function readStructure(
  structure: CompiledStructure,
  bytes: Uint8Array,
  from: number,
  to: number,
  path: string,
  base: number,
): Part[] {
  return new StructureReader(bytes, to, -base, 1, null).read(structure, from, path);
}

/** Where a field of a parsed message stands. */
export function placeOf(view: MessageView, field: number): Place {
  const offset = view.offsets[field]!;
  return { bytes: view.bytes, offset, units: view.units[field]!, origin: offset - view.start, scale: 1 };
}

/**
 * Reads what is inside a field, as {@link readStructure} does; of packed digits what is inside is digits, of
 * hexadecimal ones the bytes they spell. Empty where the dialect knows nothing inside. `field` may be a part, and
 * be its own place.
 *
 * @param issues takes what is wrong with a value whose end is known, so that reading goes on; null to be strict
 * @throws IsoError that names path, byte and rule
 */
export function readInside(
  field: CompiledField,
  place: Place,
  path: string,
  issues: IsoError[] | null = null,
): Part[] {
  const { structure, encoding, sign } = field;
  if (structure === null) return [];
  const { bytes, offset, units, origin, scale } = place;
  const packed = isBcd(encoding);
  if (!packed && !isHex(encoding)) {
    const end = offset + valueBytes(encoding, sign, units);
    return new StructureReader(bytes, end, origin - scale * offset, scale, issues).read(
      structure,
      offset,
      path,
    );
  }
  const spelt = Buffer.from(valueText(field, bytes, offset, units), packed ? 'latin1' : 'hex');
  const each = scale * (packed ? 0.5 : 2);
  return new StructureReader(spelt, spelt.length, origin, each, issues).read(structure, 0, path);
}

/** Where the next one begins. */
function endOf({ field, offset, length }: Part): number {
  return wireEnd(field, offset, length);
}

class StructureReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  /** Where the array's first byte stands in the message, and how many bytes there stand for one of it. */
  readonly #base: number;
  readonly #scale: number;
  readonly #issues: IsoError[] | null;

  constructor(bytes: Uint8Array, end: number, base: number, scale: number, issues: IsoError[] | null) {
    this.#bytes = bytes;
    this.#end = end;
    this.#base = base;
    this.#scale = scale;
    this.#issues = issues;
  }

  read(structure: CompiledStructure, from: number, path: string): Part[] {
    switch (structure.kind) {
      case 'positional':
        return this.#positional(structure.fields, from, path);
      case 'repeated':
        return this.#repeated(structure.fields, from, path);
      case 'bitmap':
        return this.#bitmap(structure, from, path);
      case 'ber-tlv':
        return this.#berTlv(structure.byTag, from, path);
      case 'dataset-bitmap':
        return this.#dataset(structure.fields, from, path);
      case 'tlv':
        return this.#tlv(structure, from, path);
    }
  }

  /** A field that is cut short leaves the ones behind it out, as systems that know fewer of them do. */
  #positional(fields: readonly CompiledField[], from: number, path: string): Part[] {
    const parts: Part[] = [];
    let at = from;
    for (const field of fields) {
      if (at === this.#end) break;
      const part = this.#part(field, field.key, at, `${path}.${field.key}`);
      parts.push(part);
      at = endOf(part);
    }
    if (at !== this.#end) throw this.#error(RULE.trailingBytes, path, at);
    return parts;
  }

  #repeated(fields: readonly CompiledField[], from: number, path: string): Part[] {
    const parts: Part[] = [];
    let at = from;
    for (let group = 1; at < this.#end; group++) {
      const before = at;
      for (const field of fields) {
        const key = `${group}.${field.key}`;
        const part = this.#part(field, key, at, `${path}.${key}`);
        parts.push(part);
        at = endOf(part);
      }
      // Fields that take no bytes would repeat for ever.
      if (at === before) throw this.#error(RULE.badLengthPrefix, path, at);
    }
    return parts;
  }

  #bitmap(structure: CompiledStructure & { kind: 'bitmap' }, from: number, path: string): Part[] {
    const parts: Part[] = [];
    let at = from;
    if (structure.head !== null) {
      const part = this.#part(structure.head, 'head', at, `${path}.head`);
      parts.push(part);
      at = endOf(part);
    }
    const [numbers, fieldsAt] = this.#bits(structure.bitmap, at, path);
    at = fieldsAt;
    for (const number of numbers) {
      const field = structure.table.fields[number];
      if (field === undefined) throw this.#error(RULE.unknownField, `${path}.${number}`, at);
      const part = this.#part(field, field.key, at, `${path}.${field.key}`);
      parts.push(part);
      at = endOf(part);
    }
    if (at !== this.#end) throw this.#error(RULE.trailingBytes, path, at);
    return parts;
  }

  #bits({ bits, encoding, wireBytes: size, count }: CompiledBitmap, from: number, path: string) {
    const numbers: number[] = [];
    let at = from;
    for (let group = 0, more = true; more; group++) {
      if (at + size > this.#end) throw this.#error(RULE.fieldOverrun, path, at);
      const text = this.#hex(encoding, at, size, path);
      more = false;
      for (let bit = 0; bit < bits; bit++) {
        if ((Number.parseInt(text[bit >> 2]!, 16) & (8 >> (bit & 3))) === 0) continue;
        if (bit === 0 && group + 1 < count) more = true;
        else numbers.push(group * bits + bit + 1);
      }
      at += size;
    }
    return [numbers, at] as const;
  }

  #hex(encoding: number, at: number, size: number, path: string): string {
    if (encoding === ENCODING.binary) {
      return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + at, size).toString('hex');
    }
    const text = latin1Text(encoding, this.#bytes, at, size);
    const wrong = text.search(/[^0-9A-Fa-f]/);
    if (wrong >= 0) throw this.#error(RULE.badBitmap, path, at + wrong);
    return text;
  }

  /** ISO/IEC 8825-1 clauses 8.1.2 and 8.1.3, as EMV Book 3 annex B uses them; 00 and FF between objects are filling. */
  #berTlv(byTag: ReadonlyMap<string, CompiledField>, from: number, path: string): Part[] {
    const parts: Part[] = [];
    let at = from;
    while (at < this.#end) {
      if (this.#bytes[at] === 0x00 || this.#bytes[at] === 0xff) {
        at++;
        continue;
      }
      const begin = at;
      const tagEnd = this.#berTagEnd(at, path);
      const tag = Buffer.from(this.#bytes.subarray(at, tagEnd)).toString('hex').toUpperCase();
      const inside = `${path}.${tag}`;
      const [length, valueAt] = this.#berLength(tagEnd, inside);
      if (valueAt + length > this.#end) throw this.#error(RULE.fieldOverrun, inside, valueAt);
      parts.push(this.#tagged(byTag.get(tag) ?? BYTES, tag, inside, begin, valueAt, length));
      at = valueAt + length;
    }
    return parts;
  }

  #berTagEnd(from: number, path: string): number {
    let at = from + 1;
    if ((this.#bytes[from]! & 0x1f) !== 0x1f) return at;
    // Bit 8 says that another byte follows; no tag in use has more than four.
    for (; at < from + 4; at++) {
      if (at >= this.#end) throw this.#error(RULE.fieldOverrun, path, at);
      if ((this.#bytes[at]! & 0x80) === 0) return at + 1;
    }
    throw this.#error(RULE.badValue, path, from);
  }

  #berLength(from: number, path: string): readonly [length: number, valueAt: number] {
    if (from >= this.#end) throw this.#error(RULE.fieldOverrun, path, from);
    const first = this.#bytes[from]!;
    if (first < 0x80) return [first, from + 1];
    const count = first & 0x7f;
    // 80 is the indefinite form, which EMV forbids.
    if (count === 0 || count > 3) throw this.#error(RULE.badLengthPrefix, path, from);
    if (from + 1 + count > this.#end) throw this.#error(RULE.fieldOverrun, path, from);
    let length = 0;
    for (let at = from + 1; at <= from + count; at++) length = length * 256 + this.#bytes[at]!;
    return [length, from + 1 + count];
  }

  /**
   * A dataset bitmap of ISO 8583:2003: two bytes, then one at a time, whose first bit says that another follows. The
   * last bit of the last says that BER-TLV stands behind the elements; all others are elements, in their order.
   */
  #dataset(elements: readonly CompiledField[], from: number, path: string): Part[] {
    const numbers: number[] = [];
    let at = from;
    let number = 1;
    let tail = false;
    for (let width = 2, more = true; more; width = 1) {
      if (at + width > this.#end) throw this.#error(RULE.fieldOverrun, path, at);
      const word = width === 2 ? (this.#bytes[at]! << 8) | this.#bytes[at + 1]! : this.#bytes[at]!;
      const top = 8 * width - 1;
      more = word >> top === 1;
      tail = !more && (word & 1) === 1;
      for (let bit = top - 1; bit >= (more ? 0 : 1); bit--, number++) {
        if (((word >> bit) & 1) === 1) numbers.push(number);
      }
      at += width;
    }
    const parts: Part[] = [];
    for (const element of numbers) {
      const key = String(element);
      const field = elements.find((one) => one.key === key);
      if (field === undefined) throw this.#error(RULE.unknownField, `${path}.${key}`, at);
      const part = this.#part(field, key, at, `${path}.${key}`);
      parts.push(part);
      at = endOf(part);
    }
    if (tail) return [...parts, ...this.#berTlv(new Map(), at, path)];
    if (at !== this.#end) throw this.#error(RULE.trailingBytes, path, at);
    return parts;
  }

  #tlv(structure: CompiledStructure & { kind: 'tlv' }, from: number, path: string): Part[] {
    const { tagEncoding, tagUnits, sizeEncoding, sizeUnits, head, byTag, other } = structure;
    const parts: Part[] = [];
    let at = from;
    if (head !== null && at < this.#end && !(structure.headOptional && this.#digitAt(structure, at))) {
      const part = this.#part(head, 'head', at, `${path}.head`);
      parts.push(part);
      at = endOf(part);
    }
    const tagField = rawField(tagEncoding);
    const tagBytes = wireBytes(tagEncoding, tagUnits);
    const sizeBytes = wireBytes(sizeEncoding, sizeUnits);
    while (at < this.#end) {
      const begin = at;
      if (at + tagBytes + sizeBytes > this.#end) throw this.#error(RULE.fieldOverrun, path, at);
      const tagAt = structure.sizeFirst ? at + sizeBytes : at;
      const sizeAt = structure.sizeFirst ? at : at + tagBytes;
      const tag = valueText(tagField, this.#bytes, tagAt, tagUnits);
      // A tag names its path, which is to be safe to log.
      if (!/^[\x20-\x7e]+$/.test(tag)) throw this.#error(RULE.badContent, path, tagAt);
      const inside = `${path}.${tag}`;
      const size = this.#size(sizeEncoding, sizeUnits, sizeAt, inside);
      const length = structure.sizeCountsTag ? size - tagBytes : size;
      if (length < 0) throw this.#error(RULE.badLengthPrefix, inside, sizeAt);
      at += tagBytes + sizeBytes;
      if (at + length > this.#end) throw this.#error(RULE.fieldOverrun, inside, at);
      parts.push(this.#tagged(byTag.get(tag) ?? other, tag, inside, begin, at, length));
      at += length;
    }
    return parts;
  }

  /** Whether what comes first is a digit, as a tag or a length would be. */
  #digitAt(structure: CompiledStructure & { kind: 'tlv' }, at: number): boolean {
    const encoding = structure.sizeFirst ? structure.sizeEncoding : structure.tagEncoding;
    return isText(encoding) ? (CLASSES[encoding]![this.#bytes[at]!]! & DIGIT) !== 0 : true;
  }

  #size(encoding: number, units: number, at: number, path: string): number {
    const text = valueText(rawField(encoding), this.#bytes, at, units);
    if (encoding === ENCODING.binary) return Number.parseInt(text, 16);
    if (!/^\d+$/.test(text)) throw this.#error(RULE.badLengthPrefix, path, at);
    return Number(text);
  }

  /** A value whose tag says how long it is. */
  #tagged(
    field: CompiledField,
    key: string,
    path: string,
    begin: number,
    offset: number,
    length: number,
  ): Part {
    const { encoding } = field;
    const counted = this.#unitsIn(field, offset, length);
    if (counted > field.units || counted < field.unitsMin) {
      this.#note(RULE.badLengthPrefix, path, begin);
      return this.#partOf(
        { ...BYTES, key, name: field.name, class: field.class },
        key,
        path,
        begin,
        offset,
        length,
        length,
      );
    }
    const wrong = firstWrong(
      this.#bytes,
      offset,
      offset + length,
      counted,
      encoding,
      field.allowed,
      field.sign,
    );
    if (wrong >= 0) this.#note(wrongRule, path, wrong);
    return this.#partOf(field, key, path, begin, offset, length, counted);
  }

  #part(field: CompiledField, key: string, begin: number, path: string): Part {
    const { encoding, mode, sign } = field;
    let at = begin;
    let units = field.units;
    if (mode === MODE.rest) {
      // What is more than it can hold is left over, and refused as such.
      units = Math.min(units, Math.max(0, this.#unitsIn(field, at, this.#end - at)));
      if (units < field.unitsMin) throw this.#error(RULE.badLengthPrefix, path, begin);
    } else if (mode === MODE.until) {
      units = unitsUntil(this.#bytes, at, this.#end, field.terminator, units);
      if (units < 0) throw this.#error(RULE.fieldOverrun, path, at);
      if (units < field.unitsMin) throw this.#error(RULE.badLengthPrefix, path, begin);
    } else if (mode === MODE.prefixed || mode === MODE.filled) {
      const [announced, valueAt] = this.#prefix(field, at, path);
      units = countAnnounced(announced, field.prefixCounts, field.prefixBytes, encoding);
      if (units >= 0 && countsWire(field.prefixCounts)) units = this.#unitsIn(field, valueAt, units);
      if (units > field.units || units < field.unitsMin) throw this.#error(RULE.badLengthPrefix, path, begin);
      at = valueAt;
    }
    const length = valueBytes(encoding, sign, units);
    if (wireEnd(field, at, length) > this.#end) throw this.#error(RULE.fieldOverrun, path, at);
    const wrong = firstWrong(this.#bytes, at, at + length, units, encoding, field.allowed, sign);
    if (wrong >= 0) this.#note(wrongRule, path, wrong);
    return this.#partOf(field, key, path, begin, at, length, units);
  }

  #prefix(field: CompiledField, at: number, path: string): readonly [announced: number, valueAt: number] {
    const { prefixEncoding: encoding, prefixBytes } = field;
    if (encoding === PREFIX.ber) return this.#berLength(at, path);
    const stop = at + prefixBytes;
    if (stop > this.#end) throw this.#error(RULE.fieldOverrun, path, at);
    let announced = 0;
    for (let byte = at; byte < stop; byte++) {
      const value = this.#bytes[byte]!;
      if (encoding === PREFIX.binary) announced = announced * 256 + value;
      else if (encoding === PREFIX.hex) {
        const digit = Number.parseInt(String.fromCharCode(value), 16);
        if (Number.isNaN(digit)) throw this.#error(RULE.badLengthPrefix, path, byte);
        announced = announced * 16 + digit;
      } else if (encoding === PREFIX.bcd) {
        if (value >> 4 > 9 || (value & 0x0f) > 9) throw this.#error(RULE.badLengthPrefix, path, byte);
        announced = announced * 100 + (value >> 4) * 10 + (value & 0x0f);
      } else {
        const digit = TO_LATIN1[encoding]![value]! - 0x30;
        if (digit < 0 || digit > 9) throw this.#error(RULE.badLengthPrefix, path, byte);
        announced = announced * 10 + digit;
      }
    }
    return [announced, stop];
  }

  #partOf(
    field: CompiledField,
    key: string,
    path: string,
    begin: number,
    offset: number,
    length: number,
    units: number,
  ): Part {
    const origin = this.#messageOffset(offset);
    const bytes = this.#bytes;
    return { key, path, field, begin, bytes, offset, length, units, origin, scale: this.#scale };
  }

  #unitsIn({ encoding, allowed, sign, units }: CompiledField, at: number, length: number): number {
    return unitsInBytes(this.#bytes, at, this.#end, length, encoding, allowed, sign, units);
  }

  /** What is wrong with a value that can be stepped over. */
  #note(rule: number, path: string, at: number): void {
    const issue = this.#error(rule, path, at);
    if (this.#issues === null) throw issue;
    this.#issues.push(issue);
  }

  #error(rule: number, path: string, at: number): IsoError {
    const { code, text } = RULES[rule]!;
    return new IsoError(code, path, this.#messageOffset(at), text);
  }

  #messageOffset(at: number): number {
    return this.#base + Math.floor(this.#scale * at);
  }
}
