import { type Command, Decision } from './command.js';
import { BODY_HEADER_BYTES, entryBytesMax, writeBodyHeader, writeEntry } from './journal-body.js';

const BYTES_FIRST = 1024;

/** Commands as the bytes of a journal body, to be sent to the thread that decides them. */
export class CommandBatch {
  #bytes = Buffer.allocUnsafe(BYTES_FIRST);
  #end = BODY_HEADER_BYTES;
  #count = 0;
  /** Nothing is decided yet. */
  readonly #decision = new Decision();

  get count(): number {
    return this.#count;
  }

  add(command: Command): void {
    const end = this.#end + entryBytesMax(command);
    if (end > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#end);
      this.#bytes = grown;
    }
    this.#end = writeEntry(this.#bytes, this.#end, command, this.#decision);
    this.#count++;
  }

  /** The whole body, in memory of its own, so that it can be transferred. */
  body(): Uint8Array<ArrayBuffer> {
    writeBodyHeader(this.#bytes, 0, this.#count, 0, 0);
    return Uint8Array.from(this.#bytes.subarray(0, this.#end));
  }
}
