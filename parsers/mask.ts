import type { FieldClass } from './dialect.js';
import type { TagSensitivity } from './meaning/emv-tags.js';

const STAR = '*';
/** Digits of a PAN that may be shown at either end (PCI DSS 4.0 requirement 3.4.1). */
const FIRST = 6;
const LAST = 4;
/** A number that is shorter would be told by so many digits; only its last four are shown. */
const DIGITS_MIN = 13;
const DIGITS_MAX = 19;

/** What a value is masked as; null for one that may be shown. */
export type MaskKind = Exclude<TagSensitivity, 'none'> | null;

/** What values of a class are masked as. */
export function maskOfClass(fieldClass: FieldClass): MaskKind {
  switch (fieldClass) {
    case 'pan':
    case 'track1':
    case 'track2':
    case 'pin':
      return fieldClass;
    case 'track3':
      return 'private';
    default:
      return null;
  }
}

/** A value with what may not be shown replaced by stars, one a character. */
export function mask(kind: MaskKind, text: string): string {
  switch (kind) {
    case null:
      return text;
    case 'pan':
      return maskPan(text);
    case 'track1':
      return maskTrack1(text);
    case 'track2':
      return maskTrack2(text);
    default:
      return stars(text);
  }
}

/** First six and last four of a PAN; a filler F of packed digits stays. */
export function maskPan(text: string): string {
  const digits = text.replace(/F+$/i, '');
  const filler = text.slice(digits.length);
  if (digits.length <= LAST) return stars(digits) + filler;
  const first = digits.length < DIGITS_MIN ? 0 : FIRST;
  const hidden = digits.length - first - LAST;
  return digits.slice(0, first) + STAR.repeat(hidden) + digits.slice(-LAST) + filler;
}

/** The PAN masked, the separator (= or D) as it is, all that follows it hidden (ISO/IEC 7813 clause 6.2). */
export function maskTrack2(text: string): string {
  const at = text.search(/[=D]/i);
  if (at < 0) return maskPan(text);
  return maskPan(text.slice(0, at)) + text[at]! + stars(text.slice(at + 1));
}

/** Format code, PAN masked, separators; name and data hidden (ISO/IEC 7813 clause 6.1). Another layout is hidden. */
export function maskTrack1(text: string): string {
  const parts = /^([A-Z])(\d{1,19})\^([^^]*)\^(.*)$/s.exec(text);
  if (parts === null) return stars(text);
  const [, format = '', pan = '', name = '', rest = ''] = parts;
  return `${format}${maskPan(pan)}^${stars(name)}^${stars(rest)}`;
}

export function stars(text: string): string {
  return STAR.repeat(text.length);
}

/** The Luhn check digit (ISO/IEC 7812-1 annex B). */
export function luhnValid(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const digit = digits.charCodeAt(index) - 0x30;
    sum += double ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return sum % 10 === 0;
}

/** Without so many digits, packed, ASCII or EBCDIC, there is nothing to look for. */
const SUSPECT = /\d{13}|(?:F\d){13}/;
const RUN = new RegExp(`(?<!\\d)\\d{${DIGITS_MIN},${DIGITS_MAX}}(?!\\d)`, 'g');
/** A PAN, the separator, expiry and service code of track 2; other digits, such as a length, may stand before. */
const TRACK = /(?<!\d)(\d{13,})([=D])(\d{7,})/g;
/** Digits among which a PAN may stand behind its own length. */
const LONG_RUN = /\d{15,}/g;
/** Tag and length of an application PAN, then its digits. */
const TAGGED = /(5A(?:07|08|09|0A))(\d{13,19})F?/g;

/**
 * Masks card numbers in a value that should hold none: each run of 13 to 19 digits, of its own or behind its length,
 * whose check digit is right, and what looks like track 2. In `hex`, bytes as hexadecimal digits, the digits may be packed, ASCII or
 * EBCDIC.
 */
export function maskHidden(text: string, hex: boolean): string {
  if (text.length < DIGITS_MIN || !SUSPECT.test(text)) return text;
  const plain = text.replace(TRACK, maskedTrack).replace(RUN, masked);
  const all = hex ? maskSpelt(maskSpelt(plain.replace(TAGGED, maskedTag), '3'), 'F') : plain;
  return all.replace(LONG_RUN, maskedCounted);
}

function maskedTrack(all: string, digits: string, separator: string, rest: string): string {
  for (let length = Math.min(DIGITS_MAX, digits.length); length >= DIGITS_MIN; length--) {
    const pan = digits.slice(-length);
    if (luhnValid(pan)) return digits.slice(0, -length) + maskPan(pan) + separator + stars(rest);
  }
  return all;
}

function maskedTag(all: string, head: string, digits: string): string {
  const count = 2 * Number.parseInt(head.slice(2), 16);
  const pan = digits.slice(0, count);
  return luhnValid(pan) ? head + maskPan(pan) + all.slice(head.length + pan.length) : all;
}

/** A PAN with its length in two digits before it, and any digits around. */
function maskedCounted(digits: string): string {
  for (let at = 0; at + 2 + DIGITS_MIN <= digits.length; at++) {
    const count = Number(digits.slice(at, at + 2));
    const pan = digits.slice(at + 2, at + 2 + count);
    if (count < DIGITS_MIN || count > DIGITS_MAX || pan.length < count || !luhnValid(pan)) continue;
    const rest = maskedCounted(digits.slice(at + 2 + count));
    return digits.slice(0, at + 2) + maskPan(pan) + rest;
  }
  return digits;
}

function masked(digits: string): string {
  return luhnValid(digits) ? maskPan(digits) : digits;
}

/** Digits with `zone` as each byte's high nibble: ASCII 3, EBCDIC F. */
function maskSpelt(hex: string, zone: string): string {
  let result = hex;
  for (let at = 0; at + 2 * DIGITS_MIN <= hex.length; ) {
    let end = at;
    while (end < hex.length && hex[end] === zone && isDigit(hex.charCodeAt(end + 1))) end += 2;
    const count = (end - at) / 2;
    if (count >= DIGITS_MIN && count <= DIGITS_MAX) {
      const digits = hex.slice(at, end).replace(/.(.)/g, '$1');
      if (luhnValid(digits)) {
        const shown = maskPan(digits).replace(/./g, (digit) => (digit === STAR ? '**' : zone + digit));
        result = result.slice(0, at) + shown + result.slice(end);
      }
    }
    at = Math.max(end, at + 2);
  }
  return result;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
