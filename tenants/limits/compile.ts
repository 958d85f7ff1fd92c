import { LEVEL_NAMES } from '../../ledger/limits/place.js';
import { PROGRAM_CHARACTERS_MAX, type Program, type RuleSpec } from '../../ledger/limits/program.js';
import { RuleSet } from '../../ledger/limits/rule-set.js';
import type { Problem } from '../document.js';
import { calendarOf } from './calendar.js';
import { filterOf, matchesNothing } from './conditions.js';
import { named, placeOf } from './limits-document.js';
import { LimitsError, type Report } from './limits-error.js';
import { Names } from './names.js';
import { limitOf } from './rule-limit.js';
import { closedTimes } from './schedule.js';
import type { LimitRule, LimitsDocument } from './schema.js';

/** DE39 of a decline, by kind, where a rule says nothing else. */
export const RESPONSE_CODES: Readonly<Record<LimitRule['kind'], number>> = {
  block: 57,
  allow: 57,
  schedule: 57,
  'merchant-lock': 57,
  'single-use': 62,
  amount: 61,
  velocity: 61,
  allowance: 61,
  pot: 61,
  count: 65,
  contactless: 65,
};
/** Of what is limited by number alone. */
const COUNT_CODE = 65;

/** Nobody reads more at once. */
const PROBLEMS_MAX = 100;

export interface CompileOptions {
  /** What the set is attached to, one of `LEVEL`. */
  readonly level: number;
  /** ISO 4217 number of amounts of which nothing is said. */
  readonly currency: number;
  /** The year from which tables of time zone and holidays reach ahead. */
  readonly year: number;
  /** Of the configuration; a later one has a greater one. */
  readonly revision: number;
  /** Numbers that the names of its rules had before, which they keep. */
  readonly known?: ReadonlyMap<string, number>;
  /** The greatest number that other sets of the tenant have: decisions name rules by their number alone. */
  readonly above?: number;
  /** Makes all of its rules shadows. */
  readonly shadow?: boolean;
  /** The file, and where in it the document stands. */
  readonly source?: string;
  readonly prefix?: string;
}

export interface CompiledLimits {
  readonly program: Program;
  /** The program as the command `setRules` takes it. */
  readonly text: string;
  /** Numbers by name, of this version and of those before. */
  readonly numbers: ReadonlyMap<string, number>;
  /** What is no error, and can't be meant: rules that never match. */
  readonly warnings: readonly string[];
}

/**
 * Makes the program of a limits document: names become numbers, complements are worked out, time zone and holidays
 * become tables. The same document and options give the same text, to the byte.
 * @throws LimitsError with every contradiction in it
 */
export function compileLimits(document: LimitsDocument, options: CompileOptions): CompiledLimits {
  const compiler = new Compiler(document, options);
  const compiled = compiler.compile();
  const [first, ...others] = compiler.problems;
  if (first !== undefined) throw new LimitsError(first, ...others);
  return compiled;
}

/** What contradicts itself in a document. */
export function contradictionsOf(document: LimitsDocument, options: CompileOptions): readonly Problem[] {
  const compiler = new Compiler(document, options);
  compiler.compile();
  return compiler.problems;
}

class Compiler {
  readonly problems: Problem[] = [];
  readonly #document: LimitsDocument;
  readonly #options: CompileOptions;
  readonly #numbers: Map<string, number>;
  readonly #warnings: string[] = [];
  #last: number;

  constructor(document: LimitsDocument, options: CompileOptions) {
    this.#document = document;
    this.#options = options;
    this.#numbers = new Map(options.known);
    this.#last = Math.max(options.above ?? 0, ...this.#numbers.values());
  }

  compile(): CompiledLimits {
    const { level, revision, year, prefix = '' } = this.#options;
    const seen = new Set<string>();
    const rules: RuleSpec[] = [];
    for (const [index, rule] of this.#document.rules.entries()) {
      const place = placeOf(prefix, index);
      if (seen.has(rule.name)) this.#report(`${place}.name`, `two rules have the name '${rule.name}'`);
      seen.add(rule.name);
      const spec = this.#rule(rule, place);
      if (rule.state !== 'retired') rules.push({ number: this.#numberOf(rule.name), ...spec });
    }
    const settings = prefix === '' ? '' : `${prefix}.`;
    const report: Report = (place, text) => this.#report(`${settings}${place}`, text);
    const calendar = calendarOf(this.#document, year, report);
    const program: Program = { version: 1, revision, calendar, rules };
    const text = JSON.stringify(program);
    if (this.problems.length === 0) this.#prove(text, level, prefix);
    return { program, text, numbers: this.#numbers, warnings: this.#warnings };
  }

  /** The ledger must take it: what it would refuse is an error here. */
  #prove(text: string, level: number, prefix: string): void {
    if (text.length > PROGRAM_CHARACTERS_MAX) {
      this.#report(
        prefix,
        `the rules take ${text.length} characters compiled, more than ${PROGRAM_CHARACTERS_MAX}`,
      );
      return;
    }
    const set = RuleSet.of(text, level);
    if (typeof set === 'string') this.#report(prefix, set);
  }

  #numberOf(name: string): number {
    const number = this.#numbers.get(name) ?? ++this.#last;
    this.#numbers.set(name, number);
    return number;
  }

  #rule(rule: LimitRule, place: string): Omit<RuleSpec, 'number'> {
    const report: Report = (at, text) =>
      this.#report(at, () => `${named(rule.name)}${typeof text === 'string' ? text : text()}`);
    const names = new Names(this.#document, report);
    const { level, currency, shadow = false } = this.#options;
    const limit = limitOf(rule, place, report);
    const filter = this.#filter(rule, place, names, report);
    if (limit.scope < level) {
      const wider = LEVEL_NAMES[limit.scope]!;
      report(`${place}.per`, `can't count per ${wider} in rules that are for one ${LEVEL_NAMES[level]} only`);
    }
    const given =
      rule.currency === undefined ? undefined : names.currency(rule.currency, `${place}.currency`);
    const ofMoney = hasAmounts(limit) || filter.least !== undefined || filter.greatest !== undefined;
    const accounts = given ?? (ofMoney ? currency : 0);
    this.#warn(rule, limit, filter);
    return {
      name: rule.name,
      ...(shadow || rule.state === 'shadow' ? { shadow: true as const } : {}),
      ...(Object.keys(filter).length === 0 ? {} : { filter }),
      ...limit,
      ...(accounts === 0 ? {} : { currency: accounts }),
      code: compiledCode(rule),
    };
  }

  #filter(rule: LimitRule, place: string, names: Names, report: Report) {
    const { unless = {} } = rule;
    let { when = {} } = rule;
    if (rule.kind === 'pot') {
      if (when.mcc !== undefined)
        report(`${place}.when.mcc`, 'a pot has its merchant categories in `categories`');
      names.categories(rule.categories, `${place}.categories`);
      when = { ...when, mcc: rule.categories };
    }
    if (rule.kind === 'contactless') {
      if (when.channel !== undefined)
        report(`${place}.when.channel`, 'a contactless rule is for that channel alone');
      when = { ...when, channel: 'contactless' };
    }
    const filter = filterOf({ when, unless, names, home: this.#document.country, place, report });
    return rule.kind === 'schedule' ? { ...filter, ...closedTimes(rule, place, report) } : filter;
  }

  #warn(rule: LimitRule, limit: ReturnType<typeof limitOf>, filter: RuleSpec['filter'] & object): void {
    if (rule.state === 'retired') return;
    const { greatest = Number.MAX_SAFE_INTEGER } = filter;
    const of = `rule '${rule.name}'`;
    if (rule.kind === 'allow') {
      if (matchesNothing(filter)) this.#warnings.push(`${of} allows nothing, so that everything is declined`);
      if (Object.keys(filter).length === 0)
        this.#warnings.push(`${of} allows everything, so that it does nothing`);
    } else if (matchesNothing(filter)) {
      this.#warnings.push(
        rule.kind === 'schedule'
          ? `${of} is never closed, so that it does nothing`
          : `${of} matches no message`,
      );
    } else if (limit.each !== undefined && limit.window === 0 && greatest <= limit.each) {
      this.#warnings.push(`${of} is for amounts that it never declines`);
    }
  }

  readonly #report: Report = (place, text) => {
    if (this.problems.length >= PROBLEMS_MAX) return;
    const { source = 'limits' } = this.#options;
    const told = typeof text === 'string' ? text : text();
    const isKnown = this.problems.some((other) => other.path === place && other.text === told);
    if (!isKnown) this.problems.push({ source, path: place, rule: 'INVALID', text: told });
  };
}

function hasAmounts({ each, amount }: Pick<RuleSpec, 'each' | 'amount'>): boolean {
  return each !== undefined || amount !== undefined;
}

/** DE39 of a decline by a rule, as a number. */
export function compiledCode(rule: LimitRule): number {
  if (rule.responseCode !== undefined) return Number(rule.responseCode);
  const byNumber = (rule.kind === 'velocity' || rule.kind === 'pot') && rule.amountMinor === undefined;
  return byNumber ? COUNT_CODE : RESPONSE_CODES[rule.kind];
}
