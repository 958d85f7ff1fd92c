import { CHARACTER_CLASS, type CompiledDialect, DIGIT, FIELD_MAX } from './dialect.js';
import { IsoError, RULE, RULES } from './errors.js';

const ZERO = 0x30;

/**
 * Where the fields of one message stand in its frame: nothing is copied until asked for.
 * One view is used again for message after message.
 *
 * `offsets[n]` and `lengths[n]` are in bytes from the start of the array that was parsed and cover the value
 * without its length prefix; `lengths[n]` is −1 where field n is absent. `starts[n]` is where the field's
 * prefix begins, so that a field can be copied as it came.
 */
export class MessageView {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** The four digits of the MTI as a number: 100 for `0100`; −1 when it could not be read. */
  mti = -1;
  /** Highest field number present; 0 when none. */
  highest = 0;
  readonly starts = new Int32Array(FIELD_MAX + 1);
  readonly offsets = new Int32Array(FIELD_MAX + 1);
  readonly lengths = new Int32Array(FIELD_MAX + 1).fill(-1);
  /** What made {@link parse} refuse: a number of `RULE`, the field (0: the header), the byte from the MTI. */
  rule: number = RULE.none;
  field = 0;
  offset = 0;

  has(field: number): boolean {
    return this.lengths[field]! >= 0;
  }

  /** The value of a field as characters (latin-1); '' when absent. */
  text(field: number): string {
    const length = this.lengths[field]!;
    if (length < 0) return '';
    const from = this.offsets[field]!;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, length).toString('latin1');
  }

  /** The bytes of a field's value, not copied; empty when absent. */
  raw(field: number): Uint8Array {
    const from = this.offsets[field]!;
    return this.bytes.subarray(from, from + Math.max(0, this.lengths[field]!));
  }

  /** Digits `from`…`from + count` of a numeric field as a number; exact up to 15 digits. */
  digits(field: number, from: number, count: number): number {
    const bytes = this.bytes;
    let at = this.offsets[field]! + from;
    let value = 0;
    for (const end = at + count; at < end; at++) value = value * 10 + bytes[at]! - ZERO;
    return value;
  }

  /** A numeric field as a number; exact up to 15 digits. */
  number(field: number): number {
    return this.digits(field, 0, this.lengths[field]!);
  }

  /** The refusal as an error that may be logged; only after {@link parse} said false. */
  error(): IsoError {
    const rule = RULES[this.rule]!;
    return new IsoError(rule.code, this.field === 0 ? '' : String(this.field), this.offset, rule.text);
  }
}

/** Notes the first refusal in the view; the fields that were located stay readable. */
export function refuse(view: MessageView, rule: number, field: number, at: number): false {
  if (view.rule !== RULE.none) return false;
  view.rule = rule;
  view.field = field;
  view.offset = at - view.start;
  return false;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x41 && byte <= 0x46) return byte - 0x37;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  return -1;
}

/**
 * Locates and checks every field of `bytes[start, end)` (ISO 8583:1987 clause 4).
 * Reads no byte outside that range, allocates nothing, and takes time linear in it.
 *
 * @returns false when the message is refused: `view.rule`, `view.field` and `view.offset` say why. A wrong
 * character leaves its own field unlocated and reading goes on, so that the refusal can carry the STAN; where
 * a length is wrong nothing after it is located. Fields that are absent have length −1.
 */
export function parse(
  view: MessageView,
  dialect: CompiledDialect,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  view.bytes = bytes;
  view.start = start;
  view.end = end;
  view.mti = -1;
  view.highest = 0;
  view.rule = RULE.none;
  view.field = 0;
  view.offset = 0;
  view.lengths.fill(-1);
  if (end <= start) return refuse(view, RULE.emptyFrame, 0, start);
  if (end - start < 4) return refuse(view, RULE.shortHeader, 0, end);
  let mti = 0;
  for (let at = start; at < start + 4; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return refuse(view, RULE.badMti, 0, at);
    mti = mti * 10 + digit;
  }
  if (mti >= 1000) return refuse(view, RULE.badMti, 0, start);
  view.mti = mti;

  const bitmapBytes = dialect.bitmapHex ? 16 : 8;
  let at = start + 4;
  if (at + bitmapBytes > end) return refuse(view, RULE.shortHeader, 0, end);
  const bitmap = at;
  const secondary = dialect.bitmapHex ? hexDigit(bytes[at]!) >= 8 : bytes[at]! >= 0x80;
  at += secondary ? 2 * bitmapBytes : bitmapBytes;
  if (at > end) return refuse(view, RULE.shortHeader, 0, end);
  const fieldsEnd = secondary ? FIELD_MAX : 64;
  // Before any field, so that a message whose bitmap can't be read is refused for just that.
  if (dialect.bitmapHex) {
    for (let digit = bitmap; digit < at; digit++) {
      if (hexDigit(bytes[digit]!) < 0) return refuse(view, RULE.badBitmap, 0, digit);
    }
  }

  for (let first = 1; first <= fieldsEnd; first += 8) {
    const bits = dialect.bitmapHex
      ? hexOctet(bytes, bitmap + ((first - 1) >> 2))
      : bytes[bitmap + ((first - 1) >> 3)]!;
    if (bits === 0) continue;
    for (let bit = 0; bit < 8; bit++) {
      if ((bits & (0x80 >> bit)) === 0) continue;
      const field = first + bit;
      if (field === 1) continue;
      at = locate(view, dialect, field, at);
      if (at < 0) return false;
    }
  }
  if (at !== end) return refuse(view, RULE.trailingBytes, view.highest, at);
  return view.rule === RULE.none;
}

function hexOctet(bytes: Uint8Array, at: number): number {
  return (hexDigit(bytes[at]!) << 4) | hexDigit(bytes[at + 1]!);
}

/** Reads one field at `at`; returns where the next one begins, or −1 after noting a refusal. */
function locate(view: MessageView, dialect: CompiledDialect, field: number, at: number): number {
  const { bytes, end } = view;
  const begin = at;
  let length = dialect.length[field]!;
  if (length === 0) {
    refuse(view, RULE.unknownField, field, at);
    return -1;
  }
  const prefix = dialect.prefix[field]!;
  if (prefix > 0) {
    if (at + prefix > end) {
      refuse(view, RULE.fieldOverrun, field, at);
      return -1;
    }
    let announced = 0;
    for (const prefixEnd = at + prefix; at < prefixEnd; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) {
        refuse(view, RULE.badLengthPrefix, field, at);
        return -1;
      }
      announced = announced * 10 + digit;
    }
    if (announced > length) {
      refuse(view, RULE.badLengthPrefix, field, begin);
      return -1;
    }
    length = announced;
  }
  const next = at + length;
  if (next > end) {
    refuse(view, RULE.fieldOverrun, field, at);
    return -1;
  }
  const allowed = dialect.allowed[field]!;
  let from = at;
  if (dialect.signed[field] === 1) {
    const sign = bytes[from]!;
    if (sign !== 0x43 && sign !== 0x44) {
      refuse(view, RULE.badContent, field, from);
      return next;
    }
    from++;
  }
  if (allowed === DIGIT) {
    for (; from < next; from++) {
      const byte = bytes[from]!;
      if (byte < 0x30 || byte > 0x39) break;
    }
  } else {
    for (; from < next; from++) if ((CHARACTER_CLASS[bytes[from]!]! & allowed) === 0) break;
  }
  if (from < next) {
    refuse(view, RULE.badContent, field, from);
    return next;
  }
  view.starts[field] = begin;
  view.offsets[field] = at;
  view.lengths[field] = length;
  view.highest = field;
  return next;
}
