import { createHash, type Hash } from 'node:crypto';
import { BOOK_ACCOUNTS } from './books.js';
import { ImageError } from './image-error.js';
import { restoreRules, textOfRules } from './limits/rules-image.js';
import { TenantState } from './tenant-state.js';
import { TokenTable } from './token-table.js';

/**
 * A tenant's state as bytes: what can't be derived of it, in a fixed order, and their SHA-256. Numbers are doubles,
 * rows as they lie in memory; so an image is of one byte order, which its first number tells.
 *
 * ```
 * section = number of section │ count │ numbers … │ rows …
 *
 * 1 head: magic, version   5 books: currencies, then balances       9 tokens: counts by segment │ tokens, sorted
 * 2 limits                 6 digest of the balances                10 records: rows, inserted, free │ rows
 * 3 hold rules, as runs    7 accounts: rows │ rows                 11 due: minutes, each with its first record
 * 4 rates                  8 cards: rows │ rows                      12 rules: bytes │ JSON
 *                                                                   13 counters: rows, inserted, free │ rows
 *                                                                   14 lists of counters
 *                                                                      SHA-256 of all that
 * ```
 *
 * The same commands give the same image, whether they were applied in one go or on a state that was restored on the
 * way: so its hash is the digest of the state.
 */
const SECTION = {
  head: 1,
  limits: 2,
  holdRules: 3,
  rates: 4,
  books: 5,
  balances: 6,
  accounts: 7,
  cards: 8,
  tokens: 9,
  records: 10,
  due: 11,
  rules: 12,
  counters: 13,
  counted: 14,
} as const;

/** `holdfast`, as a double of no other byte order. */
const MAGIC = Buffer.from('holdfast').readDoubleLE();
export const IMAGE_VERSION = 3;
const DIGEST_BYTES = 32;
/** Numbers of a section: far more than there can be, so that a damaged count does not take all memory. */
const NUMBERS_MAX = 2 ** 24;
const RULES_BYTES_MAX = 2 ** 31;
const RATE_NUMBERS = 5;
const PREAMBLE_BYTES = 16;

/** SHA-256 over everything in a state: 32 bytes, the same on every node that applied the same commands. */
export function stateDigest(state: TenantState): Buffer {
  const hash = createHash('sha256');
  for (const part of contentOf(state)) hash.update(part);
  return hash.digest();
}

/**
 * The image of a state, part by part. They are views of its memory: to be used before the next command.
 * @param digest of the state, where it is known
 */
export function* imageOf(state: TenantState, digest = stateDigest(state)): Generator<Uint8Array> {
  yield* contentOf(state);
  yield digest;
}

/**
 * Makes a state of its image: gives arrays that are to be filled with the image's bytes, one after the other.
 * @returns the state and its digest, which is that of the image
 * @throws ImageError when the image is of another version, or its bytes are not what they were
 */
export function* restoreState(): Generator<Uint8Array, { state: TenantState; digest: Buffer }> {
  const hash = createHash('sha256');
  const state = new TenantState();
  const [magic, version] = yield* numbersOf(hash, SECTION.head);
  if (magic !== MAGIC || version !== IMAGE_VERSION) {
    const found = magic === MAGIC ? `version ${version}` : 'no version that is known';
    throw new ImageError('HF_IMAGE_VERSION', `an image of a state is of ${found}, not ${IMAGE_VERSION}`);
  }
  // Taken over only when the digest has told that they are what they were.
  const limits = yield* numbersOf(hash, SECTION.limits);
  const holdRules = yield* numbersOf(hash, SECTION.holdRules);
  const rates = yield* numbersOf(hash, SECTION.rates);
  const books = yield* numbersOf(hash, SECTION.books);
  const [high, low] = yield* numbersOf(hash, SECTION.balances);
  const [accounts] = yield* numbersOf(hash, SECTION.accounts);
  yield* hashed(hash, state.accounts.rows.fill(accounts!));
  const [cards] = yield* numbersOf(hash, SECTION.cards);
  yield* hashed(hash, state.cards.rows.fill(cards!));
  const counts = yield* numbersOf(hash, SECTION.tokens);
  if (!TokenTable.isPossible(counts)) throw damaged('it has no such tokens');
  yield* hashed(hash, state.tokens.fill(counts));
  const [records, inserted, removed, free] = yield* numbersOf(hash, SECTION.records);
  yield* hashed(hash, state.records.fill(records!));
  const due = yield* numbersOf(hash, SECTION.due);
  const [rulesBytes] = yield* numbersOf(hash, SECTION.rules);
  if (!(rulesBytes! >= 0 && rulesBytes! <= RULES_BYTES_MAX)) throw damaged('it has no such rules');
  const rules = Buffer.alloc(rulesBytes!);
  yield* hashed(hash, [rules]);
  const [counters, counted] = yield* numbersOf(hash, SECTION.counters);
  yield* hashed(hash, state.rules.counters.fill(counters!));
  const lists = yield* numbersOf(hash, SECTION.counted);
  const digest = hash.digest();
  const expected = Buffer.alloc(DIGEST_BYTES);
  yield expected;
  if (!digest.equals(expected)) throw damaged('its digest is another');
  if (!state.records.restore(inserted!, removed!, free!)) throw damaged('its free rows are not linked');
  if (!state.rules.counters.restore(counted!, 0, 0)) throw damaged('its counters have free rows');
  restoreRules(state.rules, rules.toString());
  state.rules.counted.restore(lists);
  restoreLimits(state, limits);
  restoreHoldRules(state, holdRules);
  restoreRates(state, rates);
  restoreBooks(state, books);
  Object.assign(state.balances, { high, low });
  state.due.restore(pairsOf(due));
  return { state, digest };
}

function* contentOf(state: TenantState): Generator<Uint8Array> {
  const { limits, books, balances, accounts, cards, tokens, records } = state;
  yield section(SECTION.head, [MAGIC, IMAGE_VERSION]);
  const { currency, channels, perTransaction, perDay, perDayCount } = limits;
  yield section(SECTION.limits, [currency, channels, perTransaction, perDay, perDayCount]);
  yield section(SECTION.holdRules, runsOf(state.holdRules.columns));
  const rates = state.rates.all();
  yield section(
    SECTION.rates,
    rates.flatMap(({ from, to, rate, exponents, spread }) => [from, to, rate, exponents, spread]),
  );
  yield section(SECTION.books, [...books.currencies, ...books.balances]);
  yield section(SECTION.balances, [balances.high, balances.low]);
  yield section(SECTION.accounts, [accounts.length]);
  yield* accounts.rows.parts();
  yield section(SECTION.cards, [cards.length]);
  yield* cards.rows.parts();
  yield section(SECTION.tokens, tokens.counts);
  yield* tokens.parts();
  const { length, inserted, size, firstFree } = records;
  yield section(SECTION.records, [length, inserted, length - size, firstFree]);
  yield* records.parts();
  yield section(SECTION.due, state.due.heads().flat());
  const { rules } = state;
  const texts = Buffer.from(textOfRules(rules));
  yield section(SECTION.rules, [texts.length]);
  yield texts;
  yield section(SECTION.counters, [rules.counters.length, rules.counters.inserted]);
  yield* rules.counters.parts();
  yield section(SECTION.counted, rules.counted.numbers());
}

function section(which: number, numbers: readonly number[]): Uint8Array {
  const doubles = new Float64Array(2 + numbers.length);
  doubles[0] = which;
  doubles[1] = numbers.length;
  doubles.set(numbers, 2);
  return new Uint8Array(doubles.buffer);
}

function* numbersOf(hash: Hash, which: number): Generator<Uint8Array, readonly number[]> {
  const preamble = new Float64Array(2);
  yield* hashed(hash, [new Uint8Array(preamble.buffer, 0, PREAMBLE_BYTES)]);
  const [found, count] = preamble;
  const possible = Number.isInteger(count) && count! >= 0 && count! <= NUMBERS_MAX;
  if (found !== which || !possible) {
    if (which === SECTION.head) throw new ImageError('HF_IMAGE_VERSION', 'this is no image of a state');
    throw damaged(`section ${which} is not where it should be`);
  }
  const numbers = new Float64Array(count!);
  yield* hashed(hash, [new Uint8Array(numbers.buffer)]);
  return [...numbers];
}

function* hashed(hash: Hash, parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const part of parts) {
    yield part;
    hash.update(part);
  }
}

/** Runs of merchant categories with the same rule: how many, and what the rule says. */
function runsOf(columns: readonly ArrayLike<number>[]): number[] {
  const numbers: number[] = [];
  const { length } = columns[0]!;
  const begins = new Uint8Array(length);
  for (const column of columns) markRuns(column, begins);
  for (let from = 0; from < length; ) {
    const next = begins.indexOf(1, from + 1);
    const end = next < 0 ? length : next;
    numbers.push(end - from, ...columns.map((column) => column[from]!));
    from = end;
  }
  return numbers;
}

/** Marks where a column's value is another than before. One column at a time, as that is several times as fast. */
function markRuns(column: ArrayLike<number>, begins: Uint8Array): void {
  for (let at = 1; at < column.length; at++) if (column[at] !== column[at - 1]) begins[at] = 1;
}

function restoreHoldRules({ holdRules: { columns } }: TenantState, numbers: readonly number[]): void {
  let from = 0;
  for (let at = 0; at < numbers.length; at += 1 + columns.length) {
    const to = from + numbers[at]!;
    for (const [which, column] of columns.entries()) column.fill(numbers[at + 1 + which]!, from, to);
    from = to;
  }
}

function restoreLimits({ limits }: TenantState, numbers: readonly number[]): void {
  const [currency, channels, perTransaction, perDay, perDayCount] = numbers;
  Object.assign(limits, { currency, channels, perTransaction, perDay, perDayCount });
}

function restoreRates({ rates }: TenantState, numbers: readonly number[]): void {
  for (let at = 0; at < numbers.length; at += RATE_NUMBERS) {
    const [from, to, rate, exponents, spread] = numbers.slice(at, at + RATE_NUMBERS);
    rates.set(from!, to!, { rate: rate!, exponents: exponents!, spread: spread! });
  }
}

function restoreBooks({ books }: TenantState, numbers: readonly number[]): void {
  const count = numbers.length / (1 + BOOK_ACCOUNTS);
  if (!Number.isInteger(count)) throw damaged('a book is not whole');
  for (const currency of numbers.slice(0, count)) books.of(currency);
  books.balances.set(numbers.slice(count, count + books.balances.length));
}

function* pairsOf(numbers: readonly number[]): Generator<readonly [number, number]> {
  for (let at = 0; at < numbers.length; at += 2) yield [numbers[at]!, numbers[at + 1]!];
}

function damaged(how: string): ImageError {
  return new ImageError('HF_IMAGE_DAMAGED', `an image of a state is damaged: ${how}`);
}
