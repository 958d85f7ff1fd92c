import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { dialectByName } from '../../parsers/dialects/index.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { Deck, type LoadCard } from '../../switch/load/deck.js';
import { putDigits } from '../../switch/load/digits.js';
import { DIGITS, FrameTemplate, HEADER_BYTES } from '../../switch/load/frame-template.js';
import { SeededRandom } from '../../switch/load/random.js';
import { WallTime } from '../../switch/load/wall-time.js';

const dialect = dialectByName('iso87-ascii');
const PURCHASE = {
  3: '000000',
  14: '0000',
  18: '5812',
  22: '051',
  25: '00',
  41: 'TERM0001',
  42: 'MERCHANT0000001',
};

const TICK_MS = 2;
const LINKS = 4;
const RECONNECT_MS = 50;
/** An answer that takes longer is given up: the message goes to the other node. */
const PATIENCE_MS = 700;
/** Before a message that was answered 91 is repeated; twice as long each time. */
const REPEAT_MS_FIRST = 500;
const REPEAT_MS_MAX = 2000;
/** Of one message; one that was decided, answered 91 and undone is never answered otherwise. */
const TRIES_MAX = 7;
/** Between two of the last repeats, when all faults are over. */
const LAST_REPEAT_MS = 0.5;
const STANS = 1_000_000;
const AMOUNT_MAX = 5000;
const NOT_NOW = '91';
const APPROVED = '00';

/** An authorisation of the load, and what came of it. */
export interface Sent {
  readonly card: number;
  readonly amount: number;
  /** DE7. */
  readonly dateTime: number;
  /** DE39 of the first answer but 91; '' while there is none. */
  code: string;
  /** DE38 of that. */
  approval: string;
  tries: number;
  /** When it was sent last, in ms of the monotonic clock. */
  sentAt: number;
  /** Whether an answer to the last sending is out. */
  waiting: boolean;
}

/** One of the two nodes, and the connections to it. */
class Target {
  readonly sockets: net.Socket[] = [];
  next = 0;
  constructor(public port: number) {}
}

/**
 * Authorisations at a fixed rate, whatever comes back, to a pair of nodes: to the one that answered last, to the other
 * when that says 91, says nothing, or is gone. What has no answer, or 91, is repeated until it is decided.
 */
export class FailoverLoad {
  /** By sequence number, which is in DE37; its last six digits are DE11. */
  readonly sent: Sent[] = [];
  /** What no switch may do. */
  readonly faults: string[] = [];
  readonly #deck: Deck;
  readonly #first: FrameTemplate;
  readonly #repeat: FrameTemplate;
  readonly #random: SeededRandom;
  readonly #rate: number;
  readonly #wall = new WallTime();
  readonly #targets: readonly [Target, Target];
  readonly #view = new MessageView();
  #current = 0;
  #timer: NodeJS.Timeout | null = null;
  #startedAt = 0;
  #begun = 0;
  #sending = false;
  #closed = false;
  /** Sequence numbers in the order of their sending, with those that were answered since. */
  #outstanding: { readonly seq: number; readonly at: number; readonly target: Target }[] = [];
  #repeats: { readonly seq: number; readonly at: number }[] = [];
  #heard: { readonly since: number; readonly done: (at: number) => void }[] = [];

  constructor(
    cards: readonly LoadCard[],
    readonly acquirer: number,
    seed: number,
    rate: number,
    ports: readonly [number, number],
  ) {
    this.#deck = new Deck(cards);
    this.#first = new FrameTemplate(dialect, { mti: '0100', fields: PURCHASE }, this.#deck.panLength);
    this.#repeat = new FrameTemplate(dialect, { mti: '0101', fields: PURCHASE }, this.#deck.panLength);
    this.#random = new SeededRandom(seed);
    this.#rate = rate;
    this.#targets = [new Target(ports[0]), new Target(ports[1])];
    for (const target of this.#targets) for (let link = 0; link < LINKS; link++) this.#connect(target, link);
  }

  /** A node came back on another port. */
  moved(which: 0 | 1, port: number): void {
    this.#targets[which].port = port;
  }

  start(): void {
    this.#sending = true;
    this.#startedAt = performance.now();
    this.#begun = this.sent.length;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  /** Sends nothing new, and repeats what has no answer until all is decided; what was given up, once more. */
  async settle(): Promise<void> {
    this.#sending = false;
    await this.#quiet();
    const now = performance.now();
    for (const [seq, message] of this.sent.entries()) {
      if (message.code !== '') continue;
      message.tries = TRIES_MAX - 1;
      this.#repeats.push({ seq, at: now + this.#repeats.length * LAST_REPEAT_MS });
    }
    await this.#quiet();
  }

  async #quiet(): Promise<void> {
    while (this.#repeats.length > 0 || this.#outstanding.length > 0) await delay(TICK_MS);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const { sockets } of this.#targets) for (const socket of sockets) socket.destroy();
  }

  /** When the first approval is heard of a message that was sent from now on, in ms of the monotonic clock. */
  approvedFromNow(): Promise<number> {
    return new Promise((done) => this.#heard.push({ since: performance.now(), done }));
  }

  #connect(target: Target, link: number): void {
    if (this.#closed) return;
    const socket = net.connect({ host: '127.0.0.1', port: target.port, noDelay: true });
    target.sockets[link] = socket;
    let unread: Buffer = Buffer.alloc(0);
    // Whoever is killed resets its connections; what matters is the close that follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#leave(target);
      setTimeout(() => this.#connect(target, link), RECONNECT_MS);
    });
    socket.on('data', (bytes) => {
      unread = this.#read(target, unread.length === 0 ? bytes : Buffer.concat([unread, bytes]));
    });
  }

  #tick(): void {
    const now = performance.now();
    this.#wall.moveTo(performance.timeOrigin + now);
    const due = this.#begun + ((now - this.#startedAt) / 1000) * this.#rate;
    while (this.#sending && this.sent.length < due) this.#sendNew(now);
    const late = this.#outstanding.findIndex(({ at }) => at > now - PATIENCE_MS);
    for (const { seq, at, target } of this.#outstanding.splice(
      0,
      late < 0 ? this.#outstanding.length : late,
    )) {
      const message = this.sent[seq]!;
      if (!message.waiting || message.sentAt !== at) continue;
      message.waiting = false;
      this.#leave(target);
      this.#repeatLater(seq, now);
    }
    const wait = this.#repeats.findIndex(({ at }) => at > now);
    for (const { seq } of this.#repeats.splice(0, wait < 0 ? this.#repeats.length : wait)) {
      if (this.sent[seq]!.code === '') this.#write(seq, this.#repeat, now);
    }
  }

  #sendNew(now: number): void {
    const card = this.#random.below(this.#deck.count);
    const amount = 1 + this.#random.below(AMOUNT_MAX);
    const { dateTime } = this.#wall;
    this.sent.push({ card, amount, dateTime, code: '', approval: '', tries: 0, sentAt: 0, waiting: false });
    this.#write(this.sent.length - 1, this.#first, now);
  }

  #write(seq: number, template: FrameTemplate, now: number): void {
    const message = this.sent[seq]!;
    const target = this.#targets[this.#current]!;
    message.tries++;
    message.sentAt = now;
    message.waiting = true;
    this.#outstanding.push({ seq, at: now, target });
    const socket = target.sockets[target.next++ % LINKS]!;
    // It counts as sent: it is given up in time, and goes to the other node then.
    if (!socket.writable) return;
    const bytes = Buffer.from(template.bytes);
    this.#deck.put(bytes, 0, template, message.card);
    putDigits(bytes, template.amount, DIGITS.amount, message.amount);
    putDigits(bytes, template.dateTime, DIGITS.dateTime, message.dateTime);
    putDigits(bytes, template.stan, DIGITS.stan, seq % STANS);
    putDigits(bytes, template.time, DIGITS.time, message.dateTime % 1_000_000);
    putDigits(bytes, template.date, DIGITS.date, Math.floor(message.dateTime / 1_000_000));
    putDigits(bytes, template.acquirer, DIGITS.acquirer, this.acquirer);
    putDigits(bytes, template.rrn, DIGITS.rrn, seq);
    socket.write(bytes);
  }

  /** Sends to the other node from now on, if it has been this one. */
  #leave(target: Target): void {
    if (this.#targets[this.#current] === target) this.#current = 1 - this.#current;
  }

  #repeatLater(seq: number, now: number): void {
    const { tries } = this.sent[seq]!;
    if (tries >= TRIES_MAX) return;
    const at = now + Math.min(REPEAT_MS_FIRST * 2 ** (tries - 1), REPEAT_MS_MAX);
    let place = this.#repeats.length;
    while (place > 0 && this.#repeats[place - 1]!.at > at) place--;
    this.#repeats.splice(place, 0, { seq, at });
  }

  #read(target: Target, bytes: Buffer): Buffer {
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + HEADER_BYTES + bytes.readUInt16BE(at);
      if (end > bytes.length) break;
      if (parse(this.#view, dialect, bytes, at + HEADER_BYTES, end)) this.#hear(target);
      else this.faults.push(`an unreadable reply: ${this.#view.error().message}`);
      at = end;
    }
    return bytes.subarray(at);
  }

  #hear(target: Target): void {
    const view = this.#view;
    const [seq, code, approval] = [view.number(37), view.text(39), view.text(38)];
    const message = this.sent[seq];
    if (message === undefined || view.number(4) !== message.amount) {
      this.faults.push(`a reply that nobody asked for: DE37 ${seq}, ${code}`);
      return;
    }
    const now = performance.now();
    message.waiting = false;
    if (code === NOT_NOW) {
      this.#leave(target);
      if (message.code === '') this.#repeatLater(seq, now);
      return;
    }
    if (message.code === '') {
      message.code = code;
      message.approval = approval;
    } else if (message.code !== code || message.approval !== approval) {
      this.faults.push(
        `DE37 ${seq} was answered ${message.code} ${message.approval}, then ${code} ${approval}`,
      );
    }
    if (code !== APPROVED || this.#heard.length === 0) return;
    const told = this.#heard.filter(({ since }) => since < message.sentAt);
    this.#heard = this.#heard.filter(({ since }) => since >= message.sentAt);
    for (const { done } of told) done(now);
  }
}
