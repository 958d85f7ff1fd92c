import { COMMAND, Command } from '../ledger/command.js';

/** Messages of {@link CommandMix.play}: of ten, seven authorise, one clears, one reverses, one repeats. */
export const MIX = 10;
/** ISO 4217. */
export const EUR = 978;

/** That many have the same second in DE7. */
const MESSAGES_A_SECOND = 5000;
const SECONDS_A_MINUTE = 60;
const MINUTES_A_DAY = 1440;
/** No card reaches them. */
const LIMITS = { currency: EUR, channels: 31, perTransaction: 1e9, perDay: 1e12, perDayCount: 1e9 } as const;

/** The commands of a processor's day, each filled into one and the same; nothing is random, so a run is like the other. */
export class CommandMix {
  readonly command = new Command();
  /** Cards as they are used, a few very often (Zipf with exponent 1), or all alike. */
  skewed = true;

  constructor(readonly cards: number) {}

  /**
   * Gives each card an account and a balance: a command each time.
   * @param balance minor units
   */
  *issueCards(balance: number): Generator<void> {
    const { command } = this;
    Object.assign(command, { kind: COMMAND.setLimits, ...LIMITS });
    yield;
    for (let card = 0; card < this.cards; card++) {
      Object.assign(command, { kind: COMMAND.openAccount, account: card, currency: EUR });
      yield;
      Object.assign(command, { kind: COMMAND.credit, amount: balance });
      yield;
      Object.assign(command, { kind: COMMAND.issueCard, expiry: 3012 });
      this.#setToken(card);
      yield;
    }
  }

  authorise(number: number): void {
    this.#message(COMMAND.authorise, number, 1);
  }

  /** @param number of the clearing's own key */
  clear(original: number, number: number): void {
    this.#about(COMMAND.clear, original, number, 2);
  }

  reverse(original: number, number: number): void {
    this.#about(COMMAND.reverse, original, number, 4);
  }

  /** The command at a place, from 0, of the {@link MIX} about messages `first` and the next. */
  play(first: number, place: number): void {
    if (place < 7) this.authorise(first + place);
    else if (place === 7) this.clear(first + 1, first);
    else if (place === 8) this.reverse(first + 2, first);
    else this.authorise(first + 3);
  }

  #about(kind: number, original: number, number: number, messageClass: number): void {
    const { command } = this;
    this.#message(kind, original, 1);
    command.originalKey.set(command.key);
    setKey(command.key, number, messageClass);
  }

  #message(kind: number, number: number, messageClass: number): void {
    const { command } = this;
    command.plain();
    command.kind = kind;
    command.amount = 100 + (number % 5000);
    command.currency = EUR;
    command.channels = 1;
    command.mcc = 5411;
    command.fingerprint = command.amount;
    this.#setToken(this.#cardOf(number));
    setKey(command.key, number, messageClass);
  }

  #cardOf(number: number): number {
    const random = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d) >>> 0;
    if (!this.skewed) return random % this.cards;
    const rank = Math.floor(Math.exp((random / 2 ** 32) * Math.log(this.cards)));
    return (Math.imul(rank, 0x9e3779b1) >>> 0) % this.cards;
  }

  #setToken(card: number): void {
    const { token } = this.command;
    token[0] = Math.imul(card, 0x9e3779b1);
    token[1] = card;
    token[2] = Math.imul(card, 0x85ebca6b);
    token[3] = Math.imul(card, 0xc2b2ae35);
  }
}

/** As `parsers/message-key.ts` packs class, STAN and DE7, in June. */
function setKey(target: Uint32Array, number: number, messageClass: number): void {
  const second = Math.floor(number / MESSAGES_A_SECOND);
  const minute = Math.floor(second / SECONDS_A_MINUTE);
  target[0] = (messageClass << 20) | (number % 1_000_000);
  target[1] =
    (6 << 22) |
    ((15 + Math.floor(minute / MINUTES_A_DAY)) << 17) |
    ((Math.floor(minute / 60) % 24) << 12) |
    ((minute % 60) << 6) |
    (second % SECONDS_A_MINUTE);
  target[2] = 0;
}
