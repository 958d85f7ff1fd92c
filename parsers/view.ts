import type { CompiledDialect } from './compiled-dialect.js';
import { FIELD_MAX } from './dialect.js';
import { fillsLeft, isBcd, isText, TO_LATIN1 } from './encoding.js';
import { IsoError, RULE, RULES } from './errors.js';
import { valueText } from './value.js';

/** One rule that a message breaks: the number of the rule, the field (0: the header), the byte of the message. */
export interface Issue {
  readonly rule: number;
  readonly field: number;
  readonly offset: number;
}

/**
 * Where the fields of one message stand in its frame: nothing is copied until asked for.
 * One view is used again for message after message.
 *
 * `offsets[n]` and `lengths[n]` are in bytes from the start of the array that was parsed and cover the value on
 * the wire without its length prefix; `lengths[n]` is −1 where field n is absent, `units[n]` its digits,
 * characters or bytes. `starts[n]` is where the field's prefix begins, so that a field can be copied as it came.
 */
export class MessageView {
  bytes: Uint8Array = new Uint8Array(0);
  dialect: CompiledDialect | null = null;
  start = 0;
  end = 0;
  /** Where the MTI begins: after the dialect's header. */
  mtiAt = 0;
  /** The four digits of the MTI as a number: 100 for `0100`; −1 when it could not be read. */
  mti = -1;
  /** Highest field number present; 0 when none. */
  highest = 0;
  /** Where the first field begins: after the bitmaps. */
  fieldsAt = 0;
  readonly starts = new Int32Array(FIELD_MAX + 1);
  readonly offsets = new Int32Array(FIELD_MAX + 1);
  readonly lengths = new Int32Array(FIELD_MAX + 1).fill(-1);
  readonly units = new Int32Array(FIELD_MAX + 1);
  /** The first rule that was broken: a number of `RULE`, the field (0: the header), the byte of the message. */
  rule: number = RULE.none;
  field = 0;
  offset = 0;
  /** Goes on after what can be read all the same, and collects every issue here; null to be strict. */
  issues: Issue[] | null = null;

  /**
   * The number of a field by what it means (`stan`, `pan`, `currency`: the first of that class) or by its name in
   * the dialect, in whatever case.
   * @throws IsoError `HF_ISO_UNKNOWN_FIELD` when the dialect has none such
   */
  named(name: string): number {
    return fieldNamed(this.dialect!, name);
  }

  has(field: number): boolean {
    return this.lengths[field]! >= 0;
  }

  /** The value of a field: characters, digits, or bytes as hexadecimal digits; '' when absent. */
  text(field: number): string {
    if (this.lengths[field]! < 0) return '';
    const spec = this.dialect!.table.fields[field]!;
    return valueText(spec, this.bytes, this.offsets[field]!, this.units[field]!);
  }

  /** The bytes of a field's value as they stand on the wire, not copied; empty when absent. */
  raw(field: number): Uint8Array {
    const from = this.offsets[field]!;
    return this.bytes.subarray(from, from + Math.max(0, this.lengths[field]!));
  }

  /** Character `index` of a text or packed field, as its code in ISO/IEC 8859-1; a packed separator is `=`. */
  character(field: number, index: number): number {
    const { encoding } = this.dialect!.table.fields[field]!;
    if (!isBcd(encoding)) return TO_LATIN1[encoding]![this.bytes[this.offsets[field]! + index]!]!;
    const digit = this.digit(field, index);
    return digit === 0xd ? 0x3d : 0x30 + digit;
  }

  /** Digit `index` of a field of digits, in whatever encoding. */
  digit(field: number, index: number): number {
    const { encoding } = this.dialect!.table.fields[field]!;
    if (!isBcd(encoding)) return this.bytes[this.offsets[field]! + index]! & 0x0f;
    const nibble = index + (fillsLeft(encoding) ? this.units[field]! & 1 : 0);
    const byte = this.bytes[this.offsets[field]! + (nibble >> 1)]!;
    return (nibble & 1) === 0 ? byte >> 4 : byte & 0x0f;
  }

  /** Digits `from`…`from + count` of a numeric field as a number; exact up to 15 digits. */
  digits(field: number, from: number, count: number): number {
    let value = 0;
    // ASCII and EBCDIC both have a digit's value in the low nibble.
    if (isText(this.dialect!.table.fields[field]!.encoding)) {
      const bytes = this.bytes;
      let at = this.offsets[field]! + from;
      for (const end = at + count; at < end; at++) value = value * 10 + (bytes[at]! & 0x0f);
      return value;
    }
    for (let index = from; index < from + count; index++) value = value * 10 + this.digit(field, index);
    return value;
  }

  /** A numeric field as a number; exact up to 15 digits. */
  number(field: number): number {
    return this.digits(field, 0, this.units[field]!);
  }

  /** The first refusal as an error that may be logged; only after `parse` said false. */
  error(): IsoError {
    return issueError(this);
  }
}

/** Field numbers by class and by lower-case name; worked out when a dialect is first asked. */
const numbersByName = new WeakMap<CompiledDialect, ReadonlyMap<string, number>>();

/** See {@link MessageView.named}. */
export function fieldNamed(dialect: CompiledDialect, name: string): number {
  let numbers = numbersByName.get(dialect);
  if (numbers === undefined) {
    numbers = numberFields(dialect);
    numbersByName.set(dialect, numbers);
  }
  const number = numbers.get(name.toLowerCase());
  if (number !== undefined) return number;
  throw new IsoError('HF_ISO_UNKNOWN_FIELD', name, -1, 'the dialect has no field of that class or name');
}

function numberFields({ table }: CompiledDialect): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [number, field] of table.fields.entries()) {
    if (field === undefined) continue;
    for (const name of field.class === 'plain' ? [field.name] : [field.class, field.name]) {
      const key = name.toLowerCase();
      if (!numbers.has(key)) numbers.set(key, number);
    }
  }
  return numbers;
}

/** An issue as an error that may be logged. */
export function issueError({ rule, field, offset }: Issue): IsoError {
  const { code, text } = RULES[rule]!;
  return new IsoError(code, field === 0 ? '' : String(field), offset, text);
}

/**
 * Notes a refusal in the view, of which the first stays; the fields that were located stay readable.
 * @returns false, for the caller to return
 */
export function refuse(view: MessageView, rule: number, field: number, at: number): false {
  view.issues?.push({ rule, field, offset: at - view.start });
  if (view.rule !== RULE.none) return false;
  view.rule = rule;
  view.field = field;
  view.offset = at - view.start;
  return false;
}
