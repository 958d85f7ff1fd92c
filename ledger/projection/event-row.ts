import { COMMAND, type Command, type Decision, DIRECTION, RESPONSE } from '../command.js';
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
 * What a command that is no message tells by itself; nothing where that is nothing to a tenant, or was refused.
 * @param state as the command left it
 */
export function eventsOfCommand(
  state: TenantState,
  command: Command,
  decision: Decision,
): readonly EventFacts[] {
  const { cards, accounts } = state;
  const { account, amount, currency } = command;
  switch (command.kind) {
    case COMMAND.openAccount:
      return [{ type: 'account.created', account, currency, detail: { overdraft: command.overdraft } }];
    case COMMAND.setOverdraft:
    case COMMAND.setHolder:
      return [{ type: 'account.updated', account, detail: { overdraft: accounts.overdraft(account) } }];
    case COMMAND.issueCard:
      return [cardEvent('card.created', state, command)];
    case COMMAND.changeCard:
      return [cardEvent('card.updated', state, command)];
    case COMMAND.issueToken: {
      const card = state.cardOf(command.originalToken);
      const status = CARD_STATUS_NAMES[cards.status(state.cardOf(command.token))]!;
      return [{ type: 'card_token.created', card, account: cards.account(card), detail: { status } }];
    }
    case COMMAND.credit:
      return [{ type: 'funds.credited', account, amount, currency: accounts.currency(account) }];
    case COMMAND.postFunds: {
      if (decision.responseCode !== RESPONSE.approved) return [];
      const type = command.direction === DIRECTION.in ? 'funds.credited' : 'funds.debited';
      return [{ type, account, amount, currency }];
    }
    case COMMAND.transferFunds:
      if (decision.responseCode !== RESPONSE.approved) return [];
      return [
        { type: 'funds.debited', account, amount, currency },
        { type: 'funds.credited', account: command.counterAccount, amount, currency },
      ];
    case COMMAND.setLimits: {
      const { perTransaction, perDay, perDayCount } = command;
      const channels = CHANNEL_SETS.of(command.channels);
      const detail = {
        channels,
        per_transaction: perTransaction,
        per_day: perDay,
        per_day_count: perDayCount,
      };
      return [{ type: 'limits.changed', currency, detail }];
    }
    case COMMAND.setRules: {
      const { level, entity } = command;
      return [{ type: 'rules.changed', detail: { level: LEVEL_NAMES[level]!, entity } }];
    }
    default:
      return [];
  }
}

/** Of a card, or a second number, which is told of as its card. */
function cardEvent(type: string, state: TenantState, { token }: Command): EventFacts {
  const { cards } = state;
  const own = state.cardOf(token);
  const parent = cards.parent(own);
  const card = parent < 0 ? own : parent;
  const status = CARD_STATUS_NAMES[cards.status(own)]!;
  const channels = CHANNEL_SETS.of(cards.channels(own));
  const second = parent < 0 ? {} : { second_number: true };
  return { type, card, account: cards.account(card), detail: { status, channels, ...second } };
}
