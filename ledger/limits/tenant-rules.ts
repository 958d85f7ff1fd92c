import { CountedLists } from './counted-lists.js';
import { Counters } from './counters.js';
import { LEVEL, LEVELS } from './place.js';
import type { RuleSet } from './rule-set.js';

/** A set, and to how many entities it is attached. */
interface Shared {
  readonly set: RuleSet;
  users: number;
}

/** The rules that are in force for a tenant, and what they have counted. */
export class TenantRules {
  readonly counters = new Counters();
  readonly counted = new CountedLists();
  /** The record of the request that is being undone, as if it had never come; −1 while none is. */
  voided = -1;
  /** By level, by entity; the same text is the same set. */
  readonly #sets: readonly Map<number, RuleSet>[] = Array.from({ length: LEVELS }, () => new Map());
  readonly #shared: readonly Map<string, Shared>[] = Array.from({ length: LEVELS }, () => new Map());
  #attached = 0;
  /** Greatest number of rows that any set's counters took, by level. */
  readonly #pages = new Uint32Array(LEVELS);

  /** Whether there are any. */
  get any(): boolean {
    return this.#attached > 0;
  }

  /** Whether there are any of a level. */
  anyOf(level: number): boolean {
    return this.#sets[level]!.size > 0;
  }

  /** What is attached to an entity: a number of a group, holder, account or card; 0 of the tenant and its programme. */
  of(level: number, entity: number): RuleSet | undefined {
    return this.#sets[level]!.get(entity);
  }

  /** Rows in which counters of a level may be, of each scope. */
  pages(level: number): number {
    return this.#pages[level]!;
  }

  /** The set of a level that has that text already, which then is the one to be attached. */
  known(level: number, text: string): RuleSet | undefined {
    return this.#shared[level]!.get(text)?.set;
  }

  /** Attaches a set, instead of the one that was; undefined detaches it. */
  attach(level: number, entity: number, set: RuleSet | undefined): void {
    const sets = this.#sets[level]!;
    const old = sets.get(entity);
    if (set === undefined) sets.delete(entity);
    else {
      sets.set(entity, set);
      this.#pages[level] = Math.max(this.#pages[level]!, set.pages);
      this.#use(level, set);
    }
    if (old !== undefined) this.#leave(level, old);
  }

  /** Everything that is attached, in the order of levels and entities. */
  *attached(): Generator<readonly [level: number, entity: number, set: RuleSet]> {
    for (let level = LEVEL.programme; level < LEVELS; level++) {
      const sets = [...this.#sets[level]!].sort(([a], [b]) => a - b);
      for (const [entity, set] of sets) yield [level, entity, set];
    }
  }

  /** Rows that counters of each level take at most, of each scope. */
  get pagesByLevel(): readonly number[] {
    return [...this.#pages];
  }

  /** Takes over the rows that counters of each level took, of an image of a state. */
  restorePages(pages: readonly number[]): void {
    this.#pages.set(pages);
  }

  #use(level: number, set: RuleSet): void {
    const shared = this.#shared[level]!.get(set.text);
    if (shared === undefined) this.#shared[level]!.set(set.text, { set, users: 1 });
    else shared.users++;
    this.#attached++;
  }

  #leave(level: number, set: RuleSet): void {
    const shared = this.#shared[level]!.get(set.text)!;
    if (--shared.users === 0) this.#shared[level]!.delete(set.text);
    this.#attached--;
  }
}
