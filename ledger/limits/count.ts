import { minuteOf } from '../due.js';
import { CARD, COUNTED, COUNTED_AT } from '../record.js';
import type { TenantState } from '../tenant-state.js';
import { COUNT, NUMBER, PERIOD, SLOT_BITS, SLOT_MASK } from './counters.js';
import { type Counting, evaluation } from './evaluation.js';
import { merchantHash } from './filter.js';
import { periodOf } from './local-calendar.js';
import { LEVEL, LEVELS } from './place.js';
import { RULES_MAX } from './program.js';
import { KIND, type Rule } from './rule.js';
import type { RuleSet } from './rule-set.js';
import { Tally } from './tally.js';
import { WINDOW } from './window.js';

/** Words by which a message remembers a counter: level and scope, number, what its set is attached to, whose it is. */
const COUNTER_WORDS = 4;
const SCOPE_BITS = 8;
const SCOPE_MASK = 0xff;

const words = new Uint32Array(COUNTER_WORDS * LEVELS * RULES_MAX);
const tally = new Tally();

/** Where the slot at hand is. */
let row = 0;
let slot = 0;
/** The row that was looked for last to give something back. */
let knownRow = -1;
let knownLevel = 0;
let knownScope = 0;
let knownPage = -1;
let knownEntity = 0;

/**
 * Counts what was approved in all counters that the evaluation of the message came to, and lets its record remember
 * them.
 * @param record the message's row
 * @param amount in minor units of the account's currency
 * @param at ms since 1970
 */
export function countApproved(state: TenantState, record: number, amount: number, at: number): void {
  const { rules, records } = state;
  if (!rules.any) return;
  const minute = minuteOf(at);
  const { entities } = evaluation;
  for (let index = 0; index < evaluation.reset; index++) beginAnew(state, evaluation.resets[index]!, minute);
  let length = 0;
  for (let index = 0; index < evaluation.counts; index++) {
    const counting = evaluation.counting[index]!;
    const { rule, level } = counting;
    add(state, counting, amount);
    words[length++] = (level << SCOPE_BITS) | rule.scope;
    words[length++] = rule.counter;
    words[length++] = isOfCard(level) ? 0 : entities[level]!;
    words[length++] = isOfCard(rule.scope) ? 0 : entities[rule.scope]!;
  }
  if (length === 0) return;
  records.setWord(record, COUNTED, rules.counted.take(words, length) + 1);
  records.setWord(record, COUNTED_AT, minute);
}

/** Whether a card tells for ever which entity of that level it belongs to. */
function isOfCard(level: number): boolean {
  return level !== LEVEL.group && level !== LEVEL.holder;
}

function add(state: TenantState, { rule, set, level }: Counting, amount: number): void {
  const { counters } = state.rules;
  const entity = evaluation.entities[rule.scope]!;
  const { period } = rule;
  claim(state, rule, set, level, entity, slotOf(rule, period), period);
  if (rule.kind === KIND.lock) {
    counters.setAmount(row, slot, merchantHash(evaluation.facts));
  } else {
    const stored = counters.slotWord(row, slot, PERIOD);
    // One that began with an authentication goes on until the next.
    if (stored !== period && rule.window.kind !== WINDOW.authentication) {
      if (rule.carry >= 0) carryOver(state, rule, set, level, entity, period);
      counters.setSlot(row, slot, counters.slotWord(row, slot, NUMBER), period, 0, 0);
    }
    counters.setAmount(row, slot, counters.amount(row, slot) + amount);
  }
  counters.setSlotWord(row, slot, COUNT, counters.slotWord(row, slot, COUNT) + 1);
}

/** Which slot of a rule's counter counts a period. */
function slotOf(rule: Rule, period: number): number {
  return rule.window.kind === WINDOW.trailing ? period % rule.slots : 0;
}

/** Goes to a slot of a counter; one that never counted begins with that period. */
function claim(
  state: TenantState,
  rule: Rule,
  set: RuleSet,
  level: number,
  entity: number,
  index: number,
  period: number,
): void {
  const { rules } = state;
  const { counters } = rules;
  const number = rule.slotNumber(index);
  const page = goTo(rule, index);
  row = evaluation.rows.of(state, level, rule.scope, page, entity);
  if (row >= 0 && counters.slotWord(row, slot, NUMBER) === number) return;
  if (
    row < 0 ||
    counters.slotWord(row, slot, NUMBER) !== 0 ||
    isElsewhere(state, rule, level, entity, number)
  ) {
    counters.arrange(level, rule.scope, entity, rules.pages(level), set.places);
    evaluation.rows.forget(level, rule.scope, rules.pages(level));
    row = evaluation.rows.of(state, level, rule.scope, page, entity);
    goTo(rule, index);
  }
  if (counters.slotWord(row, slot, NUMBER) === 0) counters.setSlot(row, slot, number, period, 0, 0);
}

/** Where a slot of a rule is expected; returns the page. */
function goTo(rule: Rule, index: number): number {
  const place = rule.at + index;
  slot = place & SLOT_MASK;
  return place >>> SLOT_BITS;
}

function isElsewhere(state: TenantState, rule: Rule, level: number, entity: number, number: number): boolean {
  return state.rules.counters.placeOf(level, rule.scope, entity, state.rules.pages(level), number) >= 0;
}

/** Writes down what the periods up to that one leave over for it; the slot at hand is that of the last one. */
function carryOver(
  state: TenantState,
  rule: Rule,
  set: RuleSet,
  level: number,
  entity: number,
  period: number,
): void {
  const { counters } = state.rules;
  const [spentRow, spentSlot] = [row, slot];
  claim(state, rule, set, level, entity, 1, period);
  tally.clear();
  tally.take(rule, counters, spentRow, spentSlot, 0, period);
  tally.take(rule, counters, row, slot, 1, period);
  tally.close(rule, period);
  counters.setAmount(row, slot, tally.carried);
  [row, slot] = [spentRow, spentSlot];
}

/** A counter that goes by authentications begins anew. */
function beginAnew(state: TenantState, { rule, set, level }: Counting, minute: number): void {
  const entity = evaluation.entities[rule.scope]!;
  claim(state, rule, set, level, entity, 0, minute);
  state.rules.counters.setSlot(row, slot, rule.slotNumber(0), minute, 0, 0);
}

/**
 * Takes from the counters that a message counted in what it gives back of its amount, and of being one more; less than
 * 0 adds. A period that is over stays as it was, but for what it leaves over to the next.
 * @param record the message's row
 */
export function uncount(state: TenantState, record: number, amount: number, count: number): void {
  const { records, rules } = state;
  const list = records.word(record, COUNTED);
  if (list === 0) return;
  const minute = records.word(record, COUNTED_AT);
  const card = records.word(record, CARD) - 1;
  const remembered = rules.counted.of(list - 1);
  knownPage = -1;
  for (let at = 0; at < remembered.length; at += COUNTER_WORDS) {
    const level = remembered[at]! >>> SCOPE_BITS;
    const scope = remembered[at]! & SCOPE_MASK;
    const set = rules.of(level, entityOf(state, level, card, remembered[at + 2]!));
    const rule = set?.counting.get(remembered[at + 1]!);
    if (set === undefined || rule === undefined) continue;
    // What was never told to anybody counts nowhere.
    if (!rule.givesBack && rules.voided !== record) continue;
    takeBack(
      state,
      rule,
      set,
      level,
      entityOf(state, scope, card, remembered[at + 3]!),
      minute,
      amount,
      count,
    );
  }
}

function entityOf({ cards }: TenantState, level: number, card: number, remembered: number): number {
  if (level === LEVEL.card) return card;
  return level === LEVEL.account ? cards.account(card) : remembered;
}

function takeBack(
  state: TenantState,
  rule: Rule,
  set: RuleSet,
  level: number,
  entity: number,
  minute: number,
  amount: number,
  count: number,
): void {
  const { counters } = state.rules;
  const period = periodOf(rule.window, set.calendar.earlier(minute));
  if (!find(state, rule, level, entity, slotOf(rule, period))) return;
  const stored = counters.slotWord(row, slot, PERIOD);
  const after = Math.max(0, counters.slotWord(row, slot, COUNT) - count);
  if (rule.kind === KIND.lock) return counters.setSlotWord(row, slot, COUNT, after);
  const counts = rule.window.kind === WINDOW.authentication ? stored <= minute : stored === period;
  if (counts) {
    counters.setAmount(row, slot, Math.max(0, counters.amount(row, slot) - amount));
    counters.setSlotWord(row, slot, COUNT, after);
  } else if (rule.carry >= 0 && stored > period && find(state, rule, level, entity, 1)) {
    const carried = Math.min(rule.carry, counters.amount(row, slot) + amount);
    counters.setAmount(row, slot, Math.max(0, carried));
  }
}

/** Goes to a row; as most counters of a message are in one row, it is mostly the one of the counter before. */
function goToRow(state: TenantState, level: number, scope: number, page: number, entity: number): void {
  const same = page === knownPage && level === knownLevel && scope === knownScope && entity === knownEntity;
  if (!same) knownRow = state.rules.counters.rowOf(level, scope, page, entity);
  knownLevel = level;
  knownScope = scope;
  knownPage = page;
  knownEntity = entity;
  row = knownRow;
}

/** Goes to a slot of a counter where it has any. */
function find(state: TenantState, rule: Rule, level: number, entity: number, index: number): boolean {
  const { rules } = state;
  const { counters } = rules;
  const number = rule.slotNumber(index);
  goToRow(state, level, rule.scope, goTo(rule, index), entity);
  if (row >= 0 && counters.slotWord(row, slot, NUMBER) === number) return true;
  const place = counters.placeOf(level, rule.scope, entity, rules.pages(level), number);
  if (place < 0) return false;
  row = counters.rowOf(level, rule.scope, place >>> SLOT_BITS, entity);
  slot = place & SLOT_MASK;
  return true;
}
