import { isCardStatus, mayBecome } from './card-status.js';
import { type Command, type Decision, RESPONSE } from './command.js';
import type { TenantState } from './tenant-state.js';

/** The life of a card. Whoever asks may ask for what can't be: that is answered, and changes nothing. */

const CHANNELS_MAX = 0xff;
const MONTHS = 12;
const YEAR_MONTH_MAX = 9912;
const UINT32_MAX = 0xffff_ffff;

/** Refuses a command that no message brought: it is in no journal, and the same may be asked again. */
export function refuse(decision: Decision, code: number): void {
  decision.responseCode = code;
  decision.journalled = false;
}

/** Whether a number is one of the 32 bits that the journal has for it. */
export function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= UINT32_MAX;
}

/** Gives a card, or a second number, another status, channels, expiry and group: 12 where that can't be. */
export function changeCard(state: TenantState, command: Command, decision: Decision): void {
  const { cards } = state;
  const { status, channels, expiry, group } = command;
  const card = state.cardOf(command.token);
  const can = card >= 0 && isPossible(command) && isUint32(group) && mayBecome(cards.status(card), status);
  if (!can) return refuse(decision, RESPONSE.invalidTransaction);
  cards.renew(card, expiry);
  cards.setStatusAndChannels(card, status, channels);
  cards.setGroup(card, group);
}

/**
 * Gives a card a second number: 12 where there is no such card, or it is a second number itself; 94 where the number is in
 * use.
 */
export function issueToken(state: TenantState, command: Command, decision: Decision): void {
  const parent = state.cardOf(command.originalToken);
  if (parent < 0 || state.meantBy(parent) !== parent || !isPossible(command)) {
    return refuse(decision, RESPONSE.invalidTransaction);
  }
  if (state.cardOf(command.token) >= 0) return refuse(decision, RESPONSE.duplicate);
  const card = state.cards.addToken(parent, command.expiry, command.status, command.channels);
  state.tokens.add(command.token, card);
}

function isPossible({ status, channels, expiry }: Command): boolean {
  const month = expiry % 100;
  const dated = Number.isInteger(expiry) && month >= 1 && month <= MONTHS && expiry <= YEAR_MONTH_MAX;
  const bits = Number.isInteger(channels) && channels >= 0 && channels <= CHANNELS_MAX;
  return dated && bits && isCardStatus(status);
}
