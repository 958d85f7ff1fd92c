import { isUint32, refuse } from './change-card.js';
import { type Command, type Decision, RESPONSE } from './command.js';
import { AMOUNT_END } from './record.js';
import type { TenantState } from './tenant-state.js';

/** Gives an account another overdraft line: 12 where there is no such account, or it can't have one like that. */
export function setOverdraft(state: TenantState, command: Command, decision: Decision): void {
  const { account, overdraft } = command;
  const possible = Number.isInteger(overdraft) && overdraft >= 0 && overdraft < AMOUNT_END;
  if (!possible || !isOpen(state, account)) return refuse(decision, RESPONSE.invalidTransaction);
  state.setOverdraft(account, overdraft);
}

/** Says who holds an account: 12 where there is no such account. */
export function setHolder(state: TenantState, command: Command, decision: Decision): void {
  const { account, holder } = command;
  if (!isOpen(state, account) || !isUint32(holder)) return refuse(decision, RESPONSE.invalidTransaction);
  state.accounts.setHolder(account, holder);
}

function isOpen({ accounts }: TenantState, account: number): boolean {
  return isUint32(account) && account < accounts.length;
}
