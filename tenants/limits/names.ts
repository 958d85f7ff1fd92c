import { suggestion } from '../document.js';
import { CATEGORY_GROUPS, COUNTRY_GROUPS } from './groups.js';
import { COUNTRY_NUMBERS, CURRENCIES_BY_CODE } from './iso-codes.js';
import type { Report } from './limits-error.js';
import type { LimitsDocument } from './schema.js';

const MCCS = 10_000;
const RANGE = /^([0-9]{4})(?:-([0-9]{4}))?$/;
/** A merchant of whom no message says where it is. */
const UNKNOWN = 'unknown';

export type Range = [from: number, to: number];
type Groups = Readonly<Record<string, readonly (string | number)[]>>;

/** What the names in a document mean, in numbers of ISO. What it does not know is reported. */
export class Names {
  readonly #categories: Groups;
  readonly #countries: Groups;
  readonly #report: Report;

  constructor({ groups = {} }: Pick<LimitsDocument, 'groups'>, report: Report) {
    this.#categories = { ...CATEGORY_GROUPS, ...groups.merchantCategories };
    this.#countries = { ...COUNTRY_GROUPS, ...groups.countries };
    this.#report = report;
  }

  /** Which merchant categories are meant, a flag for each; `place` is where they are named. */
  categories(named: string | number | readonly (string | number)[], place: string): boolean[] {
    const flags = Array<boolean>(MCCS).fill(false);
    this.#expand(asList(named), this.#categories, place, (name, at) => {
      const range = RANGE.exec(typeof name === 'number' ? String(name).padStart(4, '0') : name);
      if (range === null) return false;
      const [, from = '', to = from] = range;
      if (from > to) this.#report(at, `the range ${name} ends before it begins`);
      flags.fill(true, Number(from), Number(to) + 1);
      return true;
    });
    return flags;
  }

  /** Numbers of ISO 3166-1; 0 is where nobody says. */
  countries(named: string | readonly string[], place: string): number[] {
    const numbers = new Set<number>();
    this.#expand(asList(named), this.#countries, place, (name) => {
      const number = name === UNKNOWN ? 0 : COUNTRY_NUMBERS.get(String(name));
      if (number !== undefined) numbers.add(number);
      return number !== undefined;
    });
    return [...numbers].sort((a, b) => a - b);
  }

  /** Numbers of ISO 4217. */
  currencies(named: string | readonly string[], place: string): number[] {
    return asList(named).map((name) => this.currency(name, place));
  }

  currency(name: string, place: string): number {
    const currency = CURRENCIES_BY_CODE.get(name);
    if (currency === undefined) {
      const text = () => `'${name}' is no currency${suggestion(name, [...CURRENCIES_BY_CODE.keys()])}`;
      this.#report(place, text);
    }
    return currency?.number ?? 0;
  }

  /**
   * Takes each name by itself, or the members of the group that it is; a group once, however often it is named.
   * @param within the groups that led to these names, the innermost first
   */
  #expand(
    names: readonly (string | number)[],
    groups: Groups,
    place: string,
    take: (name: string | number, place: string) => boolean,
    within: readonly string[] = [],
    taken = new Set<string>(),
  ): void {
    for (const name of names) {
      const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
      if (group === undefined) {
        if (!take(name, place)) this.#report(place, () => unknown(name, groups, within));
      } else if (within.includes(String(name))) {
        this.#report(place, `group '${name}' has itself in it`);
      } else if (!taken.has(String(name))) {
        taken.add(String(name));
        this.#expand(group, groups, place, take, [String(name), ...within], taken);
      }
    }
  }
}

function unknown(name: string | number, groups: Groups, within: readonly string[]): string {
  const through = within.length === 0 ? '' : ` (in group ${within.join(' in ')})`;
  return `there is no group '${name}'${through}${suggestion(String(name), Object.keys(groups))}`;
}

export function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Flags as ranges, both ends within. */
export function rangesOf(flags: readonly boolean[]): Range[] {
  const ranges: Range[] = [];
  for (const [at, flag] of flags.entries()) {
    if (!flag) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === at - 1) last[1] = at;
    else ranges.push([at, at]);
  }
  return ranges;
}
