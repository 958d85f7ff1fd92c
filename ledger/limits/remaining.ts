import { minuteOf } from '../due.js';
import type { TenantState } from '../tenant-state.js';
import { SLOT_BITS, SLOT_MASK } from './counters.js';
import { firstDayOf, type LocalCalendar } from './local-calendar.js';
import { LEVEL, LEVEL_NAMES, LEVELS } from './place.js';
import { KIND, type Rule } from './rule.js';
import type { RuleSet } from './rule-set.js';
import { Tally } from './tally.js';
import { WINDOW, type Window } from './window.js';

const MS_A_MINUTE = 60_000;

/** What a limit leaves a card at a moment; amounts in minor units of `currency`. */
export interface Remaining {
  /** What its set is attached to: a name of `LEVEL`, and the number of that group, holder, account or card. */
  readonly level: string;
  readonly entity: number;
  readonly rule: number;
  readonly name: string;
  readonly shadow: boolean;
  /** Whose counter it is, a name of `LEVEL`. */
  readonly scope: string;
  /** ISO 4217 number; 0 for any. */
  readonly currency: number;
  /** Of each message; null where that is not limited. */
  readonly each: number | null;
  /** Of the window: what is limited, what earlier windows left over, what was spent, and what remains. */
  readonly amount: number | null;
  readonly carried: number;
  readonly spent: number;
  readonly amountLeft: number | null;
  readonly count: number | null;
  readonly counted: number;
  readonly countLeft: number | null;
  /** When the window began and will end, in ms since 1970; null where it does not. */
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * What the limits that are for a card leave it, in the order in which they are asked; of lists and locks there is
 * nothing to be told.
 * @param card its number
 * @param at ms since 1970
 */
export function remainingOf(state: TenantState, card: number, at: number): Remaining[] {
  const minute = minuteOf(at);
  const account = state.cards.account(card);
  const entities = new Uint32Array(LEVELS);
  entities[LEVEL.group] = state.cards.group(card);
  entities[LEVEL.holder] = state.accounts.holder(account);
  entities[LEVEL.account] = account;
  entities[LEVEL.card] = card;
  const found: Remaining[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const set = state.rules.of(level, entities[level]!);
    if (set === undefined) continue;
    set.goTo(minute);
    for (const rule of set.rules) {
      const entity = entities[rule.scope]!;
      const nobody = (rule.scope === LEVEL.group || rule.scope === LEVEL.holder) && entity === 0;
      const other = rule.currency !== 0 && rule.currency !== state.accounts.currency(account);
      if (rule.kind !== KIND.limit || nobody || other) continue;
      const tally = tallyOf(state, level, set, rule, entity);
      found.push({
        level: LEVEL_NAMES[level]!,
        entity: entities[level]!,
        ...shown(set, rule, tally, minute),
      });
    }
  }
  return found;
}

/** What a rule of a set has counted for an entity, in the period that the set was told last. */
export function tallyOf(state: TenantState, level: number, set: RuleSet, rule: Rule, entity: number): Tally {
  const { counters } = state.rules;
  const pages = Math.max(set.pages, state.rules.pages(level));
  const tally = new Tally();
  for (let index = 0; index < rule.slots; index++) {
    const place = counters.placeOf(level, rule.scope, entity, pages, rule.slotNumber(index));
    if (place < 0) continue;
    const row = counters.rowOf(level, rule.scope, place >>> SLOT_BITS, entity);
    tally.take(rule, counters, row, place & SLOT_MASK, index, rule.period);
  }
  tally.close(rule, rule.period);
  return tally;
}

function shown(set: RuleSet, rule: Rule, tally: Tally, minute: number) {
  const { each, amount, count, window } = rule;
  const { carried, amount: spent, count: counted } = tally;
  const [from, to] = boundsOf(window, set.calendar, rule.period, minute);
  return {
    rule: rule.number,
    name: rule.name,
    shadow: rule.shadow,
    scope: LEVEL_NAMES[rule.scope]!,
    currency: rule.currency,
    each: each < 0 ? null : each,
    amount: amount < 0 ? null : amount,
    carried,
    spent,
    amountLeft: amount < 0 ? null : Math.max(0, amount + carried - spent),
    count: count < 0 ? null : count,
    counted,
    countLeft: count < 0 ? null : Math.max(0, count - counted),
    from,
    to,
  };
}

/** When a window began and ends, in ms. */
function boundsOf(
  window: Window,
  calendar: LocalCalendar,
  period: number,
  minute: number,
): readonly [from: number | null, to: number | null] {
  switch (window.kind) {
    case WINDOW.day:
    case WINDOW.week:
    case WINDOW.month:
    case WINDOW.year: {
      const start = (of: number) => calendar.startOf(firstDayOf(window, of)) * MS_A_MINUTE;
      return [start(period), start(period + 1)];
    }
    case WINDOW.trailing:
      return [(period - window.buckets) * window.bucketMinutes * MS_A_MINUTE, (minute + 1) * MS_A_MINUTE];
    default:
      return [null, null];
  }
}
