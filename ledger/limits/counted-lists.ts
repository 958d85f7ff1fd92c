import { avalanche, MURMUR_SEED, mixWord } from '../murmur.js';

/**
 * Lists of counters, each of which many messages have in common: what a message counted in, so that it can be given
 * back. A list is there as long as a message has it.
 */
export class CountedLists {
  /** By number; one that is free is empty. */
  readonly #lists: Uint32Array[] = [];
  readonly #users: number[] = [];
  readonly #next: number[] = [];
  /** Number + 1 of the first list of a hash. */
  readonly #first = new Map<number, number>();
  readonly #free: number[] = [];
  /** The one that was taken last: message after message counts in the same counters. */
  #latest = 0;

  /** The number of the list `words[0 … length)`, with one more message that has it. */
  take(words: Uint32Array, length: number): number {
    const latest = this.#latest;
    if (latest < this.#lists.length && isSame(this.#lists[latest]!, words, length)) {
      this.#users[latest]!++;
      return latest;
    }
    const hash = hashOf(words, length);
    for (let next = this.#first.get(hash) ?? 0; next !== 0; next = this.#next[next - 1]!) {
      if (!isSame(this.#lists[next - 1]!, words, length)) continue;
      this.#users[next - 1]!++;
      this.#latest = next - 1;
      return next - 1;
    }
    const list = this.#free.pop() ?? this.#lists.length;
    this.#lists[list] = words.slice(0, length);
    this.#users[list] = 1;
    this.#index(list, hash);
    this.#latest = list;
    return list;
  }

  of(list: number): Uint32Array {
    return this.#lists[list]!;
  }

  /** A message that had the list is forgotten. */
  give(list: number): void {
    if (--this.#users[list]! > 0) return;
    const words = this.#lists[list]!;
    const hash = hashOf(words, words.length);
    let before = 0;
    let next = this.#first.get(hash)!;
    while (next - 1 !== list) {
      before = next;
      next = this.#next[next - 1]!;
    }
    if (before !== 0) this.#next[before - 1] = this.#next[list]!;
    else if (this.#next[list] === 0) this.#first.delete(hash);
    else this.#first.set(hash, this.#next[list]!);
    this.#lists[list] = NO_WORDS;
    this.#free.push(list);
  }

  /** All of it as numbers, for an image of a state. */
  numbers(): number[] {
    const lists = this.#lists.flatMap((words, list) => [this.#users[list]!, words.length, ...words]);
    return [this.#lists.length, ...lists, ...this.#free];
  }

  /** Takes over what {@link numbers} gave. */
  restore(numbers: readonly number[]): void {
    const count = numbers[0] ?? 0;
    let at = 1;
    for (let list = 0; list < count; list++) {
      const [users, length] = [numbers[at]!, numbers[at + 1]!];
      this.#lists.push(Uint32Array.from(numbers.slice(at + 2, at + 2 + length)));
      this.#users.push(users);
      at += 2 + length;
    }
    for (const [list, words] of this.#lists.entries()) {
      this.#next.push(0);
      if (words.length > 0) this.#index(list, hashOf(words, words.length));
    }
    this.#free.push(...numbers.slice(at));
  }

  #index(list: number, hash: number): void {
    this.#next[list] = this.#first.get(hash) ?? 0;
    this.#first.set(hash, list + 1);
  }
}

const NO_WORDS = new Uint32Array(0);

function hashOf(words: Uint32Array, length: number): number {
  let hash = MURMUR_SEED;
  for (let word = 0; word < length; word++) hash = mixWord(hash, words[word]!);
  return avalanche(hash);
}

function isSame(list: Uint32Array, words: Uint32Array, length: number): boolean {
  if (list.length !== length) return false;
  for (let word = 0; word < length; word++) if (list[word] !== words[word]) return false;
  return true;
}
