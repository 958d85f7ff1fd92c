import { Batch, type BatchShape, batchByteLength, KIND } from '../parsers/batch.js';
import { Parking } from './decisions/parking.js';

/** Attempts at parsing a batch, each on another thread, before its messages are given up. */
const ATTEMPTS_MAX = 3;

export interface BatchRingSettings {
  readonly shape: BatchShape;
  readonly count: number;
  /** Batches that may be with the parsers at once. */
  readonly parsing: () => number;
  readonly parse: (which: number) => Promise<void>;
  /**
   * Parses a batch at once, on this thread. Used for one of at most `hereMax` messages with nothing before it: the
   * way to a thread and back takes as long as parsing twenty.
   */
  readonly parseHere: (batch: Batch) => void;
  readonly hereMax: number;
  /** A batch is ready to be decided; batches come in the order in which they were filled. */
  readonly onParsed: (batch: Batch, which: number) => void;
  readonly onFailure: (error: unknown, givenUp: boolean) => void;
  /** A batch became free after there was none. */
  readonly onRoom: () => void;
}

/**
 * The batches that messages travel in, over and over:
 *
 * ```
 * free ──▶ filling ──▶ with a parser ──▶ parsed, in order ──▶ open until each message is answered ──▶ free
 * ```
 *
 * A batch is sent off when the event loop has read what there was to read; while the parsers have enough to
 * do it goes on filling, so batches are small when it is quiet and large when it is not. Where it is quiet, it
 * does not even change threads.
 */
export class BatchRing {
  /** Those of the ring, then those that were added. */
  readonly batches: Batch[];
  /** Messages that wait for something else than a commit. */
  readonly parking: Parking;
  readonly shape: BatchShape;
  readonly #settings: BatchRingSettings;
  readonly #free: number[] = [];
  /** Sent to the parsers and not handed on yet, oldest first. */
  readonly #sent: number[] = [];
  readonly #parsed: Uint8Array;
  readonly #unanswered: number[];
  #parsing = 0;
  #filling = -1;
  #bytes = 0;
  #scheduled = false;

  constructor(settings: BatchRingSettings) {
    this.#settings = settings;
    const { shape, count } = settings;
    this.shape = shape;
    this.batches = Array.from(
      { length: count },
      () => new Batch(new SharedArrayBuffer(batchByteLength(shape)), shape),
    );
    this.#parsed = new Uint8Array(count);
    this.#unanswered = new Array<number>(count).fill(0);
    for (let which = count - 1; which >= 0; which--) this.#free.push(which);
    this.parking = new Parking(this);
  }

  /** Whether no message is anywhere between arrival and answer. */
  get idle(): boolean {
    return this.#free.length === this.#settings.count && this.#unanswered.every((messages) => messages === 0);
  }

  /** Whether half of its batches are in use, or most places of the parking. */
  get short(): boolean {
    return 2 * this.#free.length <= this.#settings.count || this.parking.short;
  }

  /** Batches that go round. */
  get count(): number {
    return this.#settings.count;
  }

  get hasRoom(): boolean {
    return this.#filling >= 0 || this.#free.length > 0;
  }

  /**
   * Copies the frame `bytes[start, start + length)` into the batch that is filling.
   * @param receivedAt in ms, of the monotonic clock
   * @returns false when there is no room: the caller stops reading and asks again after `onRoom`
   */
  append(
    connection: number,
    listener: number,
    bytes: Uint8Array,
    start: number,
    length: number,
    receivedAt: number,
  ): boolean {
    const { shape } = this.#settings;
    if (this.#filling >= 0 && this.#bytes + length > shape.bytes) this.#send();
    if (this.#filling < 0) {
      const which = this.#free.pop();
      if (which === undefined) return false;
      this.#filling = which;
      this.#bytes = 0;
      this.batches[which]!.count = 0;
    }
    const batch = this.batches[this.#filling]!;
    const { columns } = batch;
    const index = batch.count;
    batch.frames.set(bytes.subarray(start, start + length), this.#bytes);
    columns.frameOffset[index] = this.#bytes;
    columns.frameLength[index] = length;
    columns.connection[index] = connection;
    columns.listener[index] = listener;
    columns.receivedAt[index] = receivedAt;
    batch.count = index + 1;
    this.#bytes += length;
    if (index + 1 === shape.messages) this.#send();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#onTurn);
    }
    return true;
  }

  /**
   * Adds a batch that does not go round, for messages that are moved there; returns its number.
   */
  add(batch: Batch): number {
    this.#unanswered.push(0);
    return this.batches.push(batch) - 1;
  }

  /** A message was moved to a batch that was added, and waits there. */
  wait(which: number): void {
    this.#unanswered[which]!++;
  }

  /** Whether each message of a batch that was added is answered. */
  isFree(which: number): boolean {
    return this.#unanswered[which] === 0;
  }

  /** Counts `messages` of a batch as answered; the batch is free when all are. */
  answered(which: number, messages: number): void {
    this.#unanswered[which]! -= messages;
    if (this.#unanswered[which] !== 0 || which >= this.#settings.count) return;
    this.#free.push(which);
    if (this.#free.length === 1) this.#settings.onRoom();
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false;
    if (this.#filling >= 0 && this.#parsing < this.#settings.parsing()) this.#send();
  };

  #send(): void {
    const which = this.#filling;
    this.#filling = -1;
    this.#parsed[which] = 0;
    this.#unanswered[which] = this.batches[which]!.count;
    const batch = this.batches[which]!;
    if (this.#sent.length === 0 && batch.count <= this.#settings.hereMax && this.#parsedHere(batch)) {
      this.#settings.onParsed(batch, which);
      return;
    }
    this.#sent.push(which);
    void this.#parse(which);
  }

  /** Parses on this thread; false where that failed, for the threads to try, which may die of it. */
  #parsedHere(batch: Batch): boolean {
    try {
      this.#settings.parseHere(batch);
      return true;
    } catch (error) {
      this.#settings.onFailure(error, false);
      return false;
    }
  }

  async #parse(which: number): Promise<void> {
    this.#parsing++;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#settings.parse(which);
        break;
      } catch (error) {
        const givenUp = attempt === ATTEMPTS_MAX;
        this.#settings.onFailure(error, givenUp);
        if (!givenUp) continue;
        const { columns, count } = this.batches[which]!;
        columns.kind.fill(KIND.drop, 0, count);
        columns.rule.fill(0, 0, count);
        break;
      }
    }
    this.#parsing--;
    this.#parsed[which] = 1;
    while (this.#sent.length > 0 && this.#parsed[this.#sent[0]!] === 1) {
      const next = this.#sent.shift()!;
      this.#settings.onParsed(this.batches[next]!, next);
    }
    this.#onTurn();
  }
}
