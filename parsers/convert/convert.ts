import type { CompiledDialect, CompiledField, CompiledStructure } from '../compiled-dialect.js';
import { readDocument } from '../document.js';
import { IsoError } from '../errors.js';
import { inspect } from '../inspect/inspect.js';
import { parse } from '../reader.js';
import { placeOf, readInside } from '../structure.js';
import { MessageView } from '../view.js';
import { build, type FieldValue, type MessageText } from '../writer.js';
import { readAcceptor, writeAcceptor } from './acceptor.js';
import { chipData, chipValue } from './chip.js';
import { from87, to87 } from './edition-87.js';
import { from2003, to2003 } from './edition-2003.js';
import type { Crossing, Elements, Loss } from './elements.js';

export type { Loss } from './elements.js';

export interface Converted {
  readonly message: MessageText;
  /** The message without a frame. */
  readonly bytes: Buffer;
  /** All that the other dialect can't say, or not all of; empty when nothing was lost. */
  readonly lost: readonly Loss[];
}

const ACCEPTOR = 43;
/** Numbers that the standard leaves to nations, networks and agreements: there only the name says what they mean. */
const PRIVATE: ReadonlySet<number> = new Set([
  46, 47, 48, 56, 57, 58, 59, 60, 61, 62, 63, 105, 106, 107, 108, 111, 112, 113, 114, 115, 116, 117, 118, 119,
  120, 121, 122, 123, 124, 125, 126, 127,
]);
/** Of {@link PRIVATE}, those that later editions gave a meaning. */
const STANDARD_LATER: ReadonlySet<number> = new Set([46, 56]);
const EXTENDED = 128;

/**
 * Says a message in another dialect: by what its fields mean where the editions of ISO 8583 differ (response and
 * action codes, function and network codes, dates, amounts with their currency, points of service, original data
 * elements), in the other's encodings throughout.
 *
 * @param bytes a message without a frame
 * @param now tells the year of dates that have none: the one that is nearest
 * @throws IsoError where it can't be read, or not a single field of it be said
 */
export function convert(bytes: Uint8Array, from: CompiledDialect, to: CompiledDialect, now: Date): Converted {
  const view = new MessageView();
  if (!parse(view, from, bytes, 0, bytes.length)) throw view.error();
  const values = readDocument(inspect(bytes, from, { reveal: true })).message.fields;
  const lost = new Losses(from);
  const source = new Source(view, values);
  const crossed = cross(source.elements(), from, to, now, lost);
  const fields: Record<number, FieldValue> = {};
  for (const [number, text] of crossed.fields) {
    const value = valueFor(source, number, text, from, to);
    if (typeof value === 'object' && 'rule' in value) lost.add(number, value.rule);
    else if (accepts(to, crossed.mti, number, value, lost)) fields[number] = value;
  }
  writeCardAcceptor(source, crossed, from, to, fields, lost);
  const message = { mti: crossed.mti, fields };
  return { message, bytes: build(to, message), lost: lost.list() };
}

/** What is read: each field as one text, and as what is inside it. */
class Source {
  readonly view: MessageView;
  readonly values: MessageText['fields'];

  constructor(view: MessageView, values: MessageText['fields']) {
    this.view = view;
    this.values = values;
  }

  elements(): Elements {
    const { view } = this;
    const fields = new Map<number, string>();
    for (let number = 2; number <= view.highest; number++) {
      if (view.has(number) && number !== ACCEPTOR) fields.set(number, this.text(number));
    }
    const acceptor = view.has(ACCEPTOR)
      ? readAcceptor(view.dialect!.table.fields[ACCEPTOR]!, this.values[ACCEPTOR]!, view.text(ACCEPTOR))
      : null;
    return { mti: String(view.mti).padStart(4, '0'), fields, acceptor };
  }

  /** A text that fills a fixed length is shorter than it. */
  text(number: number): string {
    const { content } = this.view.dialect!.table.fields[number]!;
    const text = this.view.text(number);
    return content.startsWith('a') ? text.trimEnd() || text : text;
  }
}

/** Losses by field, named as the dialect does that had them. */
class Losses {
  readonly #from: CompiledDialect;
  readonly #found: Loss[] = [];

  constructor(from: CompiledDialect) {
    this.#from = from;
  }

  add(number: number, rule: string, path = String(number)): void {
    const name = this.#from.table.fields[number]?.name ?? '';
    if (!this.#found.some((loss) => loss.path === path && loss.rule === rule)) {
      this.#found.push({ path, name, rule });
    }
  }

  list(): readonly Loss[] {
    return [...this.#found].sort((a, b) => Number.parseInt(a.path, 10) - Number.parseInt(b.path, 10));
  }
}

const EDITIONS = ['1987', '1993', '2003'] as const;

/** Brings elements to the edition of the other dialect, by way of 1993. */
function cross(
  elements: Elements,
  from: CompiledDialect,
  to: CompiledDialect,
  now: Date,
  lost: Losses,
): Elements {
  if (from.version === to.version) return elements;
  // What the standard does not know crosses where both dialects call it the same.
  const kept = new Map<number, string>();
  const standard = new Map<number, string>();
  for (const [number, text] of elements.fields) {
    const own = PRIVATE.has(number) && !STANDARD_LATER.has(number);
    if (number > EXTENDED || (own && namedAlike(from, to, number))) kept.set(number, text);
    else standard.set(number, text);
  }
  let crossed: Elements = { ...elements, fields: standard };
  const note = ({ elements, crossing }: { elements: Elements; crossing: Crossing }, edition: string) => {
    for (const { field, rule } of crossing.losses(edition)) lost.add(field, rule);
    return elements;
  };
  const edition = EDITIONS[to.version]!;
  if (from.version === 0) crossed = note(from87(crossed, now), edition);
  if (from.version === 2) crossed = note(from2003(crossed), edition);
  if (to.version === 0) crossed = note(to87(crossed), edition);
  if (to.version === 2) crossed = note(to2003(crossed), edition);
  return { ...crossed, fields: new Map([...crossed.fields, ...kept]) };
}

function namedAlike(from: CompiledDialect, to: CompiledDialect, number: number): boolean {
  const plain = (name = '') => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const [one, other] = [from.table.fields[number]?.name, to.table.fields[number]?.name];
  return other !== undefined && plain(one) === plain(other);
}

/** A value as the other dialect's field takes it, or why it can't. */
function valueFor(
  source: Source,
  number: number,
  text: string,
  from: CompiledDialect,
  to: CompiledDialect,
): FieldValue | { readonly rule: string } {
  const target = to.table.fields[number];
  const origin = from.table.fields[number];
  if (target === undefined) return { rule: `${to.name} has no such field` };
  if (target.class === 'mac') return { rule: 'a MAC is only of the bytes that it was made over' };
  if (from.version === to.version) {
    if (PRIVATE.has(number) && !namedAlike(from, to, number))
      return { rule: `is “${target.name}” in ${to.name}` };
  } else if (!PRIVATE.has(number) && /^reserved/i.test(target.name)) {
    return { rule: `${to.name} has no such field` };
  }
  if (target.class === 'icc' && origin?.class === 'icc') {
    return chipValue(target, chipData(origin, source.values[number]!, text));
  }
  if (
    origin !== undefined &&
    (origin.content === 'b') !== (target.content === 'b') &&
    text === source.text(number)
  ) {
    return { rule: 'one has bytes there, the other text' };
  }
  const inside = source.values[number];
  // What is inside is written anew, as parts may stand in another encoding there.
  if (inside !== undefined && typeof inside !== 'string' && text === source.text(number)) {
    if (origin !== undefined && alike(origin.structure, target.structure)) return inside;
  }
  return target.class === 'entry-mode' ? entryMode(target, text) : text;
}

/** DE22 has three digits in 1987; some dialects have a fourth behind them. */
function entryMode({ units, content }: CompiledField, text: string): string {
  if (content !== 'n' || !/^\d{3,4}$/.test(text)) return text;
  return units === 4 ? text.padEnd(4, '0') : units === 3 ? text.slice(0, 3) : text;
}

function alike(a: CompiledStructure | null, b: CompiledStructure | null): boolean {
  if (a === null || b === null || a.kind !== b.kind) return false;
  return keysOf(a).join() === keysOf(b).join();
}

function keysOf(structure: CompiledStructure): readonly string[] {
  switch (structure.kind) {
    case 'bitmap':
      return structure.table.fields.flatMap((field) => (field === undefined ? [] : [field.key]));
    case 'ber-tlv':
      return [];
    case 'tlv':
      return [String(structure.tagUnits)];
    default:
      return structure.fields.map(({ key }) => key);
  }
}

/** Whether a field of the other dialect can hold a value, and reads it as it is meant; else it is lost. */
function accepts(to: CompiledDialect, mti: string, number: number, value: FieldValue, lost: Losses): boolean {
  const view = new MessageView();
  try {
    const bytes = build(to, { mti, fields: { [number]: value } });
    if (!parse(view, to, bytes, 0, bytes.length)) throw view.error();
    readInside(to.table.fields[number]!, placeOf(view, number), String(number));
    return true;
  } catch (error) {
    // What can't be written is what the caller lists; anything else is a fault of the program.
    if (!(error instanceof IsoError)) throw error;
    lost.add(number, `does not fit: ${error.rule}`, error.path === '' ? String(number) : error.path);
    return false;
  }
}

function writeCardAcceptor(
  source: Source,
  { mti, acceptor }: Elements,
  from: CompiledDialect,
  to: CompiledDialect,
  fields: Record<number, FieldValue>,
  lost: Losses,
): void {
  if (!source.view.has(ACCEPTOR)) return;
  const target = to.table.fields[ACCEPTOR];
  if (target === undefined || acceptor === null) {
    lost.add(ACCEPTOR, target === undefined ? `${to.name} has no such field` : 'its layout is not known');
    return;
  }
  const origin = from.table.fields[ACCEPTOR]!;
  if (
    alike(origin.structure, target.structure) &&
    origin.units === target.units &&
    sameParts(origin, target)
  ) {
    const value = source.values[ACCEPTOR]!;
    if (accepts(to, mti, ACCEPTOR, value, lost)) fields[ACCEPTOR] = value;
    return;
  }
  const { value, lost: parts } = writeAcceptor(target, acceptor);
  if (parts.length > 0) lost.add(ACCEPTOR, `there is no place for all of its ${parts.join(', ')}`);
  if (accepts(to, mti, ACCEPTOR, value, lost)) fields[ACCEPTOR] = value;
}

function sameParts(a: CompiledField, b: CompiledField): boolean {
  if (a.structure?.kind !== 'positional' || b.structure?.kind !== 'positional') return true;
  const other = b.structure.fields;
  return a.structure.fields.every(({ units }, index) => units === other[index]?.units);
}
