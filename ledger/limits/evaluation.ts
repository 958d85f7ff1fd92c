import { type Command, FLAG, TRAIT } from '../command.js';
import { minuteOf } from '../due.js';
import type { TenantState } from '../tenant-state.js';
import { NUMBER, SLOT_BITS, SLOT_MASK } from './counters.js';
import { Facts } from './facts.js';
import { merchantHash } from './filter.js';
import { LEVEL, LEVELS } from './place.js';
import { RowCache } from './row-cache.js';
import { KIND, type Rule } from './rule.js';
import type { RuleSet } from './rule-set.js';
import { Tally } from './tally.js';
import { WINDOW } from './window.js';

/** What a cardholder does who is asked who they are. */
const AUTHENTICATED = TRAIT.strongAuthentication | TRAIT.pin;

/** A rule that counts, and is for the message at hand. */
export interface Counting {
  rule: Rule;
  set: RuleSet;
  level: number;
}

const ASKED = { not: 0, no: 1, yes: 2 } as const;

/**
 * What a tenant's rules say of the message at hand: filled again for each. The sets are asked in the order of their
 * levels, rules as they stand in them. Of several that stand against it, the first that leaves nothing decides; where
 * all leave a part, that which leaves least.
 */
export class Evaluation {
  readonly facts = new Facts();
  /** Whose counters count, by scope. */
  readonly entities = new Uint32Array(LEVELS);
  /** Rules that count the message, if it is approved: the first `counts` of these. */
  readonly counting: Counting[] = [];
  counts = 0;
  /** Counters that begin anew, as the cardholder was authenticated. */
  readonly resets: Counting[] = [];
  reset = 0;
  /** What the rules leave of the amount; below it when something stands against it. */
  room = 0;
  /** The rule that decides when less is left than was asked for; and the first shadow rule that would. */
  decisive: Rule | null = null;
  shadow: Rule | null = null;
  /** Whether nothing is left, so that it doesn't matter what the terminal can do. */
  declined = false;
  /** Rows of counters that were looked for, for the message at hand. */
  readonly rows = new RowCache();
  readonly #tally = new Tally();
  /** By level and scope, whether slots are where their set expects them, so that none is to be looked for elsewhere. */
  readonly #arranged = new Uint8Array(LEVELS * LEVELS);
  #taken = 0;
  #increment = false;
  #authenticated = false;

  /**
   * Asks all rules.
   * @param card its number
   * @param amount what the account would be charged, in its minor units
   * @param taken what the message's authorisation took before it
   * @param at ms since 1970
   */
  of(state: TenantState, command: Command, card: number, amount: number, taken: number, at: number): void {
    const { rules, accounts, cards } = state;
    const account = cards.account(card);
    this.counts = 0;
    this.reset = 0;
    this.room = Number.MAX_SAFE_INTEGER;
    this.decisive = null;
    this.shadow = null;
    this.declined = false;
    if (!rules.any) return;
    this.#taken = taken;
    this.#increment = (command.flags & FLAG.incremental) !== 0;
    this.#authenticated = (command.traits & AUTHENTICATED) !== 0;
    this.facts.of(command, amount, accounts.currency(account), minuteOf(at));
    const { entities } = this;
    entities[LEVEL.group] = cards.group(card);
    entities[LEVEL.holder] = accounts.holder(account);
    entities[LEVEL.account] = account;
    entities[LEVEL.card] = card;
    for (let level = 0; level < LEVELS; level++) {
      if (!rules.anyOf(level)) continue;
      const set = rules.of(level, entities[level]!);
      if (set !== undefined) this.#ask(state, set, level);
    }
  }

  #ask(state: TenantState, set: RuleSet, level: number): void {
    const { facts } = this;
    const { rules, scopes } = set;
    if (set.asksForTime) facts.local = set.goTo(facts.minute);
    const pages = state.rules.pages(level);
    for (let at = 0; at < scopes.length; at++) {
      this.rows.forget(level, scopes[at]!, pages);
      this.#arranged[level * LEVELS + scopes[at]!] = ASKED.not;
    }
    for (let at = 0; at < rules.length; at++) this.#askRule(state, set, level, rules[at]!);
  }

  #askRule(state: TenantState, set: RuleSet, level: number, rule: Rule): void {
    const { facts } = this;
    if (rule.currency !== 0 && rule.currency !== facts.currency) return;
    if (rule.window.kind === WINDOW.authentication && this.#authenticated) {
      this.reset = push(this.resets, this.reset, set, level, rule);
      return;
    }
    const matches = rule.filter.matches(facts);
    if (rule.kind === KIND.allow ? matches : !matches) return;
    if (rule.kind === KIND.block || rule.kind === KIND.allow) return this.#against(rule, 0, false);
    // Asking whether a card is good takes nothing.
    if (facts.amount === 0 || !this.#hasEntity(rule.scope)) return;
    if (rule.kind === KIND.lock) this.#askLock(state, set, level, rule);
    else this.#askLimit(state, set, level, rule);
    if (rule.slots > 0) this.counts = push(this.counting, this.counts, set, level, rule);
  }

  #hasEntity(scope: number): boolean {
    return (scope !== LEVEL.group && scope !== LEVEL.holder) || this.entities[scope] !== 0;
  }

  #askLimit(state: TenantState, set: RuleSet, level: number, rule: Rule): void {
    const { facts } = this;
    const { amount } = facts;
    let room = Number.MAX_SAFE_INTEGER;
    if (rule.each >= 0) room = rule.each - this.#taken;
    if (rule.slots > 0 && (rule.amount >= 0 || rule.count >= 0)) {
      const tally = this.#read(state, set, level, rule);
      if (rule.amount >= 0) room = Math.min(room, rule.amount + tally.carried - tally.amount);
      if (rule.count >= 0 && !this.#increment && tally.count >= rule.count)
        return this.#against(rule, 0, false);
    }
    if (amount > room) this.#against(rule, Math.max(0, room), rule.partial);
  }

  #askLock(state: TenantState, set: RuleSet, level: number, rule: Rule): void {
    const tally = this.#read(state, set, level, rule);
    if (tally.count > 0 && tally.amount !== merchantHash(this.facts)) this.#against(rule, 0, false);
  }

  #against(rule: Rule, room: number, partial: boolean): void {
    if (rule.shadow) {
      if (this.shadow === null) this.shadow = rule;
      return;
    }
    if (this.declined) return;
    const declines = !partial || room === 0;
    if (!declines && room >= this.room) return;
    this.declined = declines;
    this.room = declines ? 0 : room;
    this.decisive = rule;
  }

  /** What a rule has counted in the period that is now. */
  #read(state: TenantState, set: RuleSet, level: number, rule: Rule): Tally {
    const tally = this.#tally;
    tally.clear();
    const { counters } = state.rules;
    let page = -1;
    let row = -1;
    for (let index = 0; index < rule.slots; index++) {
      const expected = rule.at + index;
      if (expected >>> SLOT_BITS !== page) {
        page = expected >>> SLOT_BITS;
        row = this.#row(state, level, rule.scope, page);
      }
      const slot = expected & SLOT_MASK;
      if (row >= 0 && counters.slotWord(row, slot, NUMBER) === rule.slotNumber(index)) {
        tally.take(rule, counters, row, slot, index, rule.period);
      } else this.#takeElsewhere(state, set, level, rule, index);
    }
    if (rule.carry >= 0) tally.close(rule, rule.period);
    return tally;
  }

  /** Adds a slot of a counter that is not where it is expected: of another revision of the set, or of nothing yet. */
  #takeElsewhere(state: TenantState, set: RuleSet, level: number, rule: Rule, index: number): void {
    if (this.#isArranged(state, set, level, rule.scope)) return;
    const { counters } = state.rules;
    const pages = state.rules.pages(level);
    const number = rule.slotNumber(index);
    const place = counters.placeOf(level, rule.scope, this.entities[rule.scope]!, pages, number);
    if (place < 0) return;
    const row = this.#row(state, level, rule.scope, place >>> SLOT_BITS);
    this.#tally.take(rule, counters, row, place & SLOT_MASK, index, rule.period);
  }

  /** Asked once a message: a trailing window has many slots, most of which never counted anything. */
  #isArranged(state: TenantState, set: RuleSet, level: number, scope: number): boolean {
    const at = level * LEVELS + scope;
    if (this.#arranged[at] === ASKED.not) {
      let arranged = true;
      for (let page = 0; arranged && page < state.rules.pages(level); page++) {
        const row = this.#row(state, level, scope, page);
        arranged = row < 0 || state.rules.counters.isArranged(row, page, set.numbers);
      }
      this.#arranged[at] = arranged ? ASKED.yes : ASKED.no;
    }
    return this.#arranged[at] === ASKED.yes;
  }

  #row(state: TenantState, level: number, scope: number, page: number): number {
    return this.rows.of(state, level, scope, page, this.entities[scope]!);
  }
}

function push(list: Counting[], length: number, set: RuleSet, level: number, rule: Rule): number {
  if (length === list.length) list.push({ rule, set, level });
  else {
    const one = list[length]!;
    one.rule = rule;
    one.set = set;
    one.level = level;
  }
  return length + 1;
}

/** The one of the message at hand: `apply` decides one after the other. */
export const evaluation = new Evaluation();
