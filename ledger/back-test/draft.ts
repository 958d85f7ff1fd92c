import { COMMAND, Command } from '../command.js';
import { type Program, type RuleSpec, readProgram } from '../limits/program.js';
import { RuleSet } from '../limits/rule-set.js';

/** Rules that are to be tried: what they would be attached to, and their text (see `Program`), empty for none. */
export interface Draft {
  /** One of `LEVEL`. */
  readonly level: number;
  /** The number of the group, holder, account or card; 0 of the tenant or the programme. */
  readonly entity: number;
  readonly program: string;
}

/** The command that puts rules in force. */
export function commandOf({ level, entity, program }: Draft): Command {
  return Object.assign(new Command(), { kind: COMMAND.setRules, level, entity, program });
}

/** @throws RangeError that says what is wrong, where a draft is no set of rules */
export function requireRules({ level, program }: Draft): void {
  const set = program === '' ? undefined : RuleSet.of(program, level);
  if (typeof set === 'string') throw new RangeError(`the draft can’t be used: ${set}`);
}

/**
 * The rules that are in force with a draft's beside them as shadows, which count and never decide. What counts the same
 * in both is one counter.
 *
 * @param inForce the text of the rules that are in force; empty when there are none
 * @throws RangeError where the two go by different time zones or holidays
 */
export function withShadow(inForce: string, draft: Draft): string {
  const wanted = readProgram(draft.program);
  if (wanted === undefined) return inForce;
  const shadows = (rules: readonly RuleSpec[]) => rules.map((rule): RuleSpec => ({ ...rule, shadow: true }));
  const current = readProgram(inForce);
  if (current === undefined)
    return JSON.stringify({ ...wanted, rules: shadows(wanted.rules) } satisfies Program);
  if (JSON.stringify(current.calendar) !== JSON.stringify(wanted.calendar)) {
    throw new RangeError('a draft of another time zone or other holidays can’t count before it decides');
  }
  const known = RuleSet.of(inForce, draft.level) as RuleSet;
  const drafted = RuleSet.of(draft.program, draft.level) as RuleSet;
  const first = Math.max(0, ...current.rules.map(({ number }) => number)) + 1;
  const added = wanted.rules
    .filter(
      (_, index) => drafted.rules[index]!.slots > 0 && !known.counting.has(drafted.rules[index]!.counter),
    )
    .map((rule, index): RuleSpec => ({ ...rule, number: first + index, shadow: true }));
  return JSON.stringify({ ...current, rules: [...current.rules, ...added] } satisfies Program);
}
