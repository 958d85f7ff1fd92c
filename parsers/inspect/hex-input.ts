import { isCapture, tcpStreams } from './pcap.js';

/** What people have at hand when they want to look at a message. */
export type InputKind = 'raw' | 'hex' | 'hex-dump' | 'base64' | 'log' | 'capture';

/** Bytes that were found in an input. */
export interface InputPiece {
  readonly bytes: Uint8Array;
  /** Where: `line 3`, `10.0.0.1:41000 > 10.0.0.2:8583`, or '' for the whole input. */
  readonly source: string;
  /** Whether it is a stream of frames, not one message or frame. */
  readonly stream: boolean;
}

export interface RecognisedInput {
  readonly kind: InputKind;
  readonly pieces: readonly InputPiece[];
}

/** Digits of the shortest run in a log line that is taken for a message: MTI and bitmap, packed. */
const LOG_DIGITS_MIN = 20;
const BASE64_MIN = 24;

/** An offset, bytes, and mostly the same as characters: what xxd, hexdump -C, od and tcpdump -X print. */
const DUMP_LINE =
  /^\s*(?:0x)?([0-9a-f]{4,10}):?\s+((?:[0-9a-f]{2}\s?)*[0-9a-f]{2})(?:\s{2,}.*|\s*\|.*\|?|\s*)$/i;
/** An MTI, a bitmap in hexadecimal digits, and perhaps a BASE24 header before them: text, though it looks like digits. */
const RAW_TEXT = /^(?:ISO\d{9})?[0129][1-8]\d[0-5][0-9A-Fa-f]{16}/;

/**
 * Finds messages in what somebody has pasted, piped or saved: hexadecimal digits (spaces, colons, commas and 0x are
 * passed over; a line a message), a dump with offsets, a log line that holds hexadecimal digits, base64, a packet
 * capture, or the bytes themselves. Digits that could be both a message in characters and hexadecimal are taken as
 * hexadecimal, since that is what is pasted.
 */
export function recogniseInput(input: Uint8Array): RecognisedInput {
  if (isCapture(input)) {
    const pieces = tcpStreams(input).map(({ name, bytes, broken }) => ({
      bytes,
      source: broken ? `${name} (behind a missing segment)` : name,
      stream: true,
    }));
    return { kind: 'capture', pieces };
  }
  const raw: RecognisedInput = { kind: 'raw', pieces: [{ bytes: input, source: '', stream: false }] };
  if (!isText(input)) return raw;
  const text = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('latin1');
  const lines = text.split(/\r?\n/);
  return (
    dump(lines) ?? hexLines(lines) ?? (RAW_TEXT.test(text) ? raw : null) ?? base64(text) ?? log(lines) ?? raw
  );
}

function isText(input: Uint8Array): boolean {
  if (input.length === 0) return false;
  for (const byte of input) {
    const space = byte === 0x09 || byte === 0x0a || byte === 0x0d;
    if (!space && (byte < 0x20 || byte > 0x7e)) return false;
  }
  return true;
}

/** Lines with offsets that go up by the bytes before them; an offset of 0 begins another message. */
function dump(lines: readonly string[]): RecognisedInput | null {
  const pieces: { bytes: number[]; source: string }[] = [];
  let repeat = false;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    // hexdump prints a star for rows that are like the one before.
    if (line.trim() === '*' && pieces.length > 0) {
      repeat = true;
      continue;
    }
    const current = pieces.at(-1);
    const found = DUMP_LINE.exec(line);
    if (found === null) {
      // The last line of hexdump is an offset alone.
      if (current !== undefined && /^\s*[0-9a-f]{4,10}\s*$/i.test(line)) {
        const length = Number.parseInt(line, 16);
        if (repeat) repeatRow(current.bytes, length);
        if (current.bytes.length === length) continue;
      }
      return null;
    }
    const offset = Number.parseInt(found[1]!, 16);
    const row = [...Buffer.from(found[2]!.replace(/\s/g, ''), 'hex')];
    if (current !== undefined && repeat) repeatRow(current.bytes, offset);
    repeat = false;
    if (offset === 0) pieces.push({ bytes: row, source: `line ${index + 1}` });
    else if (current !== undefined && current.bytes.length === offset) current.bytes.push(...row);
    else return null;
  }
  if (pieces.length === 0) return null;
  return { kind: 'hex-dump', pieces: pieces.map(({ bytes, source }) => piece(Buffer.from(bytes), source)) };
}

const ROW_BYTES = 16;
/** More is no message. */
const REPEATED_MAX = 1 << 20;

function repeatRow(bytes: number[], until: number): void {
  const row = bytes.slice(-ROW_BYTES);
  while (row.length === ROW_BYTES && bytes.length < until && until < REPEATED_MAX) bytes.push(...row);
}

/** Each line hexadecimal digits; lines that end inside a byte are one message that was wrapped. */
function hexLines(lines: readonly string[]): RecognisedInput | null {
  const pieces: InputPiece[] = [];
  const all: string[] = [];
  let even = true;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const digits = hexDigits(line);
    if (digits === null) return null;
    if (digits.length % 2 !== 0) even = false;
    all.push(digits);
    pieces.push(piece(Buffer.from(digits, 'hex'), `line ${index + 1}`));
  }
  if (all.length === 0) return null;
  if (even) return { kind: 'hex', pieces };
  const whole = all.join('');
  return whole.length % 2 === 0 ? { kind: 'hex', pieces: [piece(Buffer.from(whole, 'hex'), '')] } : null;
}

/** The digits of a line that holds nothing else. */
function hexDigits(line: string): string | null {
  const digits = line.replace(/0x|\\x|[\s:,;]/gi, '');
  return /^[0-9a-f]+$/i.test(digits) ? digits : null;
}

function base64(text: string): RecognisedInput | null {
  const compact = text.replace(/\s/g, '');
  if (compact.length < BASE64_MIN || compact.length % 4 !== 0) return null;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return null;
  const bytes = Buffer.from(compact, 'base64');
  return bytes.toString('base64') === compact ? { kind: 'base64', pieces: [piece(bytes, '')] } : null;
}

/** The longest run of hexadecimal digits of each line, in pairs that may stand apart. */
function log(lines: readonly string[]): RecognisedInput | null {
  const pieces: InputPiece[] = [];
  for (const [index, line] of lines.entries()) {
    const runs = line.match(/(?<![0-9a-z])(?:[0-9a-f]{2}[ :]?)+(?![0-9a-z])/gi) ?? [];
    const longest = runs
      .map((run) => run.replace(/[ :]/g, ''))
      .reduce((best, run) => (run.length > best.length ? run : best), '');
    if (longest.length >= LOG_DIGITS_MIN) {
      pieces.push(piece(Buffer.from(longest, 'hex'), `line ${index + 1}`));
    }
  }
  return pieces.length === 0 ? null : { kind: 'log', pieces };
}

function piece(bytes: Uint8Array, source: string): InputPiece {
  return { bytes, source, stream: false };
}
