import { type CompiledDialect, HEADER } from '../compiled-dialect.js';
import { IsoError } from '../errors.js';
import type { Framing } from '../framing/framing.js';
import { parse } from '../reader.js';
import { issueError, MessageView } from '../view.js';
import { isAsked, isShown, type PathFilter } from './path-filter.js';
import { type Shown, TreeReader } from './tree.js';

/** A field as JSON: text as text, bytes as upper-case hexadecimal digits, masked by what it means. */
export interface InspectedField {
  readonly name: string;
  /** '' where a filter asked for something inside only. */
  readonly value: string;
  /** Bytes from the start of the message to the value, and of the value on the wire. */
  readonly offset: number;
  readonly length: number;
  /** What is inside, by position, bit or tag; a tag that comes more than once has a list. */
  readonly fields?: InspectedFields;
}

export interface InspectedFields {
  [key: string]: InspectedField | InspectedField[];
}

/** A message as JSON. */
export interface InspectedMessage {
  readonly dialect: string;
  readonly framing?: string;
  /** The dialect's header, as hexadecimal digits. */
  readonly header?: string;
  readonly mti: string;
  readonly fields: InspectedFields;
  /** All that is wrong, when it was read leniently and something is. */
  readonly issues?: readonly InspectedIssue[];
}

/** One thing that is wrong; never a value. */
export interface InspectedIssue {
  readonly code: string;
  readonly path: string;
  readonly offset: number;
  readonly rule: string;
}

export interface InspectOptions {
  /** The bytes are one frame of it; without, they are a message. */
  readonly framing?: Framing;
  /** Values in clear: PANs, tracks, PIN blocks. */
  readonly reveal?: boolean;
  /** Goes on where something is wrong, and says what in `issues`. */
  readonly lenient?: boolean;
  /** Shows only the fields of these paths and what is inside them: `39`, `55.9F26`. */
  readonly filter?: PathFilter;
}

/** A message that was read, before it is shown in one form or another. */
export interface Reading {
  readonly view: MessageView;
  readonly fields: readonly Shown[];
  readonly issues: readonly IsoError[];
}

// One view is used for all: what is shown of it is copied before the next call.
const strict = new MessageView();
const lenient = new MessageView();
lenient.issues = [];

/**
 * A message as a tree of its fields.
 * @throws IsoError that names path, byte and rule, unless it reads leniently
 */
export function inspect(
  bytes: Uint8Array,
  dialect: CompiledDialect,
  options: InspectOptions = {},
): InspectedMessage {
  return asMessage(dialect, readMessage(bytes, dialect, options), options);
}

/** What was read as JSON has it. */
export function asMessage(
  dialect: CompiledDialect,
  { view, fields, issues }: Reading,
  { framing, filter }: InspectOptions,
): InspectedMessage {
  return {
    dialect: dialect.name,
    ...(framing === undefined ? {} : { framing: framing.name }),
    ...(dialect.header === HEADER.none ? {} : { header: hex(view.bytes, view.start, view.mtiAt) }),
    mti: view.mti < 0 ? '' : String(view.mti).padStart(4, '0'),
    fields: asObject(fields, filter),
    ...(issues.length === 0 ? {} : { issues: issues.map(asIssue) }),
  };
}

/** An error as JSON has it: `{code, path, offset, rule}`. */
export function asIssue({ code, path, offset, rule }: IsoError): InspectedIssue {
  return { code, path, offset, rule };
}

/**
 * Reads a message for showing it; what it returns is good until the next call.
 * @throws IsoError unless it reads leniently
 */
export function readMessage(bytes: Uint8Array, dialect: CompiledDialect, options: InspectOptions): Reading {
  const { framing, reveal = false } = options;
  const [start, end] = framing === undefined ? [0, bytes.length] : unframe(bytes, framing);
  const view = options.lenient === true ? lenient : strict;
  const read = parse(view, dialect, bytes, start, end);
  if (options.lenient !== true && !read) throw view.error();
  const issues = view.issues === null ? null : view.issues.map(issueError);
  const fields = new TreeReader(view, reveal, issues).read();
  return { view, fields, issues: issues ?? [] };
}

/**
 * Where the message is in its frame.
 * @throws IsoError `HF_ISO_FRAMING` where the bytes are not one frame that holds a message
 */
export function unframe(bytes: Uint8Array, framing: Framing): readonly [start: number, end: number] {
  const total = framing.measure(bytes, 0, bytes.length);
  if (total < 0) throw wrong(framing, 'the framing is lost');
  if (total === 0 || total > bytes.length) throw wrong(framing, 'the frame is not whole');
  if (total < bytes.length) throw wrong(framing, 'bytes follow the frame');
  if (framing.poll) throw wrong(framing, 'the frame is a poll');
  return [framing.headBytes, framing.headBytes + framing.messageBytes];
}

function wrong({ name }: Framing, rule: string): IsoError {
  return new IsoError('HF_ISO_FRAMING', '', -1, `${name}: ${rule}`);
}

function asObject(fields: readonly Shown[], filter?: PathFilter): InspectedFields {
  const object: InspectedFields = {};
  for (const field of fields) {
    if (!isShown(filter, field.path)) continue;
    const one = asField(field, filter);
    const before = object[field.key];
    if (before === undefined) object[field.key] = one;
    else if (Array.isArray(before)) before.push(one);
    else object[field.key] = [before, one];
  }
  return object;
}

function asField(
  { name, path, value: whole, offset, length, parts, unlisted }: Shown,
  filter: PathFilter | undefined,
): InspectedField {
  const value = isAsked(filter, path) ? whole : '';
  if (parts.length === 0 || unlisted) return { name, value, offset, length };
  return { name, value, offset, length, fields: asObject(parts, filter) };
}

function hex(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
    .toString('hex')
    .toUpperCase();
}
