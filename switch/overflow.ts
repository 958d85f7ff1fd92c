import { Batch, batchByteLength, copyMessage } from '../parsers/batch.js';
import type { BatchRing } from './batch-ring.js';
import { messageOf } from './reply-group.js';

/** As many batches as so many rings have: by default some 30,000 messages of one database, and 26 MB. */
const RINGS = 4;

/**
 * Room for messages that wait for long, away from the ring, whose batches are for all tenants: a batch is free when each
 * of its messages is answered, so a few that wait would keep them all. What is here is known to the ring by numbers
 * behind its own batches, is answered like any other, and makes room when all of its batch is.
 */
export class Overflow {
  readonly #ring: BatchRing;
  /** Numbers of its batches; made when they are needed. */
  readonly #own: number[] = [];
  #filling = -1;
  /** Bytes of replies in the batch that fills. */
  #bytes = 0;

  constructor(ring: BatchRing) {
    this.#ring = ring;
  }

  /** Whether all of the ring could come. Where it can't, no more of them are to wait. */
  get hasRoom(): boolean {
    const used = this.#own.filter((which) => !this.#ring.isFree(which)).length;
    return RINGS * this.#ring.count - used > this.#ring.count;
  }

  /**
   * Copies a message with its prepared reply; the caller tells the ring that its old place is answered.
   * @param message see {@link messageOf}
   * @returns its new number; −1 when there is no room
   */
  take(message: number): number {
    const { batches, shape } = this.#ring;
    const from = batches[message >>> 16]!;
    const index = message & 0xffff;
    const length = from.columns.replyLength[index]!;
    if (this.#filling >= 0 && this.#ring.isFree(this.#filling)) this.#begin(this.#filling);
    const filling = batches[this.#filling];
    if (filling === undefined || filling.count === shape.messages || this.#bytes + length > shape.bytes) {
      if (!this.#next()) return -1;
    }
    const which = this.#filling;
    const to = batches[which]!;
    const at = to.count;
    copyMessage(from, index, to, at, this.#bytes);
    to.count = at + 1;
    this.#bytes += length;
    this.#ring.wait(which);
    return messageOf(which, at);
  }

  #next(): boolean {
    const free = this.#own.find((which) => this.#ring.isFree(which));
    if (free !== undefined) this.#begin(free);
    else if (this.#own.length < RINGS * this.#ring.count) {
      const { shape } = this.#ring;
      const which = this.#ring.add(new Batch(new SharedArrayBuffer(batchByteLength(shape)), shape));
      this.#own.push(which);
      this.#begin(which);
    } else return false;
    return true;
  }

  #begin(which: number): void {
    this.#filling = which;
    this.#bytes = 0;
    this.#ring.batches[which]!.count = 0;
  }
}
