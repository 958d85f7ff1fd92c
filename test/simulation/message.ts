import { KEPT_NOTHING } from '../../ledger/command.js';
import type { Batch } from '../../parsers/batch.js';
import { FLAG, KIND } from '../../parsers/batch.js';
import { words } from '../ledger/commands.js';
import { POS } from '../ledger/one-tenant.js';

/** What a processor sends, as a parser would understand it; keys and tokens by the numbers that `words` makes words of. */
export interface Message {
  /** Stands for it on the wire, and in its answer. */
  readonly id: number;
  readonly kind: (typeof KIND)[keyof typeof KIND];
  /** Index of the tenant. */
  readonly tenant: number;
  readonly key: number;
  /** 0 where it names no original. */
  readonly originalKey: number;
  readonly token: number;
  readonly amount: number;
  readonly currency: number;
  readonly flags: number;
  /** What a reversal lets stand; −1 for nothing. */
  readonly kept: number;
  readonly mcc: number;
  readonly processingCode: number;
  readonly billing: number;
  readonly billingCurrency: number;
}

export const PLAIN = {
  originalKey: 0,
  flags: 0,
  kept: KEPT_NOTHING,
  billing: 0,
  billingCurrency: 0,
} as const;

/** What is said of a message's content, so that another under its key is no repeat. */
export function fingerprintOf({ kind, amount, originalKey, kept, token }: Message): number {
  return (
    (Math.imul(amount, 31) ^ Math.imul(originalKey, 17) ^ Math.imul(kept, 7) ^ (kind << 8) ^ token) >>> 0
  );
}

/** Whether a message asks for a decision; others tell one, and are repeated until they are heard. */
export function isRequest({ kind, flags }: Message): boolean {
  return kind !== KIND.reverse && (flags & FLAG.advice) === 0;
}

export function describe(message: Message): string {
  const { id, kind, tenant, key, originalKey, token, amount, currency, flags, kept } = message;
  const name = kind === KIND.authorise ? 'auth' : kind === KIND.clear ? 'clear' : 'reverse';
  const advice = (flags & FLAG.advice) !== 0 ? ' advice' : '';
  const raise = (flags & FLAG.incremental) !== 0 ? ' increment' : '';
  const more = (flags & FLAG.more) !== 0 ? ' more' : '';
  const original = originalKey === 0 ? '' : ` of ${originalKey}`;
  const rest = kept < 0 ? '' : ` keeps ${kept}`;
  return `#${id} ${name}${advice}${raise}${more} key ${key}${original} tenant ${tenant} card ${token} ${amount}/${currency}${rest}`;
}

/** Bytes of a message on the wire: its id. */
export const FRAME_BYTES = 4;

/** Fills the columns of a batch from the messages that its frames stand for. */
export function parse(batch: Batch, messages: readonly Message[]): void {
  const { columns } = batch;
  const frames = Buffer.from(batch.frames.buffer, batch.frames.byteOffset, batch.frames.byteLength);
  for (let index = 0; index < batch.count; index++) {
    const message = messages[frames.readUInt32BE(columns.frameOffset[index]!)]!;
    columns.kind[index] = message.kind;
    columns.tenant[index] = message.tenant;
    columns.amount[index] = message.amount;
    columns.currency[index] = message.currency;
    columns.flags[index] = message.flags;
    columns.kept[index] = message.kept;
    columns.mcc[index] = message.mcc;
    columns.processingCode[index] = message.processingCode;
    columns.billing[index] = message.billing;
    columns.billingCurrency[index] = message.billingCurrency;
    columns.rate[index] = message.billing === 0 ? 0 : 20_000_100;
    columns.channel[index] = POS;
    columns.fingerprint[index] = fingerprintOf(message);
    columns.expiry[index] = 0;
    columns.cashback[index] = 0;
    columns.approvalCode[index] = 0;
    columns.rule[index] = 0;
    const { token, key, originalKey, identifiers } = columns;
    words(message.token, token.subarray(4 * index, 4 * index + 4));
    words(message.key, key.subarray(3 * index, 3 * index + 3));
    words(message.originalKey, originalKey.subarray(3 * index, 3 * index + 3));
    const width = identifiers.length / columns.kind.length;
    identifiers.fill(0, index * width, (index + 1) * width);
  }
}

/** What a processor hears. */
export interface Reply {
  readonly message: Message;
  readonly code: number;
  readonly approvalCode: number;
  /** What was approved, where that is less than was asked for; −1 else. */
  readonly amount: number;
}

/** Bytes of a reply on the wire: id, response code, approval code, amount. */
export const REPLY_BYTES = 4 + 1 + 4 + 8;

export function writeReply(
  out: Buffer,
  at: number,
  id: number,
  { responseCode, approvalCode, amount }: { responseCode: number; approvalCode: number; amount: number },
): number {
  out.writeUInt32BE(id, at);
  out[at + 4] = responseCode;
  out.writeUInt32BE(approvalCode, at + 5);
  out.writeDoubleBE(amount, at + 9);
  return REPLY_BYTES;
}

/** The replies in what a connection wrote at once. */
export function readReplies(bytes: Buffer, messages: readonly Message[]): readonly Reply[] {
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length; at += REPLY_BYTES) {
    replies.push({
      message: messages[bytes.readUInt32BE(at)]!,
      code: bytes[at + 4]!,
      approvalCode: bytes.readUInt32BE(at + 5),
      amount: bytes.readDoubleBE(at + 9),
    });
  }
  return replies;
}
