import { apply } from '../../ledger/apply.js';
import { dayOf } from '../../ledger/calendar.js';
import { Decision, type RESPONSE } from '../../ledger/command.js';
import { type Limits, TenantState } from '../../ledger/tenant-state.js';
import { type Asked, commandOf, type Fields } from './commands.js';

export const EUR = 978;
export const USD = 840;
export const POS = 1;
export const ECOMMERCE = 4;
/** 2026-06-15T12:00:00Z, in the middle of a day and of a month. */
export const NOON = Date.UTC(2026, 5, 15, 12);

const LIMITS: Limits = {
  currency: EUR,
  channels: 31,
  perTransaction: 100_000,
  perDay: 1_000_000,
  perDayCount: 1000,
};

/** What the sender of a message is told. */
export interface Answer {
  readonly code: (typeof RESPONSE)[keyof typeof RESPONSE];
  readonly approvalCode: number;
  readonly journalled: boolean;
}

/** All that can move when a message is decided, of a card and its account. */
export interface Position {
  readonly posted: number;
  readonly held: number;
  readonly available: number;
  readonly daySpent: number;
  readonly dayCount: number;
}

/** A tenant's ledger whose first account (100,000.00 EUR) has card 1, which can do everything until 2612. */
export class OneTenant {
  readonly state = new TenantState();
  /** Time of what is asked next, ms since 1970. */
  now = NOON;
  readonly #decision = new Decision();
  #keys = 1000;

  constructor(limits: Partial<Limits> = {}) {
    this.ask({ kind: 'setLimits', ...LIMITS, ...limits });
    this.issue(1, {}, 10_000_000);
  }

  ask(asked: Asked): Answer {
    apply(this.state, commandOf(asked), this.now, this.#decision);
    const { responseCode, approvalCode, journalled } = this.#decision;
    return { code: responseCode as Answer['code'], approvalCode, journalled };
  }

  /** Opens an account of its own for a card and issues it. */
  issue(token: number, card: Fields = {}, balance = 0): number {
    const account = this.state.accounts;
    const currency = card.currency ?? EUR;
    this.ask({ kind: 'openAccount', account, currency });
    if (balance > 0) this.ask({ kind: 'credit', account, currency, amount: balance });
    this.ask({ kind: 'issueCard', token, account, expiry: 2612, channels: 31, ...card });
    return account;
  }

  /** An authorisation of 10.00 by card 1 under a key of its own, but for what is given. */
  authorise(fields: Fields = {}): Answer {
    const { amount = 1000 } = fields;
    const given = {
      token: 1,
      key: this.nextKey(),
      amount,
      currency: EUR,
      channels: POS,
      fingerprint: amount,
    };
    return this.ask({ kind: 'authorise', ...given, ...fields });
  }

  /** A reversal by card 1 under a key of its own, but for what is given. */
  reverse(fields: Fields): Answer {
    const { originalKey = 0 } = fields;
    return this.ask({ kind: 'reverse', token: 1, key: this.nextKey(), fingerprint: originalKey, ...fields });
  }

  nextKey(): number {
    return ++this.#keys;
  }

  /** Where a card and its account stand at this moment. */
  position(token = 1): Position {
    const { state } = this;
    const card = state.cardOf(commandOf({ kind: 'authorise', token }).token);
    const account = state.cardAccount[card]!;
    const today = state.cardDay[card] === dayOf(this.now);
    return {
      posted: state.accountPosted[account]!,
      held: state.accountHeld[account]!,
      available: state.available(account),
      daySpent: today ? state.cardDaySpent[card]! : 0,
      dayCount: today ? state.cardDayCount[card]! : 0,
    };
  }
}
