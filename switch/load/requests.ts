import type { MessageView } from '../../parsers/view.js';

/** Requests of one connection that are remembered: at 12,500 a second, the last twenty seconds. */
const WINDOW = 1 << 18;

/** A STAN names its slot (`stan & (WINDOW − 1)`) only if the count of STANs is a multiple of the window. */
const STANS = 3 * WINDOW;

/** What a reply turned out to be. */
export const VERDICT = {
  right: 0,
  /** No outstanding request has its STAN and transmission time. */
  unknown: 1,
  /** Its request had its answer already. */
  doubled: 2,
  /** The response code is not the expected one. */
  wrongCode: 3,
  /** MTI, amount, acquirer or RRN are not the request's. */
  wrongEcho: 4,
  /** Unreadable, or without the fields that tell whose answer it is. */
  malformed: 5,
} as const;

/** What a request is; the reply's MTI follows from it. */
export const REQUEST = { authorisation: 0, reversal: 1 } as const;
const REPLY_MTI = [110, 410] as const;

const STATE = { free: 0, waiting: 1, answered: 2, reversed: 3 } as const;

/** Any response code will do. */
export const ANY_CODE = 0;

/** A response code as one number: its two characters, high byte first. */
export function codeNumber(code: string): number {
  return (code.charCodeAt(0) << 8) | code.charCodeAt(1);
}

export const APPROVED = codeNumber('00');

/**
 * The requests of one connection and what is known of their replies, in typed arrays.
 *
 * ```
 * sequence 0, 1, 2 … ──▶ STAN = sequence mod 786,432 ──▶ slot = STAN mod 262,144
 * free ──open──▶ waiting ──settle──▶ answered ──reopen (a repeat)──▶ waiting
 *                                       └────markReversed──▶ reversed
 * ```
 *
 * A slot is used again after 262,144 requests; one that still waits then is counted as missing.
 */
export class Requests {
  /** Requests opened and not answered. */
  waiting = 0;
  /** Requests whose slot was needed again before their answer came. */
  overrun = 0;
  /** The slot that the last `settle` was about; only after `right`, `wrongCode` or `wrongEcho`. */
  settled = 0;
  readonly intendedMs = new Float64Array(WINDOW);
  readonly sequence = new Uint32Array(WINDOW);
  readonly dateTime = new Uint32Array(WINDOW);
  readonly amountMinor = new Uint32Array(WINDOW);
  readonly card = new Uint32Array(WINDOW);
  /** While waiting the code that is expected, or {@link ANY_CODE}; then the code that came. */
  readonly code = new Uint16Array(WINDOW);
  readonly profile = new Uint8Array(WINDOW);
  readonly #kind = new Uint8Array(WINDOW);
  readonly #state = new Uint8Array(WINDOW);
  #next = 0;

  /**
   * @param acquirer DE32, up to 11 digits; no other connection to the same switch may have it
   * @param prefix the first two digits of DE37, 0–99
   */
  constructor(
    readonly acquirer: number,
    readonly prefix: number,
  ) {}

  /** Requests opened so far. */
  get opened(): number {
    return this.#next;
  }

  /** Remembers a new request that is about to be written; returns its slot. */
  open(
    kind: number,
    profile: number,
    card: number,
    amountMinor: number,
    dateTime: number,
    intendedMs: number,
    expectedCode: number,
  ): number {
    const sequence = this.#next++;
    const slot = sequence & (WINDOW - 1);
    if (this.#state[slot] === STATE.waiting) {
      this.overrun++;
      this.waiting--;
    }
    this.#state[slot] = STATE.waiting;
    this.#kind[slot] = kind;
    this.profile[slot] = profile;
    this.card[slot] = card;
    this.amountMinor[slot] = amountMinor;
    this.dateTime[slot] = dateTime;
    this.intendedMs[slot] = intendedMs;
    this.sequence[slot] = sequence;
    this.code[slot] = expectedCode;
    this.waiting++;
    return slot;
  }

  /** Waits once more on a request that was answered: its repeat must get the same code. */
  reopen(slot: number, intendedMs: number): void {
    this.#state[slot] = STATE.waiting;
    this.intendedMs[slot] = intendedMs;
    this.waiting++;
  }

  /** Notes that an approved request is being reversed, so that nothing reverses or repeats it again. */
  markReversed(slot: number): void {
    this.#state[slot] = STATE.reversed;
  }

  /** The slot of the authorisation opened `back` requests ago if it was answered and not reversed, else −1. */
  answered(back: number): number {
    if (back < 1 || back > this.#next || back > WINDOW) return -1;
    const slot = (this.#next - back) & (WINDOW - 1);
    return this.#state[slot] === STATE.answered && this.#kind[slot] === REQUEST.authorisation ? slot : -1;
  }

  stan(slot: number): number {
    return this.sequence[slot]! % STANS;
  }

  rrn(slot: number): number {
    return this.prefix * 1e10 + this.sequence[slot]!;
  }

  /** Matches a parsed reply to its request, checks it, and says which {@link VERDICT} it deserves. */
  settle(view: MessageView): number {
    if (!view.has(7) || !view.has(11) || view.lengths[39] !== 2) return VERDICT.malformed;
    const stan = view.number(11);
    const slot = stan & (WINDOW - 1);
    const state = this.#state[slot]!;
    if (state === STATE.free || this.stan(slot) !== stan || this.dateTime[slot] !== view.number(7)) {
      return VERDICT.unknown;
    }
    if (state !== STATE.waiting) return VERDICT.doubled;
    this.#state[slot] = STATE.answered;
    this.settled = slot;
    this.waiting--;
    const expected = this.code[slot]!;
    const at = view.offsets[39]!;
    const code = (view.bytes[at]! << 8) | view.bytes[at + 1]!;
    this.code[slot] = code;
    if (expected !== ANY_CODE && expected !== code) return VERDICT.wrongCode;
    const echoed =
      view.mti === REPLY_MTI[this.#kind[slot]!] &&
      view.has(37) &&
      view.number(37) === this.rrn(slot) &&
      view.has(4) &&
      view.number(4) === this.amountMinor[slot] &&
      view.has(32) &&
      view.number(32) === this.acquirer;
    return echoed ? VERDICT.right : VERDICT.wrongEcho;
  }
}
