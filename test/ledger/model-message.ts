import type { Asked } from './commands.js';

/** What the model expects of a message; `undefined` of what has no answer, or can't follow those before it. */
export interface Told {
  readonly code: number;
  readonly journalled: boolean;
  readonly approvedAmount: bigint | undefined;
  readonly marks: readonly string[];
}

export interface ModelCard {
  readonly account: number;
  /** What of a day's limits is used. */
  day: { date: string; spent: bigint; count: number };
}

export interface ModelMessage {
  readonly key: number;
  readonly kind: string;
  card: ModelCard | undefined;
  content: number;
  currency: number;
  retrieval: string;
  merchant: string;
  approvalCode: number;
  status:
    | 'new'
    | 'blocked'
    | 'declined'
    | 'noted'
    | 'held'
    | 'cleared'
    | 'released'
    | 'expired'
    | 'increment'
    | 'clearing'
    | 'credited'
    | 'suspended'
    | 'undone'
    | 'reversal';
  /** As asked, and what of it stands, in the message's currency. */
  amount: bigint;
  stands: bigint;
  /** In the account's currency: all, and the tenant's part. */
  billed: bigint;
  spread: bigint;
  held: bigint;
  /** Of a clearing: what the account paid; the rest of what was billed is in suspense. */
  charged: bigint;
  /** Of a clearing: what it released of the hold. */
  released: bigint;
  /** Of what is in suspense: whether it is owed to someone. */
  credit: boolean;
  /** The date that it counts for. */
  date: string;
  marks: Set<string>;
  children: ModelMessage[];
  parent: ModelMessage | undefined;
  /** Whether it can be found by what it has in common with a clearing. */
  listed: boolean;
  /** Minutes: when the hold expires, the message is forgotten, and is looked at next. */
  expires: number;
  forget: number;
  look: number;
  /** It was answered 91 after all. */
  voided: boolean;
  told: Told;
}

export function has(asked: Asked, flag: number): boolean {
  return ((asked.flags ?? 0) & flag) !== 0;
}

export function typeOf({ processingCode = 0 }: Asked): 'debit' | 'credit' | 'inquiry' {
  if (processingCode < 200_000) return 'debit';
  return processingCode < 300_000 ? 'credit' : 'inquiry';
}

export function share(whole: bigint, part: bigint, of: bigint): bigint {
  return of === 0n ? 0n : (whole * part + of - 1n) / of;
}

export function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
