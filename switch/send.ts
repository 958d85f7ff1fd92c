import { randomInt } from 'node:crypto';
import net from 'node:net';
import type { CompiledDialect } from '../parsers/dialect.js';
import { MessageView, parse } from '../parsers/reader.js';
import { build, type MessageText } from '../parsers/writer.js';
import { responseMeaning } from './load/response-meaning.js';
import { dateTimeOf } from './load/wall-time.js';

export interface SendOptions {
  readonly host: string;
  readonly port: number;
  readonly dialect: CompiledDialect;
  readonly message: MessageText;
  /** For connecting and answering together, in ms. */
  readonly timeoutMs: number;
  /** Bytes of the big-endian length before each message. */
  readonly headerBytes: 2 | 4;
}

export interface SendResult {
  readonly reply: MessageText;
  /** From the write to the read that completed the reply, in ms. */
  readonly roundTripMs: number;
}

/** Process exit codes of `holdfast send`. */
export const SEND_EXIT = { approved: 0, declined: 1, usage: 2, noAnswer: 3, malformedReply: 4 } as const;

export type SendErrorCode =
  | 'HF_SEND_USAGE'
  | 'HF_SEND_CONNECT'
  | 'HF_SEND_TIMEOUT'
  | 'HF_SEND_CLOSED'
  | 'HF_SEND_MALFORMED_REPLY';

/** A message that got no readable reply; the text holds no field's value. */
export class SendError extends Error {
  override readonly name = 'SendError';
  constructor(
    readonly code: SendErrorCode,
    rule: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${rule}`, options);
  }
}

/** Response codes by which the cardholder gets something: all, or part (ISO 8583:1987 table A.4). */
const APPROVALS: readonly string[] = ['00', '10'];

/** @returns the exit code that tells a script how the message fared */
export function exitCodeOfReply(reply: MessageText): number {
  return APPROVALS.includes(reply.fields[39] ?? '') ? SEND_EXIT.approved : SEND_EXIT.declined;
}

/** As {@link exitCodeOfReply}, for what {@link runSend} or the making of the message threw. */
export function exitCodeOfError(error: unknown): number {
  if (!(error instanceof SendError) || error.code === 'HF_SEND_USAGE') return SEND_EXIT.usage;
  return error.code === 'HF_SEND_MALFORMED_REPLY' ? SEND_EXIT.malformedReply : SEND_EXIT.noAnswer;
}

/**
 * A message from `{"mti":"0100","fields":{"2":"…"}}`.
 * @throws SendError `HF_SEND_USAGE`
 */
export function messageFromJson(text: string): MessageText {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a PAN.
    throw new SendError('HF_SEND_USAGE', 'the message is not JSON');
  }
  const { mti, fields } = Object(parsed) as { mti?: unknown; fields?: unknown };
  if (typeof mti !== 'string' || typeof fields !== 'object' || fields === null) {
    throw new SendError('HF_SEND_USAGE', 'a message is {"mti":"0100","fields":{"2":"…"}}');
  }
  const texts: Record<number, string> = {};
  for (const [name, value] of Object.entries(fields)) put(texts, name, value);
  return { mti, fields: texts };
}

/**
 * A message from an MTI and assignments such as `4=1250`.
 * @throws SendError `HF_SEND_USAGE`
 */
export function messageFromFlags(mti: string, assignments: readonly string[]): MessageText {
  const fields: Record<number, string> = {};
  for (const assignment of assignments) {
    const sign = assignment.indexOf('=');
    if (sign < 1) throw new SendError('HF_SEND_USAGE', 'a field is given as NUMBER=VALUE');
    put(fields, assignment.slice(0, sign), assignment.slice(sign + 1));
  }
  return { mti, fields };
}

function put(fields: Record<number, string>, name: string, value: unknown): void {
  if (!/^[1-9]\d{0,2}$/.test(name))
    throw new SendError('HF_SEND_USAGE', 'a field has a number from 2 to 128');
  if (typeof value !== 'string') throw new SendError('HF_SEND_USAGE', `field ${name} is given as a string`);
  fields[Number(name)] = value;
}

/** DE32, DE41 and DE42 of a message that names no acquirer, terminal or merchant. */
const ACQUIRER = '70000000001';
const TERMINAL = 'TERM0001';
const MERCHANT = 'MERCHANT0000001';

/** Adds the keys and times that a message needs and does not have; for a network message only DE7 and DE11. */
export function completeMessage(message: MessageText, now: Date): MessageText {
  const dateTime = String(dateTimeOf(now)).padStart(10, '0');
  const stan = message.fields[11] ?? String(randomInt(1, 1_000_000)).padStart(6, '0');
  const keys: Record<number, string> = { 7: dateTime, 11: stan };
  if (message.mti.startsWith('08')) return { mti: message.mti, fields: { ...keys, ...message.fields } };
  const fields: Record<number, string> = {
    ...keys,
    12: dateTime.slice(4),
    13: dateTime.slice(0, 4),
    32: ACQUIRER,
    37: retrievalReference(now, stan),
    41: TERMINAL,
    42: MERCHANT,
    ...message.fields,
  };
  return { mti: message.mti, fields };
}

/** YDDDhh and the STAN, as acquirers commonly make DE37. */
function retrievalReference(now: Date, stan: string): string {
  const day = Math.floor((now.getTime() - Date.UTC(now.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const hour = String(now.getUTCHours()).padStart(2, '0');
  return `${now.getUTCFullYear() % 10}${String(day).padStart(3, '0')}${hour}${stan.padStart(6, '0').slice(-6)}`;
}

/**
 * Sends one message on a connection of its own and waits for its response; whatever else the other side sends
 * meanwhile is skipped.
 *
 * @throws IsoError where the dialect can't say the message; SendError `HF_SEND_CONNECT`, `HF_SEND_TIMEOUT`,
 * `HF_SEND_CLOSED`, `HF_SEND_MALFORMED_REPLY`
 */
export function runSend(options: SendOptions): Promise<SendResult> {
  const { host, port, dialect, message, timeoutMs, headerBytes } = options;
  const frame = frameOf(build(dialect, message), headerBytes);
  return new Promise((resolve, reject) => {
    let unread: Buffer = Buffer.alloc(0);
    let sentMs = 0;
    const socket = net.connect({ host, port, noDelay: true });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const fail = (code: SendErrorCode, rule: string, cause?: unknown) =>
      end(() => reject(new SendError(code, rule, { cause })));
    const timer = setTimeout(() => fail('HF_SEND_TIMEOUT', `no answer within ${timeoutMs} ms`), timeoutMs);
    socket.on('connect', () => {
      sentMs = performance.now();
      socket.write(frame);
    });
    socket.on('error', (cause) => fail('HF_SEND_CONNECT', `connection to ${host}:${port} failed`, cause));
    socket.on('close', () => fail('HF_SEND_CLOSED', 'the other side closed without an answer'));
    socket.on('data', (bytes) => {
      unread = Buffer.concat([unread, bytes]);
      try {
        for (let next = frameEnd(unread, headerBytes); next <= unread.length; ) {
          const reply = decode(dialect, unread, headerBytes, next);
          if (answers(reply, message)) {
            end(() => resolve({ reply, roundTripMs: performance.now() - sentMs }));
            return;
          }
          unread = unread.subarray(next);
          next = frameEnd(unread, headerBytes);
        }
      } catch (cause) {
        fail('HF_SEND_MALFORMED_REPLY', cause instanceof Error ? cause.message : 'unreadable', cause);
      }
    });
  });
}

function frameOf(body: Buffer, headerBytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUIntBE(body.length, 0, headerBytes);
  return Buffer.concat([header, body]);
}

/** Where the first frame ends; infinite while its header is incomplete. */
function frameEnd(bytes: Buffer, headerBytes: number): number {
  if (bytes.length < headerBytes) return Number.POSITIVE_INFINITY;
  return headerBytes + bytes.readUIntBE(0, headerBytes);
}

function decode(dialect: CompiledDialect, bytes: Uint8Array, start: number, end: number): MessageText {
  const view = new MessageView();
  if (!parse(view, dialect, bytes, start, end)) throw view.error();
  const fields: Record<number, string> = {};
  for (let field = 2; field <= view.highest; field++) {
    if (!view.has(field)) continue;
    const binary = dialect.dialect.fields[field]?.content === 'b';
    fields[field] = binary ? Buffer.from(view.raw(field)).toString('hex') : view.text(field);
  }
  return { mti: String(view.mti).padStart(4, '0'), fields };
}

/** A response of the request's class; of its STAN too where both have one. */
function answers(reply: MessageText, request: MessageText): boolean {
  if (reply.mti.slice(0, 2) !== request.mti.slice(0, 2) || Number(reply.mti[2]) % 2 === 0) return false;
  const asked = request.fields[11];
  const answered = reply.fields[11];
  return asked === undefined || answered === undefined || Number(asked) === Number(answered);
}

/** The message without what must not be shown: PAN and tracks keep six digits and four, PIN and chip data none. */
export function maskMessage(dialect: CompiledDialect, message: MessageText): MessageText {
  const fields: Record<number, string> = {};
  for (const [field, value] of Object.entries(message.fields)) {
    fields[Number(field)] = masked(dialect, Number(field), value);
  }
  return { mti: message.mti, fields };
}

function masked(dialect: CompiledDialect, field: number, value: string): string {
  switch (dialect.dialect.fields[field]?.class) {
    case 'pan':
      return maskedPan(value);
    case 'track': {
      // Track 1 begins with a format code, and its PAN ends at '^'; tracks 2 and 3 use '=' or 'D'.
      const [, code = '', pan = '', rest = ''] = /^([A-Z]*)(\d+)(.*)$/s.exec(value) ?? [];
      return pan === '' ? '*'.repeat(value.length) : `${code}${maskedPan(pan)}${'*'.repeat(rest.length)}`;
    }
    case 'pin':
    case 'icc':
      return '*'.repeat(value.length);
    default:
      return value;
  }
}

/** Shorter numbers than a PAN may be would show too much of themselves. */
const PAN_DIGITS_MIN = 13;

function maskedPan(pan: string): string {
  if (pan.length < PAN_DIGITS_MIN) return '*'.repeat(pan.length);
  return `${pan.slice(0, 6)}${'*'.repeat(pan.length - 10)}${pan.slice(-4)}`;
}

/** A message for people: a line a field, masked. */
export function messageText(dialect: CompiledDialect, message: MessageText): string {
  const lines = [message.mti];
  for (const [field, value] of Object.entries(maskMessage(dialect, message).fields)) {
    const name = dialect.dialect.fields[Number(field)]?.name ?? '';
    const meaning = field === '39' ? responseMeaning(value) : '';
    lines.push(
      `  ${field.padStart(3)}  ${name.padEnd(46)} ${value}${meaning === '' ? '' : `  (${meaning})`}`,
    );
  }
  return lines.join('\n');
}
