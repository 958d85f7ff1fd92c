import { DUE_NEXT, type Records } from './record.js';

const MS_A_MINUTE = 60_000;

/** Minutes since 1970; `at` in ms. */
export function minuteOf(at: number): number {
  return Math.floor(at / MS_A_MINUTE);
}

/** The records of a minute. */
interface List {
  readonly minute: number;
  /** Row + 1 of the first; the others follow by {@link DUE_NEXT}. */
  first: number;
}

/** Of no minute. */
const NONE: List = { minute: -1, first: 0 };

/** The records by the minute in which they are to be looked at next: a list for each minute, through the records. */
export class DueList {
  readonly #lists = new Map<number, List>();
  /** The list that was added to last, as the next record is mostly due in the same minute. */
  #latest = NONE;
  /** No minute that has a record is before. */
  #next = Number.POSITIVE_INFINITY;

  constructor(readonly records: Records) {}

  /** The first minute that has a record; infinity when there is none. */
  get next(): number {
    return this.#next;
  }

  /** Puts a record, which must not be in any list, into a minute's. */
  add(row: number, minute: number): void {
    const list = this.#latest.minute === minute ? this.#latest : this.#listOf(minute);
    this.records.setWord(row, DUE_NEXT, list.first);
    list.first = row + 1;
  }

  /** Takes a record of minute `next` out; −1, and on to the next minute, when it has no more. */
  take(): number {
    const list = this.#lists.get(this.#next);
    if (list === undefined) {
      this.#next = Number.POSITIVE_INFINITY;
      for (const minute of this.#lists.keys()) if (minute < this.#next) this.#next = minute;
      return -1;
    }
    const row = list.first - 1;
    list.first = this.records.word(row, DUE_NEXT);
    if (list.first === 0) {
      this.#lists.delete(list.minute);
      if (this.#latest === list) this.#latest = NONE;
    }
    return row;
  }

  /** Minutes that have a record, in their order, with row + 1 of the first. */
  heads(): [minute: number, first: number][] {
    return [...this.#lists.values()]
      .map(({ minute, first }): [number, number] => [minute, first])
      .sort(([a], [b]) => a - b);
  }

  /** Takes over what {@link heads} gave, of the same records. */
  restore(heads: Iterable<readonly [minute: number, first: number]>): void {
    this.#lists.clear();
    this.#latest = NONE;
    this.#next = Number.POSITIVE_INFINITY;
    for (const [minute, first] of heads) this.#listOf(minute).first = first;
  }

  /** The list of a minute, which becomes the latest; it is to get a record. */
  #listOf(minute: number): List {
    let list = this.#lists.get(minute);
    if (list === undefined) {
      list = { minute, first: 0 };
      this.#lists.set(minute, list);
      if (minute < this.#next) this.#next = minute;
    }
    this.#latest = list;
    return list;
  }
}
