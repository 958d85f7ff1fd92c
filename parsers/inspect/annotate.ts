import { type CompiledDialect, HEADER } from '../compiled-dialect.js';
import { mtiText } from '../meaning/mti.js';
import type { MessageView } from '../view.js';
import { type InspectOptions, readMessage } from './inspect.js';
import { currencyInside, shownMeaning } from './list.js';
import { isShown, type PathFilter } from './path-filter.js';
import type { Shown } from './tree.js';

export interface AnnotateOptions extends Omit<InspectOptions, 'lenient'> {
  /** ANSI colours, for a terminal. */
  readonly colour?: boolean;
}

const BYTES_A_LINE = 8;
const BYTES_WIDTH = 3 * BYTES_A_LINE - 1;
const FIELD_WIDTH = 12;
const NAME_WIDTH = 34;
const VALUE_WIDTH = 28;

const STYLE = { dim: 2, red: 31, yellow: 33, cyan: 36 } as const;
type Style = keyof typeof STYLE;

/**
 * A message as lines of text: offset, bytes, field, name, value, meaning; what is wrong with it last. Of fields
 * that may not be shown the bytes are stars too. Offsets are in bytes from the start of the message, in
 * hexadecimal digits.
 *
 * @throws IsoError only where the frame is none of its framing
 */
export function annotate(
  bytes: Uint8Array,
  dialect: CompiledDialect,
  options: AnnotateOptions = {},
): string[] {
  const { view, fields, issues } = readMessage(bytes, dialect, { ...options, lenient: true });
  const { filter } = options;
  const dump = new Dump(view, options.colour === true, options.reveal === true, filter);
  dump.head(dialect);
  for (const field of fields) dump.field(field, '', '');
  if (filter === undefined) dump.rest(fields.at(-1)?.end ?? view.fieldsAt - view.start);
  for (const issue of issues) dump.issue(issue.message);
  return dump.lines;
}

class Dump {
  readonly lines: string[] = [];
  readonly #view: MessageView;
  readonly #colour: boolean;
  readonly #reveal: boolean;
  readonly #filter: PathFilter | undefined;

  constructor(view: MessageView, colour: boolean, reveal: boolean, filter: PathFilter | undefined) {
    this.#view = view;
    this.#colour = colour;
    this.#reveal = reveal;
    this.#filter = filter;
  }

  /** Frame, header, MTI and bitmaps. */
  head(dialect: CompiledDialect): void {
    const { start, mtiAt, mti, fieldsAt } = this.#view;
    if (this.#filter !== undefined && !this.#filter.includes('mti')) return;
    if (start > 0) this.#row(-start, 0, false, '', 'Frame', '', '');
    const at = mtiAt - start;
    if (dialect.header !== HEADER.none && at > 0) this.#row(0, at, false, '', 'Header', '', '');
    if (mti < 0) return;
    const digits = String(mti).padStart(4, '0');
    const bitmapAt = at + dialect.mtiBytes;
    this.#row(at, bitmapAt, false, 'MTI', 'Message type identifier', digits, mtiText(digits));
    this.#row(bitmapAt, fieldsAt - start, false, '', 'Bitmap', this.#numbers(), '');
  }

  /** @param currency of the group that the field is in, if it has one */
  field(field: Shown, indent: string, currency: string): void {
    const { path, name, value, hidden, begin, offset, end, placed, parts } = field;
    if (!isShown(this.#filter, path)) return;
    // Bytes that parts have are shown with them.
    const own = parts.length > 0 && parts.every((part) => part.placed);
    const until = !placed ? begin : own ? parts[0]!.begin : end;
    const shownValue = own ? '' : value;
    const meaning = shownMeaning(this.#view, field, currency);
    this.#row(begin, until, hidden && !own, path, indent + name, shownValue, meaning, offset);
    const inside = currencyInside(field, currency);
    for (const part of parts) this.field(part, `${indent}  `, inside);
  }

  /** Bytes behind the last field that could be read: they might hold anything. */
  rest(at: number): void {
    const end = this.#view.end - this.#view.start;
    if (at >= end) return;
    if (this.#reveal) this.#row(at, end, false, '', 'Not read', '', '');
    else this.#line(hexOffset(at), `(${end - at} bytes)`, '', 'Not read', '', '', 'dim');
  }

  issue(text: string): void {
    this.lines.push(this.#paint('red', `! ${text}`));
  }

  /** The numbers of the fields that are there, as far as they could be read. */
  #numbers(): string {
    const numbers: number[] = [];
    for (let number = 1; number <= this.#view.highest; number++) {
      if (this.#view.has(number)) numbers.push(number);
    }
    return numbers.join(' ');
  }

  /** A field, and as many more lines as its bytes need. `valueAt` is where what is hidden begins. */
  #row(
    begin: number,
    end: number,
    hidden: boolean,
    path: string,
    name: string,
    value: string,
    meaning: string,
    valueAt = begin,
  ): void {
    const { bytes, start } = this.#view;
    const pairs: string[] = [];
    for (let at = begin; at < end; at++) {
      const shown = !hidden || at < valueAt;
      pairs.push(shown ? bytes[start + at]!.toString(16).padStart(2, '0').toUpperCase() : '**');
    }
    const offset = begin < 0 ? '' : hexOffset(begin);
    const first = pairs.slice(0, BYTES_A_LINE).join(' ');
    this.#line(offset, first, path, name, printable(value), meaning, hidden ? 'yellow' : null);
    for (let from = BYTES_A_LINE; from < pairs.length; from += BYTES_A_LINE) {
      const next = begin < 0 ? '' : hexOffset(begin + from);
      this.#line(next, pairs.slice(from, from + BYTES_A_LINE).join(' '), '', '', '', '', null);
    }
  }

  #line(
    offset: string,
    bytes: string,
    path: string,
    name: string,
    value: string,
    meaning: string,
    style: Style | null,
  ): void {
    const text = [
      this.#paint('dim', offset.padEnd(4)),
      bytes.padEnd(BYTES_WIDTH),
      this.#paint('cyan', path.padEnd(FIELD_WIDTH)),
      name.padEnd(NAME_WIDTH),
      this.#paint(style, value.padEnd(VALUE_WIDTH)),
      this.#paint('dim', meaning),
    ].join('  ');
    this.lines.push(text.trimEnd());
  }

  #paint(style: Style | null, text: string): string {
    return this.#colour && style !== null && text !== '' ? `\u001b[${STYLE[style]}m${text}\u001b[0m` : text;
  }
}

function hexOffset(at: number): string {
  return at.toString(16).padStart(4, '0').toUpperCase();
}

/** Control characters as dots: a value must not steer the terminal. */
function printable(text: string): string {
  return [...text].map((character) => (isControl(character.charCodeAt(0)) ? '.' : character)).join('');
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}
