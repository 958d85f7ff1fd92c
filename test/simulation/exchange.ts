import { RESPONSE } from '../../ledger/command.js';
import type { History } from './history.js';
import { describe, isRequest, type Message, type Reply } from './message.js';
import type { Processor } from './processor.js';
import type { Cancel } from './scheduler.js';
import type { SimulatedSwitch } from './simulated-switch.js';

const REQUEST_TIMES_MAX = 4;

/**
 * One message until it is settled for its sender: sent, sent again while nothing is heard, to the same switch or to
 * another, and now and then doubled on the way. A request is given up in the end; what tells something is not.
 */
export class Exchange {
  readonly message: Message;
  readonly #history: History;
  readonly #processor: Processor;
  /** Told once: what was heard, or null when it was given up. */
  readonly #settled: (reply: Reply | null) => void;
  readonly #timeoutMs: number;
  #times = 0;
  #over = false;
  #cancel: Cancel = () => {};
  #to: SimulatedSwitch | null = null;

  constructor(
    history: History,
    processor: Processor,
    message: Message,
    settled: (reply: Reply | null) => void,
  ) {
    this.#history = history;
    this.#processor = processor;
    this.message = message;
    this.#settled = settled;
    this.#timeoutMs = history.random.whole(100, 700);
    history.exchanges.set(message.id, this);
    this.#send();
  }

  /** Whether its sender waits for nothing more. */
  get over(): boolean {
    return this.#over;
  }

  heard(reply: Reply): void {
    if (this.#over) return;
    if (reply.code !== RESPONSE.issuerInoperative) return this.#settle(reply);
    const { random } = this.#history;
    if (!isRequest(this.message) || (this.#times < REQUEST_TIMES_MAX && random.chance(0.5))) {
      this.#again(random.whole(10, 200));
    } else this.#settle(reply);
  }

  #send(): void {
    const { random, switches } = this.#history;
    const able = switches.filter(({ ended }) => !ended);
    if (this.#to === null || this.#to.ended || random.chance(0.4))
      this.#to = able.length === 0 ? null : random.pick(able);
    this.#times++;
    this.#history.say(() => `${describe(this.message)} → ${this.#to?.label ?? 'nobody'}`);
    if (this.#to !== null) {
      this.#history.sent(this.message, this.#to);
      this.#processor.send(this.message, this.#to);
      if (random.chance(0.08)) {
        const twin = random.pick(able);
        this.#history.sent(this.message, twin);
        this.#processor.send(this.message, twin);
      }
    }
    this.#cancel();
    this.#cancel = this.#history.scheduler.after(this.#timeoutMs, this.#processor.actor, () => this.#late());
  }

  #late(): void {
    const { random } = this.#history;
    if (isRequest(this.message) && (this.#times >= REQUEST_TIMES_MAX || random.chance(0.4)))
      this.#settle(null);
    else this.#send();
  }

  #again(ms: number): void {
    this.#cancel();
    this.#cancel = this.#history.scheduler.after(ms, this.#processor.actor, () => this.#send());
  }

  #settle(reply: Reply | null): void {
    this.#over = true;
    this.#cancel();
    this.#settled(reply);
  }
}
