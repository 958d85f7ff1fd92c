import { valueBytes, wireEnd } from './compile.js';
import { type CompiledField, MODE, PLAN, PREFIX, SIGN } from './compiled-dialect.js';
import {
  CLASSES,
  DIGIT,
  ENCODING,
  FROM_LATIN1,
  filler,
  fillsLeft,
  HEX_CLASS,
  isHex,
  isText,
  WRONG,
} from './encoding.js';
import { IsoError } from './errors.js';
import type { Output } from './output.js';
import { announce, COUNTS } from './prefix-count.js';
import { OVERPUNCH } from './value.js';

// The optimiser folds a module's own constants into the code, and looks imported ones up each time.
const { fixed, prefixed } = MODE;
const { units: countsUnits } = COUNTS;
const AT = PLAN;
const { cp1047 } = ENCODING;
const fromLatin1 = FROM_LATIN1;
const wrongBytes = WRONG;

const ZERO = 0x30;
const PREFIX_BYTES_MAX = 8;

/**
 * Writes a value as its field has it, prefix and padding included. `value` is characters, digits, x+n with its
 * sign in front, or bytes as hexadecimal digits.
 *
 * @throws IsoError that names path and rule, never the value
 */
export function writeField(field: CompiledField, value: string, out: Output, path: string): void {
  const { encoding, mode, sign, units: most } = field;
  if (encoding >= ENCODING.binary && (value.length & 1) === 1) {
    throw content(path, 'bytes are given as pairs of hexadecimal digits');
  }
  const given = unitsIn(field, value);
  const text = mode === MODE.fixed && given < most ? padded(field, value, path) : value;
  const units = unitsIn(field, text);
  if (units > most || units < field.unitsMin) throw wrongLength(field, given, path);
  const length = valueBytes(encoding, sign, units);
  out.reserve(PREFIX_BYTES_MAX + valueBytes(encoding, sign, mode === MODE.filled ? most : units) + 1);
  if (mode === MODE.prefixed || mode === MODE.filled) writePrefix(field, units, length, out);
  const from = out.at;
  writeValue(field, text, units, out, path);
  if (mode >= MODE.filled) writeBehind(field, from, out, path);
}

/** What stands behind a value from `from` on: filling, which is not part of it, or the character that ends it. */
function writeBehind(field: CompiledField, from: number, out: Output, path: string): void {
  if (field.mode === MODE.filled) {
    const end = wireEnd(field, from, 0);
    const filling = isText(field.encoding) ? FROM_LATIN1[field.encoding]![field.padWith.charCodeAt(0)]! : 0;
    out.bytes.fill(filling, out.at, end);
    out.at = end;
    return;
  }
  if (out.bytes.subarray(from, out.at).includes(field.terminator)) {
    throw content(path, 'the character that ends the value is not in it');
  }
  out.bytes[out.at++] = field.terminator;
}

/**
 * Writes a field in one pass over its characters, where it is text as nearly all fields are: of fixed length and
 * whole, or with its length in front. `plan[row …)` has what it is.
 *
 * @returns false, with nothing written, for other fields and for what is wrong: {@link writeField} does the rest
 */
export function writePlain(plan: Int32Array, row: number, value: string, out: Output): boolean {
  const table = plan[row + AT.check]!;
  const units = plan[row + AT.units]!;
  const mode = plan[row + AT.mode]!;
  const { length } = value;
  if (table < 0 || length > units || length < plan[row + AT.unitsMin]!) return false;
  out.reserve(PREFIX_BYTES_MAX + length);
  const { bytes } = out;
  let { at } = out;
  if (mode === prefixed) {
    const encoding = plan[row + AT.prefixEncoding]!;
    if (encoding > cp1047 || plan[row + AT.prefixCounts] !== countsUnits) return false;
    const begin = at;
    at += plan[row + AT.prefixBytes]!;
    const zero = fromLatin1[encoding]![ZERO]!;
    for (let digit = at - 1, rest = length; digit >= begin; digit--) {
      const next = (rest / 10) | 0;
      bytes[digit] = zero + rest - 10 * next;
      rest = next;
    }
  } else if (mode !== fixed || length !== units) return false;
  const page = fromLatin1[plan[row + AT.encoding]!]!;
  let wrong = 0;
  let all = 0;
  for (let index = 0; index < length; index++) {
    const character = value.charCodeAt(index);
    const byte = page[character & 0xff]!;
    all |= character;
    wrong |= wrongBytes[table + byte]!;
    bytes[at++] = byte;
  }
  // Beyond 255 there is no byte for a character, and the low one would be another.
  if (wrong !== 0 || all > 0xff) return false;
  out.at = at;
  return true;
}

/** The sign that is in the zone of a digit takes no place of its own. */
function unitsIn({ encoding, sign }: CompiledField, text: string): number {
  if (encoding >= ENCODING.binary) return text.length >> 1;
  return sign >= SIGN.overpunch ? Math.max(0, text.length - 1) : text.length;
}

function padded(field: CompiledField, value: string, path: string): string {
  const { padLeft, padWith, units, sign } = field;
  if (field.encoding >= ENCODING.binary) throw wrongLength(field, value.length >> 1, path);
  if (!padLeft) return value.padEnd(units, padWith);
  if (sign === SIGN.none) return value.padStart(units, padWith);
  return (value[0] ?? '') + value.slice(1).padStart(sign === SIGN.character ? units - 1 : units, padWith);
}

/** Writes the length of a value into its prefix, which it fits, since the dialect was compiled. */
export function writePrefix(field: CompiledField, units: number, length: number, out: Output): void {
  const { bytes } = out;
  const { prefixEncoding: encoding } = field;
  const count = announce(field.prefixCounts, field.prefixBytes, units, length);
  if (encoding === PREFIX.ber) return writeBerLength(count, out);
  const from = out.at;
  out.at += field.prefixBytes;
  let rest = count;
  for (let at = out.at - 1; at >= from; at--) {
    if (encoding === PREFIX.binary) {
      bytes[at] = rest & 0xff;
      rest = Math.floor(rest / 256);
    } else if (encoding === PREFIX.hex) {
      bytes[at] = hexCharacter(rest & 0x0f);
      rest = Math.floor(rest / 16);
    } else if (encoding === PREFIX.bcd) {
      bytes[at] = (Math.floor((rest % 100) / 10) << 4) | (rest % 10);
      rest = Math.floor(rest / 100);
    } else {
      bytes[at] = FROM_LATIN1[encoding]![ZERO + (rest % 10)]!;
      rest = Math.floor(rest / 10);
    }
  }
}

/** The shortest form (ISO/IEC 8825-1 clause 10.1). */
export function writeBerLength(count: number, out: Output): void {
  out.reserve(4);
  const bytes = count < 0x80 ? 0 : count < 0x100 ? 1 : count < 0x10000 ? 2 : 3;
  if (bytes === 0) {
    out.bytes[out.at++] = count;
    return;
  }
  out.bytes[out.at++] = 0x80 | bytes;
  for (let byte = bytes - 1; byte >= 0; byte--) out.bytes[out.at++] = (count >>> (8 * byte)) & 0xff;
}

function writeValue(field: CompiledField, value: string, units: number, out: Output, path: string): void {
  const { encoding, sign } = field;
  if (encoding >= ENCODING.binary) {
    writeBytes(encoding, value, out, path);
    return;
  }
  if (sign >= SIGN.overpunch) {
    writeOverpunch(field, value, out, path);
    return;
  }
  if (sign === SIGN.character && value[0] !== 'C' && value[0] !== 'D') {
    throw content(path, 'a signed amount begins with C or D');
  }
  if (isText(encoding)) {
    writeCharacters(field, value, out, path);
    return;
  }
  if (sign === SIGN.character) {
    out.bytes[out.at++] = value.charCodeAt(0);
    writeDigits(field, value.slice(1), units - 1, out, path);
    return;
  }
  writeDigits(field, value, units, out, path);
}

function writeCharacters(field: CompiledField, value: string, out: Output, path: string): void {
  const { encoding, allowed } = field;
  const classes = CLASSES[ENCODING.ascii]!;
  const page = FROM_LATIN1[encoding]!;
  const { bytes } = out;
  let { at } = out;
  const signed = field.sign === SIGN.character ? 1 : 0;
  for (let index = 0; index < value.length; index++) {
    const character = value.charCodeAt(index);
    // Beyond 255 there is no byte for it, and the low one would be another character.
    if (character > 0xff || ((classes[character]! & allowed) === 0 && index >= signed)) {
      throw content(path, `character ${index} does not belong to ${field.content}`);
    }
    bytes[at++] = page[character]!;
  }
  out.at = at;
}

function writeDigits(field: CompiledField, value: string, units: number, out: Output, path: string): void {
  const { bytes } = out;
  const fill = filler(field.encoding);
  const { length } = value;
  let { at } = out;
  let index = 0;
  if (fillsLeft(field.encoding) && (units & 1) === 1) {
    bytes[at++] = (fill << 4) | digitOf(field, value.charCodeAt(index++), 0, path);
  }
  for (; index + 1 < length; index += 2) {
    const high = digitOf(field, value.charCodeAt(index), index, path);
    bytes[at++] = (high << 4) | digitOf(field, value.charCodeAt(index + 1), index + 1, path);
  }
  if (index < length) bytes[at++] = (digitOf(field, value.charCodeAt(index), index, path) << 4) | fill;
  out.at = at;
}

function digitOf(field: CompiledField, character: number, index: number, path: string): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  if (field.content === 'z' && (character === 0x3d || character === 0x44)) return 0xd;
  if (field.content === 'h') {
    const digit = hexDigit(character);
    if (digit >= 0) return digit;
  }
  throw content(path, `character ${index} does not belong to ${field.content}`);
}

function writeOverpunch(field: CompiledField, value: string, out: Output, path: string): void {
  const zones = value[0] === 'C' ? OVERPUNCH.plus : value[0] === 'D' ? OVERPUNCH.minus : null;
  if (zones === null) throw content(path, 'a signed amount begins with C or D');
  const classes = CLASSES[ENCODING.ascii]!;
  const page = FROM_LATIN1[field.encoding]!;
  for (let index = 1; index < value.length; index++) {
    const character = value.charCodeAt(index);
    if ((classes[character & 0xff]! & DIGIT) === 0 || character > 0xff) {
      throw content(path, `character ${index} does not belong to ${field.content}`);
    }
    const marked = index === value.length - 1 && (value[0] === 'D' || field.sign === SIGN.overpunch);
    const zoned = marked ? zones.charCodeAt(character - ZERO) : character;
    out.bytes[out.at++] = page[zoned]!;
  }
}

function writeBytes(encoding: number, value: string, out: Output, path: string): void {
  const page = FROM_LATIN1[encoding]!;
  const spelt = isHex(encoding);
  const { bytes } = out;
  let { at } = out;
  for (let index = 0; index < value.length; index += 2) {
    const high = hexDigit(value.charCodeAt(index));
    const low = hexDigit(value.charCodeAt(index + 1));
    if ((high | low) < 0) throw content(path, 'bytes are given as pairs of hexadecimal digits');
    if (spelt) {
      bytes[at++] = page[hexCharacter(high)]!;
      bytes[at++] = page[hexCharacter(low)]!;
    } else bytes[at++] = (high << 4) | low;
  }
  out.at = at;
}

/** What a hexadecimal digit is worth, by its character; −1 where it is none. */
const HEX_DIGITS = Int8Array.from({ length: 256 }, (_, character) =>
  (CLASSES[ENCODING.ascii]![character]! & HEX_CLASS) === 0
    ? -1
    : character <= 0x39
      ? character - ZERO
      : (character & 0xdf) - 0x37,
);

function hexDigit(character: number): number {
  return character > 0xff ? -1 : HEX_DIGITS[character]!;
}

function hexCharacter(digit: number): number {
  return digit > 9 ? digit + 0x37 : digit + ZERO;
}

function content(path: string, rule: string): IsoError {
  return new IsoError('HF_ISO_CONTENT', path, -1, rule);
}

function wrongLength(field: CompiledField, units: number, path: string): IsoError {
  const { mode, units: most, unitsMin: least } = field;
  const bounds = mode === MODE.fixed || least === most ? `exactly ${most}` : `${least} to ${most}`;
  return new IsoError('HF_ISO_LENGTH', path, -1, `${bounds} long, not ${units}`);
}
