import { workerData } from 'node:worker_threads';
import { Batch, type BatchShape } from './batch.js';
import { BatchParser, type ParserSettings } from './batch-parser.js';

/** What a parser thread is started with. */
export interface ParserData extends ParserSettings {
  readonly shape: BatchShape;
  readonly batches: readonly SharedArrayBuffer[];
}

// piscina hands over `workerData` as [its own, ours] in its threads.
const data = (Array.isArray(workerData) ? workerData[1] : workerData) as ParserData;
const batches = data.batches.map((shared) => new Batch(shared, data.shape));
const parser = new BatchParser(data);

/** Parses batch number `which`, in shared memory. */
export default function parseBatch(which: number): void {
  parser.parse(batches[which]!);
}
