import type { Connection } from '../../switch/connection.js';
import { REPLY_BYTES } from './message.js';

/** The switch's end of a connection, as the pipeline sees it: gathers replies, and sends them all at once. */
export class SwitchConnection {
  signedOn = true;
  out: Buffer = Buffer.allocUnsafe(64 * REPLY_BYTES);
  /** Frames that found no room yet. */
  readonly waiting: Buffer[] = [];
  #end = 0;
  /** Takes what was gathered away. */
  readonly #send: (bytes: Buffer) => void;

  constructor(send: (bytes: Buffer) => void) {
    this.#send = send;
  }

  get gathered(): boolean {
    return this.#end > 0;
  }

  reserve(bytes: number): number {
    if (this.#end + bytes > this.out.length) this.out = Buffer.concat([this.out], 2 * this.out.length);
    return this.#end;
  }

  wrote(bytes: number): void {
    this.#end += bytes;
  }

  flush(): void {
    if (this.#end === 0) return;
    const bytes = Buffer.from(this.out.subarray(0, this.#end));
    this.#end = 0;
    this.#send(bytes);
  }

  settled(): void {}

  /** As the pipeline's type has it. */
  asConnection(): Connection {
    return this as unknown as Connection;
  }
}
