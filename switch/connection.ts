import type net from 'node:net';
import type { Closing } from './counters.js';

/** Bytes of the length header before each frame: a big-endian count of the bytes that follow. */
export const HEADER_BYTES = 2;
const OUT_BYTES_FIRST = 16 * 1024;

export interface ConnectionSettings {
  readonly id: number;
  /** Index of the link it came in by. */
  readonly link: number;
  readonly frameBytesMax: number;
  /** Unsent reply bytes at which reading stops. */
  readonly backlogBytesMax: number;
  /** Takes a frame in; false when there is no room for it now. */
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
  #partial: Buffer | null = null;
  #partialBytes = 0;
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
    const { frameBytesMax } = this.#settings;
    const receivedAt = performance.now();
    let at = from;
    if (this.#partialBytes > 0) {
      at = this.#completePartial(chunk, at, receivedAt);
      if (at < 0) return;
    }
    while (at + HEADER_BYTES <= chunk.length) {
      const length = (chunk[at]! << 8) | chunk[at + 1]!;
      if (length > frameBytesMax) return this.close('frame_too_long');
      const end = at + HEADER_BYTES + length;
      if (end > chunk.length) break;
      if (!this.#accept(chunk, at + HEADER_BYTES, length, receivedAt)) return this.#wait(chunk, at);
      at = end;
    }
    if (at === chunk.length) return;
    this.#partial ??= Buffer.allocUnsafe(HEADER_BYTES + frameBytesMax);
    this.#partialBytes = chunk.copy(this.#partial, 0, at);
    this.partialSince = receivedAt;
  }

  /** Fills the frame that began in an earlier chunk; returns where the next one begins, or −1 to read no more. */
  #completePartial(chunk: Buffer, from: number, receivedAt: number): number {
    const partial = this.#partial!;
    let at = from;
    while (this.#partialBytes < HEADER_BYTES && at < chunk.length)
      partial[this.#partialBytes++] = chunk[at++]!;
    if (this.#partialBytes < HEADER_BYTES) return -1;
    const length = (partial[0]! << 8) | partial[1]!;
    if (length > this.#settings.frameBytesMax) {
      this.close('frame_too_long');
      return -1;
    }
    const copied = chunk.copy(
      partial,
      this.#partialBytes,
      at,
      at + HEADER_BYTES + length - this.#partialBytes,
    );
    this.#partialBytes += copied;
    at += copied;
    if (this.#partialBytes < HEADER_BYTES + length) return -1;
    if (!this.#accept(partial, HEADER_BYTES, length, receivedAt)) {
      this.#wait(chunk, at);
      return -1;
    }
    this.#partialBytes = 0;
    this.partialSince = 0;
    return at;
  }

  #accept(bytes: Buffer, start: number, length: number, receivedAt: number): boolean {
    if (!this.#settings.accept(this.id, this.link, bytes, start, length, receivedAt)) return false;
    this.#unsettled++;
    return true;
  }

  #wait(chunk: Buffer, at: number): void {
    this.#waiting = chunk;
    this.#waitingAt = at;
    this.socket.pause();
    this.#settings.onFull(this);
  }
}
