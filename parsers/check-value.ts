import { SIGN } from './compiled-dialect.js';
import {
  CLASSES,
  DIGIT,
  ENCODING,
  filler,
  fillsLeft,
  HEX_CLASS,
  isBcd,
  isHex,
  isText,
  TO_LATIN1,
  unitsOf,
} from './encoding.js';
import { RULE } from './errors.js';
import { OVERPUNCH } from './value.js';

const LETTER_C = 0x43;
const LETTER_D = 0x44;
/** Between the digits of a track, where they are packed (ISO/IEC 7813). */
const SEPARATOR = 0xd;

/** Bytes before the one that ends a value, of which there are `most` at most; −1 where it does not end. */
export function unitsUntil(
  bytes: Uint8Array,
  from: number,
  end: number,
  terminator: number,
  most: number,
): number {
  const last = Math.min(end - 1, from + most);
  for (let at = from; at <= last; at++) if (bytes[at] === terminator) return at - from;
  return -1;
}

/**
 * Units in the `length` bytes at `from`; −1 where no whole number of units fills them. Of packed digits one is
 * filler where there would be one more than the field can hold, and where it is F.
 */
export function unitsInBytes(
  bytes: Uint8Array,
  from: number,
  end: number,
  length: number,
  encoding: number,
  allowed: number,
  sign: number,
  most: number,
): number {
  if (isHex(encoding)) return (length & 1) === 1 ? -1 : length >> 1;
  if (!isBcd(encoding)) return length;
  const signed = sign === SIGN.character ? 1 : 0;
  const packed = length - signed;
  if (packed < 0) return -1;
  const units = signed + unitsOf(encoding, packed);
  if (units === most + 1) return most;
  if (packed === 0 || from + length > end || filler(encoding) === 0 || allowed === HEX_CLASS) return units;
  const nibble = fillsLeft(encoding) ? bytes[from + signed]! >> 4 : bytes[from + length - 1]! & 0x0f;
  return nibble === 0xf ? units - 1 : units;
}

/** The rule that the byte of the last {@link firstWrong} breaks. */
export let wrongRule: number = RULE.badContent;

/** The first byte of a value that is not as it should be, or −1; {@link wrongRule} says what is wrong with it. */
export function firstWrong(
  bytes: Uint8Array,
  from: number,
  to: number,
  units: number,
  encoding: number,
  allowed: number,
  sign: number,
): number {
  wrongRule = RULE.badContent;
  let at = from;
  let last = to;
  if (encoding === ENCODING.binary) return -1;
  if (sign === SIGN.character) {
    // Packed digits have the sign as an ASCII character before them.
    const character = isText(encoding) ? TO_LATIN1[encoding]![bytes[at]!]! : bytes[at]!;
    if (character !== LETTER_C && character !== LETTER_D) return at;
    at++;
    units--;
  }
  if (isBcd(encoding)) return firstWrongNibble(bytes, at, to, units, encoding, allowed);
  const classes = CLASSES[encoding]!;
  const mask = isHex(encoding) ? HEX_CLASS : allowed;
  const zoned = sign >= SIGN.overpunch;
  if (zoned) last--;
  for (; at < last; at++) if ((classes[bytes[at]!]! & mask) === 0) return at;
  if (!zoned || last < from || (classes[bytes[last]!]! & DIGIT) !== 0) return -1;
  const character = String.fromCharCode(TO_LATIN1[encoding]![bytes[last]!]!);
  return OVERPUNCH.plus.includes(character) || OVERPUNCH.minus.includes(character) ? -1 : last;
}

/** Notes that a byte does not belong to its field's content; returns where it is. */
export function wrongAt(at: number): number {
  wrongRule = RULE.badContent;
  return at;
}

/** Bytes that are not two digits, as 1; and with the separator of a track among the digits. */
const WRONG_PAIRS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >> 4 > 9 || (byte & 0x0f) > 9 ? 1 : 0,
);
const WRONG_TRACK_PAIRS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isWrong = (nibble: number) => nibble > 9 && nibble !== SEPARATOR;
  return isWrong(byte >> 4) || isWrong(byte & 0x0f) ? 1 : 0;
});

function firstWrongNibble(
  bytes: Uint8Array,
  from: number,
  to: number,
  units: number,
  encoding: number,
  allowed: number,
): number {
  if (allowed === HEX_CLASS) return -1;
  const separator = allowed === DIGIT ? -1 : SEPARATOR;
  let first = from;
  let last = to;
  if ((units & 1) === 1) {
    const left = fillsLeft(encoding);
    const byte = left ? bytes[from]! : bytes[to - 1]!;
    const filled = left ? byte >> 4 : byte & 0x0f;
    const digit = left ? byte & 0x0f : byte >> 4;
    if (filled !== filler(encoding)) {
      wrongRule = RULE.badFiller;
      return left ? from : to - 1;
    }
    if (digit > 9 && digit !== separator) return left ? from : to - 1;
    if (left) first++;
    else last--;
  }
  const wrong = allowed === DIGIT ? WRONG_PAIRS : WRONG_TRACK_PAIRS;
  for (let at = first; at < last; at++) if (wrong[bytes[at]!] !== 0) return at;
  return -1;
}
