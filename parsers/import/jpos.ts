import type { BitmapSpec, FieldSpec } from '../dialect.js';
import { Import, type Imported, type ImportOptions, unreadable } from './imported.js';
import type { JposField } from './jpos-field.js';
import { bitmapSpec, readField, readMembers } from './jpos-packager.js';
import { readXml, type XmlElement } from './xml.js';

/** Bits of a message's bitmaps. */
const BITS_MAX = 192;

/**
 * Reads a packager document of jPOS (`GenericPackager`, its DTD) as a dialect. What it can't take over is in
 * `problems`, with line and path; the dialect always compiles.
 *
 * jPOS looks at no character of a field: the dialect takes those of the class that its field class is named after,
 * digits in `…NUM…` and `…NUMERIC`. A reader that is to take anything is lenient.
 *
 * @throws IsoError `HF_ISO_IMPORT` when it is no well-formed XML, declares entities, is longer than 8 MiB, or is not
 * a packager document
 */
export function importJpos(text: string, options: ImportOptions): Imported {
  const root = readXml(text);
  if (root.name !== 'isopackager') throw unreadable(root.line, `the root is isopackager, not ${root.name}`);
  const gathered = new Import();
  const members = readMembers(gathered, root, '');
  const bitmap = readBitmap(gathered, root, members);
  const fields = new Map<number, FieldSpec>();
  for (const member of members) {
    if (member.id === 0 || member === bitmap.field) continue;
    const spec = readNumbered(gathered, member, bitmap.spec);
    if (spec !== undefined) fields.set(member.id, spec);
  }
  return gathered.finish(
    options,
    {
      description: `${options.name}: from a packager document of jPOS`,
      mti: readMti(gathered, root, members[0]?.id === 0 ? members[0] : undefined),
      bitmap: bitmap.spec,
      header: readHeader(gathered, root),
    },
    fields,
  );
}

function readNumbered(gathered: Import, field: JposField, bitmap: BitmapSpec): FieldSpec | undefined {
  const { id, line, path } = field;
  if (!gathered.reaches(line, id, bitmap)) return undefined;
  if (field.layout.kind === 'field' && (field.layout.rest === true || field.layout.tagged !== undefined)) {
    gathered.note(line, path, 'left-out', 'its class is for what is inside other fields');
    return undefined;
  }
  return readField(gathered, field, false);
}

function readMti(gathered: Import, root: XmlElement, field: JposField | undefined) {
  const layout = field?.layout;
  if (field === undefined || layout?.kind !== 'field' || layout.prefix !== undefined || field.length !== 4) {
    gathered.note(
      field?.line ?? root.line,
      '0',
      'differs',
      'field 0 is no MTI of four digits: taken as ASCII',
    );
    return 'ascii';
  }
  if (layout.encoding === 'cp1047') return 'cp1047';
  return layout.encoding === 'ascii' ? 'ascii' : 'bcd';
}

function readBitmap(
  gathered: Import,
  root: XmlElement,
  members: readonly JposField[],
): { readonly spec: BitmapSpec; readonly field: JposField | undefined } {
  const { bitmapField, emitBitmap, thirdBitmapField } = root.attributes;
  if (emitBitmap === 'false') throw unreadable(root.line, 'a message without a bitmap can’t be read');
  if (thirdBitmapField !== undefined) {
    const text = `the third bitmap is in field ${thirdBitmapField}: fields above 128 are not read`;
    gathered.note(root.line, thirdBitmapField, 'differs', text);
  }
  const id = Number(bitmapField ?? 1);
  const field = members.find((member) => member.id === id);
  if (field?.layout.kind === 'bitmap') {
    const spec = bitmapSpec(field);
    if (8 * (spec.bytes ?? 8) * (spec.count ?? 1) <= BITS_MAX && field.length % 8 === 0)
      return { spec, field };
    throw unreadable(field.line, 'the bitmap of a message is 8, 16 or 24 bytes long');
  }
  // ANSI X9.2, where bit 1 is the PAN: jPOS has the bitmap in a packager class of its own.
  const text = 'there is no bitmap: taken as that of X9.2, 16 hexadecimal digits for fields 1 to 64';
  gathered.note(field?.line ?? root.line, String(id), 'differs', text);
  return { spec: { encoding: 'hex', bytes: 8, count: 1 }, field: undefined };
}

function readHeader(gathered: Import, root: XmlElement) {
  const { headerLength } = root.attributes;
  if (headerLength === undefined || Number(headerLength) === 0) return null;
  const bytes = Number(headerLength);
  if (Number.isInteger(bytes) && bytes > 0 && bytes <= 64) return { kind: 'fixed', bytes } as const;
  gathered.note(root.line, '', 'differs', 'its headerLength is not a number of bytes up to 64');
  return null;
}
