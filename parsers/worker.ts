import { workerData } from 'node:worker_threads';
import { Batch, type BatchShape } from './batch.js';
import { type BinRange, BinTable } from './bin-ranges.js';
import { dialectByName } from './dialects/index.js';
import { interpret } from './interpret.js';
import { PanTokeniser } from './pan-token.js';
import { MessageView, parse } from './reader.js';
import { prepareReply } from './reply.js';

/** What a parser thread is started with. */
export interface ParserData {
  readonly shape: BatchShape;
  readonly batches: readonly SharedArrayBuffer[];
  /** Dialect by listener index. */
  readonly dialects: readonly string[];
  readonly bins: readonly BinRange[];
  readonly tokenKey: Uint8Array;
}

// piscina hands over `workerData` as [its own, ours] in its threads.
const data = (Array.isArray(workerData) ? workerData[1] : workerData) as ParserData;
const batches = data.batches.map((shared) => new Batch(shared, data.shape));
const dialects = data.dialects.map(dialectByName);
const bins = new BinTable(data.bins);
const tokeniser = new PanTokeniser(data.tokenKey);
const view = new MessageView();

/**
 * Parses batch number `which` in place, and prepares its replies. Depends on nothing but the frames, so that a
 * batch whose worker died is simply parsed again.
 */
export default function parseBatch(which: number): void {
  const batch = batches[which]!;
  const { frameOffset, frameLength, listener } = batch.columns;
  for (let index = 0; index < batch.count; index++) {
    const dialect = dialects[listener[index]!]!;
    const start = frameOffset[index]!;
    parse(view, dialect, batch.frames, start, start + frameLength[index]!);
    interpret(view, batch, index, bins, tokeniser);
    prepareReply(view, dialect, batch, index);
  }
}
