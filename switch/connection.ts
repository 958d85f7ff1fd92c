import type net from 'node:net';
import type { Framing } from '../parsers/framing/index.js';
import type { Closing } from './counters.js';

const OUT_BYTES_FIRST = 16 * 1024;

export interface ConnectionSettings {
  readonly id: number;
  /** Index of the link it came in by. */
  readonly link: number;
  readonly framing: Framing;
  /** Bytes of a message at most. */
  readonly frameBytesMax: number;
  /** Unsent reply bytes at which reading stops. */
  readonly backlogBytesMax: number;
  /** Takes a message in, its transport header before it; false when there is no room for it now. */
  readonly accept: (
    id: number,
    link: number,
    bytes: Uint8Array,
    start: number,
    length: number,
    receivedAt: number,
  ) => boolean;
  /** The connection stopped reading for want of room, and is to be resumed when there is some. */
  readonly onFull: (connection: Connection) => void;
  readonly onClosing: (connection: Connection, reason: Closing, error: Error | null) => void;
}

/**
 * One processor's TCP connection: cuts the stream into frames, and gathers replies so that each release is one
 * write. Bytes are copied once, into a batch; only what is left of a chunk without its end is kept here.
 */
export class Connection {
  readonly id: number;
  readonly link: number;
  readonly socket: net.Socket;
  /** Address and port of the other side, for the log. */
  readonly remote: string;
  signedOn = false;
  /** When the frame that is incomplete began, in ms of the monotonic clock; 0 when none is. */
  partialSince = 0;
  /** When unsent replies reached their limit, in ms of the monotonic clock; 0 when all were taken since. */
  backlogSince = 0;
  readonly #settings: ConnectionSettings;
  /** Frames taken in and not settled yet. */
  #unsettled = 0;
  /** The other side sends no more, but may still read. */
  #ended = false;
  /** The frame that began in an earlier chunk, and how far it was looked through. */
  #partial: Buffer | null = null;
  #partialBytes = 0;
  #partialResume = 0;
  /** A chunk whose frames found no room, from `#waitingAt` on. */
  #waiting: Buffer | null = null;
  #waitingAt = 0;
  #out: Buffer = Buffer.allocUnsafe(OUT_BYTES_FIRST);
  #outEnd = 0;
  #reason: Closing | null = null;
  #error: Error | null = null;
  #stopped = false;
  /** What comes in is thrown away. */
  #ending = false;

  constructor(socket: net.Socket, settings: ConnectionSettings) {
    this.id = settings.id;
    this.link = settings.link;
    this.socket = socket;
    this.remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#settings = settings;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk, 0));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => {
      this.#ended = true;
      this.#endIfSettled();
    });
    socket.on('error', (error) => {
      this.#error = error;
      this.#reason ??= 'error';
    });
    socket.on('close', () => settings.onClosing(this, this.#reason ?? 'peer', this.#error));
  }

  get open(): boolean {
    return !this.socket.destroyed;
  }

  /** Whether it has read frames that found no room yet. */
  get full(): boolean {
    return this.#waiting !== null;
  }

  /** Goes on where {@link ConnectionSettings.onFull} stopped. */
  resume(): void {
    const chunk = this.#waiting;
    if (chunk === null || !this.open) return;
    this.#waiting = null;
    this.#read(chunk, this.#waitingAt);
    if (this.#ended) this.#endIfSettled();
    if (this.#waiting === null && !this.#stopped && this.backlogSince === 0) this.socket.resume();
  }

  /** Reads no more; what was read is still answered. */
  stopReading(): void {
    this.#stopped = true;
    this.socket.pause();
  }

  close(reason: Closing): void {
    this.#reason ??= reason;
    this.socket.destroy();
  }

  /**
   * Sends what is gathered, then ends. What still comes in is read and thrown away: a socket that is closed over
   * unread bytes is reset, and the last replies may be lost by that (RFC 9293 section 3.6.1, RFC 1122 4.2.2.13).
   */
  end(reason: Closing): void {
    this.#reason ??= reason;
    this.#ending = true;
    this.partialSince = 0;
    this.flush();
    if (!this.socket.writableEnded) this.socket.end();
    this.socket.resume();
  }

  /** Notes that one of its frames was answered, or will not be. */
  settled(): void {
    this.#unsettled--;
    if (this.#ended) this.#endIfSettled();
  }

  /** Room for `bytes` bytes of a reply; write them to {@link out} at the returned offset, then {@link wrote}. */
  reserve(bytes: number): number {
    if (this.#outEnd + bytes > this.#out.length) {
      const grown = Buffer.allocUnsafe(Math.max(2 * this.#out.length, this.#outEnd + bytes));
      this.#out.copy(grown, 0, 0, this.#outEnd);
      this.#out = grown;
    }
    return this.#outEnd;
  }

  get out(): Buffer {
    return this.#out;
  }

  /** Whether replies wait for {@link flush}. */
  get gathered(): boolean {
    return this.#outEnd > 0;
  }

  wrote(bytes: number): void {
    this.#outEnd += bytes;
  }

  /** Writes all gathered replies at once. */
  flush(): void {
    if (this.#outEnd === 0) return;
    const bytes = this.#out.subarray(0, this.#outEnd);
    this.#outEnd = 0;
    if (!this.socket.writable) return;
    this.socket.write(bytes);
    if (this.socket.writableLength === 0) return;
    // The socket still reads from this buffer.
    this.#out = Buffer.allocUnsafe(OUT_BYTES_FIRST);
    if (this.socket.writableLength < this.#settings.backlogBytesMax || this.backlogSince !== 0) return;
    this.backlogSince = performance.now();
    this.socket.pause();
  }

  #endIfSettled(): void {
    if (this.#unsettled === 0 && !this.full) this.end('peer');
  }

  #onDrain(): void {
    if (this.backlogSince === 0) return;
    this.backlogSince = 0;
    // The rest of a frame could not come while nothing was read.
    if (this.partialSince !== 0) this.partialSince = performance.now();
    if (!this.full && !this.#stopped) this.socket.resume();
  }

  #read(chunk: Buffer, from: number): void {
    if (this.#ending) return;
    const { framing } = this.#settings;
    const receivedAt = performance.now();
    let at = from;
    if (this.#partialBytes > 0) {
      at = this.#completePartial(chunk, at, receivedAt);
      if (at < 0) return;
    }
    let resume = 0;
    while (at < chunk.length) {
      const bytes = framing.measure(chunk, at, chunk.length);
      if (!this.#bearable(bytes, chunk.length - at)) return;
      if (bytes === 0 || at + bytes > chunk.length) {
        resume = framing.resume;
        break;
      }
      if (!this.#take(chunk, at, bytes, receivedAt)) return this.#wait(chunk, at);
      at += bytes;
    }
    // Polls are answered here.
    this.flush();
    if (at === chunk.length) return;
    this.#partial ??= Buffer.allocUnsafe(this.#frameMax);
    this.#partialBytes = chunk.copy(this.#partial, 0, at);
    this.#partialResume = resume;
    this.partialSince = receivedAt;
  }

  /** Fills the frame that began in an earlier chunk; returns where the next one begins, or −1 to read no more. */
  #completePartial(chunk: Buffer, from: number, receivedAt: number): number {
    const { framing } = this.#settings;
    const partial = this.#partial!;
    const copied = chunk.copy(partial, this.#partialBytes, from);
    const held = this.#partialBytes + copied;
    const bytes = framing.measure(partial, 0, held, this.#partialResume);
    if (!this.#bearable(bytes, held)) return -1;
    if (bytes === 0 || bytes > held) {
      this.#partialBytes = held;
      this.#partialResume = framing.resume;
      return -1;
    }
    // What was copied beyond the frame is read from the chunk again.
    const next = from + copied - (held - bytes);
    if (!this.#take(partial, 0, bytes, receivedAt)) {
      this.#partialBytes = bytes;
      this.#partialResume = 0;
      this.#wait(chunk, next);
      return -1;
    }
    this.#partialBytes = 0;
    this.partialSince = 0;
    return next;
  }

  get #frameMax(): number {
    const { framing, frameBytesMax } = this.#settings;
    return framing.headBytes + frameBytesMax + framing.tailBytes;
  }

  /** Whether a frame of `bytes` bytes, of which `held` are there, can be taken; closes the connection if not. */
  #bearable(bytes: number, held: number): boolean {
    if (bytes < 0) this.close('framing_lost');
    else if (bytes > this.#frameMax || (bytes === 0 && held >= this.#frameMax)) this.close('frame_too_long');
    else return true;
    return false;
  }

  /** Takes the frame that was measured last; false when there is no room for its message. */
  #take(bytes: Buffer, at: number, length: number, receivedAt: number): boolean {
    const { framing, accept } = this.#settings;
    if (framing.poll) {
      if (framing.echoesPolls) {
        const to = this.reserve(length);
        bytes.copy(this.#out, to, at, at + length);
        this.wrote(length);
      }
      return true;
    }
    const { transportBytes } = framing;
    const start = at + framing.headBytes - transportBytes;
    if (!accept(this.id, this.link, bytes, start, transportBytes + framing.messageBytes, receivedAt))
      return false;
    this.#unsettled++;
    return true;
  }

  #wait(chunk: Buffer, at: number): void {
    this.flush();
    this.#waiting = chunk;
    this.#waitingAt = at;
    this.socket.pause();
    this.#settings.onFull(this);
  }
}
