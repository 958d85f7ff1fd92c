import { avalanche, MURMUR_SEED, mixWord } from '../murmur.js';
import { type Facts, MERCHANT_WORDS } from './facts.js';
import { Glob } from './glob.js';
import type { FilterSpec } from './program.js';

const MCCS = 10_000;
const ISO_NUMBERS = 1000;
const TYPES = 100;
const MINUTES_A_DAY = 1440;
const MINUTES_A_WEEK = 7 * MINUTES_A_DAY;
const MERCHANT_BYTES = 15;
const SPACE = 0x20;

/** Bits of a filter that has such a condition: the others are not looked at. */
const HAS = {
  mcc: 1,
  countries: 2,
  currencies: 4,
  channels: 8,
  entries: 16,
  traits: 32,
  types: 64,
  acquirers: 128,
  merchants: 256,
  names: 512,
  cashback: 1024,
  amount: 2048,
  times: 4096,
} as const;

/** Which messages a rule is for, made for being asked often: sets are bits, nothing is allocated. */
export class Filter {
  readonly #has: number;
  readonly #mcc: Uint32Array;
  readonly #countries: Uint32Array;
  readonly #currencies: Uint32Array;
  readonly #types: Uint32Array;
  readonly #channels: number;
  readonly #entries: number;
  readonly #traits: number;
  readonly #noTraits: number;
  readonly #acquirers: ReadonlySet<number> | null;
  readonly #notAcquirers: ReadonlySet<number> | null;
  readonly #merchants: MerchantSet | null;
  readonly #notMerchants: MerchantSet | null;
  readonly #names: readonly Glob[] | null;
  readonly #notNames: readonly Glob[] | null;
  readonly #cashback: boolean;
  readonly #least: number;
  readonly #greatest: number;
  readonly #times: Uint32Array;
  readonly #holidayTimes: Uint32Array | null;

  constructor(spec: FilterSpec) {
    this.#has = conditionsOf(spec);
    this.#mcc = bitsOfRanges(
      MCCS,
      (spec.mcc ?? []).map(([from, to]) => [from, to + 1] as const),
    );
    this.#countries = bitsOf(ISO_NUMBERS, spec.countries);
    this.#currencies = bitsOf(ISO_NUMBERS, spec.currencies);
    this.#types = bitsOf(TYPES, spec.types);
    this.#channels = spec.channels ?? 0;
    this.#entries = spec.entries ?? 0;
    this.#traits = spec.traits ?? 0;
    this.#noTraits = spec.noTraits ?? 0;
    this.#acquirers = spec.acquirers === undefined ? null : new Set(spec.acquirers);
    this.#notAcquirers = spec.notAcquirers === undefined ? null : new Set(spec.notAcquirers);
    this.#merchants = spec.merchants === undefined ? null : new MerchantSet(spec.merchants);
    this.#notMerchants = spec.notMerchants === undefined ? null : new MerchantSet(spec.notMerchants);
    this.#names = spec.names?.map((pattern) => new Glob(pattern)) ?? null;
    this.#notNames = spec.notNames?.map((pattern) => new Glob(pattern)) ?? null;
    this.#cashback = spec.cashback ?? false;
    this.#least = spec.least ?? 0;
    this.#greatest = spec.greatest ?? Number.MAX_SAFE_INTEGER;
    this.#times = bitsOfRanges(MINUTES_A_WEEK, spec.times ?? []);
    this.#holidayTimes =
      spec.holidayTimes === undefined ? null : bitsOfRanges(MINUTES_A_DAY, spec.holidayTimes);
  }

  /** Whether it asks for the time, which must then be in the facts. */
  get asksForTime(): boolean {
    return (this.#has & HAS.times) !== 0;
  }

  matches(facts: Facts): boolean {
    const has = this.#has;
    if (has === 0) return true;
    const { command } = facts;
    if ((has & HAS.mcc) !== 0 && !isSet(this.#mcc, command.mcc)) return false;
    if ((has & HAS.channels) !== 0 && (this.#channels & command.channels) === 0) return false;
    if ((has & HAS.countries) !== 0 && !isSet(this.#countries, command.country)) return false;
    if ((has & HAS.currencies) !== 0 && !isSet(this.#currencies, command.currency)) return false;
    if ((has & HAS.entries) !== 0 && ((this.#entries >>> command.entry) & 1) === 0) return false;
    if ((has & HAS.traits) !== 0) {
      const { traits } = command;
      if ((traits & this.#traits) !== this.#traits || (traits & this.#noTraits) !== 0) return false;
    }
    if ((has & HAS.types) !== 0 && !isSet(this.#types, facts.type)) return false;
    if ((has & HAS.cashback) !== 0 && command.cashback > 0 !== this.#cashback) return false;
    if ((has & HAS.amount) !== 0 && (facts.amount < this.#least || facts.amount > this.#greatest))
      return false;
    if ((has & HAS.acquirers) !== 0 && !this.#acquirerMatches(command.acquirer)) return false;
    if ((has & HAS.merchants) !== 0 && !this.#merchantMatches(facts)) return false;
    if ((has & HAS.times) !== 0 && !this.#timeMatches(facts)) return false;
    return (has & HAS.names) === 0 || this.#nameMatches(facts);
  }

  #acquirerMatches(acquirer: number): boolean {
    if (this.#acquirers !== null && !this.#acquirers.has(acquirer)) return false;
    return this.#notAcquirers === null || !this.#notAcquirers.has(acquirer);
  }

  #merchantMatches(facts: Facts): boolean {
    if (this.#merchants !== null && !this.#merchants.has(facts)) return false;
    return this.#notMerchants === null || !this.#notMerchants.has(facts);
  }

  #nameMatches({ command: { acceptor, acceptorLength } }: Facts): boolean {
    if (this.#names !== null && !anyMatches(this.#names, acceptor, acceptorLength)) return false;
    return this.#notNames === null || !anyMatches(this.#notNames, acceptor, acceptorLength);
  }

  #timeMatches({ local }: Facts): boolean {
    if (local.holiday && this.#holidayTimes !== null) return isSet(this.#holidayTimes, local.minuteOfDay);
    return isSet(this.#times, local.weekday * MINUTES_A_DAY + local.minuteOfDay);
  }
}

function conditionsOf(spec: FilterSpec): number {
  let has = 0;
  if (spec.mcc !== undefined) has |= HAS.mcc;
  if (spec.countries !== undefined) has |= HAS.countries;
  if (spec.currencies !== undefined) has |= HAS.currencies;
  if (spec.channels !== undefined) has |= HAS.channels;
  if (spec.entries !== undefined) has |= HAS.entries;
  if (spec.traits !== undefined || spec.noTraits !== undefined) has |= HAS.traits;
  if (spec.types !== undefined) has |= HAS.types;
  if (spec.acquirers !== undefined || spec.notAcquirers !== undefined) has |= HAS.acquirers;
  if (spec.merchants !== undefined || spec.notMerchants !== undefined) has |= HAS.merchants;
  if (spec.names !== undefined || spec.notNames !== undefined) has |= HAS.names;
  if (spec.cashback !== undefined) has |= HAS.cashback;
  if (spec.least !== undefined || spec.greatest !== undefined) has |= HAS.amount;
  if (spec.times !== undefined || spec.holidayTimes !== undefined) has |= HAS.times;
  return has;
}

function bitsOf(count: number, numbers: readonly number[] | undefined): Uint32Array {
  return bitsOfRanges(
    count,
    (numbers ?? []).map((number) => [number, number + 1] as const),
  );
}

function bitsOfRanges(count: number, ranges: readonly (readonly [number, number])[]): Uint32Array {
  if (ranges.length === 0) return NOTHING;
  const bits = new Uint32Array((count + 31) >>> 5);
  for (const [from, to] of ranges) {
    for (let at = from; at < Math.min(to, count); at++) bits[at >>> 5]! |= 1 << (at & 31);
  }
  return bits;
}

const NOTHING = new Uint32Array(1);

function isSet(bits: Uint32Array, at: number): boolean {
  // One that is beyond the end is not in it.
  return ((bits[at >>> 5]! >>> (at & 31)) & 1) !== 0;
}

function anyMatches(patterns: readonly Glob[], text: Uint8Array, length: number): boolean {
  for (let at = 0; at < patterns.length; at++) if (patterns[at]!.matches(text, length)) return true;
  return false;
}

/** A set of DE42, found by their hash. */
class MerchantSet {
  readonly #words: Uint32Array;
  /** Number + 1 of a merchant, by hash; those of the same hash lead on to each other. */
  readonly #first = new Map<number, number>();
  readonly #next: Uint32Array;

  constructor(merchants: readonly string[]) {
    this.#words = new Uint32Array(MERCHANT_WORDS * merchants.length);
    this.#next = new Uint32Array(merchants.length);
    const bytes = new Uint8Array(this.#words.buffer);
    for (const [merchant, text] of merchants.entries()) {
      const from = 4 * MERCHANT_WORDS * merchant;
      bytes.fill(SPACE, from, from + MERCHANT_BYTES);
      for (let at = 0; at < Math.min(text.length, MERCHANT_BYTES); at++)
        bytes[from + at] = text.charCodeAt(at);
      let hash = MURMUR_SEED;
      for (let word = 0; word < MERCHANT_WORDS; word++)
        hash = mixWord(hash, this.#words[MERCHANT_WORDS * merchant + word]!);
      this.#next[merchant] = this.#first.get(avalanche(hash)) ?? 0;
      this.#first.set(avalanche(hash), merchant + 1);
    }
  }

  has(facts: Facts): boolean {
    let next = this.#first.get(merchantHash(facts)) ?? 0;
    for (; next !== 0; next = this.#next[next - 1]!) {
      let same = 0;
      const from = MERCHANT_WORDS * (next - 1);
      while (same < MERCHANT_WORDS && this.#words[from + same] === facts.merchantWord(same)) same++;
      if (same === MERCHANT_WORDS) return true;
    }
    return false;
  }
}

/** DE42, hashed. */
export function merchantHash(facts: Facts): number {
  let hash = MURMUR_SEED;
  for (let word = 0; word < MERCHANT_WORDS; word++) hash = mixWord(hash, facts.merchantWord(word));
  return avalanche(hash);
}
