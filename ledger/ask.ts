import { decide } from './authorise.js';
import { COMMAND, type Command, Decision, FLAG, isAdvice, isApproval } from './command.js';
import { findOriginal } from './match.js';
import type { TenantState } from './tenant-state.js';
import { TRANSACTION, transactionOf } from './transaction-type.js';

const decision = new Decision();

/**
 * Whether a message would be approved and take money, if it came now: then the tenant may have a word in it. Changes
 * nothing. Not asked about: what was decided before, completions and increments of what the tenant has agreed to, advices.
 *
 * @param at ms since 1970
 */
export function wouldTakeMoney(state: TenantState, command: Command, at: number): boolean {
  const { kind, flags, amount, processingCode } = command;
  if ((kind !== COMMAND.authorise && kind !== COMMAND.clear) || isAdvice(command)) return false;
  if ((flags & FLAG.incremental) !== 0 || amount === 0) return false;
  if (transactionOf(processingCode) !== TRANSACTION.debit) return false;
  // Decided before, or reversed before it came.
  if (state.records.find(command.key) >= 0) return false;
  decision.clear();
  const card = state.cardOfMessage(command, decision);
  if (card >= 0 && kind === COMMAND.clear && findOriginal(state, command, card, decision) >= 0) return false;
  return isApproval(decide(state, command, card, at, decision));
}
