/** A value as text, or what is inside by position, bit or tag; a tag that comes again as a list. */
export type Expected =
  | string
  | { readonly fields: { readonly [key: string]: Expected | readonly Expected[] } };

/** One case of the table: bytes, and what they must mean. */
export interface Vector {
  readonly name: string;
  /** Clause, book or published example that says so; or by which rule it was put together by hand. */
  readonly source: string;
  /** A built-in's name, or a document. */
  readonly dialect: string | object;
  /** The message; blanks are for the reader. */
  readonly hex: string;
  readonly mti?: string;
  /** Header of the message, in hexadecimal digits. */
  readonly header?: string;
  /** The fields that must be read, these and no others. */
  readonly fields?: Readonly<Record<number, Expected>>;
  /** What is given to the writer where that is not what is read: a value that it fills up. */
  readonly given?: Readonly<Record<number, Expected>>;
  /** The bytes are right but not those that the writer would choose. */
  readonly readOnly?: boolean;
  /** What `parse` must refuse with, or what is read from inside a field. */
  readonly refused?: { readonly code: string; readonly path: string; readonly offset: number };
}

export const BY_HAND = 'put together by hand from the rule';

/** A document with ASCII all through, a binary bitmap, and the given fields. */
export function document(fields: object, changes: object = {}): object {
  return {
    name: 'vector',
    version: '1987',
    mti: 'ascii',
    bitmap: { encoding: 'binary' },
    encodings: { text: 'ascii' },
    prefixes: 'ascii',
    fields,
    ...changes,
  };
}

/** `0100` in ASCII, and a bitmap that announces field 2 alone. */
export const FIELD_2 = '30313030 4000000000000000';

/** Characters of ISO/IEC 8859-1 as hexadecimal digits. */
export function ascii(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}

/** A vector that must be refused, by a code without its `HF_ISO_`. */
export function refused(
  name: string,
  source: string,
  dialect: string | object,
  hex: string,
  [code, path, offset]: readonly [code: string, path: string, offset: number],
): Vector {
  return { name, source, dialect, hex, refused: { code: `HF_ISO_${code}`, path, offset } };
}

/** Field 2 alone, whose value begins at byte 12. */
export const refusedField = (
  name: string,
  source: string,
  spec: object,
  wire: string,
  why: readonly [string, string, number],
) => refused(name, source, document({ 2: { name: 'Value', ...spec } }), `${FIELD_2} ${wire}`, why);
