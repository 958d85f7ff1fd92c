import { advanceTime } from './advance-time.js';
import { authorise } from './authorise.js';
import { setHolder, setOverdraft } from './change-account.js';
import { changeCard, issueToken } from './change-card.js';
import { clear } from './clear.js';
import { COMMAND, type Command, type Decision } from './command.js';
import { aliasCard, credit, issueCard, openAccount, setHoldRule, setLimits, setRate } from './configure.js';
import { expireHold } from './expire-hold.js';
import { postFunds, transferFunds } from './funds.js';
import { InvariantError } from './invariant-error.js';
import { setRules } from './limits/set-rules.js';
import { RECORD } from './record.js';
import { reverse } from './reverse.js';
import type { TenantState } from './tenant-state.js';
import { voidRequest } from './void-request.js';

/**
 * The ledger: changes `state` by `command` at time `at` (ms since 1970), and says in `decision` what was
 * decided. No I/O, no clock, no random: the same commands at the same times give the same state and the same
 * decisions, which is what recovery, replay and proof rest on.
 *
 * @throws InvariantError when the command can't follow the ones before it; the state is then not to be used
 */
export function apply(state: TenantState, command: Command, at: number, decision: Decision): void {
  decision.clear();
  switch (command.kind) {
    case COMMAND.authorise:
      return authorise(state, command, at, decision);
    case COMMAND.reverse:
      return reverse(state, command, at, decision);
    case COMMAND.clear:
      return clear(state, command, at, decision);
    case COMMAND.voidRequest:
      return voidRequest(state, command, at);
    case COMMAND.advanceTime:
      return advanceTime(state, at, decision);
    case COMMAND.expireHold:
      return expireHold(state, command, decision);
    case COMMAND.setLimits:
      return setLimits(state, command);
    case COMMAND.setHoldRule:
      return setHoldRule(state, command);
    case COMMAND.setRate:
      return setRate(state, command);
    case COMMAND.setRules:
      return setRules(state, command, decision);
    case COMMAND.openAccount:
      return openAccount(state, command);
    case COMMAND.issueCard:
      return issueCard(state, command);
    case COMMAND.aliasCard:
      return aliasCard(state, command);
    case COMMAND.credit:
      return credit(state, command);
    case COMMAND.changeCard:
      return changeCard(state, command, decision);
    case COMMAND.issueToken:
      return issueToken(state, command, decision);
    case COMMAND.postFunds:
      return postFunds(state, command, at, decision);
    case COMMAND.transferFunds:
      return transferFunds(state, command, at, decision);
    case COMMAND.setOverdraft:
      return setOverdraft(state, command, decision);
    case COMMAND.setHolder:
      return setHolder(state, command, decision);
    default:
      throw new InvariantError(`no command has kind ${command.kind}`);
  }
}

/** Whether a request of that key was decided, so that another is its repeat. */
export function isDecided(state: TenantState, key: Uint32Array): boolean {
  const row = state.records.find(key);
  return row >= 0 && state.records.status(row) !== RECORD.blocked;
}
