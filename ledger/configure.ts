import { BOOK } from './books.js';
import type { Command } from './command.js';
import { invariant } from './invariant-error.js';
import type { TenantState } from './tenant-state.js';

/** The commands that no processor sends: what a tenant's ledger is made of, and what it goes by. */

export function setLimits(state: TenantState, command: Command): void {
  state.limits.currency = command.currency;
  state.limits.channels = command.channels;
  state.limits.perTransaction = command.perTransaction;
  state.limits.perDay = command.perDay;
  state.limits.perDayCount = command.perDayCount;
}

export function setHoldRule(state: TenantState, command: Command): void {
  const { mcc, mccTo } = command;
  invariant(mcc <= mccTo && mccTo <= 9999, `a hold rule is for merchant categories ${mcc} to ${mccTo}`);
  state.holdRules.set(command);
}

export function setRate(state: TenantState, command: Command): void {
  const { currency, billingCurrency, rate, exponents, spread } = command;
  state.rates.set(currency, billingCurrency, { rate, exponents, spread });
}

export function openAccount(state: TenantState, command: Command): void {
  invariant(command.account === state.accounts.length, `account ${command.account} is not the next one`);
  state.openAccount(command.currency, command.overdraft);
}

export function issueCard(state: TenantState, command: Command): void {
  invariant(
    command.account < state.accounts.length,
    `a card draws on account ${command.account}, which is not open`,
  );
  invariant(state.tokens.find(command.token) < 0, 'a card is issued twice');
  const card = state.cards.add(command.account, command.expiry, command.status, command.channels);
  state.tokens.add(command.token, card);
}

export function aliasCard(state: TenantState, command: Command): void {
  const card = state.cardOf(command.originalToken);
  invariant(card >= 0, 'an alias is given to a card that was never issued');
  invariant(state.tokens.find(command.token) < 0, 'an alias is given twice');
  state.tokens.add(command.token, card);
}

export function credit(state: TenantState, command: Command): void {
  const { account, amount } = command;
  invariant(account < state.accounts.length, `account ${account} is credited, which is not open`);
  invariant(command.currency === state.accounts.currency(account), `account ${account} has another currency`);
  state.enter(account, BOOK.funding, amount, 0);
}
