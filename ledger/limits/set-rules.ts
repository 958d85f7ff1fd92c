import { type Command, type Decision, RESPONSE } from '../command.js';
import type { TenantState } from '../tenant-state.js';
import { LEVEL, LEVELS } from './place.js';
import { RuleSet } from './rule-set.js';

/**
 * Attaches a set of rules instead of the one that was, in force from the next command on. One that is no set of rules,
 * or is for nobody, is refused with 12 and changes nothing: whoever sends it is to have compiled it.
 */
export function setRules(state: TenantState, command: Command, decision: Decision): void {
  const { level, entity, program } = command;
  const { rules } = state;
  if (!isPossible(state, level, entity)) return refuse(decision);
  const set = program === '' ? undefined : (rules.known(level, program) ?? RuleSet.of(program, level));
  if (typeof set === 'string') return refuse(decision);
  rules.attach(level, entity, set);
}

function refuse(decision: Decision): void {
  decision.responseCode = RESPONSE.invalidTransaction;
  decision.journalled = false;
}

function isPossible({ cards, accounts }: TenantState, level: number, entity: number): boolean {
  switch (level) {
    case LEVEL.programme:
    case LEVEL.tenant:
      return entity === 0;
    case LEVEL.account:
      return entity < accounts.length;
    case LEVEL.card:
      // What comes by a second number is asked of its card.
      return entity < cards.length && cards.parent(entity) < 0;
    default:
      return level < LEVELS && entity > 0;
  }
}
