import { DUE_NEXT, type Records } from './record.js';

const MS_A_MINUTE = 60_000;

/** Minutes since 1970; `at` in ms. */
export function minuteOf(at: number): number {
  return Math.floor(at / MS_A_MINUTE);
}

/** The records by the minute in which they are to be looked at next: a list for each minute, through the records. */
export class DueList {
  /** Row + 1 of the first record of each minute. */
  readonly #first = new Map<number, number>();
  /** No minute that has a record is before. */
  #next = Number.POSITIVE_INFINITY;

  constructor(readonly records: Records) {}

  /** The first minute that has a record; infinity when there is none. */
  get next(): number {
    return this.#next;
  }

  /** Puts a record, which must not be in any list, into a minute's. */
  add(row: number, minute: number): void {
    this.records.setWord(row, DUE_NEXT, this.#first.get(minute) ?? 0);
    this.#first.set(minute, row + 1);
    if (minute < this.#next) this.#next = minute;
  }

  /** Takes a record of minute `next` out; −1, and on to the next minute, when it has no more. */
  take(): number {
    const first = this.#first.get(this.#next);
    if (first === undefined) {
      this.#next = Number.POSITIVE_INFINITY;
      for (const minute of this.#first.keys()) if (minute < this.#next) this.#next = minute;
      return -1;
    }
    const row = first - 1;
    const after = this.records.word(row, DUE_NEXT);
    if (after === 0) this.#first.delete(this.#next);
    else this.#first.set(this.#next, after);
    return row;
  }

  /** Minutes that have a record, in their order, with row + 1 of the first. */
  heads(): [minute: number, first: number][] {
    return [...this.#first].sort(([a], [b]) => a - b);
  }

  /** Takes over what {@link heads} gave, of the same records. */
  restore(heads: Iterable<readonly [minute: number, first: number]>): void {
    this.#first.clear();
    this.#next = Number.POSITIVE_INFINITY;
    for (const [minute, first] of heads) {
      this.#first.set(minute, first);
      if (minute < this.#next) this.#next = minute;
    }
  }
}
