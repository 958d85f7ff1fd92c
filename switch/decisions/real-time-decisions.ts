import { ASKED, type Command, FLAG, KEY_WORDS } from '../../ledger/command.js';
import type { Batch } from '../../parsers/batch.js';
import type { Counters } from '../counters.js';
import type { Lane } from '../lane.js';
import type { AskedMessage, DecisionAsked, DecisionPolicy, DecisionTold } from './decision-messages.js';
import type { Parking } from './parking.js';

/** What becomes of a message. */
export const CONSIDERED = {
  /** It is to be decided now. */
  decide: 0,
  /** It waits, in a place of its own. */
  parked: 1,
  /** It is the repeat of one that waits, and there is no place for it. */
  refuse: 2,
} as const;

const RRN_END = 12;
const TERMINAL_END = 20;
const NONE = -1;

export interface RealTimeDecisionsSettings {
  readonly tenants: number;
  readonly parking: Parking;
  readonly counters: Counters;
  /** Asks the tenants, whose answers come by {@link RealTimeDecisions.told}. */
  readonly ask: (asked: readonly DecisionAsked[]) => void;
  /** A message that waited is to be decided, as `told` says. */
  readonly resume: (slot: number, told: DecisionTold, waitedMs: number) => void;
}

/**
 * Messages that wait for what their tenant says of them. They wait outside the ledger: what comes meanwhile, of the same
 * card too, is decided meanwhile, and what the tenant said is then one more thing that a message brings with it. The
 * deadline is kept here, whatever becomes of who is asked.
 *
 * ```
 * message ──(would be approved)──▶ parked ──▶ asked ──(answer, or time is up)──▶ decided, with what was said
 *    └─(anything stands against it)──▶ decided
 * ```
 */
export class RealTimeDecisions {
  readonly #settings: RealTimeDecisionsSettings;
  readonly #policies: (DecisionPolicy | null)[];
  /** Messages of each tenant that are being asked about. */
  readonly #waiting: Uint32Array;
  /** Places that wait, in the order in which they came. */
  #slots: number[] = [];
  readonly #generation: Uint32Array;
  readonly #parkedAt: Float64Array;
  /** The place whose answer this one waits for, as it is its repeat; −1 of one that is asked about itself. */
  readonly #follows: Int32Array;
  #asked: DecisionAsked[] = [];

  constructor(settings: RealTimeDecisionsSettings) {
    this.#settings = settings;
    const { slots } = settings.parking;
    this.#policies = new Array(settings.tenants).fill(null);
    this.#waiting = new Uint32Array(settings.tenants);
    this.#generation = new Uint32Array(slots);
    this.#parkedAt = new Float64Array(slots);
    this.#follows = new Int32Array(slots).fill(NONE);
  }

  /** Takes over what tenants want, by their indexes; null of one that has no endpoint. */
  configure(policies: Iterable<readonly [tenant: number, policy: DecisionPolicy | null]>): void {
    for (const [tenant, policy] of policies) this.#policies[tenant] = policy;
  }

  /** Whether a tenant's messages are to be considered: also while some of them wait, whatever it wants by now. */
  concerns(tenant: number): boolean {
    return this.#policies[tenant] !== null || this.#waiting[tenant]! > 0;
  }

  /**
   * Says what is to become of a request; where it can't be asked about though it should, the command has the fallback.
   * @param lane that of its tenant, which has looked at the clock
   */
  consider(
    batch: Batch,
    index: number,
    command: Command,
    { ledger, now }: Pick<Lane, 'ledger' | 'now'>,
  ): number {
    const nowMs = performance.now();
    const tenant = batch.columns.tenant[index]!;
    const original = this.#sameKey(tenant, command);
    if (original !== NONE)
      return this.#park(batch, index, original, nowMs) === NONE ? CONSIDERED.refuse : CONSIDERED.parked;
    const policy = this.#policies[tenant]!;
    if (policy === null || command.amount < policy.leastAmount) return CONSIDERED.decide;
    if (!ledger.wouldTakeMoney(tenant, command, now)) return CONSIDERED.decide;
    const full = this.#waiting[tenant]! >= policy.concurrency;
    const slot = full ? NONE : this.#park(batch, index, NONE, nowMs);
    if (slot === NONE) {
      this.#settings.counters.asked(ASKED.overloaded, 0);
      fallBack(command, policy, ASKED.overloaded);
      return CONSIDERED.decide;
    }
    this.#waiting[tenant]!++;
    const { deadlineMs } = policy;
    const message = messageOf(command);
    this.#asked.push({ slot, generation: this.#generation[slot]!, tenant, deadlineMs, message });
    return CONSIDERED.parked;
  }

  /** Asks about all that was parked since. */
  flush(): void {
    if (this.#asked.length === 0) return;
    this.#settings.ask(this.#asked);
    this.#asked = [];
  }

  /** A tenant has answered, or can't. */
  told(told: DecisionTold, nowMs: number): void {
    // Its time was up before.
    if (this.#generation[told.slot] !== told.generation) return;
    this.#finish(told.slot, told, nowMs);
  }

  /** Decides those whose time is up by the fallbacks. */
  expire(nowMs: number): void {
    if (this.#slots.length === 0) return;
    const { columns } = this.#settings.parking.batch;
    const late = this.#slots.filter((slot) => {
      const policy = this.#policies[columns.tenant[slot]!];
      return this.#follows[slot] === NONE && nowMs - this.#parkedAt[slot]! >= (policy?.deadlineMs ?? 0);
    });
    for (const slot of late) this.#finish(slot, this.#fallback(slot, ASKED.timedOut), nowMs);
  }

  /** Decides all that wait of such tenants by the fallbacks: who was to ask them is gone. */
  failAll(nowMs: number, isOne: (tenant: number) => boolean): void {
    const { columns } = this.#settings.parking.batch;
    const waiting = this.#slots.filter((slot) => this.#follows[slot] === NONE);
    for (const slot of waiting.filter((slot) => isOne(columns.tenant[slot]!))) {
      this.#finish(slot, this.#fallback(slot, ASKED.failed), nowMs);
    }
  }

  #finish(slot: number, told: DecisionTold, nowMs: number): void {
    const tenant = this.#settings.parking.batch.columns.tenant[slot]!;
    const followers = this.#slots.filter((other) => this.#follows[other] === slot);
    this.#slots = this.#slots.filter((other) => other !== slot && this.#follows[other] !== slot);
    this.#waiting[tenant]!--;
    const waitedMs = nowMs - this.#parkedAt[slot]!;
    // Of what does not answer, the fallback is decided here: who asks only says how it ended.
    const decided = told.asked === ASKED.answered ? told : this.#fallback(slot, told.asked);
    this.#settings.counters.asked(decided.asked, waitedMs * 1000);
    for (const each of [slot, ...followers]) {
      this.#generation[each]!++;
      this.#follows[each] = NONE;
      this.#settings.resume(each, decided, waitedMs);
    }
  }

  #fallback(slot: number, asked: number): DecisionTold {
    const generation = this.#generation[slot]!;
    const policy = this.#policies[this.#settings.parking.batch.columns.tenant[slot]!];
    // Of one that has no endpoint any more: as if it never had.
    const { fallbackCode, fallbackMost } = policy ?? {
      fallbackCode: 0,
      fallbackMost: Number.MAX_SAFE_INTEGER,
    };
    return { slot, generation, asked, verdict: fallbackCode, verdictAmount: fallbackMost };
  }

  #park(batch: Batch, index: number, original: number, nowMs: number): number {
    const slot = this.#settings.parking.park(batch, index);
    if (slot === NONE) return NONE;
    this.#slots.push(slot);
    this.#parkedAt[slot] = nowMs;
    this.#follows[slot] = original;
    return slot;
  }

  /** The place of a message of that key that is asked about, or −1. */
  #sameKey(tenant: number, command: Command): number {
    if (this.#waiting[tenant] === 0) return NONE;
    const { columns } = this.#settings.parking.batch;
    for (const slot of this.#slots) {
      if (columns.tenant[slot] !== tenant || this.#follows[slot] !== NONE) continue;
      let same = 0;
      while (same < KEY_WORDS && columns.key[slot * KEY_WORDS + same] === command.key[same]) same++;
      if (same === KEY_WORDS) return slot;
    }
    return NONE;
  }
}

/** Makes a command one that was asked about in vain. */
function fallBack(command: Command, { fallbackCode, fallbackMost }: DecisionPolicy, asked: number): void {
  command.asked = asked;
  command.verdict = fallbackCode;
  command.verdictAmount = Math.min(command.amount, fallbackMost);
  command.askedMs = 0;
}

function messageOf(command: Command): AskedMessage {
  const { amount, currency, cashback, processingCode, mcc, country, channels, entry, traits, acquirer } =
    command;
  const { identifiers, acceptor, acceptorLength, token, flags } = command;
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').trimEnd();
  const known = {
    amount,
    currency,
    cashback,
    processingCode,
    mcc,
    country,
    channels,
    entry,
    traits,
    acquirer,
  };
  return {
    ...known,
    token: Array.from(token, (word) => word.toString(16).padStart(8, '0')).join(''),
    partial: (flags & FLAG.partial) !== 0,
    retrievalReference: text(identifiers.subarray(0, RRN_END)),
    terminal: text(identifiers.subarray(RRN_END, TERMINAL_END)),
    merchant: text(identifiers.subarray(TERMINAL_END)),
    acceptor: text(acceptor.subarray(0, acceptorLength)),
  };
}
