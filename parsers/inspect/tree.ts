import { wireEnd } from '../compile.js';
import type { CompiledField, CompiledStructure } from '../compiled-dialect.js';
import { ENCODING, isBcd } from '../encoding.js';
import { IsoError } from '../errors.js';
import { type MaskKind, mask, maskHidden, maskOfClass, stars } from '../mask.js';
import { emvTag, isTemplate } from '../meaning/emv-tags.js';
import { type Part, type Place, placeOf, readInside } from '../structure.js';
import { valueText } from '../value.js';
import type { MessageView } from '../view.js';

/** A field of a message as it may be shown. Positions are in bytes from the start of the message. */
export interface Shown {
  /** Number, position, bit or tag; of a group that repeats, its number. */
  readonly key: string;
  /** `127.22`, `55.9F26`. */
  readonly path: string;
  readonly name: string;
  readonly field: CompiledField;
  /** Whether the key is a tag of BER. */
  readonly tagged: boolean;
  /** Text, or bytes as upper-case hexadecimal digits; what may not be shown is stars. */
  readonly value: string;
  /** Something of the value may not be shown, and neither may its bytes. */
  readonly hidden: boolean;
  /** Where it begins, with its tag or prefix; its value; and where the next one begins. */
  readonly begin: number;
  readonly offset: number;
  readonly length: number;
  readonly end: number;
  /** Whether its bytes are in the message as they are, and not as the digits of the field around it. */
  readonly placed: boolean;
  readonly parts: readonly Shown[];
  /** The dialect says nothing of the parts: they are known by their form. */
  readonly unlisted: boolean;
}

const NONE: readonly Shown[] = [];
const BER: CompiledStructure = { kind: 'ber-tlv', byTag: new Map() };

/** Reads the fields of a parsed message and what is inside them. */
export class TreeReader {
  readonly #view: MessageView;
  readonly #reveal: boolean;
  readonly #issues: IsoError[] | null;

  /** @param issues takes what is wrong inside fields, so that reading goes on; null to be strict */
  constructor(view: MessageView, reveal: boolean, issues: IsoError[] | null) {
    this.#view = view;
    this.#reveal = reveal;
    this.#issues = issues;
  }

  /** @throws IsoError when it is strict and something inside a field is wrong */
  read(): Shown[] {
    const view = this.#view;
    const { fields } = view.dialect!.table;
    const shown: Shown[] = [];
    for (let number = 1; number <= view.highest; number++) {
      if (!view.has(number)) continue;
      const field = fields[number]!;
      const place = placeOf(view, number);
      const begin = view.starts[number]! - view.start;
      const end = wireEnd(field, view.offsets[number]!, view.lengths[number]!) - view.start;
      shown.push(
        this.#field(field, place, field.key, field.key, begin, end, view.lengths[number]!, false, false),
      );
    }
    return shown;
  }

  #field(
    field: CompiledField,
    place: Place,
    key: string,
    path: string,
    begin: number,
    end: number,
    length: number,
    tagged: boolean,
    chip: boolean,
  ): Shown {
    const tag = tagged ? emvTag(key) : undefined;
    const text = valueText(field, place.bytes, place.offset, place.units);
    const structure = field.structure ?? (isBer(field, key, tagged, chip) ? BER : null);
    const unlisted = field.structure === null;
    const inChip = chip || field.class === 'icc';
    const parts =
      structure === null
        ? NONE
        : this.#parts(unlisted ? { ...field, structure } : field, place, path, unlisted, inChip);
    const kind = maskOfClass(field.class) ?? (tag === undefined ? null : maskOfTag(tag.sensitivity));
    const value = this.#reveal ? text : masked(field, place, text, kind, structure, parts);
    return {
      key,
      path,
      name: field.name !== '' ? field.name : (tag?.name ?? 'Not in the dialect'),
      field,
      tagged,
      value,
      hidden: value !== text,
      begin,
      offset: place.origin,
      length,
      end,
      placed: place.scale === 1,
      parts: parts ?? NONE,
      unlisted,
    };
  }

  /** What is inside a field; null when it can't be read. */
  #parts(
    field: CompiledField,
    place: Place,
    path: string,
    unlisted: boolean,
    chip: boolean,
  ): readonly Shown[] | null {
    let found: readonly Part[];
    try {
      found = readInside(field, place, path, this.#issues);
    } catch (error) {
      // What does not have the form that nobody promised is only a value; else a lenient reader notes it.
      if (!(error instanceof IsoError)) throw error;
      if (unlisted) return null;
      if (this.#issues === null) throw error;
      this.#issues.push(error);
      return null;
    }
    const tagged = field.structure?.kind === 'ber-tlv';
    const shown = found.map((part) => {
      const { scale, origin, offset } = part;
      const begin = origin - Math.ceil((offset - part.begin) * scale);
      const end = origin + Math.ceil((wireEnd(part.field, offset, part.length) - offset) * scale);
      const length = Math.ceil(part.length * scale);
      return this.#field(part.field, part, part.key, part.path, begin, end, length, tagged, chip);
    });
    return field.structure?.kind === 'repeated' ? grouped(shown, field, path) : shown;
  }
}

/**
 * Data of a chip is BER whether the dialect says so or not, and so is what stands in a template. Of the single
 * objects inside, the templates are.
 */
function isBer(field: CompiledField, key: string, tagged: boolean, chip: boolean): boolean {
  if (field.content !== 'b') return false;
  return tagged ? isTemplate(key) : chip || field.class === 'icc';
}

function maskOfTag(sensitivity: Exclude<MaskKind, null> | 'none'): MaskKind {
  return sensitivity === 'none' ? null : sensitivity;
}

/** A value without what may not be shown: of its own, or of the parts inside it. */
function masked(
  field: CompiledField,
  place: Place,
  text: string,
  kind: MaskKind,
  structure: CompiledStructure | null,
  parts: readonly Shown[] | null,
): string {
  const bytes = field.content === 'b';
  if (kind !== null) return bytes && kind === 'track1' ? stars(text) : mask(kind, text);
  if (structure === null) return field.class === 'plain' ? maskHidden(text, bytes) : text;
  // What can't be read might hold anything.
  if (parts === null) return mayHide(structure) ? stars(text) : maskHidden(text, bytes);
  return maskParts(field, place, text, parts);
}

/** Stars where the parts of a value have any. */
function maskParts({ encoding }: CompiledField, place: Place, text: string, parts: readonly Shown[]): string {
  const hiding = parts.filter((part) => part.hidden);
  if (hiding.length === 0) return text;
  // Two packed digits share a byte, so that a part need not begin at one.
  if (isBcd(encoding)) return stars(text);
  const characters = [...text];
  const each = (encoding === ENCODING.binary ? 2 : 1) / place.scale;
  for (const { offset, length, value } of hiding) {
    const start = (offset - place.origin) * each;
    const end = start + length * each;
    // A part that is spelt as the whole is shows there what it shows of its own.
    const alike =
      value.length === end - start &&
      [...value].every((character, at) => character === '*' || character === text[start + at]);
    for (let at = start; at < end; at++) characters[at] = alike ? value[at - start]! : '*';
  }
  return characters.join('');
}

/** Whether what is laid out so can hold what may not be shown. */
function mayHide(structure: CompiledStructure): boolean {
  switch (structure.kind) {
    case 'ber-tlv':
      return true;
    case 'bitmap':
      return structure.table.fields.some(hides);
    case 'tlv':
      return [...structure.byTag.values()].some(hides);
    default:
      return structure.fields.some(hides);
  }
}

function hides(field: CompiledField | undefined): boolean {
  if (field === undefined) return false;
  return (
    maskOfClass(field.class) !== null ||
    field.class === 'icc' ||
    (field.structure !== null && mayHide(field.structure))
  );
}

/** The parts `1.1`, `1.2`, `2.1` … of a field that repeats, a group each. */
function grouped(parts: readonly Shown[], field: CompiledField, path: string): Shown[] {
  const groups = new Map<string, Shown[]>();
  for (const part of parts) {
    const [group = '', key = ''] = part.key.split('.');
    const found = groups.get(group) ?? [];
    found.push({ ...part, key });
    groups.set(group, found);
  }
  return [...groups].map(([key, members]) => {
    const { begin, placed } = members[0]!;
    const { end } = members.at(-1)!;
    return {
      key,
      path: `${path}.${key}`,
      name: `${field.name}, ${key}`,
      field,
      tagged: false,
      value: members.map((member) => member.value).join(''),
      hidden: members.some((member) => member.hidden),
      begin,
      offset: begin,
      length: end - begin,
      end,
      placed,
      parts: members,
      unlisted: false,
    };
  });
}
