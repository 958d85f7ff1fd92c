import { type CompiledField, SIGN } from './compiled-dialect.js';
import { ENCODING, fillsLeft, isBcd, isHex, TO_LATIN1 } from './encoding.js';

const DIGITS = '0123456789ABCDEF';
/** The separator of track 2, `=` in text, is D where it is packed (ISO/IEC 7813). */
const SEPARATOR = 0xd;

/**
 * A value on the wire as text: characters, digits, x+n with its C or D in front, bytes as upper-case hexadecimal
 * digits. `bytes[at …)` holds it, `units` long; it must have been checked.
 */
export function valueText(field: CompiledField, bytes: Uint8Array, at: number, units: number): string {
  const { encoding, sign } = field;
  if (sign >= SIGN.overpunch) return overpunchText(encoding, bytes, at, units);
  if (sign === SIGN.character && isBcd(encoding)) {
    return String.fromCharCode(bytes[at]!) + packedText(field, bytes, at + 1, units - 1);
  }
  if (isBcd(encoding)) return packedText(field, bytes, at, units);
  if (encoding === ENCODING.binary) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + at, units)
      .toString('hex')
      .toUpperCase();
  }
  const length = isHex(encoding) ? 2 * units : units;
  const text = latin1Text(encoding, bytes, at, length);
  return isHex(encoding) ? text.toUpperCase() : text;
}

/** Characters of a text encoding. */
export function latin1Text(encoding: number, bytes: Uint8Array, at: number, length: number): string {
  if (encoding === ENCODING.ascii || encoding === ENCODING.hex) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');
  }
  const page = TO_LATIN1[encoding]!;
  let text = '';
  for (let byte = 0; byte < length; byte++) text += String.fromCharCode(page[bytes[at + byte]!]!);
  return text;
}

function packedText(
  { encoding, content }: CompiledField,
  bytes: Uint8Array,
  at: number,
  units: number,
): string {
  const skipped = fillsLeft(encoding) ? units & 1 : 0;
  let text = '';
  for (let digit = 0; digit < units; digit++) {
    const nibble = digit + skipped;
    const byte = bytes[at + (nibble >> 1)]!;
    const value = (nibble & 1) === 0 ? byte >> 4 : byte & 0x0f;
    text += content === 'z' && value === SEPARATOR ? '=' : DIGITS[value];
  }
  return text;
}

/**
 * Zoned decimals: the last character is `{`, A–I for credits (plus) and `}`, J–R for debits (minus); one that is
 * a plain digit has no sign, and is read as a credit.
 */
export const OVERPUNCH = { plus: '{ABCDEFGHI', minus: '}JKLMNOPQR' } as const;

function overpunchText(encoding: number, bytes: Uint8Array, at: number, units: number): string {
  const text = latin1Text(encoding, bytes, at, units);
  const last = text[units - 1] ?? '';
  const minus = OVERPUNCH.minus.indexOf(last);
  const digit = minus >= 0 ? minus : OVERPUNCH.plus.indexOf(last);
  return `${minus >= 0 ? 'D' : 'C'}${text.slice(0, -1)}${digit >= 0 ? digit : last}`;
}
