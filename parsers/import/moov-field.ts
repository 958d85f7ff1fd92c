import type { FieldSpec, PrefixSpec } from '../dialect.js';
import type { Content, Encoding } from '../encoding.js';
import type { Import } from './imported.js';
import type { SpecNode } from './spec-text.js';

const LENGTH_MAX = 999_999;

/** EBCDIC of moov is the table of `dd`, which is CP500 but for the bar and what no card message holds. */
const TEXT: Readonly<Record<string, Encoding>> = {
  ASCII: 'ascii',
  EBCDIC: 'cp500',
  EBCDIC1047: 'cp1047',
  // Characters as they are.
  Binary: 'ascii',
};
const PACKED: Readonly<Record<string, Encoding>> = { BCD: 'bcd', LBCD: 'bcd-right-0' };
/** `ASCIIToHex` names what becomes of the value, which is digits: they are packed. */
const BYTES: Readonly<Record<string, Encoding>> = {
  Binary: 'binary',
  ASCIIToHex: 'binary',
  HexToASCII: 'hex',
};
const CONTENTS: Readonly<Record<string, Content>> = {
  String: 'ans',
  Numeric: 'n',
  Track1: 'ans',
  Track2: 'z',
  Track3: 'z',
  Binary: 'b',
  Hex: 'b',
  Bitmap: 'b',
};

/** How a prefix is written; null for none, undefined where it is not one of moov's. */
export function moovPrefix(text: string | undefined): PrefixSpec | 'rest' | null | undefined {
  if (text === 'BerTLV') return { encoding: 'ber' };
  const match = /^(ASCII|BCD|EBCDIC|EBCDIC1047|Binary|Hex|None)\.(Fixed|L{1,6})$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, kind, width] = match as unknown as [string, string, string];
  if (kind === 'None') return width === 'Fixed' ? 'rest' : undefined;
  if (width === 'Fixed') return null;
  const digits = width.length;
  if (kind === 'Binary') return { encoding: 'binary', bytes: digits };
  if (kind === 'Hex') return { encoding: 'hex', bytes: digits };
  if (kind === 'BCD') return { encoding: 'bcd', digits };
  return { encoding: kind === 'ASCII' ? 'ascii' : kind === 'EBCDIC' ? 'cp500' : 'cp1047', digits };
}

/** Length and prefix; undefined, and noted, where they are not said. */
export function moovMeasure(gathered: Import, node: SpecNode, path: string): Partial<FieldSpec> | undefined {
  const text = node.get('prefix')?.text;
  const prefix = moovPrefix(text);
  const length = node.get('length')?.number ?? 0;
  if (prefix === undefined) {
    gathered.note(
      node.line,
      path,
      'left-out',
      text === undefined ? 'it has no prefix' : `not a known prefix: ${text}`,
    );
    return undefined;
  }
  if (prefix === null) return { length };
  // A length of 0 is no limit where BER says it, or where it is what is left.
  const max = length === 0 && (prefix === 'rest' || prefix.encoding === 'ber') ? LENGTH_MAX : length;
  return prefix === 'rest' ? { max } : { max, prefix };
}

/** A field that has nothing inside; undefined, and noted, where a dialect can't have it. */
export function moovLeaf(
  gathered: Import,
  node: SpecNode,
  name: string,
  path: string,
): FieldSpec | undefined {
  const type = node.get('type')?.text ?? '';
  const enc = node.get('enc')?.text ?? '';
  const content = CONTENTS[type];
  const measure = moovMeasure(gathered, node, path);
  if (measure === undefined) return undefined;
  if (content === undefined) {
    gathered.note(node.line, path, 'left-out', `not a known type: ${type}`);
    return undefined;
  }
  const coded = encode(content, enc);
  if (coded === undefined) {
    gathered.note(node.line, path, 'left-out', `${type} in ${enc === '' ? 'no encoding' : enc} is not known`);
    return undefined;
  }
  if (enc === 'ASCIIToHex' && measure.prefix !== undefined) {
    const unit = coded.content === 'z' ? 'digits' : 'bytes';
    const text = `moov writes a length in digits and reads it in bytes: taken as ${unit}`;
    gathered.note(node.line, path, 'differs', text);
  }
  return padded(gathered, node, path, { name, ...coded, ...measure });
}

function encode(content: Content, enc: string): { content: Content; encoding: Encoding } | undefined {
  if (content === 'b') {
    const encoding = enc === 'ASCII' ? 'binary' : BYTES[enc];
    if (encoding !== undefined) return { content, encoding };
    return TEXT[enc] === undefined ? undefined : { content: 'ans', encoding: TEXT[enc] };
  }
  if (PACKED[enc] !== undefined) return { content: content === 'z' ? 'z' : 'n', encoding: PACKED[enc] };
  if (TEXT[enc] !== undefined) return { content, encoding: TEXT[enc] };
  if (enc === 'ASCIIToHex' && content === 'z') return { content, encoding: 'bcd-right-f' };
  return BYTES[enc] === undefined ? undefined : { content: 'b', encoding: BYTES[enc] };
}

function padded(gathered: Import, node: SpecNode, path: string, spec: FieldSpec): FieldSpec | undefined {
  const padding = node.get('padding');
  const type = padding?.get('type')?.text;
  if (padding === undefined || type === 'None') return spec;
  const char = padding.get('pad')?.text ?? '';
  if ((type !== 'Left' && type !== 'Right') || !/^[\x20-\x7e]$/.test(char)) {
    gathered.note(padding.line, path, 'differs', 'its padding is not Left or Right with one character');
    return spec;
  }
  if (spec.content === 'b') {
    gathered.note(padding.line, path, 'differs', 'bytes are not padded');
    return spec;
  }
  if (spec.length === undefined) {
    gathered.note(
      padding.line,
      path,
      'differs',
      'moov pads it to its greatest length: only fixed lengths are',
    );
    return spec;
  }
  const pad = { side: type === 'Left' ? 'left' : 'right', with: char } as const;
  // What it is padded with is part of what it may hold.
  const holds = spec.content !== 'n' || /\d/.test(char) ? spec.content : char === ' ' ? 'np' : 'ans';
  return { ...spec, ...(holds === undefined ? {} : { content: holds }), pad };
}
