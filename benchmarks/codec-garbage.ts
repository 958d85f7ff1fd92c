import { Batch, batchByteLength } from '../parsers/batch.js';
import { BatchParser } from '../parsers/batch-parser.js';
import { dialectByName } from '../parsers/dialects/index.js';

/** Messages of a batch, as the switch has them by default. */
const BATCH_MESSAGES = 512;
const WARM_BATCHES = 200;
const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);

export interface Garbage {
  readonly messages: number;
  readonly bytesPerMessage: number;
}

/**
 * Bytes on the heap that the workers' path leaves behind for each message: parse, interpret, prepare the reply.
 * A batch during which the collector ran, and so left less than there was before, is measured again.
 */
export function measureGarbage(frames: readonly Uint8Array[], messages: number): Garbage {
  const parser = new BatchParser({
    links: [{ dialect: dialectByName('iso87-ascii').dialect, transportBytes: 0, messageKey: 'transmission' }],
    bins: [{ low: 99990100, high: 99990199, tenant: 0 }],
    tokenKey: KEY,
  });
  const batch = batchOf(frames);
  for (let warm = 0; warm < WARM_BATCHES; warm++) parser.parse(batch);
  let measured = 0;
  let bytes = 0;
  while (measured < messages) {
    const before = process.memoryUsage().heapUsed;
    parser.parse(batch);
    const left = process.memoryUsage().heapUsed - before;
    if (left < 0) continue;
    bytes += left;
    measured += BATCH_MESSAGES;
  }
  return { messages: measured, bytesPerMessage: bytes / measured };
}

function batchOf(frames: readonly Uint8Array[]): Batch {
  const longest = Math.max(...frames.map(({ length }) => length));
  const shape = { messages: BATCH_MESSAGES, bytes: BATCH_MESSAGES * longest };
  const batch = new Batch(new SharedArrayBuffer(batchByteLength(shape)), shape);
  const { frameOffset, frameLength, listener } = batch.columns;
  for (let index = 0, offset = 0; index < BATCH_MESSAGES; index++) {
    const frame = frames[index % frames.length]!;
    batch.frames.set(frame, offset);
    frameOffset[index] = offset;
    frameLength[index] = frame.length;
    listener[index] = 0;
    offset += frame.length;
  }
  batch.count = BATCH_MESSAGES;
  return batch;
}
