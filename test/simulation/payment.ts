import { RESPONSE } from '../../ledger/command.js';
import { FLAG, KIND } from '../../parsers/batch.js';
import { EUR, USD } from '../ledger/one-tenant.js';
import { CARDS, JPY, MERCHANTS, RESTAURANT, UNKNOWN_TOKEN } from './bank.js';
import { Exchange } from './exchange.js';
import type { History } from './history.js';
import { type Message, PLAIN, type Reply } from './message.js';
import type { Processor } from './processor.js';

const REFUND = 200_000;

type Basis = Pick<
  Message,
  'tenant' | 'token' | 'amount' | 'currency' | 'mcc' | 'processingCode' | 'billing' | 'billingCurrency'
>;

/** One purchase, refund or advice with all that comes of it, as a processor lets it happen. */
export class Payment {
  readonly #history: History;
  readonly #processor: Processor;
  readonly #basis: Basis;

  constructor(history: History, processor: Processor) {
    this.#history = history;
    this.#processor = processor;
    this.#basis = this.#newBasis();
  }

  start(): void {
    const { random } = this.#history;
    const kind = random.next();
    if (kind < 0.08) this.#tell(this.#message(KIND.clear, { processingCode: REFUND, flags: FLAG.advice }));
    else if (kind < 0.2) this.#ask(this.#message(KIND.clear), () => {});
    else if (kind < 0.3) {
      const advice = this.#message(KIND.authorise, { flags: FLAG.advice });
      this.#tell(advice);
      this.#later(() => this.#clear(advice, advice.amount));
    } else this.#purchase();
  }

  #purchase(): void {
    const { random } = this.#history;
    const partial = random.chance(0.3) ? FLAG.partial : 0;
    const purchase = this.#message(KIND.authorise, { flags: partial });
    // Messages of one payment overtake each other.
    if (random.chance(0.1)) this.#reverse(purchase);
    else if (random.chance(0.08)) this.#clear(purchase, purchase.amount);
    if (random.chance(0.03)) this.#impersonate(purchase);
    this.#ask(purchase, (reply) => {
      if (reply === null) {
        if (random.chance(0.85)) this.#reverse(purchase);
      } else if (reply.code === RESPONSE.approved || reply.code === RESPONSE.partiallyApproved) {
        const amount = reply.amount >= 0 ? reply.amount : purchase.amount;
        this.#later(() => this.#goOn(purchase, amount));
      } else if (random.chance(0.2)) this.#reverse(purchase);
    });
  }

  /** What comes of an authorisation of so much. */
  #goOn(purchase: Message, approved: number): void {
    const { random } = this.#history;
    if (random.chance(0.12)) return this.#increment(purchase, approved);
    const way = random.next();
    const part = random.whole(1, approved);
    if (way < 0.25) this.#clear(purchase, approved);
    else if (way < 0.35) this.#clear(purchase, part);
    else if (way < 0.5) {
      this.#clear(purchase, part, FLAG.more);
      if (random.chance(0.7)) this.#later(() => this.#clear(purchase, Math.max(1, approved - part)));
    } else if (way < 0.57) this.#clear(purchase, Math.ceil(approved * random.pick([1.1, 1.2, 1.5])));
    else if (way < 0.75) this.#reverse(purchase);
    else if (way < 0.85) {
      const kept = random.whole(1, purchase.amount);
      this.#tell(this.#message(KIND.reverse, { originalKey: purchase.key, kept }));
      if (random.chance(0.6)) this.#later(() => this.#clear(purchase, Math.min(kept, approved)));
    }
  }

  /** Raises an authorisation of so much, and goes on with it. */
  #increment(purchase: Message, approved: number): void {
    const { random } = this.#history;
    const amount = random.whole(1, purchase.amount);
    const advice = random.chance(0.2) ? FLAG.advice : 0;
    const flags = FLAG.incremental | advice;
    const fields = { originalKey: purchase.key, amount, billing: this.#billingOf(amount), flags };
    const increment = this.#message(KIND.authorise, fields);
    const goOn = (more: number) => this.#later(() => this.#goOn(purchase, approved + more));
    // Messages of one payment overtake each other.
    if (random.chance(0.1)) this.#reverse(increment);
    if (advice !== 0) {
      this.#tell(increment);
      return goOn(amount);
    }
    this.#ask(increment, (reply) => {
      if (reply === null && random.chance(0.85)) this.#reverse(increment);
      if (reply?.code !== RESPONSE.approved) return goOn(0);
      goOn(amount);
      if (random.chance(0.2)) this.#later(() => this.#reverse(increment));
      else if (random.chance(0.3)) {
        const kept = random.whole(1, amount);
        this.#later(() => this.#tell(this.#message(KIND.reverse, { originalKey: increment.key, kept })));
      }
    });
  }

  /** The network's amount for a part of the payment; 0 where it gives none. */
  #billingOf(amount: number): number {
    const { billing, amount: whole } = this.#basis;
    return billing === 0 ? 0 : Math.max(1, Math.round((billing * amount) / whole));
  }

  /** Completes an authorisation, mostly by an advice; a request that is not answered is reversed. */
  #clear(original: Message, amount: number, more = 0): void {
    const { random } = this.#history;
    const fields = { originalKey: original.key, amount, billing: this.#billingOf(amount) };
    if (random.chance(0.25)) {
      const request = this.#message(KIND.clear, { ...fields, flags: more });
      this.#ask(request, (reply) => {
        if (reply === null && random.chance(0.7)) this.#reverse(request);
      });
      return;
    }
    const clearing = this.#message(KIND.clear, { ...fields, flags: FLAG.advice | more });
    this.#tell(clearing);
    if (more === 0 && random.chance(0.06)) this.#later(() => this.#clear(original, amount));
    else if (random.chance(0.12)) this.#later(() => this.#reverse(random.pick([original, clearing])));
  }

  #reverse(original: Message): void {
    this.#tell(this.#message(KIND.reverse, { originalKey: original.key, amount: 0 }));
  }

  /** Another message under the key of one, which is no repeat. */
  #impersonate({ key }: Message): void {
    this.#ask(this.#message(KIND.authorise, { key, amount: this.#basis.amount + 1 }), () => {});
  }

  #ask(message: Message, answered: (reply: Reply | null) => void): void {
    new Exchange(this.#history, this.#processor, message, answered);
  }

  /** Sends what is no request, until it is heard. */
  #tell(message: Message): void {
    new Exchange(this.#history, this.#processor, message, () => {});
  }

  #later(run: () => void): void {
    const { random, scheduler } = this.#history;
    this.#history.pending++;
    scheduler.after(random.delay(0, 800), this.#processor.actor, () => {
      this.#history.pending--;
      run();
    });
  }

  #message(kind: Message['kind'], fields: Partial<Message> = {}): Message {
    return this.#history.newMessage({ ...PLAIN, ...this.#basis, kind, ...fields });
  }

  #newBasis(): Basis {
    const { random, tenants } = this.#history;
    const tenant = random.whole(0, tenants.length - 1);
    const card = random.pick(CARDS);
    const { mcc } = random.chance(0.2) ? RESTAURANT : random.pick(MERCHANTS);
    const amount = random.pick([100, 999, 1000, 1001, random.whole(1, 20_000)]);
    const basis = {
      tenant,
      token: card.token,
      amount,
      currency: card.currency,
      mcc,
      processingCode: 0,
      billing: 0,
      billingCurrency: 0,
    };
    if (random.chance(0.02)) return { ...basis, token: UNKNOWN_TOKEN };
    if (!random.chance(0.3)) return basis;
    if (card.currency === EUR) return { ...basis, currency: random.pick([USD, JPY]) };
    return { ...basis, currency: EUR, billing: Math.ceil(amount * 1.17), billingCurrency: USD };
  }
}
