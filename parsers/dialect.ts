/**
 * What characters a field may hold, in the notation of ISO 8583:1987 clause 4.2:
 * n digits, a letters, s special characters, z track 2/3 code set, b binary, x+n a sign (C or D) and digits.
 */
export type Content = 'n' | 'an' | 'ans' | 'ns' | 'anp' | 'z' | 'b' | 'x+n';

/** What a field means; drives masking, tokenising and typed reading. */
export type FieldClass =
  | 'pan'
  | 'track'
  | 'pin'
  | 'amount'
  | 'currency'
  | 'stan'
  | 'date-time'
  | 'expiry'
  | 'mac'
  | 'icc'
  | 'plain';

/** One field of a dialect. `length` counts characters, or bytes where the content is `b`. */
export interface FieldSpec {
  readonly name: string;
  readonly content: Content;
  /** The exact length; or with a `prefix` the greatest length. */
  readonly length: number;
  /** Decimal digits of the length prefix (LL = 2, LLL = 3 …); absent for a field of fixed length. */
  readonly prefix?: number;
  readonly class?: FieldClass;
}

/** A message layout as data; the processor's side of a link speaks exactly one. */
export interface Dialect {
  readonly name: string;
  readonly description: string;
  /** How the primary and secondary bitmaps stand on the wire: 8 bytes each, or 16 hexadecimal digits each. */
  readonly bitmap: 'binary' | 'hex';
  readonly fields: Readonly<Record<number, FieldSpec>>;
}

/** Highest field number of a message with a primary and a secondary bitmap (ISO 8583:1987 clause 4.4.2). */
export const FIELD_MAX = 128;

/** Character classes as bits, tested byte by byte against {@link CHARACTER_CLASS}. */
export const DIGIT = 1;
const LETTER = 2;
const SPECIAL = 4;
const TRACK = 8;
const ANY = 16;

/** The bits of the classes that each byte belongs to. */
export const CHARACTER_CLASS: Uint8Array = (() => {
  const classes = new Uint8Array(256).fill(ANY);
  for (let byte = 0x20; byte < 0x7f; byte++) classes[byte] = SPECIAL | ANY;
  // Acquirers send accented merchant names in the character set of their country.
  for (let byte = 0xa0; byte <= 0xff; byte++) classes[byte] = SPECIAL | ANY;
  for (let byte = 0x30; byte <= 0x39; byte++) classes[byte] = DIGIT | TRACK | ANY;
  for (let byte = 0x41; byte <= 0x5a; byte++) classes[byte] = LETTER | ANY;
  for (let byte = 0x61; byte <= 0x7a; byte++) classes[byte] = LETTER | ANY;
  // ISO/IEC 7813: the separator of track 2 is '=' in its character form and 'D' in its packed form.
  classes[0x3d] = SPECIAL | TRACK | ANY;
  classes[0x44]! |= TRACK;
  return classes;
})();

const ALLOWED: Readonly<Record<Content, number>> = {
  n: DIGIT,
  an: DIGIT | LETTER,
  ans: DIGIT | LETTER | SPECIAL,
  ns: DIGIT | SPECIAL,
  // Padded with spaces on the wire; the other special characters are let through as `ans`.
  anp: DIGIT | LETTER | SPECIAL,
  z: TRACK,
  b: ANY,
  'x+n': DIGIT,
};

/**
 * A dialect as flat tables, indexed by field number: what the reader and the writer run on.
 *
 * `allowed` is the mask of {@link CHARACTER_CLASS} bits each byte of the field must meet; `signed` marks
 * x+n fields, whose first byte is the sign.
 */
export interface CompiledDialect {
  readonly name: string;
  readonly dialect: Dialect;
  readonly bitmapHex: boolean;
  /** 0 where the dialect does not have the field. */
  readonly length: Uint32Array;
  readonly prefix: Uint8Array;
  readonly allowed: Uint8Array;
  readonly signed: Uint8Array;
}

/**
 * Flattens a dialect once, so that nothing interprets it for each message.
 * @throws RangeError when a field number, length or prefix is out of bounds
 */
export function compileDialect(dialect: Dialect): CompiledDialect {
  const compiled: CompiledDialect = {
    name: dialect.name,
    dialect,
    bitmapHex: dialect.bitmap === 'hex',
    length: new Uint32Array(FIELD_MAX + 1),
    prefix: new Uint8Array(FIELD_MAX + 1),
    allowed: new Uint8Array(FIELD_MAX + 1),
    signed: new Uint8Array(FIELD_MAX + 1),
  };
  for (const [key, field] of Object.entries(dialect.fields)) {
    const number = Number(key);
    if (!Number.isInteger(number) || number < 2 || number > FIELD_MAX) {
      throw new RangeError(`${dialect.name}: field ${key} is not between 2 and ${FIELD_MAX}`);
    }
    const prefix = field.prefix ?? 0;
    if (field.length < 1 || prefix < 0 || prefix > 6 || (prefix > 0 && field.length >= 10 ** prefix)) {
      throw new RangeError(`${dialect.name}: field ${key} has a length that its prefix cannot say`);
    }
    compiled.length[number] = field.length;
    compiled.prefix[number] = prefix;
    compiled.allowed[number] = ALLOWED[field.content];
    compiled.signed[number] = field.content === 'x+n' ? 1 : 0;
  }
  return compiled;
}
