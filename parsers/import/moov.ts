import type { BitmapSpec, FieldSpec, PrefixSpec, StructureSpec, TextEncoding } from '../dialect.js';
import { withClass } from './field-class.js';
import { fieldName, Import, type Imported, type ImportOptions, unreadable } from './imported.js';
import { moovLeaf, moovMeasure, moovPrefix } from './moov-field.js';
import { readSpecText, type SpecNode } from './spec-text.js';

const KEYS = new Set([
  'type',
  'length',
  'description',
  'enc',
  'prefix',
  'padding',
  'tag',
  'subfields',
  'bitmap',
  'disableAutoExpand',
]);
/** Bitmaps of 8 bytes that a message may have, each announced by the one before. */
const BITMAPS_MAX = 3;
/** Bytes of all of them. */
const BITMAP_BYTES_MAX = 24;

/** Fields inside fields; specifications have three. */
const DEPTH_MAX = 16;

/** What is inside a field, or why it can't be known. */
type Inside = StructureSpec | string;

/**
 * Reads a specification of moov-io/iso8583, JSON or YAML as its `specs` package exports it, as a dialect. What it
 * can't take over is in `problems`, with line and path; the dialect always compiles.
 *
 * @throws IsoError `HF_ISO_IMPORT` when it is neither, has aliases, is longer than 8 MiB, or has no `fields`
 */
export function importMoov(text: string, options: ImportOptions): Imported {
  const root = readSpecText(text);
  const described = root.get('fields');
  if (described === undefined) throw unreadable(1, 'it has no fields');
  const gathered = new Import();
  const bitmap = readBitmap(gathered, described);
  const fields = new Map<number, FieldSpec>();
  for (const [key, node] of described.entries()) {
    gathered.describe(key);
    if (!/^(0|[1-9]\d{0,5})$/.test(key)) {
      gathered.note(node.line, key, 'left-out', 'its key is not a number');
      continue;
    }
    const number = Number(key);
    if (number === 0 || (number === 1 && isBitmap(node)) || !gathered.reaches(node.line, number, bitmap))
      continue;
    const spec = readField(gathered, node, key);
    if (spec === undefined) continue;
    if (spec.prefix === undefined && spec.length === undefined) {
      gathered.note(node.line, key, 'left-out', 'a field that takes what is left can only be inside another');
      continue;
    }
    fields.set(number, withClass(number, spec));
  }
  const title = root.get('name')?.text ?? options.name;
  return gathered.finish(
    options,
    {
      description: `${title}: from a specification of moov-io/iso8583`.slice(0, 2000),
      mti: readMti(gathered, described.get('0')),
      bitmap,
      header: null,
    },
    fields,
  );
}

function readField(gathered: Import, node: SpecNode, path: string): FieldSpec | undefined {
  for (const [key, value] of node.entries()) {
    if (!KEYS.has(key)) gathered.note(value.line, path, 'differs', `unknown key ${key}`);
  }
  const name = fieldName(node.get('description')?.text, path);
  if (node.get('type')?.text !== 'Composite') {
    const leaf = moovLeaf(gathered, node, name, path);
    return leaf === undefined ? undefined : gathered.accept(node.line, path, leaf);
  }
  const measure = moovMeasure(gathered, node, path);
  if (measure === undefined) return undefined;
  const spec: FieldSpec = { name, content: 'b', encoding: 'binary', ...measure };
  const inside = readInside(gathered, node, path);
  if (typeof inside !== 'string') return gathered.accept(node.line, path, { ...spec, structure: inside });
  gathered.note(node.line, path, 'opaque', inside);
  return gathered.accept(node.line, path, spec);
}

function readInside(gathered: Import, node: SpecNode, path: string): Inside {
  if (path.split('.').length > DEPTH_MAX) return `subfields are read ${DEPTH_MAX} deep`;
  const members = node.get('subfields')?.entries() ?? [];
  for (const [key] of members) gathered.describe(`${path}.${key}`);
  if (members.length === 0) return 'it has no subfields';
  const bitmap = node.get('bitmap');
  if (bitmap !== undefined) return byBitmap(gathered, bitmap, members, path);
  const tag = node.get('tag');
  if (tag === undefined) return 'it has neither a tag nor a bitmap';
  if (tag.get('enc') === undefined) return inOrder(gathered, tag, members, path);
  return tag.get('enc')?.text === 'BerTLVTag'
    ? berTlv(gathered, members, path)
    : byTag(gathered, tag, members, path);
}

type Members = readonly (readonly [key: string, node: SpecNode])[];

function byBitmap(gathered: Import, node: SpecNode, members: Members, path: string): Inside {
  const bitmap = bitmapSpec(node);
  if (bitmap === undefined) return 'its bitmap is not binary or hexadecimal, of up to 24 bytes';
  const most = 8 * (bitmap.bytes ?? 8) * (bitmap.count ?? 1);
  const fields: Record<string, FieldSpec> = {};
  for (const [key, member] of members) {
    const inside = `${path}.${key}`;
    const number = Number(key);
    const each = 8 * Math.min(8, bitmap.bytes ?? 8);
    if (!Number.isInteger(number) || number < 1 || number > most) {
      gathered.note(member.line, inside, 'left-out', `its bitmap announces fields 1 to ${most}`);
    } else if ((number - 1) % each === 0 && number - 1 + each < most) {
      gathered.note(member.line, inside, 'left-out', 'its bit announces the next bitmap');
    } else {
      const field = readField(gathered, member, inside);
      if (field !== undefined) fields[String(number)] = withClass(undefined, field);
    }
  }
  return { kind: 'bitmap', bitmap, fields };
}

function inOrder(gathered: Import, tag: SpecNode, members: Members, path: string): Inside {
  const base = tag.get('sort')?.text === 'StringsByHex' ? 16 : 10;
  const sorted = [...members].sort(([a], [b]) => Number.parseInt(a, base) - Number.parseInt(b, base));
  const fields: Record<string, FieldSpec> = {};
  for (const [key, member] of sorted) {
    const field = readField(gathered, member, `${path}.${key}`);
    if (field === undefined) return `without field ${key} it is not known where the next begins`;
    // Without leading zeros keys stand in the order of their numbers.
    fields[/^\d+$/.test(key) && base === 10 ? String(Number(key)) : key] = withClass(undefined, field);
  }
  const order = Object.values(fields).map(({ name }) => name);
  const wanted = sorted.map(([key, member]) => fieldName(member.get('description')?.text, `${path}.${key}`));
  return order.join('\n') === wanted.join('\n')
    ? { kind: 'positional', fields }
    : 'its fields do not stand in the order of their numbers';
}

function berTlv(gathered: Import, members: Members, path: string): Inside {
  const fields: Record<string, FieldSpec> = {};
  for (const [key, member] of members) {
    if (member.get('prefix')?.text !== 'BerTLV') return `the length of ${key} is not that of BER-TLV`;
    const value = taggedValue(gathered, member, `${path}.${key}`);
    if (typeof value === 'string') return value;
    if (value !== undefined) fields[key.toUpperCase()] = value;
  }
  return { kind: 'ber-tlv', fields };
}

const TAGS: Readonly<Record<string, TextEncoding | 'bcd' | 'binary'>> = {
  ASCII: 'ascii',
  EBCDIC: 'cp500',
  EBCDIC1047: 'cp1047',
  BCD: 'bcd',
  ASCIIToHex: 'binary',
  Binary: 'binary',
};

function byTag(gathered: Import, tag: SpecNode, members: Members, path: string): Inside {
  const enc = tag.get('enc')?.text ?? '';
  const encoding = TAGS[enc];
  const length = tag.get('length')?.number ?? 0;
  if (encoding === undefined || length < 1) return `tags in ${enc} are not known`;
  const prefixes = new Set(members.map(([, member]) => member.get('prefix')?.text));
  const [text] = prefixes;
  const size = sizeOf(moovPrefix(text));
  if (prefixes.size > 1 || size === undefined) return 'its tags have no length, or not all the same';
  const fields: Record<string, FieldSpec> = {};
  for (const [key, member] of members) {
    const inside = `${path}.${key}`;
    const wire = tagText(tag, enc, key, length);
    if (wire === undefined) {
      gathered.note(member.line, inside, 'left-out', `its tag is not ${length} long`);
      continue;
    }
    const value = taggedValue(gathered, member, inside);
    if (typeof value === 'string') return value;
    if (value !== undefined) fields[wire] = value;
  }
  return { kind: 'tlv', tag: { length, encoding }, size, fields };
}

/** A tag as it is on the wire: padded, and bytes as hexadecimal digits. */
function tagText(tag: SpecNode, enc: string, key: string, length: number): string | undefined {
  const padding = tag.get('padding');
  const char = padding?.get('pad')?.text ?? '0';
  const side = padding?.get('type')?.text;
  const text =
    side === 'Left' ? key.padStart(length, char) : side === 'Right' ? key.padEnd(length, char) : key;
  const wire = enc === 'Binary' ? Buffer.from(text, 'latin1').toString('hex').toUpperCase() : text;
  if (enc === 'ASCIIToHex') return wire.length === 2 * length ? wire.toUpperCase() : undefined;
  return wire.length === (enc === 'Binary' ? 2 * length : length) ? wire : undefined;
}

function sizeOf(prefix: ReturnType<typeof moovPrefix>) {
  if (prefix === undefined || prefix === null || prefix === 'rest') return undefined;
  const { encoding, digits, bytes } = prefix as PrefixSpec;
  if (encoding === undefined || encoding === 'ber' || encoding === 'hex') return undefined;
  return { length: encoding === 'binary' ? (bytes ?? 1) : (digits ?? 1), encoding };
}

/** What a tag holds; a text where its length, which counts digits, can't be told from one that counts bytes. */
function taggedValue(gathered: Import, node: SpecNode, path: string): FieldSpec | undefined | string {
  const field = readField(gathered, node, path);
  if (field === undefined) return undefined;
  if (field.content !== 'b' && field.encoding?.startsWith('bcd') === true)
    return `${path} has a length in digits`;
  if (field.encoding === 'hex') return `${path} has a length in half of its bytes`;
  const { prefix: _, ...value } = field;
  return withClass(undefined, value);
}

function isBitmap(node: SpecNode | undefined): boolean {
  return node?.get('type')?.text === 'Bitmap';
}

/** Undefined where its encoding or length is none that a bitmap has. */
function bitmapSpec(node: SpecNode): BitmapSpec | undefined {
  const enc = node.get('enc')?.text;
  const bytes = node.get('length')?.number || 8;
  if (bytes < 1 || bytes > BITMAP_BYTES_MAX) return undefined;
  const alone = node.get('disableAutoExpand')?.flag === true;
  const count = alone ? 1 : Math.max(1, Math.min(BITMAPS_MAX, Math.floor(BITMAP_BYTES_MAX / bytes)));
  if (enc === 'Binary') return { encoding: 'binary', bytes, count };
  return enc === 'HexToASCII' ? { encoding: 'hex', bytes, count } : undefined;
}

function readBitmap(gathered: Import, fields: SpecNode): BitmapSpec {
  const node = fields.get('1');
  const bitmap = node !== undefined && isBitmap(node) ? bitmapSpec(node) : undefined;
  if (bitmap !== undefined) return bitmap;
  gathered.note(
    node?.line ?? fields.line,
    '1',
    'differs',
    'field 1 is no bitmap that is known: taken as binary',
  );
  return { encoding: 'binary', bytes: 8, count: 2 };
}

function readMti(gathered: Import, node: SpecNode | undefined): TextEncoding | 'bcd' {
  const known = ({ ASCII: 'ascii', BCD: 'bcd', LBCD: 'bcd', EBCDIC: 'cp500', EBCDIC1047: 'cp1047' } as const)[
    node?.get('enc')?.text ?? ''
  ];
  if (known !== undefined) return known;
  gathered.note(node?.line ?? 0, '0', 'differs', 'field 0 is no MTI that is known: taken as ASCII');
  return 'ascii';
}
