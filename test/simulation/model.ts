import { CARDS, DAY, MERCHANTS, RATES } from './bank.js';
import type { Entry } from './entries.js';

/** Kinds of commands, flags and response codes, by the numbers that are documented. */
const [OPEN, CREDIT, AUTHORISE, REVERSE, VOID, CLEAR, TIME] = [2, 5, 6, 7, 8, 9, 10];
const [ADVICE, DECLINED, INCREMENTAL, MORE] = [1, 2, 4, 32];
const [APPROVED, PARTLY, INVALID] = [0, 10, 12];
const REFUNDS = 200_000;

interface Hold {
  readonly account: number;
  /** Token of the card. */
  readonly card: number;
  /** Of the message, or what was approved of it, in its own currency. */
  readonly amount: bigint;
  readonly billed: bigint;
  expires: number;
  held: bigint;
  /** What partial reversals let stand of the amount. */
  kept: bigint;
  readonly increments: Increment[];
  readonly clearings: Booking[];
  state: 'open' | 'cleared' | 'expired' | 'released';
  /** Nobody was told of it in time: it holds no more. */
  voided: boolean;
}

/** What raised a hold. */
interface Increment {
  readonly hold: Hold;
  /** What stands of its amount, in its own currency, and of what was billed. */
  kept: bigint;
  billed: bigint;
}

/** What was charged to an account, for a hold or without one. */
interface Booking {
  readonly account: number;
  charged: bigint;
  /** Of what was billed, what nobody was charged for. */
  suspense: bigint;
  /** It was billed, and all of that was given back. */
  undone: boolean;
  readonly hold: Hold | undefined;
  /** What it released of its hold; nothing when that was over before. */
  readonly released: bigint;
  readonly late: boolean;
}

/**
 * What a tenant's journal comes to, said as plainly as it can be: maps of objects, whole numbers of any size, every sum
 * taken anew. It shares nothing with the ledger, and takes its word only for who was approved.
 */
export class Model {
  readonly posted: bigint[] = [];
  readonly #currencies: number[] = [];
  readonly #holds = new Map<number, Hold>();
  readonly #increments = new Map<number, Increment>();
  readonly #bookings = new Map<number, Booking>();
  readonly #decided = new Set<number>();
  readonly #voided = new Set<number>();
  /** Originals whose reversal came first. */
  readonly #givenUp = new Set<number>();

  held(account: number): bigint {
    let sum = 0n;
    for (const hold of this.#holds.values()) if (hold.account === account) sum += hold.held;
    return sum;
  }

  /** @throws Error that says what can't be */
  enter(entry: Entry, atMs: number): void {
    const { kind, key, account, currency, amount } = entry;
    if (kind === OPEN) {
      this.posted.push(0n);
      this.#currencies.push(currency);
    } else if (kind === CREDIT) this.posted[account]! += BigInt(amount);
    else if (kind === VOID) this.#void(key, Math.floor(atMs / 60_000));
    else if (kind === TIME) this.#expire(Math.floor(atMs / 60_000));
    else if (kind === AUTHORISE || kind === CLEAR || kind === REVERSE) {
      must(!this.#decided.has(key), `key ${key} was decided twice`);
      const early = this.#givenUp.has(key);
      this.#decided.add(key);
      if (early)
        return must(
          entry.code === INVALID || isAdvice(entry),
          'what was reversed before it came was approved',
        );
      if (entry.code !== APPROVED && entry.code !== PARTLY) return;
      if (kind === AUTHORISE) this.#authorise(entry, Math.floor(atMs / 60_000));
      else if (kind === CLEAR) this.#clear(entry);
      else this.#reverse(entry);
    }
  }

  #authorise(entry: Entry, minute: number): void {
    const account = accountOf(entry.token)!;
    const billed = this.#bill(entry, account);
    this.#mustAfford(entry, account, billed);
    const minutes = MERCHANTS.find(({ mcc }) => mcc === entry.mcc)!.minutes;
    const raised = (entry.flags & INCREMENTAL) === 0 ? undefined : this.#holds.get(entry.originalKey);
    if (raised?.state === 'open') {
      raised.held += billed;
      raised.expires = Math.max(raised.expires, minute + minutes);
      const increment = { hold: raised, kept: BigInt(entry.amount), billed };
      raised.increments.push(increment);
      this.#increments.set(entry.key, increment);
      return;
    }
    must((entry.flags & INCREMENTAL) === 0 || isAdvice(entry), `key ${entry.key} raised what does not hold`);
    const amount = entry.code === PARTLY ? billed : BigInt(entry.amount);
    this.#holds.set(entry.key, {
      account,
      card: entry.token,
      amount,
      billed,
      expires: minute + minutes,
      held: billed,
      kept: amount,
      increments: [],
      clearings: [],
      state: 'open',
      voided: false,
    });
  }

  #clear(entry: Entry): void {
    const account = accountOf(entry.token);
    // Nobody to charge: it stays in suspense.
    if (account === undefined) return;
    const billed = this.#bill(entry, account);
    const hold = this.#holds.get(entry.originalKey);
    must(hold?.state !== 'cleared', `a second presentment was booked: ${entry.key}`);
    if (entry.processingCode >= REFUNDS) {
      this.posted[account]! += billed;
      this.#bookings.set(entry.key, newBooking(account, -billed, 0n));
      return;
    }
    const late = hold?.state !== 'open';
    if (late) this.#mustAfford(entry, account, billed);
    if (late && billed === 0n) return;
    const charged = late ? billed : min(billed, this.#most(entry, hold!));
    const final = late || (entry.flags & MORE) === 0;
    const released = late ? 0n : final ? hold!.held : min(hold!.held, charged);
    const booking = newBooking(account, charged, billed - charged, hold, released, late);
    this.posted[account]! -= charged;
    this.#bookings.set(entry.key, booking);
    if (hold === undefined) return;
    hold.held -= released;
    hold.clearings.push(booking);
    if (final) hold.state = billed > 0n || chargedOf(hold) > 0n ? 'cleared' : 'released';
  }

  /** What a clearing of an open hold may charge: what stands of it and is not cleared yet, and what is tolerated on top. */
  #most(entry: Entry, hold: Hold): bigint {
    const { tolerance } = MERCHANTS.find(({ mcc }) => mcc === entry.mcc)!;
    const part = (amount: bigint, basisPoints: bigint) => (amount * basisPoints) / 10_000n;
    let most = approvedOf(hold) + part(approvedOf(hold), tolerance);
    // A rate may have moved by a tenth.
    const converted = entry.currency !== this.#currencies[hold.account];
    if (converted && BigInt(entry.amount) <= hold.kept + part(hold.kept, tolerance))
      most += part(most, 1000n);
    return max(0n, most - chargedOf(hold));
  }

  #reverse({ originalKey, kept }: Entry): void {
    if (!this.#decided.has(originalKey)) this.#givenUp.add(originalKey);
    else if (kept < 0) this.#giveBack(originalKey);
    else this.#lower(originalKey, BigInt(kept));
  }

  /** All that a message took goes back. */
  #giveBack(key: number): void {
    const increment = this.#increments.get(key);
    if (increment !== undefined) this.#lowerIncrement(increment, 0n);
    const booking = this.#bookings.get(key);
    if (booking !== undefined) this.#undo(booking);
    const hold = this.#holds.get(key);
    if (hold === undefined) return;
    for (const clearing of hold.clearings) this.#undo(clearing);
    for (const one of hold.increments) one.billed = 0n;
    hold.held = 0n;
    if (hold.state === 'open') hold.state = 'released';
  }

  /** A request that nobody was told of in time: as if it had never come. */
  #void(key: number, minute: number): void {
    must(!this.#voided.has(key), `key ${key} was undone twice`);
    this.#voided.add(key);
    const own = this.#holds.get(key);
    if (own !== undefined) {
      // What cleared it has answers of its own.
      own.voided = true;
      own.held = 0n;
      if (own.state === 'open') own.state = 'released';
      return;
    }
    const booking = this.#bookings.get(key);
    const { hold, released, late, undone } = booking ?? {};
    this.#giveBack(key);
    if (hold === undefined || late || undone) return;
    if (hold.state !== 'open' && hold.expires <= minute) hold.state = 'expired';
    if (hold.state === 'expired') return;
    if (!hold.voided) hold.held += min(released!, max(0n, approvedOf(hold) - hold.held));
    hold.state = hold.voided ? 'released' : 'open';
  }

  /** Of an authorisation no more than `kept` stands: what is held goes first, then the last of what was cleared. */
  #lower(key: number, kept: bigint): void {
    const increment = this.#increments.get(key);
    if (increment !== undefined) {
      if (kept < increment.kept) this.#lowerIncrement(increment, kept);
      return;
    }
    const hold = this.#holds.get(key);
    if (hold === undefined || kept >= hold.kept) return;
    if (hold.state === 'released' && chargedOf(hold) === 0n) return;
    hold.kept = kept;
    const back = max(0n, hold.held + chargedOf(hold) - approvedOf(hold));
    const released = min(back, hold.held);
    hold.held -= released;
    this.#lowerClearings(hold, back - released);
  }

  /** Of an increment no more than `kept` stands: what it added goes from the hold, then from what was cleared beyond the rest. */
  #lowerIncrement(increment: Increment, kept: bigint): void {
    const { hold, billed } = increment;
    // All of it went before.
    if (billed === 0n) return;
    increment.billed = (billed * kept + increment.kept - 1n) / increment.kept;
    increment.kept = kept;
    const back = billed - increment.billed;
    const released = min(back, hold.held);
    hold.held -= released;
    this.#lowerClearings(hold, min(back - released, max(0n, chargedOf(hold) - approvedOf(hold))));
  }

  /** Gives back so much of what was cleared, the last of it first. */
  #lowerClearings(hold: Hold, amount: bigint): void {
    let back = amount;
    for (const clearing of [...hold.clearings].reverse()) {
      if (back === 0n) break;
      const some = min(back, clearing.charged);
      this.#uncharge(clearing, some);
      back -= some;
    }
  }

  #undo(booking: Booking): void {
    if (booking.undone) return;
    const billed = booking.charged + booking.suspense;
    booking.suspense = 0n;
    if (billed !== 0n) this.#uncharge(booking, booking.charged);
  }

  #uncharge(booking: Booking, amount: bigint): void {
    booking.charged -= amount;
    booking.undone = booking.charged + booking.suspense === 0n;
    this.posted[booking.account]! += amount;
    const { hold } = booking;
    if (hold?.state === 'cleared' && chargedOf(hold) === 0n) hold.state = 'released';
  }

  #expire(minute: number): void {
    for (const hold of this.#holds.values()) {
      if (hold.state !== 'open' || hold.expires > minute) continue;
      hold.held = 0n;
      hold.state = 'expired';
    }
  }

  /** A message's amount in the account's currency: as it is, as the network has it, or by the tenant's rate. */
  #bill(entry: Entry, account: number): bigint {
    const { amount, currency, billing, billingCurrency, billed } = entry;
    const to = this.#currencies[account]!;
    let due = BigInt(amount);
    if (currency !== to && billingCurrency === to) due = BigInt(billing);
    else if (currency !== to) {
      const rate = RATES.find((one) => one.from === currency && one.to === to);
      must(rate !== undefined, `there is no rate from ${currency} to ${to}`);
      const { numerator, denominator, exponents, spread } = rate!;
      const sign = entry.processingCode >= REFUNDS ? -1n : 1n;
      const above = due * numerator * 10n ** BigInt(exponents) * (10_000n + sign * BigInt(spread));
      const below = denominator * 10_000n;
      due = (2n * above + below) / (2n * below);
    }
    const recorded = BigInt(billed);
    if (entry.code === PARTLY) {
      must(recorded === this.#available(account), `${recorded} was approved, not what there was`);
      return recorded;
    }
    must(recorded === due, `${recorded} was billed, not ${due}`);
    return due;
  }

  #available(account: number): bigint {
    return this.posted[account]! - this.held(account);
  }

  #mustAfford(entry: Entry, account: number, billed: bigint): void {
    must(
      isAdvice(entry) || billed <= this.#available(account),
      `key ${entry.key} was approved beyond what there was`,
    );
    const today = [...this.#holds.values()].filter(({ card }) => card === entry.token);
    const counting = today.filter((hold) => hold.held > 0n || countedOf(hold) > 0n);
    const spent = counting.reduce((sum, hold) => sum + hold.held + countedOf(hold), billed);
    const raises = (entry.flags & INCREMENTAL) !== 0;
    must(
      isAdvice(entry) || (spent <= DAY.perDay && (raises || counting.length < DAY.perDayCount)),
      `key ${entry.key} was approved beyond the day's limits`,
    );
  }
}

function isAdvice({ kind, flags }: Entry): boolean {
  return kind !== REVERSE && (flags & (ADVICE | DECLINED)) !== 0;
}

function accountOf(number: number): number | undefined {
  return CARDS.find(({ token }) => token === number)?.account;
}

/** What stands of what was approved, in the account's currency. */
function approvedOf({ billed, kept, amount, increments }: Hold): bigint {
  const own = (billed * kept + amount - 1n) / amount;
  return increments.reduce((sum, increment) => sum + increment.billed, own);
}

function newBooking(
  account: number,
  charged: bigint,
  suspense: bigint,
  hold?: Hold,
  released = 0n,
  late = false,
): Booking {
  return { account, charged, suspense, undone: false, hold, released, late };
}

function chargedOf({ clearings }: Hold): bigint {
  return clearings.reduce((sum, { charged }) => sum + charged, 0n);
}

/** What was charged of a hold for the day of its authorisation: not what came when nothing was held any more. */
function countedOf({ clearings }: Hold): bigint {
  return clearings.reduce((sum, { charged, late }) => (late ? sum : sum + charged), 0n);
}

function must(holds: boolean, text: string): void {
  if (!holds) throw new Error(text);
}

function min(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
