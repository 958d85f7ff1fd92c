import type { FieldSpec, PrefixSpec } from '../dialect.js';
import type { Encoding } from '../encoding.js';
import { withClass } from './field-class.js';
import { fieldName, type Import } from './imported.js';
import { JPOS_CLASSES, type JposClass, type TagLayout } from './jpos-classes.js';
import type { XmlElement } from './xml.js';

/** An `isofield` or `isofieldpackager`, by the id it has where it stands. */
export interface JposField {
  readonly id: number;
  readonly line: number;
  readonly path: string;
  /** Its number in the message; undefined inside another field. */
  readonly number: number | undefined;
  readonly element: XmlElement;
  readonly layout: JposClass;
  /** `length`, in what the class counts. */
  readonly length: number;
}

const LENGTH_MAX = 999_999;

/**
 * Reads what an element says about itself. Undefined, and noted, where that can't be a field.
 * @param parent path of the field that it is inside, '' in the message
 */
export function readJposField(gathered: Import, element: XmlElement, parent: string): JposField | undefined {
  const { line, attributes } = element;
  // The DTD has these as CDATA and NMTOKEN, whose spaces a validating parser takes away.
  const given = (attributes.id ?? '').trim();
  const path = parent === '' ? given : `${parent}.${given}`;
  gathered.describe(path);
  if (!/^\d{1,6}$/.test(given)) {
    gathered.note(line, path, 'left-out', 'its id is not a number');
    return undefined;
  }
  const id = Number(given);
  const name = (attributes.class ?? '').trim();
  const layout = JPOS_CLASSES.get(name);
  if (layout === undefined) {
    const known = name.startsWith('org.jpos.') ? 'jPOS has no field class' : 'not a field class of jPOS:';
    gathered.note(line, path, 'left-out', name === '' ? 'it has no class' : `${known} ${name}`);
    return undefined;
  }
  const length = Number((attributes.length ?? '').trim() || Number.NaN);
  if (!Number.isInteger(length) || length < 0 || length > LENGTH_MAX) {
    gathered.note(line, path, 'left-out', `its length is not a number up to ${LENGTH_MAX}`);
    return undefined;
  }
  return { id, line, path, number: parent === '' ? id : undefined, element, layout, length };
}

/** What the class says of the field, without what is inside it. Undefined, and noted, where it says none. */
export function fieldSpec(gathered: Import, field: JposField, last: boolean): FieldSpec | undefined {
  const { layout, line, path, length, element } = field;
  const name = fieldName(element.attributes.name, path);
  if (layout.kind === 'unused') return undefined;
  if (layout.kind === 'nothing') return { name, length: 0 };
  if (layout.kind === 'bitmap') return { name, content: 'b', encoding: layout.encoding, length };
  const { attributes } = element;
  const most = layout.prefix === undefined ? length : mostOf(layout.prefix);
  if (length > most) {
    gathered.note(
      line,
      path,
      'differs',
      `its length is ${length}, and its prefix says at most ${most}, which counts`,
    );
  }
  const spec: FieldSpec = {
    name,
    content: isTrack(field) ? 'z' : layout.content,
    encoding: encodingOf(layout.encoding, attributes.pad),
    ...measureOf(layout, Math.min(length, most), attributes, last),
    ...(layout.pad === undefined ? {} : { pad: layout.pad }),
    ...(layout.sign === undefined ? {} : { sign: layout.sign }),
  };
  if (layout.terminated === true && spec.until === undefined) {
    gathered.note(line, path, 'left-out', 'its token, which ends it, is not one character');
    return undefined;
  }
  if (attributes.trim === 'true' && spec.length !== undefined) {
    gathered.note(
      line,
      path,
      'differs',
      'trim: only the last field may be cut short by the end of what it is in',
    );
  }
  if (attributes.inclusive === 'true' && !isInclusive(spec.prefix)) {
    gathered.note(line, path, 'differs', 'inclusive: only a binary length counts itself');
  }
  return withClass(field.number, spec);
}

/** Where a field with a tag of its own says it; undefined where it doesn't. */
export function tagOf(field: JposField, layout: TagLayout, mapped: (id: number) => string | undefined) {
  if (layout.from === 'token') return field.element.attributes.token;
  if (layout.from === 'mapper') return mapped(field.id);
  return String(field.id).padStart(layout.tag.length, '0');
}

/** Digits in fields of track data have the separator among them. */
function isTrack({ number, layout }: JposField): boolean {
  return layout.kind === 'field' && layout.content === 'n' && (number === 35 || number === 36);
}

function encodingOf(encoding: Encoding | 'packed' | 'packed-f', pad: string | undefined): Encoding {
  if (encoding !== 'packed' && encoding !== 'packed-f') return encoding;
  if (pad === 'true') return 'bcd';
  return encoding === 'packed' ? 'bcd-right-0' : 'bcd-right-f';
}

function measureOf(
  layout: Extract<JposClass, { kind: 'field' }>,
  length: number,
  attributes: XmlElement['attributes'],
  last: boolean,
): Partial<FieldSpec> {
  const { prefix } = layout;
  // A tag's own length says where it ends. A length of 0 is no limit.
  if (layout.tagged !== undefined) return length === 0 ? { max: LENGTH_MAX } : { max: length };
  if (layout.rest === true) return { max: length === 0 ? LENGTH_MAX : length };
  if (layout.terminated === true) {
    const token = attributes.token ?? '\\';
    return token.length === 1 ? { max: length, until: token } : { max: length };
  }
  if (prefix === undefined) return last && attributes.trim === 'true' ? { max: length } : { length };
  const inclusive = attributes.inclusive === 'true' && prefix.encoding === 'binary';
  return {
    max: length === 0 ? mostOf(prefix) : length,
    prefix: inclusive ? { ...prefix, inclusive } : prefix,
  };
}

function mostOf({ digits, bytes, counts }: PrefixSpec): number {
  const most = digits === undefined ? 256 ** (bytes ?? 1) - 1 : 10 ** digits - 1;
  return counts === 'nibbles' ? most >> 1 : most;
}

function isInclusive(prefix: FieldSpec['prefix']): boolean {
  return typeof prefix === 'object' && prefix.inclusive === true;
}
