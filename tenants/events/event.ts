import { RESPONSE } from '../../ledger/command.js';
import { cardName, type ObjectNames } from '../api/object-names.js';
import type { EventRow } from './feed.js';
import { readMerchantText } from './merchant-text.js';

/** Of the shape of `data`: raised when a member changes its meaning or goes; new members may come without. */
export const EVENT_VERSION = 1;

/** Types of events, each with what happened. */
export const EVENT_TYPES = {
  'authorization.approved': 'An authorization was approved, in full or in part.',
  'authorization.declined': 'An authorization was declined; `decision` says why.',
  'authorization.reversed': 'An authorization or a clearing was given back, in full or in part.',
  'authorization.voided': 'A request was undone, as its answer could not be given in time.',
  'reversal.declined': 'A reversal was not accepted.',
  'transaction.cleared': 'A transaction was booked.',
  'transaction.declined': 'A booking was declined.',
  'hold.expired': 'The time of a hold was up; what it held is available again.',
  'account.created': 'An account was opened.',
  'account.updated': 'The overdraft line or the holder of an account was changed.',
  'card.created': 'A card was issued.',
  'card.updated': 'A card was activated, frozen, blocked, renewed, or changed otherwise.',
  'card_token.created': 'A card was given a second number, as a wallet has it.',
  'funds.credited': 'Money came to an account.',
  'funds.debited': 'Money left an account, other than by card.',
  'limits.changed': 'The limits of the tenant were changed.',
  'rules.changed': 'The rules of a level were changed.',
  'tenant.quarantined':
    'The ledger of the tenant is wrong, and answers nothing until a person has looked at it.',
  'webhook_endpoint.disabled':
    'An endpoint failed for days, or said that it is gone; nothing is sent to it any more.',
  'webhook_endpoint.test': 'Sent to one endpoint, on request.',
} as const satisfies Readonly<Record<string, string>>;

export type EventType = keyof typeof EVENT_TYPES;

/** An event, in the same shape wherever it is told. */
export interface TenantEvent {
  readonly id: string;
  readonly object: 'event';
  readonly version: number;
  readonly type: string;
  /** When it happened, RFC 3339. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an event is spelled with. */
export interface EventWords {
  readonly names: ObjectNames;
  readonly currencyOf: (numeric: string) => { readonly alpha: string } | undefined;
}

/** @param tenant its number in the database */
export function eventOf(words: EventWords, tenant: number, row: EventRow): TenantEvent {
  const timestamp = (row.created ?? row.at).toISOString();
  const data = row.kind === null ? factsOf(words, tenant, row) : messageOf(words, tenant, row);
  return {
    id: eventName(words.names, tenant, row),
    object: 'event',
    version: EVENT_VERSION,
    type: row.type,
    timestamp,
    data,
  };
}

export function eventName(
  names: ObjectNames,
  tenant: number,
  { seq, entry, ordinal }: Pick<EventRow, 'seq' | 'entry' | 'ordinal'>,
): string {
  return names.name('event', tenant, seq, entry, ordinal);
}

/** Resources that every event names, where it is about such. */
function resourcesOf({ names, currencyOf }: EventWords, tenant: number, row: EventRow) {
  const { about_seq, about_entry, currency } = row;
  const own = row.kind === 'authorisation';
  const [seq, entry] = own ? [row.seq, row.entry] : row.about_hold ? [about_seq!, about_entry!] : [0, 0];
  return {
    authorization: seq === 0 ? null : names.name('auth', tenant, seq, entry),
    card: row.card_id === null ? null : cardName(row.card_id),
    account: row.account === null ? null : names.name('acct', tenant, row.account),
    amount: row.amount,
    currency: currency === null ? null : (currencyOf(currency)?.alpha ?? currency),
  };
}

function factsOf(words: EventWords, tenant: number, row: EventRow): TenantEvent['data'] {
  return { ...resourcesOf(words, tenant, row), ...row.detail };
}

const APPROVALS: readonly number[] = [RESPONSE.approved, RESPONSE.partiallyApproved];
const REASONS: ReadonlyMap<number, string> = new Map(
  Object.entries(RESPONSE).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ]),
);

function messageOf(words: EventWords, tenant: number, row: EventRow): TenantEvent['data'] {
  const { names, currencyOf } = words;
  const { about_seq, about_entry, merchant_currency, response_code, rule } = row;
  const code = Number(response_code);
  const original = about_seq === null ? null : names.name('event', tenant, about_seq, about_entry!);
  return {
    ...resourcesOf(words, tenant, row),
    original,
    merchant_amount: row.merchant_amount,
    merchant_currency:
      merchant_currency === null ? null : (currencyOf(merchant_currency)?.alpha ?? merchant_currency),
    cashback: row.cashback,
    decision: {
      approved: APPROVALS.includes(code),
      response_code,
      reason: REASONS.get(code) ?? 'other',
      approval_code: row.approval_code,
      rule,
    },
    merchant: {
      id: row.merchant,
      terminal: row.terminal,
      ...readMerchantText(row.acceptor),
      country: row.country,
      category_code: row.mcc,
    },
    point_of_service: {
      channel: row.channel,
      card_entry: row.card_entry,
      entry_mode: row.entry_mode,
      traits: row.traits,
    },
    network: { stan: row.stan, rrn: row.rrn, acquirer: row.acquirer },
    flags: row.flags,
    marks: row.marks,
  };
}
