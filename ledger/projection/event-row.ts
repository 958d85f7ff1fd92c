import { COMMAND, type Command } from '../command.js';
import { LEVEL_NAMES } from '../limits/place.js';
import type { TenantState } from '../tenant-state.js';
import type { CopyRows } from './copy-rows.js';
import type { Original, Place } from './message-row.js';
import { CARD_STATUS_NAMES, CHANNEL_SETS, currencyName } from './names.js';

/** Columns of `holdfast_read.event`, in the order in which they are written. */
export const EVENT_COLUMNS = [
  'tenant',
  'seq',
  'entry',
  'ordinal',
  'at',
  'type',
  'card',
  'account',
  'amount',
  'currency',
  'about_seq',
  'about_entry',
  'detail',
] as const;

/** What happened; numbers are those of the ledger, amounts minor units. */
export interface EventFacts {
  /** As `hold.expired`; its first word says what it is about. */
  readonly type: string;
  readonly card?: number;
  readonly account?: number;
  readonly amount?: number;
  /** ISO 4217 number. */
  readonly currency?: number;
  /** The authorisation that it is about. */
  readonly about?: Original;
  /** What only events of this type have: a few short members. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Writes the row of an event; `ordinal` counts those of one command from 1. */
export function writeEvent(rows: CopyRows, place: Place, ordinal: number, facts: EventFacts): void {
  const { type, card, account, amount, currency, about, detail } = facts;
  rows.begin(EVENT_COLUMNS.length);
  rows.int2(place.tenant);
  rows.int8(place.seq);
  rows.int4(place.entry);
  rows.int4(ordinal);
  rows.time(place.at);
  rows.ascii(type);
  if (card === undefined) rows.null();
  else rows.int4(card);
  if (account === undefined) rows.null();
  else rows.int4(account);
  if (amount === undefined) rows.null();
  else rows.int8(amount);
  if (currency === undefined) rows.null();
  else rows.ascii(currencyName(currency));
  if (about === undefined) {
    rows.null();
    rows.null();
  } else {
    rows.int8(about.seq);
    rows.int4(about.entry);
  }
  if (detail === undefined) rows.null();
  else rows.json(detail);
}

/**
 * What a command that is no message tells by itself; null where that is nothing to a tenant.
 * @param state as the command left it
 */
export function eventOfCommand(state: TenantState, command: Command): EventFacts | null {
  const { cards, accounts } = state;
  const { currency } = command;
  switch (command.kind) {
    case COMMAND.openAccount: {
      const { account, overdraft } = command;
      return { type: 'account.created', account, currency, detail: { overdraft } };
    }
    case COMMAND.issueCard: {
      const card = state.cardOf(command.token);
      const status = CARD_STATUS_NAMES[cards.status(card)]!;
      const channels = CHANNEL_SETS.of(cards.channels(card));
      return { type: 'card.created', card, account: cards.account(card), detail: { status, channels } };
    }
    case COMMAND.credit: {
      const { account, amount } = command;
      return { type: 'funds.credited', account, amount, currency: accounts.currency(account) };
    }
    case COMMAND.setLimits: {
      const { perTransaction, perDay, perDayCount } = command;
      const channels = CHANNEL_SETS.of(command.channels);
      const detail = {
        channels,
        per_transaction: perTransaction,
        per_day: perDay,
        per_day_count: perDayCount,
      };
      return { type: 'limits.changed', currency, detail };
    }
    case COMMAND.setRules: {
      const { level, entity } = command;
      return { type: 'rules.changed', detail: { level: LEVEL_NAMES[level]!, entity } };
    }
    default:
      return null;
  }
}
