import { Batch, batchByteLength } from '../../parsers/batch.js';

const SLOTS = 1024;
/** Of a frame; longer ones can't wait, and are few. */
const FRAME_BYTES_MAX = 1024;
const SHAPE = { messages: SLOTS, bytes: SLOTS * FRAME_BYTES_MAX };

/**
 * Messages that wait for longer than a commit takes, each in a place of its own: in the batch that it came with it would
 * keep all its neighbours' places from being used again.
 */
export class Parking {
  readonly batch = new Batch(new SharedArrayBuffer(batchByteLength(SHAPE)), SHAPE);
  readonly #free: number[] = [];

  /** @param which number of its batch among all */
  constructor(readonly which: number) {
    for (let slot = SLOTS - 1; slot >= 0; slot--) this.#free.push(slot);
    this.batch.count = SLOTS;
  }

  get slots(): number {
    return SLOTS;
  }

  get empty(): boolean {
    return this.#free.length === SLOTS;
  }

  /** Copies a message here; returns its place, or −1 where there is no room for it. */
  park(from: Batch, index: number): number {
    if (from.columns.frameLength[index]! > FRAME_BYTES_MAX) return -1;
    const slot = this.#free.pop();
    if (slot === undefined) return -1;
    this.batch.copy(from, index, slot, slot * FRAME_BYTES_MAX);
    return slot;
  }

  /** The message is answered. */
  release(slot: number): void {
    this.#free.push(slot);
  }
}
