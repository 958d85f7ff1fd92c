import { mayBecome } from './card-status.js';
import { COMMAND, type Command } from './command.js';
import { canHaveRules, setOf } from './limits/set-rules.js';
import type { TenantState } from './tenant-state.js';

/** Why a command that comes from outside is not decided. The numbers cross threads; none is ever in a journal. */
export const REFUSAL = {
  none: 0,
  /** Of a kind that nobody outside may give. */
  notAskable: 1,
  noSuchAccount: 2,
  /** The card is issued already, or the number is in use. */
  cardExists: 3,
  /** There is no such group, holder, account or card for rules to be attached to. */
  noSuchPlace: 20,
  /** The program is no set of rules. */
  noRules: 21,
  noSuchCard: 4,
  /** The card can't become that from what it is. */
  noSuchTransition: 5,
} as const;

/**
 * Whether a command from outside can follow the state, where `apply` would take it for a broken invariant, as the
 * commands of the switch itself never are one, or would not say what is missing. Fills in what only the state can tell:
 * of an account that is to be opened, its number.
 *
 * @param sandbox the money is nobody's: holds may be made to expire
 * @returns one of {@link REFUSAL}
 */
export function admit(state: TenantState, command: Command, sandbox: boolean): number {
  switch (command.kind) {
    case COMMAND.expireHold:
      return sandbox ? REFUSAL.none : REFUSAL.notAskable;
    case COMMAND.openAccount:
      command.account = state.accounts.length;
      return REFUSAL.none;
    case COMMAND.issueCard:
      if (!isOpen(state, command.account)) return REFUSAL.noSuchAccount;
      return state.cardOf(command.token) >= 0 ? REFUSAL.cardExists : REFUSAL.none;
    case COMMAND.setRules:
      if (!canHaveRules(state, command.level, command.entity)) return REFUSAL.noSuchPlace;
      return typeof setOf(state, command) === 'string' ? REFUSAL.noRules : REFUSAL.none;
    case COMMAND.changeCard: {
      const card = state.cardOf(command.token);
      if (card < 0) return REFUSAL.noSuchCard;
      return mayBecome(state.cards.status(card), command.status) ? REFUSAL.none : REFUSAL.noSuchTransition;
    }
    case COMMAND.issueToken: {
      const parent = state.cardOf(command.originalToken);
      if (parent < 0 || state.meantBy(parent) !== parent) return REFUSAL.noSuchCard;
      return state.cardOf(command.token) >= 0 ? REFUSAL.cardExists : REFUSAL.none;
    }
    case COMMAND.postFunds:
    case COMMAND.setOverdraft:
    case COMMAND.setHolder:
      return isOpen(state, command.account) ? REFUSAL.none : REFUSAL.noSuchAccount;
    case COMMAND.transferFunds: {
      const both = isOpen(state, command.account) && isOpen(state, command.counterAccount);
      return both ? REFUSAL.none : REFUSAL.noSuchAccount;
    }
    default:
      return REFUSAL.notAskable;
  }
}

/** What a command made, once it was decided: the number of an account or a card; 0 of the others. */
export function madeBy(state: TenantState, command: Command): number {
  switch (command.kind) {
    case COMMAND.openAccount:
      return command.account;
    case COMMAND.issueCard:
    case COMMAND.issueToken:
      return state.cardOf(command.token);
    default:
      return 0;
  }
}

function isOpen({ accounts }: TenantState, account: number): boolean {
  return account < accounts.length;
}
