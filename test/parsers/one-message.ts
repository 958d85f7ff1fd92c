import { Batch, batchByteLength } from '../../parsers/batch.js';
import { BinTable } from '../../parsers/bin-ranges.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { dialectByName } from '../../parsers/dialects/index.js';
import { interpret } from '../../parsers/interpret.js';
import type { MessageKey } from '../../parsers/message-key.js';
import { PanTokeniser } from '../../parsers/pan-token.js';
import { parse } from '../../parsers/reader.js';
import { DECISION_BYTES, prepareReply, ReplyCompletion } from '../../parsers/reply.js';
import { ReplyValues } from '../../parsers/reply-values.js';
import { MessageView } from '../../parsers/view.js';
import { build, type MessageText } from '../../parsers/writer.js';

export const ascii = dialectByName('iso87-ascii');
export const asciiHex = dialectByName('iso87-ascii-hex');

export const TOKEN_KEY = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
export const BINS = [
  { low: 99990100, high: 99990199, tenant: 3 },
  { low: 99990200, high: 99990200, tenant: 5 },
];

const bins = new BinTable(BINS);
const tokeniser = new PanTokeniser(TOKEN_KEY);

export function emptyBatch(messages: number, bytes: number): Batch {
  const shape = { messages, bytes };
  return new Batch(new SharedArrayBuffer(batchByteLength(shape)), shape);
}

/** Puts a frame into a batch as the hot thread does. */
export function place(batch: Batch, index: number, offset: number, frame: Uint8Array): void {
  batch.frames.set(frame, offset);
  batch.columns.frameOffset[index] = offset;
  batch.columns.frameLength[index] = frame.length;
}

/** Reads message `index` of a batch as the worker does, behind a transport header of so many bytes. */
export function read(
  view: MessageView,
  batch: Batch,
  index: number,
  dialect: CompiledDialect,
  transportBytes = 0,
  messageKey: MessageKey = 'transmission',
): void {
  const start = batch.columns.frameOffset[index]!;
  const end = start + batch.columns.frameLength[index]!;
  parse(view, dialect, batch.frames, Math.min(end, start + transportBytes), end);
  interpret(view, batch, index, bins, tokeniser, messageKey);
  prepareReply(view, dialect, batch, index, transportBytes);
}

/** One message, read into a batch of its own. */
export function readOne(
  message: MessageText | Uint8Array,
  dialect: CompiledDialect = ascii,
  transportBytes = 0,
  messageKey: MessageKey = 'transmission',
): Batch {
  const frame = message instanceof Uint8Array ? message : build(dialect, message);
  const batch = emptyBatch(1, frame.length);
  place(batch, 0, 0, frame);
  read(new MessageView(), batch, 0, dialect, transportBytes, messageKey);
  return batch;
}

/** The completed reply to message 0 of a batch. */
export function replyTo(
  batch: Batch,
  dialect: CompiledDialect,
  responseCode: number,
  approvalCode: number,
  transportBytes = 0,
): Buffer {
  return replyWith(batch, dialect, { responseCode, approvalCode }, transportBytes);
}

/** The completed reply to message 0 of a batch, with whatever was decided. */
export function replyWith(
  batch: Batch,
  dialect: CompiledDialect,
  values: Partial<ReplyValues>,
  transportBytes = 0,
): Buffer {
  const target = Buffer.alloc(batch.columns.frameLength[0]! + DECISION_BYTES);
  const completion = new ReplyCompletion(dialect, transportBytes);
  const reply = Object.assign(new ReplyValues(), values);
  return target.subarray(0, completion.complete(batch, 0, reply, target, 0));
}

/** A purchase of 12.34 EUR in a shop; `fields` replace or, where undefined, remove. */
export function purchase(
  fields: Readonly<Record<number, string | undefined>> = {},
  mti = '0100',
): MessageText {
  return variant(mti, { ...PURCHASE, ...fields });
}

/** The reversal of {@link purchase}, by DE90. */
export function reversal(
  fields: Readonly<Record<number, string | undefined>> = {},
  mti = '0400',
): MessageText {
  const original = '0100000042' + '0607110000' + '00000123456' + '00000000000';
  return variant(mti, { ...PURCHASE, 7: '0607110007', 11: '000043', 90: original, ...fields });
}

const PURCHASE: Readonly<Record<number, string>> = {
  2: '9999010012345678',
  3: '000000',
  4: '000000001234',
  7: '0607110000',
  11: '000042',
  12: '130000',
  13: '0607',
  14: '3012',
  18: '5812',
  22: '051',
  25: '00',
  32: '123456',
  37: 'RRN000000042',
  41: 'TERM0001',
  42: 'MERCHANT 000001',
  49: '978',
};

function variant(mti: string, fields: Readonly<Record<number, string | undefined>>): MessageText {
  const present = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { mti, fields: Object.fromEntries(present) };
}
