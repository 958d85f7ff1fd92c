import type { TenantState } from '../tenant-state.js';
import { LEVELS } from './place.js';
import { PAGES_MAX } from './rule-set.js';

/** Of a row that was not looked for yet. */
const UNKNOWN = -2;

/** The rows of counters that the message at hand has to do with, so that each is looked for once. */
export class RowCache {
  readonly #rows = new Int32Array(LEVELS * LEVELS * PAGES_MAX);

  /** Forgets those of a level and scope. */
  forget(level: number, scope: number, pages: number): void {
    const from = (level * LEVELS + scope) * PAGES_MAX;
    for (let at = from; at < from + pages; at++) this.#rows[at] = UNKNOWN;
  }

  /** The row of a page of an entity's slots, or −1; it is the same entity until the row is forgotten. */
  of(state: TenantState, level: number, scope: number, page: number, entity: number): number {
    const at = (level * LEVELS + scope) * PAGES_MAX + page;
    const known = this.#rows[at]!;
    if (known !== UNKNOWN) return known;
    const row = state.rules.counters.rowOf(level, scope, page, entity);
    this.#rows[at] = row;
    return row;
  }
}
