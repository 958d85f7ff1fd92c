import { avalanche, MURMUR_SEED, mixWord } from '../murmur.js';
import { Filter } from './filter.js';
import type { RuleSpec } from './program.js';
import { WINDOW, type Window } from './window.js';

/** What a rule does with a message that it is for. */
export const KIND = {
  /** It is declined. */
  block: 0,
  /** All others are declined. */
  allow: 1,
  /** It may take so much, or be one of so many. */
  limit: 2,
  /** The first merchant that is approved is the only one from then on. */
  lock: 3,
} as const;

const NONE = -1;
const MINUTES_A_DAY = 1440;

/** One rule, made for being asked often. */
export class Rule {
  readonly number: number;
  readonly name: string;
  /** One of {@link KIND}. */
  readonly kind: number;
  readonly shadow: boolean;
  readonly filter: Filter;
  /** One of `LEVEL`. */
  readonly scope: number;
  readonly window: Window;
  /** ISO 4217 number of the accounts that it is for; 0 for all. */
  readonly currency: number;
  /** Limits; −1 for none. */
  readonly each: number;
  readonly amount: number;
  readonly count: number;
  readonly carry: number;
  readonly partial: boolean;
  readonly givesBack: boolean;
  readonly code: number;
  /** Slots that its counter takes; 0 when it counts nothing. */
  readonly slots: number;
  /**
   * What its counter is known by, the number of its first slot: a hash of all that says what is counted. Where only a
   * limit becomes another, or a shadow becomes active, the counter is the same and goes on.
   */
  readonly counter: number;
  /** Place of its first slot among its set's. */
  at = 0;
  /** The period of the minute that its set was told last. */
  period = 0;

  constructor(spec: RuleSpec, zone: string) {
    this.number = spec.number;
    this.name = spec.name;
    this.kind = KIND[spec.kind];
    this.shadow = spec.shadow ?? false;
    this.filter = new Filter(spec.filter ?? {});
    this.scope = spec.scope;
    this.window = {
      kind: this.kind === KIND.lock ? WINDOW.lifetime : spec.window,
      start: spec.start ?? (spec.window === WINDOW.week ? 0 : 1),
      startMonth: spec.startMonth ?? 1,
      bucketMinutes: spec.bucketMinutes ?? MINUTES_A_DAY,
      buckets: spec.buckets ?? 1,
    };
    this.currency = spec.currency ?? 0;
    this.each = spec.each ?? NONE;
    this.amount = spec.amount ?? NONE;
    this.count = spec.count ?? NONE;
    this.carry = spec.carry ?? NONE;
    this.partial = spec.partial ?? false;
    this.givesBack = !(spec.keeps ?? false);
    this.code = spec.code;
    this.slots = this.#slots();
    this.counter = this.slots === 0 ? 0 : identityOf(spec, this.window, zone);
  }

  #slots(): number {
    if (this.kind === KIND.lock) return 1;
    if (this.kind !== KIND.limit || this.window.kind === WINDOW.transaction) return 0;
    // The window begins inside a bucket, which counts as a whole: so there is one more.
    if (this.window.kind === WINDOW.trailing) return this.window.buckets + 1;
    return this.carry >= 0 ? 2 : 1;
  }

  /** The number that slot `index` of the counter is known by. */
  slotNumber(index: number): number {
    return (this.counter + Math.imul(index, 0x9e3779b1)) >>> 0;
  }
}

/** A hash of what a rule counts: its name, of what, over what, of whom. */
function identityOf(spec: RuleSpec, window: Window, zone: string): number {
  const { name, kind, filter, scope, currency, carry } = spec;
  const what = [name, kind, scope, currency ?? 0, carry !== undefined, window, zone, filter ?? {}];
  const text = JSON.stringify(what);
  let hash = MURMUR_SEED;
  for (let at = 0; at < text.length; at++) hash = mixWord(hash, text.charCodeAt(at));
  return avalanche(hash);
}
