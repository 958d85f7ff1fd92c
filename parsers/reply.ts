import { type Batch, KIND } from './batch.js';
import { type CompiledDialect, FIELD_MAX } from './dialect.js';
import { CLASS } from './interpret.js';
import type { MessageView } from './reader.js';

const APPROVAL_CODE = 38;
const RESPONSE_CODE = 39;
/** Bytes that DE38 and DE39 add to a prepared reply at most. */
export const DECISION_BYTES = 8;
const ZERO = 0x30;

/** Fields of a request that its response carries unchanged (ISO 8583:1987 table 4, "mandatory echo"). */
const ECHO_TRANSACTION = echoed(2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 90);
const ECHO_NETWORK = echoed(7, 11, 12, 13, 32, 33, 37, 41, 42, 70);

function echoed(...fields: number[]): Uint8Array {
  const mask = new Uint8Array(FIELD_MAX + 1);
  for (const field of fields) mask[field] = 1;
  return mask;
}

/**
 * Prepares the reply to message `index` in the worker, all but DE38 and DE39. Never longer than its frame: it
 * holds the MTI, the bitmaps and some of the frame's own fields.
 */
export function prepareReply(view: MessageView, dialect: CompiledDialect, batch: Batch, index: number): void {
  const { columns, replies } = batch;
  if (columns.kind[index] === KIND.drop) {
    columns.replySplit[index] = 0;
    columns.replyLength[index] = 0;
    return;
  }
  const echo = Math.floor(view.mti / 100) === CLASS.network ? ECHO_NETWORK : ECHO_TRANSACTION;
  const start = columns.frameOffset[index]!;
  // A response's MTI is its request's with the next function and the same originator, and never says "repeat".
  const mti = view.mti - (view.mti & 1) + 10;
  for (let digit = 0, rest = mti; digit < 4; digit++, rest = Math.floor(rest / 10)) {
    replies[start + 3 - digit] = ZERO + (rest % 10);
  }
  let last = 0;
  for (let field = view.highest; field > 1; field--) {
    if (echo[field] === 1 && view.has(field)) {
      last = field;
      break;
    }
  }
  const bitmap = start + 4;
  const bitmapBytes = (dialect.bitmapHex ? 16 : 8) * (last > 64 ? 2 : 1);
  for (let byte = 0; byte < bitmapBytes; byte++) replies[bitmap + byte] = dialect.bitmapHex ? ZERO : 0;
  if (last > 64) setBit(replies, bitmap, 1, dialect.bitmapHex);
  setBit(replies, bitmap, RESPONSE_CODE, dialect.bitmapHex);
  let at = bitmap + bitmapBytes;
  let split = at;
  for (let field = 2; field <= last; field++) {
    if (echo[field] === 0 || !view.has(field)) continue;
    setBit(replies, bitmap, field, dialect.bitmapHex);
    const end = view.offsets[field]! + view.lengths[field]!;
    for (let from = view.starts[field]!; from < end; from++) replies[at++] = view.bytes[from]!;
    if (field < APPROVAL_CODE) split = at;
  }
  columns.replySplit[index] = split - start;
  columns.replyLength[index] = at - start;
}

/**
 * Completes a prepared reply into `target` at `at`: DE39, and DE38 where `approvalCode` is not 0.
 * `responseCode` is two digits, `approvalCode` six. A message of kind `drop` has no reply to complete.
 *
 * @returns the bytes written
 */
export function completeReply(
  batch: Batch,
  index: number,
  bitmapHex: boolean,
  responseCode: number,
  approvalCode: number,
  target: Uint8Array,
  at: number,
): number {
  const { columns, replies } = batch;
  const start = columns.frameOffset[index]!;
  const split = start + columns.replySplit[index]!;
  const end = start + columns.replyLength[index]!;
  let to = at;
  for (let from = start; from < split; from++) target[to++] = replies[from]!;
  if (approvalCode !== 0) {
    setBit(target, at + 4, APPROVAL_CODE, bitmapHex);
    for (let digit = 5, rest = approvalCode; digit >= 0; digit--, rest = Math.floor(rest / 10)) {
      target[to + digit] = ZERO + (rest % 10);
    }
    to += 6;
  }
  target[to++] = ZERO + Math.floor(responseCode / 10);
  target[to++] = ZERO + (responseCode % 10);
  for (let from = split; from < end; from++) target[to++] = replies[from]!;
  return to - at;
}

function setBit(bytes: Uint8Array, bitmap: number, field: number, hex: boolean): void {
  const bit = field - 1;
  if (!hex) {
    bytes[bitmap + (bit >> 3)]! |= 0x80 >> (bit & 7);
    return;
  }
  const at = bitmap + (bit >> 2);
  const byte = bytes[at]!;
  const digit = (byte > 0x39 ? byte - 0x37 : byte - ZERO) | (8 >> (bit & 3));
  bytes[at] = digit > 9 ? digit + 0x37 : digit + ZERO;
}
