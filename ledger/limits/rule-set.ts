import { SLOTS_A_ROW } from './counters.js';
import { LocalCalendar, type LocalMinute, periodOf } from './local-calendar.js';
import { LEVEL } from './place.js';
import { readProgram } from './program.js';
import { KIND, Rule } from './rule.js';
import { WINDOW } from './window.js';

/** A bucket of a trailing window takes one each. */
const SLOTS_MAX = 1024;
export const PAGES_MAX = SLOTS_MAX / SLOTS_A_ROW;

/** The rules of one level of a tenant: of itself, of a group of cards, of a card; all in force at once. */
export class RuleSet {
  readonly revision: number;
  readonly calendar: LocalCalendar;
  readonly rules: readonly Rule[];
  /** Scopes that it has counters of. */
  readonly scopes: readonly number[];
  /** Rows that its counters take of each scope. */
  readonly pages: number;
  /** Slots of its counters, by the number that they are known by. */
  readonly places: ReadonlyMap<number, number>;
  /** The same the other way round: numbers by place, 0 where no slot is. */
  readonly numbers: Uint32Array;
  /** Its rules that count, by their counter. */
  readonly counting: ReadonlyMap<number, Rule>;
  /** Whether any of its rules goes by the calendar. */
  readonly asksForTime: boolean;

  #minute = -1;

  private constructor(
    readonly text: string,
    program: NonNullable<ReturnType<typeof readProgram>>,
  ) {
    const { zone, transitions, holidays } = program.calendar;
    this.revision = program.revision;
    this.calendar = new LocalCalendar(transitions, holidays);
    this.rules = program.rules.map((spec) => new Rule(spec, zone));
    const places = new Map<number, number>();
    const counting = new Map<number, Rule>();
    let at = 0;
    for (const rule of this.rules) {
      rule.at = at;
      if (rule.slots > 0) counting.set(rule.counter, rule);
      for (let index = 0; index < rule.slots; index++) places.set(rule.slotNumber(index), at++);
    }
    this.places = places;
    this.numbers = new Uint32Array(Math.ceil(at / SLOTS_A_ROW) * SLOTS_A_ROW);
    for (const [number, place] of places) this.numbers[place] = number;
    this.counting = counting;
    this.scopes = [...new Set(this.rules.filter(({ slots }) => slots > 0).map(({ scope }) => scope))];
    this.pages = Math.ceil(at / SLOTS_A_ROW);
    this.asksForTime = this.rules.some(({ filter, slots }) => filter.asksForTime || slots > 0);
  }

  /** Makes its rules' periods those of a minute, and tells that minute by its calendar. */
  goTo(minute: number): LocalMinute {
    const local = this.calendar.now(minute);
    // Message after message is of the same minute.
    if (minute !== this.#minute) {
      this.#minute = minute;
      for (const rule of this.counting.values()) rule.period = periodOf(rule.window, local);
    }
    return local;
  }

  /**
   * @param level what it is to be attached to, one of `LEVEL`
   * @returns the set, or in words why a text is none
   */
  static of(text: string, level: number): RuleSet | string {
    const program = readProgram(text);
    if (program === undefined) return 'it is no program of rules';
    const set = new RuleSet(text, program);
    const slots = set.rules.reduce((sum, rule) => sum + rule.slots, 0);
    // Two hashes alike in one set are a chance of one in a billion; another name then helps.
    if (slots > SLOTS_MAX) return `its counters take ${slots} slots, more than ${SLOTS_MAX}`;
    if (set.places.size !== slots || set.places.has(0)) return 'two of its counters have the same number';
    const numbers = new Set(set.rules.map(({ number }) => number));
    if (numbers.size !== set.rules.length) return 'two of its rules have the same number';
    for (const rule of set.rules) {
      const wrong = contradictionOf(rule, level);
      if (wrong !== undefined) return `rule '${rule.name}' ${wrong}`;
    }
    return set;
  }
}

function contradictionOf(rule: Rule, level: number): string | undefined {
  if (rule.scope < level) return 'counts for more than it is attached to';
  if (rule.scope === LEVEL.programme)
    return 'can’t count for a programme, which has a ledger for each tenant';
  if (rule.kind !== KIND.limit) return undefined;
  const { each, amount, count, carry, window } = rule;
  if (each < 0 && amount < 0 && count < 0) return 'limits nothing';
  if (window.kind === WINDOW.transaction && (amount >= 0 || count >= 0)) return 'has a limit but no window';
  if (carry >= 0 && (amount < 0 || !isCalendar(window.kind))) return 'carries what has no calendar window';
  return undefined;
}

function isCalendar(window: number): boolean {
  return window >= WINDOW.day && window <= WINDOW.year;
}
