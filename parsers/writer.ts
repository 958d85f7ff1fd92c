import { VISA_HEADER_MAX, wireEnd } from './compile.js';
import { type CompiledBitmap, type CompiledDialect, HEADER, PLAN_WORDS } from './compiled-dialect.js';
import { FIELD_MAX } from './dialect.js';
import { ENCODING, FROM_LATIN1 } from './encoding.js';
import { IsoError } from './errors.js';
import { Output } from './output.js';
import type { MessageView } from './view.js';
import { writeField, writePlain } from './write-field.js';
import { type FieldValue, writeStructured } from './write-structure.js';

export type { FieldValue } from './write-structure.js';

/** A message as values by field number: characters, digits, bytes as hexadecimal digits, or what is inside. */
export interface MessageText {
  /** As hexadecimal digits; the dialect's own when absent. */
  readonly header?: string;
  readonly mti: string;
  readonly fields: Readonly<Record<number, FieldValue>>;
}

const DIGITS = '0123456789ABCDEF';
/** Product, release, status, and who wrote it first and last: what BASE24 calls a host's message. */
const BASE24_HEADER = 'ISO016000000';
/** Of the message that is being written: the bits of its fields, and their numbers in order. */
const bits = new Uint8Array(FIELD_MAX >> 3);
const numbers = new Uint8Array(FIELD_MAX);
/** Messages share it, as small buffers share Node's own pool. */
const output = new Output(16 * 1024);

/**
 * Writes a message. Short numeric fields of fixed length are zero-filled on the left, other fixed fields
 * space-filled on the right (ISO 8583:1987 clause 4.2), unless the dialect says otherwise.
 *
 * @returns the message without its frame
 * @throws IsoError that names path and rule, never the value
 */
export function build(dialect: CompiledDialect, message: MessageText): Buffer {
  const out = output;
  out.begin();
  const { fields } = message;
  const count = setBits(dialect, fields);
  writeHeader(dialect, message.header, out);
  writeMti(dialect, message.mti, out);
  writeBitmaps(dialect.bitmap, count, out);
  for (let index = 0; index < count; index++) {
    const number = numbers[index]!;
    const value = fields[number];
    // The bitmap has been written with it.
    if (value === undefined) return build(dialect, { ...message, fields: withValues(fields) });
    writeNumbered(dialect, number, value, out);
  }
  finishHeader(dialect, out);
  return out.take();
}

/**
 * Writes a parsed message again with some fields set, or dropped where the value is null. The bytes of all other
 * fields stay as they came; the bitmaps follow.
 *
 * @throws IsoError as {@link build} does
 */
export function edit(view: MessageView, changes: Readonly<Record<number, FieldValue | null>>): Buffer {
  const out = output;
  out.begin();
  const dialect = view.dialect!;
  const present: Record<string, unknown> = {};
  for (let number = 2; number <= view.highest; number++) if (view.has(number)) present[number] = true;
  for (const [key, change] of Object.entries(changes)) {
    if (change === null) delete present[key];
    else if (change !== undefined) present[key] = true;
  }
  const count = setBits(dialect, present);
  out.copy(view.bytes, view.start, view.mtiAt + dialect.mtiBytes);
  writeBitmaps(dialect.bitmap, count, out);
  for (let index = 0; index < count; index++) {
    const number = numbers[index]!;
    const change = changes[number];
    if (change !== undefined && change !== null) writeNumbered(dialect, number, change, out);
    else {
      const end = wireEnd(dialect.table.fields[number]!, view.offsets[number]!, view.lengths[number]!);
      out.copy(view.bytes, view.starts[number]!, end);
    }
  }
  finishHeader(dialect, out);
  return out.take();
}

function writeNumbered(dialect: CompiledDialect, number: number, value: FieldValue, out: Output): void {
  const { plan, fields } = dialect.table;
  if (typeof value === 'string' && writePlain(plan, number * PLAN_WORDS, value, out)) return;
  const field = fields[number]!;
  if (typeof value === 'string') writeField(field, value, out, field.key);
  else writeStructured(dialect, field, value, out, field.key);
}

/**
 * What has a value.
 * @throws IsoError for a key that is no number as numbers are written, and so names no field (`02`)
 */
function withValues<T>(fields: Readonly<Record<number, T>>): Readonly<Record<number, T>> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  const odd = entries.find(([key]) => String(Number(key)) !== key);
  if (odd !== undefined) throw unknownField(odd[0]);
  return Object.fromEntries(entries);
}

/** Fills {@link numbers} and {@link bits} with the keys of `fields`; returns how many. */
function setBits(dialect: CompiledDialect, fields: Readonly<Record<number, unknown>>): number {
  const known = dialect.table.fields;
  for (let octet = 0; octet < bits.length; octet++) bits[octet] = 0;
  let count = 0;
  let last = 0;
  // Keys that are numbers come first, in their order (ECMA-262 clause 10.1.11.1).
  const keys = Object.keys(fields);
  for (let index = 0; index < keys.length; index++) {
    const number = Number(keys[index]);
    if (known[number] === undefined || number <= last) throw unknownField(keys[index]!);
    last = number;
    bits[(number - 1) >> 3]! |= 0x80 >> ((number - 1) & 7);
    numbers[count++] = number;
  }
  const { bits: size, count: most } = dialect.bitmap;
  if (count > 0 && numbers[count - 1]! > size * most) {
    throw unknownField(String(last), 'the dialect’s bitmaps do not reach that far');
  }
  return count;
}

function unknownField(key: string, rule = 'the dialect has no such field'): IsoError {
  return new IsoError('HF_ISO_UNKNOWN_FIELD', key, -1, rule);
}

function writeBitmaps({ bits: size, encoding, count }: CompiledBitmap, fields: number, out: Output): void {
  const octets = size >> 3;
  const last = fields === 0 ? 0 : numbers[fields - 1]!;
  const groups = Math.max(1, Math.ceil(last / size));
  // A bitmap announces the next by its first bit.
  for (let group = 0; group + 1 < groups && group + 1 < count; group++) bits[group * octets]! |= 0x80;
  if (size > 64 && last > 64) bits[0]! |= 0x80;
  if (size > 128 && last > 128) bits[8]! |= 0x80;
  writeBits(bits, groups * octets, encoding, out);
}

/** Writes bits as bytes or as hexadecimal digits. */
export function writeBits(from: Uint8Array, octets: number, encoding: number, out: Output): void {
  out.reserve(2 * octets);
  if (encoding === ENCODING.binary) {
    for (let octet = 0; octet < octets; octet++) out.bytes[out.at++] = from[octet]!;
    return;
  }
  const page = FROM_LATIN1[encoding]!;
  for (let octet = 0; octet < octets; octet++) {
    const byte = from[octet]!;
    out.bytes[out.at++] = page[DIGITS.charCodeAt(byte >> 4)]!;
    out.bytes[out.at++] = page[DIGITS.charCodeAt(byte & 0x0f)]!;
  }
}

function writeMti(dialect: CompiledDialect, mti: string, out: Output): void {
  if (mti.length !== 4 || mti.charCodeAt(0) - 0x30 !== dialect.version) throw badMti(dialect);
  out.reserve(4);
  for (let index = 0; index < 4; index++) {
    const character = mti.charCodeAt(index);
    if (character < 0x30 || character > 0x39) throw badMti(dialect);
    if (dialect.mti !== ENCODING.bcd) out.bytes[out.at++] = FROM_LATIN1[dialect.mti]![character]!;
    else if ((index & 1) === 0) out.bytes[out.at] = (character & 0x0f) << 4;
    else out.bytes[out.at++]! |= character & 0x0f;
  }
}

function badMti({ version }: CompiledDialect): IsoError {
  return new IsoError('HF_ISO_MTI', '', -1, `the MTI is four digits, the first ${version}`);
}

function writeHeader(dialect: CompiledDialect, given: string | undefined, out: Output): void {
  const { header, headerBytes } = dialect;
  if (header === HEADER.none) {
    if (given !== undefined && given !== '') throw badHeader('the dialect has no header');
    return;
  }
  out.reserve(headerBytes);
  if (given === undefined) {
    if (header === HEADER.base24) out.bytes.set(Buffer.from(BASE24_HEADER, 'latin1'), out.at);
    else out.bytes.fill(0, out.at, out.at + headerBytes);
    if (header === HEADER.visa) {
      out.bytes[out.at] = headerBytes;
      out.bytes[out.at + 1] = 1;
      out.bytes[out.at + 2] = 2;
    }
    out.at += headerBytes;
    return;
  }
  const bytes = Buffer.from(given, 'hex');
  if (
    bytes.length * 2 !== given.length ||
    bytes.length < headerBytes ||
    (header === HEADER.visa
      ? bytes[0] !== bytes.length || bytes.length > VISA_HEADER_MAX
      : bytes.length > headerBytes)
  ) {
    throw badHeader(`the header is ${headerBytes} bytes, as hexadecimal digits`);
  }
  if (header === HEADER.base24 && !/^ISO[0-9]{9}$/.test(bytes.toString('latin1'))) {
    throw badHeader('the header is ISO and nine digits');
  }
  out.copy(bytes, 0, bytes.length);
}

function badHeader(rule: string): IsoError {
  return new IsoError('HF_ISO_HEADER', '', -1, rule);
}

/** A Visa header says how long the whole message is, header included (bytes 4 and 5). */
function finishHeader(dialect: CompiledDialect, out: Output): void {
  if (dialect.header !== HEADER.visa) return;
  const length = out.at - out.start;
  out.bytes[out.start + 3] = length >>> 8;
  out.bytes[out.start + 4] = length & 0xff;
}
