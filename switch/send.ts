import { randomInt } from 'node:crypto';
import net from 'node:net';
import type { CompiledDialect } from '../parsers/compiled-dialect.js';
import { cutFrames, type Framing, frameMessage } from '../parsers/framing/index.js';
import { mask, maskOfClass, stars } from '../parsers/mask.js';
import { responseText } from '../parsers/meaning/index.js';
import { parse } from '../parsers/reader.js';
import { MessageView } from '../parsers/view.js';
import { build } from '../parsers/writer.js';
import { dateTimeOf } from './load/wall-time.js';

/** A message without anything inside its fields: values by number. */
export interface PlainMessage {
  readonly mti: string;
  readonly fields: Readonly<Record<number, string>>;
}

export interface SendOptions {
  readonly host: string;
  readonly port: number;
  readonly dialect: CompiledDialect;
  readonly message: PlainMessage;
  /** For connecting and answering together, in ms. */
  readonly timeoutMs: number;
  readonly framing: Framing;
}

export interface SendResult {
  readonly reply: PlainMessage;
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

/**
 * Codes by which the cardholder gets something: all, or part (ISO 8583:1987 table A.4, 1993 annex A.3), and those
 * by which a reversal or a network message is accepted.
 */
const APPROVALS: readonly string[] = ['00', '10', '000', '002', '400', '800', '0000', '0002', '4000', '8000'];

/** @returns the exit code that tells a script how the message fared */
export function exitCodeOfReply(reply: PlainMessage): number {
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
export function messageFromJson(text: string): PlainMessage {
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
export function messageFromFlags(mti: string, assignments: readonly string[]): PlainMessage {
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
export function completeMessage(message: PlainMessage, now: Date): PlainMessage {
  const dateTime = String(dateTimeOf(now)).padStart(10, '0');
  const stan = message.fields[11] ?? String(randomInt(1, 1_000_000)).padStart(6, '0');
  const keys = { 7: dateTime, 11: stan, ...localTime(message.mti, now, dateTime) };
  if (message.mti[1] === '8') return { mti: message.mti, fields: { ...keys, ...message.fields } };
  const fields: Record<number, string> = {
    ...keys,
    32: ACQUIRER,
    37: retrievalReference(now, stan),
    41: TERMINAL,
    42: MERCHANT,
    ...message.fields,
  };
  return { mti: message.mti, fields };
}

/** DE12 and DE13 of 1987, but of its network messages; later editions have the whole time in DE12. */
function localTime(mti: string, now: Date, dateTime: string): Record<number, string> {
  const year = String(now.getUTCFullYear());
  if (mti[0] === '1') return { 12: year.slice(2) + dateTime };
  if (mti[0] === '2') return { 12: year + dateTime };
  return mti[1] === '8' ? {} : { 12: dateTime.slice(4), 13: dateTime.slice(0, 4) };
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
  const { host, port, dialect, message, timeoutMs, framing } = options;
  const frame = frameMessage(framing, build(dialect, message));
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
        const { frames, rest, lost } = cutFrames(framing, unread);
        for (const { messageAt, messageBytes, poll } of frames) {
          if (poll) continue;
          const reply = decode(dialect, unread, messageAt, messageAt + messageBytes);
          if (answers(reply, message)) {
            end(() => resolve({ reply, roundTripMs: performance.now() - sentMs }));
            return;
          }
        }
        if (lost) fail('HF_SEND_MALFORMED_REPLY', `what came is not framed as ${framing.name}`);
        unread = unread.subarray(rest);
      } catch (cause) {
        fail('HF_SEND_MALFORMED_REPLY', cause instanceof Error ? cause.message : 'unreadable', cause);
      }
    });
  });
}

function decode(dialect: CompiledDialect, bytes: Uint8Array, start: number, end: number): PlainMessage {
  const view = new MessageView();
  if (!parse(view, dialect, bytes, start, end)) throw view.error();
  const fields: Record<number, string> = {};
  for (let field = 2; field <= view.highest; field++) {
    if (!view.has(field)) continue;
    fields[field] = view.text(field);
  }
  return { mti: String(view.mti).padStart(4, '0'), fields };
}

/** A response of the request's class; of its STAN too where both have one. */
function answers(reply: PlainMessage, request: PlainMessage): boolean {
  if (reply.mti.slice(0, 2) !== request.mti.slice(0, 2) || Number(reply.mti[2]) % 2 === 0) return false;
  const asked = request.fields[11];
  const answered = reply.fields[11];
  return asked === undefined || answered === undefined || Number(asked) === Number(answered);
}

/** The message without what must not be shown: PAN and tracks keep six digits and four, PIN and chip data none. */
export function maskMessage(dialect: CompiledDialect, message: PlainMessage): PlainMessage {
  const fields: Record<number, string> = {};
  for (const [field, value] of Object.entries(message.fields)) {
    fields[Number(field)] = masked(dialect, Number(field), value);
  }
  return { mti: message.mti, fields };
}

function masked(dialect: CompiledDialect, field: number, value: string): string {
  const fieldClass = dialect.table.fields[field]?.class ?? 'plain';
  return fieldClass === 'icc' ? stars(value) : mask(maskOfClass(fieldClass), value);
}

/** A message for people: a line a field, masked. */
export function messageText(dialect: CompiledDialect, message: PlainMessage): string {
  const lines = [message.mti];
  for (const [field, value] of Object.entries(maskMessage(dialect, message).fields)) {
    const name = dialect.table.fields[Number(field)]?.name ?? '';
    const meaning = field === '39' ? responseText(value) : '';
    lines.push(
      `  ${field.padStart(3)}  ${name.padEnd(46)} ${value}${meaning === '' ? '' : `  (${meaning})`}`,
    );
  }
  return lines.join('\n');
}
