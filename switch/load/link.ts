import net from 'node:net';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import type { Deck } from './deck.js';
import { putDigits } from './digits.js';
import { DIGITS, type FrameTemplate, HEADER_BYTES } from './frame-template.js';
import { LoadError } from './load-error.js';
import { monotonicMs } from './metronome.js';
import { APPROVED, REQUEST, Requests, VERDICT } from './requests.js';
import type { Tally } from './tally.js';
import type { WallTime } from './wall-time.js';

const READ_BYTES = 64 * 1024;
const FRAME_BYTES_MAX = HEADER_BYTES + 0xffff;
const OUT_BYTES = 256 * 1024;

export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly dialect: CompiledDialect;
  readonly deck: Deck;
  /** DE32 of all that this link sends, up to 11 digits. */
  readonly acquirer: number;
  /** Position among the links of a run, 0–99. */
  readonly index: number;
  readonly tally: Tally;
  readonly wall: WallTime;
}

/**
 * One connection of a load: gathers frames until `flush` writes them at once, and checks what comes back.
 * Nothing here makes an object for a message.
 */
export class Link {
  readonly requests: Requests;
  readonly #options: LinkOptions;
  readonly #view = new MessageView();
  readonly #read = Buffer.allocUnsafe(READ_BYTES);
  readonly #unread = Buffer.allocUnsafe(FRAME_BYTES_MAX + READ_BYTES);
  #unreadBytes = 0;
  #out = Buffer.allocUnsafe(OUT_BYTES);
  #outBytes = 0;
  #socket!: net.Socket;
  #closing = false;
  /** False after the other side closed, or the connection failed. */
  open = true;

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.requests = new Requests(options.acquirer, options.index);
  }

  /** @throws LoadError `HF_LOAD_CONNECT` */
  static async connect(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    await new Promise<void>((resolve, reject) => {
      const socket = net.connect({
        host: options.host,
        port: options.port,
        noDelay: true,
        onread: {
          buffer: link.#read,
          callback: (bytes) => {
            link.#received(bytes);
            return true;
          },
        },
      });
      socket.once('connect', resolve);
      socket.on('error', (cause) => {
        const rule = `no connection to ${options.host}:${options.port}`;
        reject(new LoadError('HF_LOAD_CONNECT', rule, { cause }));
      });
      socket.on('close', () => {
        link.open = false;
        if (!link.#closing) options.tally.disconnected++;
      });
      link.#socket = socket;
    });
    return link;
  }

  /** Bytes that wait for the other side to read. */
  get backlogBytes(): number {
    return this.#socket.writableLength + this.#outBytes;
  }

  /** Gathers an authorisation. Amount in minor units below 2^32, `intendedMs` monotonic, `expectedCode` or any. */
  authorise(
    template: FrameTemplate,
    profile: number,
    card: number,
    amountMinor: number,
    intendedMs: number,
    expectedCode: number,
  ): void {
    const { dateTime } = this.#options.wall;
    const slot = this.requests.open(
      REQUEST.authorisation,
      profile,
      card,
      amountMinor,
      dateTime,
      intendedMs,
      expectedCode,
    );
    this.#write(template, slot);
  }

  /** Gathers the repeat of an answered authorisation: the same keys and content, another MTI. */
  repeat(template: FrameTemplate, slot: number, intendedMs: number): void {
    this.requests.reopen(slot, intendedMs);
    this.#write(template, slot);
  }

  /** Gathers the reversal of an approved authorisation; must be answered 00. */
  reverse(template: FrameTemplate, original: number, intendedMs: number): void {
    const { requests } = this;
    const stan = requests.stan(original);
    const dateTime = requests.dateTime[original]!;
    requests.markReversed(original);
    const slot = requests.open(
      REQUEST.reversal,
      requests.profile[original]!,
      requests.card[original]!,
      requests.amountMinor[original]!,
      this.#options.wall.dateTime,
      intendedMs,
      APPROVED,
    );
    const at = this.#write(template, slot) + template.original;
    // DE90: original MTI, STAN, transmission time, acquirer; no forwarding institution.
    putDigits(this.#out, at, 4, 100);
    putDigits(this.#out, at + 4, DIGITS.stan, stan);
    putDigits(this.#out, at + 10, DIGITS.dateTime, dateTime);
    putDigits(this.#out, at + 20, DIGITS.acquirer, requests.acquirer);
  }

  /** Writes what was gathered, in one piece. */
  flush(): void {
    if (this.#outBytes === 0) return;
    if (this.open) this.#socket.write(this.#out.subarray(0, this.#outBytes));
    this.#outBytes = 0;
    // Bytes that the stream still holds are its own until they are sent; take others then.
    if (this.#socket.writableLength > 0) this.#out = Buffer.allocUnsafe(OUT_BYTES);
  }

  close(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  #write(template: FrameTemplate, slot: number): number {
    const { requests } = this;
    const { deck } = this.#options;
    const dateTime = requests.dateTime[slot]!;
    if (this.#outBytes + template.bytes.length > OUT_BYTES) this.flush();
    const at = this.#outBytes;
    const out = this.#out;
    out.set(template.bytes, at);
    deck.put(out, at, template, requests.card[slot]!);
    putDigits(out, at + template.amount, DIGITS.amount, requests.amountMinor[slot]!);
    putDigits(out, at + template.dateTime, DIGITS.dateTime, dateTime);
    putDigits(out, at + template.stan, DIGITS.stan, requests.stan(slot));
    putDigits(out, at + template.time, DIGITS.time, dateTime % 1_000_000);
    putDigits(out, at + template.date, DIGITS.date, Math.floor(dateTime / 1_000_000));
    putDigits(out, at + template.acquirer, DIGITS.acquirer, requests.acquirer);
    putDigits(out, at + template.rrn, DIGITS.rrn, requests.rrn(slot));
    this.#outBytes += template.bytes.length;
    return at;
  }

  #received(bytes: number): void {
    const nowMs = monotonicMs();
    const unread = this.#unread;
    this.#read.copy(unread, this.#unreadBytes, 0, bytes);
    const end = this.#unreadBytes + bytes;
    let at = 0;
    while (at + HEADER_BYTES <= end) {
      const next = at + HEADER_BYTES + unread.readUInt16BE(at);
      if (next > end) break;
      this.#settle(at + HEADER_BYTES, next, nowMs);
      at = next;
    }
    unread.copyWithin(0, at, end);
    this.#unreadBytes = end - at;
  }

  #settle(start: number, end: number, nowMs: number): void {
    const { dialect, tally } = this.#options;
    const { requests } = this;
    const readable = parse(this.#view, dialect, this.#unread, start, end);
    const verdict = readable ? requests.settle(this.#view) : VERDICT.malformed;
    const slot = requests.settled;
    tally.reply(verdict, requests.code[slot]!, requests.intendedMs[slot]!, nowMs);
  }
}
