import { COMMAND, type Command } from './command.js';
import type { TenantState } from './tenant-state.js';

/** Why a command that comes from outside is not decided. The numbers cross threads; none is ever in a journal. */
export const REFUSAL = {
  none: 0,
  /** Of a kind that nobody outside may give. */
  notAskable: 1,
  noSuchAccount: 2,
  /** The card is issued already. */
  cardExists: 3,
} as const;

/**
 * Whether a command from outside can follow the state, where `apply` would take it for a broken invariant, as the
 * commands of the switch itself never are one. Fills in what only the state can tell: of an account that is to be
 * opened, its number.
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
      if (command.account >= state.accounts.length) return REFUSAL.noSuchAccount;
      return state.cardOf(command.token) >= 0 ? REFUSAL.cardExists : REFUSAL.none;
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
      return state.cards.length - 1;
    default:
      return 0;
  }
}
