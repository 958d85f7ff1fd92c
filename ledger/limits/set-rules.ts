import { type Command, type Decision, RESPONSE } from '../command.js';
import type { TenantState } from '../tenant-state.js';
import { LEVEL, LEVELS } from './place.js';
import { RuleSet } from './rule-set.js';

/**
 * Attaches a set of rules instead of the one that was, in force from the next command on. One that is no set of rules,
 * or is for nobody, is refused with 12 and changes nothing: whoever sends it is to have compiled it.
 */
export function setRules(state: TenantState, command: Command, decision: Decision): void {
  const { level, entity } = command;
  if (!canHaveRules(state, level, entity)) return refuse(decision);
  const set = setOf(state, command);
  if (typeof set === 'string') return refuse(decision);
  state.rules.attach(level, entity, set);
}

/** The set of rules that a command would attach; undefined for none, or in words why its program is no set. */
export function setOf({ rules }: TenantState, { level, program }: Command): RuleSet | undefined | string {
  return program === '' ? undefined : (rules.known(level, program) ?? RuleSet.of(program, level));
}

function refuse(decision: Decision): void {
  decision.responseCode = RESPONSE.invalidTransaction;
  decision.journalled = false;
}

/** Whether there is something of a level to which rules can be attached. */
export function canHaveRules({ cards, accounts }: TenantState, level: number, entity: number): boolean {
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
