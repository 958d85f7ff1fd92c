import { type CodePage, EBCDIC } from './ebcdic.js';

/** How a value stands on the wire. Of the BCD kinds the first word says where an odd digit count is filled. */
export const ENCODINGS = [
  'ascii',
  'cp037',
  'cp500',
  'cp1047',
  /** Packed BCD, digits to the right; an odd count is filled on the left with 0. */
  'bcd',
  'bcd-left-f',
  /** Digits to the left, filled on the right. */
  'bcd-right-0',
  'bcd-right-f',
  'binary',
  /** Bytes as pairs of hexadecimal digits, in ASCII and in EBCDIC. */
  'hex',
  'hex-ebcdic',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The numbers of {@link ENCODINGS}, as the compiled tables hold them. */
export const ENCODING = {
  ascii: 0,
  cp037: 1,
  cp500: 2,
  cp1047: 3,
  bcd: 4,
  bcdLeftF: 5,
  bcdRight0: 6,
  bcdRightF: 7,
  binary: 8,
  hex: 9,
  hexEbcdic: 10,
} as const;

export function encodingNumber(encoding: Encoding): number {
  return ENCODINGS.indexOf(encoding);
}

/** Whether each unit is one character of one byte. */
export function isText(encoding: number): boolean {
  return encoding <= ENCODING.cp1047;
}

export function isBcd(encoding: number): boolean {
  return encoding >= ENCODING.bcd && encoding <= ENCODING.bcdRightF;
}

export function isHex(encoding: number): boolean {
  return encoding >= ENCODING.hex;
}

/** Whether an odd digit count is filled before the first digit. */
export function fillsLeft(encoding: number): boolean {
  return encoding <= ENCODING.bcdLeftF;
}

/** The nibble that fills an odd digit count: 0 or F. */
export function filler(encoding: number): number {
  return encoding === ENCODING.bcdLeftF || encoding === ENCODING.bcdRightF ? 0xf : 0;
}

/** Bytes on the wire of `units` digits, characters or bytes. */
export function wireBytes(encoding: number, units: number): number {
  if (isBcd(encoding)) return (units + 1) >> 1;
  return isHex(encoding) ? 2 * units : units;
}

/** Units in so many bytes on the wire: the most there can be, where a byte holds two. */
export function unitsOf(encoding: number, bytes: number): number {
  if (isBcd(encoding)) return 2 * bytes;
  return isHex(encoding) ? bytes >> 1 : bytes;
}

/** Classes of characters as bits; a content is a set of them. */
export const DIGIT = 1;
const LETTER = 2;
const SPECIAL = 4;
const TRACK = 8;
export const ANY = 16;
const HEX = 32;
const PAD = 64;

/** Character classes of ISO/IEC 8859-1: what each byte of an ASCII field may count as. */
const LATIN1_CLASSES: Uint8Array = (() => {
  const classes = new Uint8Array(256).fill(ANY);
  for (let byte = 0x20; byte < 0x7f; byte++) classes[byte] = SPECIAL | ANY;
  // Acquirers send accented merchant names in the character set of their country.
  for (let byte = 0xa0; byte <= 0xff; byte++) classes[byte] = SPECIAL | ANY;
  for (let byte = 0x30; byte <= 0x39; byte++) classes[byte] = DIGIT | TRACK | HEX | ANY;
  for (let byte = 0x41; byte <= 0x5a; byte++) classes[byte] = LETTER | ANY;
  for (let byte = 0x61; byte <= 0x7a; byte++) classes[byte] = LETTER | ANY;
  for (const from of [0x41, 0x61]) for (let byte = from; byte < from + 6; byte++) classes[byte]! |= HEX;
  classes[0x20]! |= PAD;
  // ISO/IEC 7813: the separator of track 2 is '=' in its character form and 'D' in its packed form.
  classes[0x3d] = SPECIAL | TRACK | ANY;
  classes[0x44]! |= TRACK;
  return classes;
})();

function classesOf(page: (typeof EBCDIC)[keyof typeof EBCDIC]): Uint8Array {
  return page.toLatin1.map((character) => LATIN1_CLASSES[character]!);
}

/** Classes of each byte, by number of a text or hexadecimal encoding. */
export const CLASSES: readonly Uint8Array[] = (() => {
  const cp037 = classesOf(EBCDIC.cp037);
  const none = new Uint8Array(256).fill(ANY);
  return [
    LATIN1_CLASSES,
    cp037,
    classesOf(EBCDIC.cp500),
    classesOf(EBCDIC.cp1047),
    none,
    none,
    none,
    none,
    none,
    LATIN1_CLASSES,
    cp037,
  ];
})();

/**
 * What a field may hold, in the notation of ISO 8583 clause 4.2: n digits, a letters, s special characters,
 * p the pad character (space), z the code set of tracks 2 and 3, b bytes, h hexadecimal digits, x+n a sign and
 * digits.
 */
export const CONTENTS = [
  'n',
  'a',
  's',
  'an',
  'as',
  'ns',
  'ans',
  'np',
  'ap',
  'anp',
  'z',
  'b',
  'h',
  'x+n',
] as const;
export type Content = (typeof CONTENTS)[number];

/** The classes that each character of a content must have one of. */
export function allowedClasses(content: Content): number {
  switch (content) {
    case 'z':
      return TRACK;
    case 'b':
      return ANY;
    case 'h':
      return HEX;
    case 'x+n':
      return DIGIT;
    default: {
      let allowed = 0;
      for (const letter of content) allowed |= { n: DIGIT, a: LETTER, s: SPECIAL, p: PAD }[letter]!;
      return allowed;
    }
  }
}

/** Every class there is. */
const CLASS_SETS = 128;

/**
 * Bytes that do not belong, as 1: 256 for each text encoding and set of classes, from {@link wrongFrom} on. One
 * table for all, so that any text is checked in one way.
 */
export const WRONG: Uint8Array = Uint8Array.from({ length: 4 * CLASS_SETS * 256 }, (_, index) => {
  const allowed = (index >> 8) % CLASS_SETS;
  return (CLASSES[Math.floor(index / 256 / CLASS_SETS)]![index & 0xff]! & allowed) === 0 ? 1 : 0;
});

/** Where the bytes of a text encoding and a set of classes begin in {@link WRONG}. */
export function wrongFrom(encoding: number, allowed: number): number {
  return (encoding * CLASS_SETS + (allowed % CLASS_SETS)) * 256;
}

/** The hexadecimal class, for encodings that spell bytes out. */
export const HEX_CLASS = HEX;

const same = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const LATIN1: CodePage = { toLatin1: same, fromLatin1: same };

/** The page that each encoding's characters are in, if it has characters. */
const PAGES = ENCODINGS.map((encoding): CodePage => {
  if (encoding === 'hex-ebcdic') return EBCDIC.cp037;
  return encoding in EBCDIC ? EBCDIC[encoding as keyof typeof EBCDIC] : LATIN1;
});

/** ISO/IEC 8859-1 of each byte, by number of a text or hexadecimal encoding. */
export const TO_LATIN1: readonly Uint8Array[] = PAGES.map(({ toLatin1 }) => toLatin1);

/** The byte of each ISO/IEC 8859-1 character, by number of a text or hexadecimal encoding. */
export const FROM_LATIN1: readonly Uint8Array[] = PAGES.map(({ fromLatin1 }) => fromLatin1);
