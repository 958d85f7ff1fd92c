import type { FieldSpec, PrefixSpec } from '../dialect.js';
import type { Content, Encoding } from '../encoding.js';

/** How a field begins that has its own tag: which comes first, how wide tag and length are, what the length counts. */
export interface TagLayout {
  readonly tag: { readonly length: number; readonly encoding: 'ascii' | 'cp1047' };
  readonly size: {
    readonly length: number;
    readonly encoding: 'ascii' | 'cp1047' | 'bcd';
    readonly first?: boolean;
    readonly countsTag?: boolean;
  };
  /** Where the tag is said: the field's number, the mapper's text for it, or the attribute `token`. */
  readonly from: 'number' | 'mapper' | 'token';
}

/** What a field class of `org.jpos.iso` does with the bytes of a field. */
export type JposClass =
  | {
      readonly kind: 'field';
      readonly content: Content;
      /** `packed` and `packed-f`: digits to the left with `pad` false, to the right otherwise. */
      readonly encoding: Encoding | 'packed' | 'packed-f';
      readonly prefix?: PrefixSpec;
      /** Takes all there is. */
      readonly rest?: boolean;
      /** Ends with the attribute `token`. */
      readonly terminated?: boolean;
      readonly pad?: FieldSpec['pad'];
      readonly sign?: FieldSpec['sign'];
      readonly tagged?: TagLayout;
      /** Absent where what comes first is no letter. */
      readonly optional?: boolean;
    }
  /** As long as the field says, or as the class does. */
  | { readonly kind: 'bitmap'; readonly encoding: 'binary' | 'hex' | 'hex-ebcdic'; readonly bytes?: number }
  /** Takes no bytes. */
  | { readonly kind: 'nothing' }
  /** Is neither written nor read. */
  | { readonly kind: 'unused' };

type Field = Extract<JposClass, { kind: 'field' }>;

// IBM1047 is what jPOS means by EBCDIC.
const A = 'ascii';
const E = 'cp1047';
const ascii = (digits: number): PrefixSpec => ({ encoding: A, digits });
const ebcdic = (digits: number): PrefixSpec => ({ encoding: E, digits });
const bcd = (digits: number): PrefixSpec => ({ encoding: 'bcd', digits });
const binary = (bytes: number): PrefixSpec => ({ encoding: 'binary', bytes });

function field(content: Content, encoding: Field['encoding'], prefix?: PrefixSpec): Field {
  return { kind: 'field', content, encoding, ...(prefix === undefined ? {} : { prefix }) };
}
const text = (encoding: typeof A | typeof E, prefix?: PrefixSpec): Field => field('ans', encoding, prefix);
const digits = (encoding: Field['encoding'], prefix?: PrefixSpec): Field => field('n', encoding, prefix);
const bytes = (prefix?: PrefixSpec): Field => field('b', 'binary', prefix);

const byNumber = (
  tagLength: number,
  tagEncoding: typeof A | typeof E,
  sizeLength: number,
  sizeEncoding: typeof A | typeof E,
): TagLayout => ({
  tag: { length: tagLength, encoding: tagEncoding },
  size: { length: sizeLength, encoding: sizeEncoding },
  from: 'number',
});
/** The length first, which counts the two digits of the tag too. */
const lengthFirst = (sizeLength: number, encoding: typeof A | typeof E): TagLayout => ({
  tag: { length: 2, encoding },
  size: { length: sizeLength, encoding, first: true, countsTag: true },
  from: 'number',
});
const byMapper = (tagLength: number, sizeLength: number): TagLayout => ({
  tag: { length: tagLength, encoding: A },
  size: { length: sizeLength, encoding: A },
  from: 'mapper',
});
/** As wide as the token is. */
const byToken = (sizeLength: number, encoding: typeof A | 'bcd' = A): TagLayout => ({
  tag: { length: 0, encoding: A },
  size: { length: sizeLength, encoding },
  from: 'token',
});
const tagged = (value: Field, layout: TagLayout): Field => ({ ...value, tagged: layout });

const FILLED_TEXT = { ...text(A, { ...ascii(2), filled: true }) };

/** Field classes of `org.jpos.iso`, by their names. */
const ISO: Readonly<Record<string, JposClass>> = {
  IF_CHAR: text(A),
  IF_ECHAR: text(E),
  IF_NOP: { kind: 'nothing' },
  IF_UNUSED: { kind: 'unused' },
  IF_TCHAR: { ...text(A), terminated: true },

  IFA_AMOUNT: field('x+n', A),
  IFA_AMOUNT2003: digits(A),
  IFA_BINARY: field('b', 'hex'),
  IFA_BITMAP: { kind: 'bitmap', encoding: 'hex' },
  IFA_FLLCHAR: FILLED_TEXT,
  // Digits that spaces follow: the spaces are behind the value, not in it.
  IFA_FLLNUM: { ...digits(A, { ...ascii(2), filled: true }), pad: { side: 'right', with: ' ' } },
  IFA_LBINARY: bytes(ascii(1)),
  IFA_LLBINARY: bytes(ascii(2)),
  IFA_LLLBINARY: bytes(ascii(3)),
  IFA_LLLLBINARY: bytes(ascii(4)),
  IFA_LLLLLBINARY: bytes(ascii(5)),
  IFA_LLLLLLBINARY: bytes(ascii(6)),
  IFA_LLABINARY: field('b', 'hex', ascii(2)),
  IFA_LLLABINARY: field('b', 'hex', ascii(3)),
  IFA_LLBNUM: digits('packed', { ...ascii(2), counts: 'nibbles' }),
  IFA_LCHAR: text(A, ascii(1)),
  IFA_LLCHAR: text(A, ascii(2)),
  IFA_LLLCHAR: text(A, ascii(3)),
  IFA_LLLLCHAR: text(A, ascii(4)),
  IFA_LLLLLCHAR: text(A, ascii(5)),
  IFA_LLLLLLCHAR: text(A, ascii(6)),
  IFA_LLNUM: digits(A, ascii(2)),
  IFA_LLLNUM: digits(A, ascii(3)),
  IFA_NUMERIC: digits(A),
  IFA_TTLCHAR: tagged(text(A), byMapper(2, 1)),
  IFA_TTLLCHAR: tagged(text(A), byMapper(2, 2)),
  IFA_TTLLLCHAR: tagged(text(A), byMapper(2, 3)),
  IFA_TTLLLLCHAR: tagged(text(A), byMapper(2, 4)),
  IFA_TTTLLLCHAR: tagged(text(A), byMapper(3, 3)),
  IFA_TTLBINARY: tagged(bytes(), byMapper(2, 1)),
  IFA_TTLLBINARY: tagged(bytes(), byMapper(2, 2)),
  IFA_TTLLLBINARY: tagged(bytes(), byMapper(2, 3)),
  IFA_TTLLLLBINARY: tagged(bytes(), byMapper(2, 4)),
  IFAE_LLCHAR: text(E, ascii(2)),

  IFB_AMOUNT: field('x+n', 'packed'),
  IFB_AMOUNT2003: digits('packed'),
  IFB_BINARY: bytes(),
  IFB_BITMAP: { kind: 'bitmap', encoding: 'binary' },
  IFB_FNUMERIC: digits('packed-f'),
  IFB_FLLNUM: digits('packed-f', bcd(2)),
  IFB_FLLLNUM: digits('packed-f', bcd(3)),
  IFB_HEX: { ...field('h', 'packed-f'), pad: { side: 'left', with: '0' } },
  IFB_LLBINARY: bytes(bcd(2)),
  IFB_LLLBINARY: bytes(bcd(3)),
  IFB_LLLLBINARY: bytes(bcd(4)),
  IFB_LLCHAR: text(A, bcd(2)),
  IFB_LLLCHAR: text(A, bcd(3)),
  IFB_LLLLCHAR: text(A, bcd(4)),
  IFB_LLLLLLCHAR: text(A, bcd(6)),
  IFB_LLHBINARY: bytes(binary(1)),
  IFB_LLLHBINARY: bytes(binary(2)),
  IFB_LLHFBINARY: bytes({ ...binary(1), filled: true }),
  IFB_LLHCHAR: text(A, binary(1)),
  IFB_LLLHCHAR: text(A, binary(2)),
  IFB_LLHECHAR: text(E, binary(1)),
  IFB_LLLHECHAR: text(E, binary(2)),
  IFB_LLHEX: bytes({ ...bcd(2), counts: 'nibbles' }),
  IFB_LLLHEX: bytes({ ...bcd(3), counts: 'nibbles' }),
  IFB_LLHNUM: digits('packed', binary(1)),
  IFB_LLLHNUM: digits('packed', binary(2)),
  IFB_LLNUM: digits('packed', bcd(2)),
  IFB_LLLNUM: digits('packed', bcd(3)),
  IFB_NUMERIC: digits('packed'),

  IFE_AMOUNT: field('x+n', E),
  IFE_BINARY: field('b', 'hex-ebcdic'),
  IFE_BITMAP: { kind: 'bitmap', encoding: 'hex-ebcdic' },
  IFE_CHAR: text(E),
  IFE_LCHAR: text(E, ebcdic(1)),
  IFE_LLCHAR: text(E, ebcdic(2)),
  IFE_LLLCHAR: text(E, ebcdic(3)),
  IFE_LLLLCHAR: text(E, ebcdic(4)),
  IFE_LBINARY: bytes(ebcdic(1)),
  IFE_LLBINARY: bytes(ebcdic(2)),
  IFE_LLLBINARY: bytes(ebcdic(3)),
  IFE_LLLLBINARY: bytes(ebcdic(4)),
  // Its bytes are characters, which jPOS gives in ASCII.
  IFE_LLLEBINARY: text(E, ebcdic(3)),
  IFE_LNUM: digits(E, ebcdic(1)),
  IFE_LLNUM: digits(E, ebcdic(2)),
  IFE_LLLNUM: digits(E, ebcdic(3)),
  IFE_NUMERIC: digits(E),
  IFE_SIGNED_NUMERIC: { ...field('x+n', E), sign: 'overpunch-minus' },
  IFEA_LLCHAR: text(A, ebcdic(2)),
  IFEB_LLNUM: digits('bcd-right-f', { ...ebcdic(2), counts: 'bytes' }),
  IFEB_LLLNUM: digits('bcd-right-f', { ...ebcdic(3), counts: 'bytes' }),

  IFEMC_LLCHAR: tagged(text(E), byNumber(2, A, 2, E)),
  IFEMC_LLLCHAR: tagged(text(E), byNumber(4, E, 3, E)),
  IFEMC_TCC: { ...text(E), optional: true },
  IFEP_LLCHAR: tagged(text(A), lengthFirst(2, A)),
  IFEP_LLLCHAR: tagged(text(A), lengthFirst(3, E)),
  IFEP_LLLBINARY: tagged(bytes(), lengthFirst(3, E)),
  IFELPE_LLLCHAR: tagged(text(E), lengthFirst(3, E)),
  IFEPE_LLCHAR: tagged(text(E), byNumber(2, E, 2, E)),
  IFEPE_LLLCHAR: tagged(text(E), byNumber(3, E, 3, E)),
  IFEPE_LLBINARY: tagged(bytes(), byNumber(2, E, 2, E)),
  IFIPM_LLLCHAR: tagged(text(A), byNumber(4, A, 3, A)),
  IFMC_LLCHAR: tagged(text(A), byNumber(2, A, 2, A)),
  IFMC_LLLCHAR: tagged(text(A), byNumber(2, A, 3, A)),
  IFMC_LLBINARY: tagged(bytes(), byNumber(2, A, 2, A)),
  IFMC_LLLBINARY: tagged(bytes(), byNumber(2, A, 3, A)),
  IFMC_TCC: { ...text(A), optional: true },
};

/** Field classes of its other packages. */
const OTHER: Readonly<Record<string, JposClass>> = {
  'org.jpos.iso.packager.Base1_BITMAP126': { kind: 'bitmap', encoding: 'binary', bytes: 8 },
  'org.jpos.tlv.packager.IFB_LHBINARY': bytes(binary(1)),
  'org.jpos.tlv.packager.IF_FBINARY': { ...bytes(), rest: true },
  'org.jpos.tlv.packager.IF_FCHAR': { ...text(A), rest: true },
  'org.jpos.tlv.packager.IF_FSTCHAR': { ...text(A), terminated: true },
  'org.jpos.tlv.packager.IFTA_LLBINARY': tagged(bytes(), byToken(2)),
  'org.jpos.tlv.packager.IFTA_LLLBINARY': tagged(bytes(), byToken(3)),
  'org.jpos.tlv.packager.IFTA_LLCHAR': tagged(text(A), byToken(2)),
  'org.jpos.tlv.packager.IFTA_LLLCHAR': tagged(text(A), byToken(3)),
  'org.jpos.tlv.packager.IFTA_LLNUM': tagged(digits(A), byToken(2)),
  'org.jpos.tlv.packager.IFTA_LLLNUM': tagged(digits(A), byToken(3)),
  'org.jpos.tlv.packager.IFTB_LLBINARY': tagged(bytes(), byToken(2, 'bcd')),
};

/** Every class by its full name. */
export const JPOS_CLASSES: ReadonlyMap<string, JposClass> = new Map([
  ...Object.entries(ISO).map(([name, row]) => [`org.jpos.iso.${name}`, row] as const),
  ...Object.entries(OTHER),
]);
