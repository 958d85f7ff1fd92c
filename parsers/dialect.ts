import type { Content, Encoding } from './encoding.js';

/** Highest field number: three bitmaps of 64 bits. */
export const FIELD_MAX = 192;

/** What a field means; drives masking, tokenising and typed reading. */
export const FIELD_CLASSES = [
  'pan',
  'track1',
  'track2',
  'track3',
  'pin',
  'amount',
  'currency',
  'country',
  'stan',
  'date-time',
  'expiry',
  'mac',
  'icc',
  'mcc',
  'response-code',
  'processing-code',
  'entry-mode',
  'plain',
] as const;
export type FieldClass = (typeof FIELD_CLASSES)[number];

/** Encodings of one byte a character. */
export const TEXT_ENCODINGS = ['ascii', 'cp037', 'cp500', 'cp1047'] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

export const PREFIX_ENCODINGS = [...TEXT_ENCODINGS, 'bcd', 'binary', 'hex', 'ber'] as const;
export type PrefixEncoding = (typeof PREFIX_ENCODINGS)[number];

/** The length in front of a value: `digits` decimal digits, `bytes` of a binary number (in hexadecimal: twice as many characters), or as BER has it. */
export interface PrefixSpec {
  readonly encoding?: PrefixEncoding;
  readonly digits?: number;
  readonly bytes?: number;
  /** Digits, characters or bytes of the value (the default), or bytes or nibbles on the wire. */
  readonly counts?: 'units' | 'bytes' | 'nibbles';
  /** Counts its own bytes too. */
  readonly inclusive?: boolean;
  /** The value stands in its greatest length whatever the prefix says, and is filled up to it. */
  readonly filled?: boolean;
}

/** One field. Lengths count digits of a BCD field, characters of text, bytes where the content is `b`. */
export interface FieldSpec {
  readonly name: string;
  readonly class?: FieldClass;
  /** `ans` when absent. */
  readonly content?: Content;
  /** The exact length. */
  readonly length?: number;
  /** The greatest length, with a prefix or, as the last of a structure, to its end. */
  readonly max?: number;
  readonly min?: number;
  /** `LL` is short for two digits in the dialect's encoding of prefixes. */
  readonly prefix?: string | PrefixSpec;
  /** The character that ends a text of no known length, up to `max`. */
  readonly until?: string;
  /** As the dialect has it for the content, when absent. */
  readonly encoding?: Encoding;
  /** How short values of fixed length are filled: numbers with 0 on the left, text with spaces on the right. */
  readonly pad?: { readonly side: 'left' | 'right'; readonly with: string };
  /**
   * How x+n says credit or debit: a character C or D in front (the default), or in the last digit's zone; with
   * `overpunch-minus` only debits are marked.
   */
  readonly sign?: 'character' | 'overpunch' | 'overpunch-minus';
  readonly structure?: StructureSpec;
}

/** How bitmaps stand: of `bytes` bytes each, at most `count`, each announced by the first bit of the one before. */
export interface BitmapSpec {
  readonly encoding: 'binary' | 'hex' | 'hex-ebcdic';
  readonly bytes?: number;
  readonly count?: number;
}

export type FieldSpecs = { readonly [key: string]: FieldSpec };

/** What stands inside a field. */
export type StructureSpec =
  /** One after the other, in the order of their numbers. */
  | { readonly kind: 'positional'; readonly fields: FieldSpecs }
  /** The same again and again, to the end of the field. */
  | { readonly kind: 'repeated'; readonly fields: FieldSpecs }
  /** Those that a bitmap of its own announces; `head` stands before the bitmap. */
  | {
      readonly kind: 'bitmap';
      readonly bitmap: BitmapSpec;
      readonly head?: FieldSpec;
      readonly fields: FieldSpecs;
    }
  /** ISO/IEC 8825-1 tag, length, value; tags as hexadecimal digits. */
  | { readonly kind: 'ber-tlv'; readonly fields?: FieldSpecs }
  /**
   * Datasets of ISO 8583:2003: an identifier of one byte, a length of two; BER-TLV in those up to 70, in those from
   * 71 on the elements that a bitmap announces, which are the same in each, and BER-TLV behind them.
   */
  | { readonly kind: 'datasets'; readonly fields: FieldSpecs }
  /**
   * Tags and lengths of fixed width; `head` stands before the first. Tags that are not listed are kept as they are.
   * The size may come before the tag and count it; an optional head is there when what comes first is no digit.
   */
  | {
      readonly kind: 'tlv';
      readonly tag: { readonly length: number; readonly encoding?: TextEncoding | 'bcd' | 'binary' };
      readonly size: {
        readonly length: number;
        readonly encoding?: TextEncoding | 'bcd' | 'binary';
        readonly first?: boolean;
        readonly countsTag?: boolean;
      };
      readonly head?: FieldSpec;
      readonly headOptional?: boolean;
      readonly fields?: FieldSpecs;
    };

/** A header between the frame's length and the MTI. */
export type HeaderSpec =
  /** So many bytes, echoed in the response. */
  | { readonly kind: 'fixed'; readonly bytes: number }
  /** `ISO` and nine digits: product, release, status, originator, responder (BASE24). */
  | { readonly kind: 'base24' }
  /** 22 bytes, the first of which is their count; stations are swapped in the response (Visa). */
  | { readonly kind: 'visa' };

/** What a message of one type must and may hold; `conditional` fields are allowed and not asked for. */
export interface ProfileSpec {
  readonly name?: string;
  readonly mandatory: readonly number[];
  readonly conditional?: readonly number[];
  /** Absent: any field of the dialect. */
  readonly optional?: readonly number[];
}

/** What an indicator may say, of `FLAG` and of `TRAIT`: what no standard has one place for. */
export const FLAG_INDICATORS = ['incremental', 'estimated', 'partial', 'more'] as const;
export const TRAIT_INDICATORS = [
  'strongAuthentication',
  'recurring',
  'walletToken',
  'credentialOnFile',
] as const;
export const INDICATOR_NAMES = [...FLAG_INDICATORS, ...TRAIT_INDICATORS] as const;
export type IndicatorName = (typeof INDICATOR_NAMES)[number];

/** Where a message says something about itself: one of `values` at a fixed place of a field. */
export interface IndicatorSpec {
  readonly field: number;
  /** Characters of the field, or of the element in it, before the value. */
  readonly at: number;
  readonly values: readonly string[];
  /** Only where the field, or the element, is exactly so long. */
  readonly length?: number;
  /** The element of that tag, where the field is made of `tlv`. */
  readonly tag?: string;
  /** The element of that bit, where the field has a `bitmap` and fields of fixed length. */
  readonly bit?: number;
}

/** A message layout as data; a link speaks exactly one. Checked by `schema.ts`, compiled by `compile.ts`. */
export interface Dialect {
  readonly name: string;
  readonly description: string;
  /** Edition of ISO 8583; says the MTI's first digit. */
  readonly version: '1987' | '1993' | '2003';
  readonly header?: HeaderSpec;
  readonly mti: TextEncoding | 'bcd';
  readonly bitmap: BitmapSpec;
  /** The encoding of each content, where a field names none; `text` is for all contents that are not listed. */
  readonly encodings: {
    readonly text: TextEncoding;
    readonly n?: Encoding;
    readonly z?: Encoding;
    readonly b?: Encoding;
    readonly 'x+n'?: Encoding;
  };
  readonly prefixes: PrefixEncoding;
  readonly fields: FieldSpecs;
  readonly profiles?: { readonly [mti: string]: ProfileSpec };
  readonly indicators?: { readonly [Name in IndicatorName]?: IndicatorSpec };
}
