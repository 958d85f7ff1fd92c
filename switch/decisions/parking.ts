import { Batch, batchByteLength, copyMessage } from '../../parsers/batch.js';
import type { BatchRing } from '../batch-ring.js';

const SLOTS = 1024;
/** Of a reply; messages with longer ones can't wait, and are few. */
const REPLY_BYTES_MAX = 1024;
const SHAPE = { messages: SLOTS, bytes: SLOTS * REPLY_BYTES_MAX };

/**
 * Messages that wait for longer than a commit takes, each in a place of its own: in the batch that it came with it would
 * keep all its neighbours' places from being used again. To the ring it is one of the batches that were added.
 */
export class Parking {
  readonly batch = new Batch(new SharedArrayBuffer(batchByteLength(SHAPE)), SHAPE);
  /** Number of its batch among the ring's. */
  readonly which: number;
  readonly #ring: Pick<BatchRing, 'wait' | 'answered'>;
  readonly #free: number[] = [];

  constructor(ring: Pick<BatchRing, 'add' | 'wait' | 'answered'>) {
    this.#ring = ring;
    this.which = ring.add(this.batch);
    for (let slot = SLOTS - 1; slot >= 0; slot--) this.#free.push(slot);
    this.batch.count = SLOTS;
  }

  get slots(): number {
    return SLOTS;
  }

  /** Whether most of its places are in use. */
  get short(): boolean {
    return 2 * this.#free.length < SLOTS;
  }

  /** Copies a message here; returns its place, or −1 where there is no room for it. */
  park(from: Batch, index: number): number {
    if (from.columns.replyLength[index]! > REPLY_BYTES_MAX) return -1;
    const slot = this.#free.pop();
    if (slot === undefined) return -1;
    copyMessage(from, index, this.batch, slot, slot * REPLY_BYTES_MAX);
    this.#ring.wait(this.which);
    return slot;
  }

  /** The message is answered. */
  release(slot: number): void {
    this.#free.push(slot);
    this.#ring.answered(this.which, 1);
  }
}
