import type { Dialect, FieldClass } from './dialect.js';
import { type Content, ENCODING } from './encoding.js';

/** How a field's length is found; `filled` has a prefix and a fixed length on the wire, `until` a terminator. */
export const MODE = { absent: 0, fixed: 1, prefixed: 2, rest: 3, filled: 4, until: 5 } as const;

/** Encodings of a prefix, as numbers: the text ones are those of `ENCODING`. */
export const PREFIX = { bcd: 4, binary: 5, ber: 6, hex: 7 } as const;

/** How a value is checked that is not plain text: not at all, or as packed, hexadecimal or signed. */
export const CHECK = { none: -1, packed: -2 } as const;

/** How x+n carries its sign. */
export const SIGN = { none: 0, character: 1, overpunch: 2, overpunchMinus: 3 } as const;

/** One field, with every default filled in: for the slow lane, which reads by names. */
export interface CompiledField {
  /** Number, position or tag. */
  readonly key: string;
  readonly name: string;
  readonly class: FieldClass;
  readonly content: Content;
  readonly encoding: number;
  readonly mode: number;
  /** Exactly so many units, or at most. */
  readonly units: number;
  readonly unitsMin: number;
  readonly prefixEncoding: number;
  /** Bytes of the prefix on the wire; 0 for none and for BER. */
  readonly prefixBytes: number;
  /** Bits of `COUNTS`. */
  readonly prefixCounts: number;
  /** The byte that ends the value; −1 for none. */
  readonly terminator: number;
  readonly allowed: number;
  readonly sign: number;
  readonly padLeft: boolean;
  readonly padWith: string;
  readonly structure: CompiledStructure | null;
}

/** Words of a field in {@link FieldTable.plan}. */
export const PLAN_WORDS = 16;
export const PLAN = {
  mode: 0,
  units: 1,
  unitsMin: 2,
  /** Bytes on the wire of a field of fixed length. */
  wireBytes: 3,
  /** Of text where its bytes are in `WRONG`, else one of `CHECK`. */
  check: 4,
  encoding: 5,
  allowed: 6,
  sign: 7,
  prefixEncoding: 8,
  prefixBytes: 9,
  prefixCounts: 10,
} as const;

/**
 * Fields by number. `plan` has what the reader needs of each in a row of words, from `number × PLAN_WORDS` on, so
 * that nothing interprets a document for each message; its mode is 0 where there is no such field.
 */
export interface FieldTable {
  readonly fields: readonly (CompiledField | undefined)[];
  readonly plan: Int32Array;
}

export interface CompiledBitmap {
  readonly encoding: number;
  /** Fields that one bitmap announces; bytes of it on the wire. */
  readonly bits: number;
  readonly wireBytes: number;
  readonly count: number;
}

export type CompiledStructure =
  | { readonly kind: 'positional' | 'repeated'; readonly fields: readonly CompiledField[] }
  | {
      readonly kind: 'bitmap';
      readonly bitmap: CompiledBitmap;
      readonly head: CompiledField | null;
      readonly table: FieldTable;
    }
  | { readonly kind: 'ber-tlv'; readonly byTag: ReadonlyMap<string, CompiledField> }
  | { readonly kind: 'dataset-bitmap'; readonly fields: readonly CompiledField[] }
  | {
      readonly kind: 'tlv';
      readonly tagEncoding: number;
      readonly tagUnits: number;
      readonly sizeEncoding: number;
      readonly sizeUnits: number;
      readonly sizeFirst: boolean;
      readonly sizeCountsTag: boolean;
      readonly head: CompiledField | null;
      readonly headOptional: boolean;
      readonly byTag: ReadonlyMap<string, CompiledField>;
      /** For tags that are not listed. */
      readonly other: CompiledField;
    };

/** How an element is found in a field: by a tag among characters, or by its bit in a bitmap of bytes. */
export type CompiledElement =
  | {
      readonly kind: 'tag';
      /** Characters of ISO/IEC 8859-1. */
      readonly tag: Uint8Array;
      readonly sizeUnits: number;
      /** Characters before the first tag, which are there only when the first is no digit where it is optional. */
      readonly headUnits: number;
      readonly headOptional: boolean;
    }
  | {
      readonly kind: 'bit';
      readonly bit: number;
      readonly bitmapBytes: number;
      /** Bytes on the wire by bit, up to the element's own; −1 where there is no such field. */
      readonly wireBytes: Int32Array;
      readonly encoding: number;
      readonly units: number;
    };

/** Where a message says something about itself. */
export interface CompiledIndicator {
  /** Bit of `FLAG`, or of `TRAIT`. */
  readonly sets: number;
  readonly field: number;
  readonly at: number;
  /** Exact length of the field or element; −1 for any. */
  readonly length: number;
  /** Characters of ISO/IEC 8859-1, any of which will do. */
  readonly values: readonly Uint8Array[];
  /** Null for the field itself. */
  readonly element: CompiledElement | null;
}

/** Where the country stands in the text of DE43. */
export interface CountryPlace {
  /** Characters before it; −1: at the end of the text. */
  readonly at: number;
  /** Two letters, or three letters or digits, of ISO 3166-1. */
  readonly characters: 2 | 3;
}

export const HEADER = { none: 0, fixed: 1, base24: 2, visa: 3 } as const;

/** A dialect ready for the reader and the writer. */
export interface CompiledDialect {
  readonly name: string;
  readonly dialect: Dialect;
  readonly header: number;
  /** Bytes of a header of fixed length. */
  readonly headerBytes: number;
  /** First digit of the MTI: 0 for 1987, 1 for 1993, 2 for 2003. */
  readonly version: number;
  /** A number of `ENCODING`: text, or BCD. */
  readonly mti: number;
  readonly mtiBytes: number;
  readonly bitmap: CompiledBitmap;
  readonly table: FieldTable;
  /** Of flags, and of traits. */
  readonly indicators: readonly CompiledIndicator[];
  readonly traits: readonly CompiledIndicator[];
  readonly acceptorCountry: CountryPlace;
}

/** Bytes, digits or characters as they are in an encoding, to the end: for what no dialect has a field for. */
export function rawField(encoding: number): CompiledField {
  return {
    key: '',
    name: '',
    class: 'plain',
    content: encoding >= ENCODING.binary ? 'b' : 'n',
    encoding,
    mode: MODE.rest,
    units: 999_999,
    unitsMin: 0,
    prefixEncoding: 0,
    prefixBytes: 0,
    prefixCounts: 0,
    terminator: -1,
    // Any character will do.
    allowed: 0xff,
    sign: SIGN.none,
    padLeft: false,
    padWith: ' ',
    structure: null,
  };
}
