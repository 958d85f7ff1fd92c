import type { BitmapSpec, FieldSpec, StructureSpec } from '../dialect.js';
import type { Import } from './imported.js';
import type { TagLayout } from './jpos-classes.js';
import { fieldSpec, type JposField, readJposField, tagOf } from './jpos-field.js';
import type { XmlElement } from './xml.js';

/** What can't be known inside a field; the text says why. */
class Opaque {
  constructor(readonly text: string) {}
}

interface Member {
  readonly field: JposField;
  readonly spec: FieldSpec | undefined;
}

/**
 * Reads the fields of an `isopackager` or `isofieldpackager`, lowest id first. Where an id comes twice the last
 * counts, as it does for jPOS.
 */
export function readMembers(gathered: Import, element: XmlElement, parent: string): readonly JposField[] {
  const members = new Map<number, JposField>();
  for (const child of element.children) {
    if (child.name === 'isofield' || child.name === 'isofieldpackager') {
      const field = readJposField(gathered, child, parent);
      if (field === undefined) {
        describeInside(gathered, child, parent);
        continue;
      }
      const before = members.get(field.id);
      if (before !== undefined) {
        gathered.note(
          before.line,
          before.path,
          'differs',
          `its id comes again on line ${field.line}, which counts`,
        );
      }
      members.set(field.id, field);
    } else
      gathered.note(child.line, parent, 'differs', `${child.name} says nothing about bytes: not taken over`);
  }
  return [...members.values()].sort((a, b) => a.id - b.id);
}

/** What is inside a field that can't be had is counted all the same. */
function describeInside(gathered: Import, { attributes, children }: XmlElement, parent: string): void {
  const path = parent === '' ? (attributes.id ?? '').trim() : `${parent}.${(attributes.id ?? '').trim()}`;
  for (const child of children) {
    gathered.describe(`${path}.${(child.attributes.id ?? '').trim()}`);
    describeInside(gathered, child, path);
  }
}

/**
 * A field with what is inside it. Undefined where it is neither written nor read, or can't be had, which is noted.
 * @param last whether it is the last where it stands, which the end of the bytes may cut short
 */
export function readField(gathered: Import, field: JposField, last: boolean): FieldSpec | undefined {
  const spec = fieldSpec(gathered, field, last);
  if (spec === undefined) return undefined;
  const { element, line, path } = field;
  if (element.name !== 'isofieldpackager') return gathered.accept(line, path, spec);
  const structure = readStructure(gathered, field);
  if (!(structure instanceof Opaque)) return gathered.accept(line, path, { ...spec, structure });
  gathered.note(line, path, 'opaque', structure.text);
  return gathered.accept(line, path, spec);
}

/** How a packager class lays out what is inside its field. */
type Packager = (gathered: Import, field: JposField, members: readonly JposField[]) => StructureSpec | Opaque;

const PACKAGERS: Readonly<Record<string, Packager>> = {
  'org.jpos.iso.packager.GenericPackager': (gathered, field, members) =>
    generic(gathered, field, members, true),
  'org.jpos.iso.packager.GenericSubFieldPackager': (gathered, field, members) =>
    generic(gathered, field, members, false),
  'org.jpos.iso.packager.GenericTaggedFieldsPackager': mapped,
  // A bitmap where field 0 is one, otherwise one after the other.
  'org.jpos.iso.packager.Base1SubFieldPackager': (gathered, _, members) =>
    members[0]?.id === 0 && members[0].layout.kind === 'bitmap'
      ? bitmap(gathered, members[0], members.slice(1), undefined)
      : positional(gathered, members),
  'org.jpos.iso.packager.CTCSubFieldPackager': (gathered, _, members) => positional(gathered, members),
  'org.jpos.iso.packager.CTCSubElementPackager': () =>
    new Opaque('CTCSubElementPackager writes a key before each field that it does not read'),
  'org.jpos.iso.packager.EuroSubFieldPackager': (gathered, _, members) => tagged(gathered, members, false),
  'org.jpos.iso.packager.MasterCardEBCDICSubFieldPackager': (gathered, _, members) =>
    tagged(gathered, members, false),
  // Its field 0 is there when the first byte is a space.
  'org.jpos.iso.packager.GICCSubFieldPackager': (gathered, _, members) => tagged(gathered, members, true),
  'org.jpos.iso.packager.ICCDataPackager': berTlv,
  'org.jpos.iso.packager.DatasetPackager': datasets,
  'org.jpos.tlv.packager.TaggedSequencePackager': (gathered, _, members) => tagged(gathered, members, false),
  'org.jpos.tlv.packager.BinaryHexTaggedSequencePackager': (gathered, field, members) => {
    const structure = tagged(gathered, members, false);
    if (structure instanceof Opaque || structure.kind !== 'tlv') return structure;
    const length = (field.element.attributes.token ?? '').length >> 1;
    return length === 0
      ? new Opaque('its token, as wide as a tag, is missing')
      : binaryTags(structure, length);
  },
  'org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager': berTlv,
  'org.jpos.tlv.packager.bertlv.DefaultICCBERTLVPackager': berTlv,
  'org.jpos.tlv.packager.bertlv.BERTLVAsciiHexPackager': spelt,
  'org.jpos.tlv.packager.bertlv.BERTLVEbcdicHexPackager': spelt,
};

function readStructure(gathered: Import, field: JposField): StructureSpec | Opaque {
  const name = (field.element.attributes.packager ?? '').trim();
  const packager = PACKAGERS[name];
  const members = readMembers(gathered, field.element, field.path);
  if (packager === undefined)
    return new Opaque(name === '' ? 'it has no packager' : `not a known packager: ${name}`);
  return packager(gathered, field, members);
}

function generic(
  gathered: Import,
  { element, line, path }: JposField,
  members: readonly JposField[],
  message: boolean,
): StructureSpec | Opaque {
  const { attributes } = element;
  const at = (id: number) => members.find((member) => member.id === id);
  const zero = at(0);
  const first = attributes.firstField === undefined ? firstOf(members) : Number(attributes.firstField);
  const headerBytes = message ? Number(attributes.headerLength ?? 0) : 0;
  if (!Number.isInteger(first) || !Number.isInteger(headerBytes))
    return new Opaque('its attributes are not numbers');
  // As a message of its own it begins with field 0, as with an MTI, unless that is the bitmap.
  const begins = message && zero !== undefined && zero.layout.kind !== 'bitmap';
  const rest = members.filter(({ id }) => id >= Math.max(first, begins ? 1 : 0));
  if (attributes.emitBitmap === 'false') {
    if (headerBytes > 0) return new Opaque('a header before fields without a bitmap is not read');
    const all = begins ? [zero, ...rest] : rest;
    return all.length > 0 && all.every(({ layout }) => layout.kind === 'field' && layout.tagged !== undefined)
      ? tagged(gathered, all, false)
      : positional(gathered, all);
  }
  const map = at(Number(attributes.bitmapField ?? 1));
  if (map === undefined || map.layout.kind !== 'bitmap') {
    const text =
      'its bitmapField is no bitmap, on which jPOS fails: its fields are taken one after the other';
    gathered.note(line, path, 'differs', text);
    return positional(gathered, members);
  }
  if (begins && headerBytes > 0)
    return new Opaque('both a header and a field 0 before a bitmap are not read');
  const head: FieldSpec | undefined = begins
    ? readField(gathered, zero, false)
    : headerBytes > 0
      ? { name: 'Header', content: 'b', encoding: 'binary', length: headerBytes }
      : undefined;
  return bitmap(
    gathered,
    map,
    rest.filter((member) => member !== map && member.id > 0),
    head,
  );
}

/** The first field behind MTI and bitmap, as jPOS tells it where no attribute does. */
function firstOf(members: readonly JposField[]): number {
  const [zero] = members;
  if (zero?.id === 0 && zero.element.name === 'isofieldpackager') return 0;
  if ((members.at(-1)?.id ?? 0) < 1) return 0;
  return members.find(({ id }) => id === 1)?.layout.kind === 'bitmap' ? 2 : 1;
}

/** A bitmap of up to 8 bytes; of more, as many bitmaps, each announced by the one before. */
export function bitmapSpec({ layout, length }: JposField): BitmapSpec {
  if (layout.kind !== 'bitmap') throw new TypeError('no bitmap');
  const { encoding } = layout;
  const bytes = layout.bytes ?? length;
  return bytes <= 8
    ? { encoding, bytes: Math.max(1, bytes), count: 1 }
    : { encoding, bytes: 8, count: bytes >> 3 };
}

function bitmap(
  gathered: Import,
  map: JposField,
  members: readonly JposField[],
  head: FieldSpec | undefined,
): StructureSpec | Opaque {
  const spec = bitmapSpec(map);
  const most = 8 * (spec.bytes ?? 8) * (spec.count ?? 1);
  const fields: Record<string, FieldSpec> = {};
  for (const member of members) {
    const { id, line, path } = member;
    if (id > most) gathered.note(line, path, 'left-out', `its bitmap has ${most} bits`);
    else if ((id - 1) % 64 === 0 && id + 63 < most) {
      gathered.note(line, path, 'left-out', 'its bit announces the next bitmap');
    } else {
      const field = readField(gathered, member, false);
      if (field !== undefined) fields[id] = field;
    }
  }
  return { kind: 'bitmap', bitmap: spec, ...(head === undefined ? {} : { head }), fields };
}

function positional(gathered: Import, members: readonly JposField[]): StructureSpec | Opaque {
  const fields: Record<string, FieldSpec> = {};
  const written = members.filter(({ layout }) => layout.kind !== 'nothing' && layout.kind !== 'unused');
  for (const [index, member] of written.entries()) {
    if (member.layout.kind === 'field' && member.layout.tagged !== undefined) {
      return new Opaque(`field ${member.id} has a tag, and others have none`);
    }
    const field = readField(gathered, member, index === written.length - 1);
    if (field === undefined)
      return new Opaque(`without field ${member.id} it is not known where the next begins`);
    fields[member.id] = field;
  }
  return written.length === 0 ? new Opaque('it has no fields inside') : { kind: 'positional', fields };
}

/** Fields that have their tag and length themselves, all of one layout; those without stand before them. */
function tagged(
  gathered: Import,
  members: readonly JposField[],
  headOptional: boolean,
  map: (id: number) => string | undefined = () => undefined,
): StructureSpec | Opaque {
  let layout: TagLayout | undefined;
  const heads: Member[] = [];
  const fields: Record<string, FieldSpec> = {};
  let optional = headOptional;
  for (const field of members) {
    const { layout: row, line, path } = field;
    if (row.kind !== 'field') continue;
    if (row.tagged === undefined) {
      heads.push({ field, spec: readField(gathered, field, false) });
      optional ||= row.optional === true;
      continue;
    }
    const tag = tagOf(field, row.tagged, map);
    const own =
      tag === undefined ? row.tagged : { ...row.tagged, tag: { ...row.tagged.tag, length: tag.length } };
    layout ??= own;
    if (tag === undefined || JSON.stringify(own) !== JSON.stringify(layout)) {
      gathered.note(
        line,
        path,
        'left-out',
        tag === undefined ? 'its tag is not said' : 'others have another tag or length',
      );
      continue;
    }
    // A token of number signs stands for the tags that are not listed, which are kept as they are.
    if (/^#+$/.test(tag)) continue;
    const spec = readField(gathered, field, false);
    if (spec !== undefined) fields[tag] = spec;
  }
  if (layout === undefined) return new Opaque('none of the fields inside has a tag');
  const head = headOf(heads);
  if (head instanceof Opaque) return head;
  return {
    kind: 'tlv',
    tag: layout.tag,
    size: layout.size,
    ...(head === undefined ? {} : { head, ...(optional ? { headOptional: true } : {}) }),
    fields,
  };
}

/** What stands before the first tag: a field, or several of fixed length as the parts of one. */
function headOf(members: readonly Member[]): FieldSpec | undefined | Opaque {
  const [first] = members;
  if (first === undefined) return undefined;
  if (members.length === 1) return first.spec ?? new Opaque('what stands before the tags is not known');
  let length = 0;
  const fields: Record<string, FieldSpec> = {};
  for (const { field, spec } of members) {
    // Text and bytes are as long on the wire as they say; of others the length would have to be worked out.
    const plain = spec?.encoding === 'binary' || spec?.encoding === 'ascii' || spec?.encoding === 'cp1047';
    if (spec?.length === undefined || !plain)
      return new Opaque('fields before the tags are not all of fixed length');
    length += spec.length;
    fields[field.id] = spec;
  }
  const structure = { kind: 'positional', fields } as const;
  return { name: 'Before the tags', content: 'b', encoding: 'binary', length, structure };
}

/** Tags of so many digits: numbers, and with letters base 36 for the ids that follow them. */
function mapped(gathered: Import, field: JposField, members: readonly JposField[]): StructureSpec | Opaque {
  const { attributes } = field.element;
  const mapper = (attributes.tagMapper ?? '').trim();
  const width = { TTDecimalTagMapper: 2, TTTDecimalTagMapper: 3 }[
    mapper.replace('org.jpos.iso.packager.', '')
  ];
  if (width === undefined)
    return new Opaque(mapper === '' ? 'it has no tagMapper' : `not a known tagMapper: ${mapper}`);
  if (Number(attributes.tagSize) !== width)
    return new Opaque(`its tagSize is not ${width}, as its tagMapper has it`);
  const size = Number(attributes.lenSize);
  const structure = tagged(gathered, members, false, (id) => decimalTag(id, width));
  if (structure instanceof Opaque || structure.kind !== 'tlv') return structure;
  if (structure.size.length !== size) return new Opaque('its lenSize is not that of its fields');
  return attributes.swapTagAndLen === 'true'
    ? { ...structure, size: { ...structure.size, first: true } }
    : structure;
}

function decimalTag(id: number, width: number): string | undefined {
  const decimals = 10 ** width;
  const tag = (id < decimals ? String(id) : (id - decimals).toString(36).toUpperCase()).padStart(width, '0');
  return tag.length === width ? tag : undefined;
}

function binaryTags(structure: Extract<StructureSpec, { kind: 'tlv' }>, length: number): StructureSpec {
  const fields = Object.entries(structure.fields ?? {}).map(
    ([tag, spec]) => [tag.toUpperCase(), spec] as const,
  );
  return { ...structure, tag: { length, encoding: 'binary' }, fields: Object.fromEntries(fields) };
}

/** BER-TLV says itself what is inside; a field of the packager would stand before or behind it. */
function berTlv(_: Import, __: JposField, members: readonly JposField[]): StructureSpec | Opaque {
  return members.length === 0 ? { kind: 'ber-tlv' } : new Opaque('fields beside BER-TLV are not read');
}

function spelt(): Opaque {
  return new Opaque('BER-TLV whose lengths count hexadecimal digits is not read');
}

function datasets(gathered: Import, _: JposField, members: readonly JposField[]): StructureSpec | Opaque {
  const fields: Record<string, FieldSpec> = {};
  for (const member of members) {
    const field = member.id > 0 ? readField(gathered, member, false) : undefined;
    if (field !== undefined) fields[member.id] = field;
  }
  return { kind: 'datasets', fields };
}
