import type { ListedCard } from '../../switch/demo-cards.js';
import { SeededRandom } from '../../switch/load/random.js';
import { dateTimeOf } from '../../switch/load/wall-time.js';
import { Link, type LinkObserver, type Message } from './link.js';

const LINKS = 4;
/** Unanswered messages of a link at which the next ones wait. */
const WINDOW = 32;
/** Below some tenants' limits for one transaction, and above others'. */
const AMOUNT_MAX = 2000;
const NOT_IN_TIME = '91';

/**
 * A processor that keeps some connections busy with authorisations, reversals and repeats, and remembers each
 * message with all its answers. What it sends follows from the seed and the answers.
 */
export class Processor {
  readonly messages: Message[] = [];
  /** Answers so far. */
  answered = 0;
  /** Answers of 91 among them. */
  refused = 0;
  /** See {@link LinkObserver.onFault}. */
  readonly faults: string[] = [];
  readonly #cards: readonly ListedCard[];
  readonly #random: SeededRandom;
  readonly #acquirer: string;
  #links: Link[] = [];
  #running = false;
  #repeats: Message[][] = [];
  #waiters: { readonly condition: () => boolean; readonly done: (met: boolean) => void }[] = [];

  /** @param acquirer DE32: no two processors may have the same */
  constructor(cards: readonly ListedCard[], seed: number, acquirer: string) {
    this.#cards = cards;
    this.#random = new SeededRandom(seed);
    this.#acquirer = acquirer;
  }

  /** Connects anew, without load. */
  async connect(port: number): Promise<void> {
    this.close();
    this.#repeats = Array.from({ length: LINKS }, () => []);
    const observer: LinkObserver = {
      onAnswer: (code) => {
        this.answered++;
        if (code === NOT_IN_TIME) this.refused++;
      },
      onTurn: () => this.#turn(),
      onFault: (fault) => this.faults.push(fault),
    };
    this.#links = await Promise.all(Array.from({ length: LINKS }, () => Link.connect(port, observer)));
  }

  close(): void {
    this.#running = false;
    for (const link of this.#links) link.close();
  }

  /** Keeps every link's window full from now on. */
  run(): void {
    this.#running = true;
    this.#turn();
  }

  /** Sends nothing new, and returns when everything is answered. */
  async settle(): Promise<void> {
    this.#running = false;
    await this.until(() => this.#links.every((link) => link.outstanding === 0));
  }

  /**
   * Sends single messages until one is answered by a decision: what the switch had to make durable before, the
   * undoing of what it answered 91 among it, is durable then.
   */
  async probe(): Promise<void> {
    let message: Message;
    do {
      message = this.#authorisation(0);
      this.#links[0]!.send(message, false);
      await this.settle();
    } while (message.answers[0]!.code === NOT_IN_TIME);
  }

  /** Repeats these messages, in their order on each link, and returns when all are answered. */
  async repeat(messages: readonly Message[]): Promise<void> {
    for (const message of messages) this.#repeats[message.link]!.push(message);
    this.#turn();
    await this.until(
      () =>
        this.#repeats.every(({ length }) => length === 0) &&
        this.#links.every((link) => link.outstanding === 0),
    );
  }

  /** Returns when the condition holds, looked at after answers came; throws when all connections are lost before. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    const met = await new Promise<boolean>((done) => this.#waiters.push({ condition, done }));
    if (!met) throw new Error('the switch closed all connections');
  }

  /** Returns when every connection is lost. */
  async lost(): Promise<void> {
    this.#running = false;
    while (this.#links.some(({ open }) => open)) {
      await new Promise((done) => this.#waiters.push({ condition: () => false, done }));
    }
  }

  #turn(): void {
    for (const [index, link] of this.#links.entries()) {
      if (link.open) link.together(() => this.#fill(link, index));
    }
    const none = this.#links.every(({ open }) => !open);
    this.#waiters = this.#waiters.filter(({ condition, done }) => {
      const met = condition();
      if (met || none) done(met);
      return !met && !none;
    });
  }

  #fill(link: Link, index: number): void {
    const repeats = this.#repeats[index]!;
    while (link.outstanding < WINDOW && repeats.length > 0) link.send(repeats.shift()!, true);
    while (link.outstanding < WINDOW && this.#running) this.#sendOne(link, index);
  }

  #sendOne(link: Link, index: number): void {
    const random = this.#random;
    const choice = random.next();
    const earlier = this.messages[this.messages.length - 1 - random.below(400)];
    if (choice < 0.4 && earlier?.link === index && earlier.answers.length > 0) {
      if (choice < 0.2 && earlier.class === 'authorisation') link.send(this.#reversal(earlier), false);
      else link.send(earlier, true);
      return;
    }
    const message = this.#authorisation(index);
    link.send(message, false);
    // Some can't wait for the answer: the original is being decided, or its commit is in flight.
    if (choice > 0.95) link.send(message, true);
    else if (choice > 0.9) link.send(this.#reversal(message), false);
  }

  #authorisation(link: number): Message {
    const card = this.#cards[this.#random.below(this.#cards.length)]!;
    const amount = String(1 + this.#random.below(AMOUNT_MAX)).padStart(12, '0');
    const terminal = { 18: '5812', 22: '051', 25: '00', 41: 'TERM0001', 42: 'MERCHANT0000001' };
    const fields = { 2: card.pan, 3: '000000', 4: amount, 14: card.expiry, 49: card.currency, ...terminal };
    return this.#remember({ class: 'authorisation', fields: this.#keyed(fields), link, answers: [] });
  }

  #reversal(original: Message): Message {
    const { 2: pan, 3: code, 4: amount, 7: time, 11: stan, 32: acquirer, 49: currency } = original.fields;
    const named = `0100${stan}${time}${acquirer!.padStart(11, '0')}${'0'.repeat(11)}`;
    const fields = this.#keyed({ 2: pan!, 3: code!, 4: amount!, 49: currency!, 90: named });
    return this.#remember({ class: 'reversal', fields, link: original.link, original, answers: [] });
  }

  #keyed(fields: Readonly<Record<number, string>>): Record<number, string> {
    const stan = String(this.messages.length).padStart(6, '0');
    const time = String(dateTimeOf(new Date())).padStart(10, '0');
    return { ...fields, 7: time, 11: stan, 32: this.#acquirer, 37: `RRN000${stan}` };
  }

  #remember(message: Message): Message {
    this.messages.push(message);
    return message;
  }
}
