import { BALANCES, BALANCES_BYTES, BalanceWriter } from './balances.js';
import { type Batch, KIND } from './batch.js';
import { wireEnd } from './compile.js';
import { type CompiledDialect, type CompiledField, HEADER, MODE } from './compiled-dialect.js';
import { FIELD_MAX } from './dialect.js';
import { EDITIONS, type Edition, responseText } from './edition.js';
import { ENCODING, FROM_LATIN1, fillsLeft, isText } from './encoding.js';
import { IsoError } from './errors.js';
import { swapTpdu, TPDU_BYTES } from './framing/tpdu.js';
import { CLASS } from './message-key.js';
import { Output } from './output.js';
import type { ReplyValues } from './reply-values.js';
import type { MessageView } from './view.js';
import { writeField } from './write-field.js';

const AMOUNT = 4;
const APPROVAL_CODE = 38;
const RESPONSE_CODE = 39;
const APPROVAL_DIGITS = 6;
/** Bytes that DE38, DE39 and DE54 add to a prepared reply at most: six characters, four, and the balances. */
export const DECISION_BYTES = 10 + BALANCES_BYTES;
const ZERO = 0x30;
const CODES = 100;
/** Fields of a bitmap as the standard has it. */
const BITMAP_BITS = 64;
/** Where a Visa header has the length of the message, the station it is for, and the one it is from. */
const VISA_LENGTH = 3;
const VISA_DESTINATION = 5;
const VISA_SOURCE = 8;
const STATION_BYTES = 3;

const ECHOED: readonly (readonly [transaction: Uint8Array, network: Uint8Array])[] = EDITIONS.map(
  ({ echo, echoNetwork }) => [maskOf(echo), maskOf(echoNetwork)],
);

function maskOf(fields: Edition['echo']): Uint8Array {
  const mask = new Uint8Array(FIELD_MAX + 1);
  for (const field of fields) mask[field] = 1;
  return mask;
}

/**
 * Prepares the reply to message `index` in the worker, all but DE38, DE39 and DE54. Never longer than its frame: it
 * holds the frame's own headers, the MTI, the bitmaps and some of its fields.
 *
 * @param transportBytes of the frame that are the transport's header, before the message
 */
export function prepareReply(
  view: MessageView,
  dialect: CompiledDialect,
  batch: Batch,
  index: number,
  transportBytes: number,
): void {
  const { columns, replies } = batch;
  columns.replyAmount[index] = 0;
  columns.replyAmountDigits[index] = 0;
  if (columns.kind[index] === KIND.drop) {
    columns.replyBitmap[index] = 0;
    columns.replySplit[index] = 0;
    columns.replyBalances[index] = 0;
    columns.replyLength[index] = 0;
    return;
  }
  const network = Math.floor(view.mti / 100) % 10 === CLASS.network;
  const echo = ECHOED[dialect.version]![network ? 1 : 0];
  const start = columns.frameOffset[index]!;
  const message = start + transportBytes;
  copyHeaders(view, dialect, replies, start, transportBytes);
  const mtiAt = message + view.mtiAt - view.start;
  writeMti(dialect, replies, mtiAt, Math.floor(view.mti / 10) * 10 + 10 + ((view.mti % 10) & ~1));
  let last = 0;
  for (let field = view.highest; field > 1; field--) {
    if (echo[field] === 1 && view.has(field)) {
      last = field;
      break;
    }
  }
  const bitmap = mtiAt + dialect.mtiBytes;
  const { bits, wireBytes, encoding } = dialect.bitmap;
  const groups = Math.max(1, Math.ceil(Math.max(last, RESPONSE_CODE) / bits));
  const empty = encoding === ENCODING.binary ? 0 : FROM_LATIN1[encoding]![ZERO]!;
  for (let byte = 0; byte < groups * wireBytes; byte++) replies[bitmap + byte] = empty;
  // A bitmap of more than 64 bits is two or three at once, which announce each other all the same.
  const each = Math.min(bits, BITMAP_BITS);
  for (let field = 1; field + each <= last; field += each) setBit(replies, bitmap, encoding, field);
  setBit(replies, bitmap, encoding, RESPONSE_CODE);
  let at = bitmap + groups * wireBytes;
  let split = at;
  let balances = at;
  for (let field = 2; field <= last; field++) {
    if (echo[field] === 0 || !view.has(field)) continue;
    setBit(replies, bitmap, encoding, field);
    if (field === AMOUNT) {
      columns.replyAmount[index] = at - start + view.offsets[field]! - view.starts[field]!;
      columns.replyAmountDigits[index] = view.units[field]!;
    }
    const end = wireEnd(dialect.table.fields[field]!, view.offsets[field]!, view.lengths[field]!);
    for (let from = view.starts[field]!; from < end; from++) replies[at++] = view.bytes[from]!;
    if (field < APPROVAL_CODE) split = at;
    if (field < BALANCES) balances = at;
  }
  columns.replyBitmap[index] = bitmap - start;
  columns.replySplit[index] = split - start;
  columns.replyBalances[index] = balances - start;
  columns.replyLength[index] = at - start;
}

/** Copies the transport's and the dialect's headers, with the two ends of the line swapped. */
function copyHeaders(
  view: MessageView,
  dialect: CompiledDialect,
  replies: Uint8Array,
  start: number,
  transportBytes: number,
): void {
  const { bytes } = view;
  const from = view.start - transportBytes;
  for (let byte = 0; byte < view.mtiAt - from; byte++) replies[start + byte] = bytes[from + byte]!;
  if (transportBytes === TPDU_BYTES) swapTpdu(replies, start, bytes, from);
  if (dialect.header !== HEADER.visa) return;
  const header = start + transportBytes;
  for (let byte = 0; byte < STATION_BYTES; byte++) {
    replies[header + VISA_DESTINATION + byte] = bytes[view.start + VISA_SOURCE + byte]!;
    replies[header + VISA_SOURCE + byte] = bytes[view.start + VISA_DESTINATION + byte]!;
  }
}

function writeMti(dialect: CompiledDialect, target: Uint8Array, at: number, mti: number): void {
  if (dialect.mti === ENCODING.bcd) {
    target[at] = (Math.floor(mti / 1000) << 4) | (Math.floor(mti / 100) % 10);
    target[at + 1] = ((Math.floor(mti / 10) % 10) << 4) | (mti % 10);
    return;
  }
  const zero = FROM_LATIN1[dialect.mti]![ZERO]!;
  for (let digit = 3, rest = mti; digit >= 0; digit--, rest = Math.floor(rest / 10)) {
    target[at + digit] = zero + (rest % 10);
  }
}

/** What completes the replies of a dialect: its ways of writing DE4, DE38, DE39 and DE54, worked out once. */
export class ReplyCompletion {
  readonly #bitmapEncoding: number;
  /** Bytes of DE39 by response code of 1987: for transactions, reversals, and network messages. */
  readonly #responses: readonly Uint8Array[];
  readonly #toReversals: readonly Uint8Array[];
  readonly #toNetwork: readonly Uint8Array[];
  /** The digit 0 in DE38; 0 where the dialect has no DE38. */
  readonly #zero: number;
  /** Encoding of DE4, and its digits before the amount: currency and exponent. */
  readonly #amountEncoding: number;
  readonly #amountSkips: number;
  /** Null where the dialect has no DE54 for them. */
  readonly #balances: BalanceWriter | null;
  readonly #visaHeaderAt: number;

  /**
   * @param transportBytes of the transport header before the message
   * @throws IsoError `HF_ISO_DIALECT` when the dialect has no DE4, or its DE38 or DE39 can't hold what the switch says
   */
  constructor(dialect: CompiledDialect, transportBytes: number) {
    const { fields } = dialect.table;
    const edition = EDITIONS[dialect.version]!;
    const response = fields[RESPONSE_CODE];
    const amount = fields[AMOUNT];
    if (response === undefined) throw wrong(dialect, RESPONSE_CODE, 'a reply needs it');
    if (amount === undefined) throw wrong(dialect, AMOUNT, 'a reply needs it');
    this.#bitmapEncoding = dialect.bitmap.encoding;
    const bytesOf = (messageClass: number) =>
      Array.from({ length: CODES }, (_, code) =>
        fieldBytes(response, responseText(edition, messageClass, code)),
      );
    this.#responses = bytesOf(CLASS.authorisation);
    this.#toReversals = bytesOf(CLASS.reversal);
    this.#toNetwork = bytesOf(CLASS.network);
    this.#zero = zeroOf(dialect, fields[APPROVAL_CODE]);
    this.#amountEncoding = amount.encoding;
    this.#amountSkips = edition.amountSkips;
    this.#balances = BalanceWriter.of(dialect);
    this.#visaHeaderAt = dialect.header === HEADER.visa ? transportBytes : -1;
  }

  /**
   * Completes a prepared reply into `target` at `at` with what was decided. DE4 is rewritten only where it was echoed,
   * and balances that DE54 can't hold are left out.
   *
   * @returns the bytes written, at most {@link DECISION_BYTES} more than were prepared
   */
  complete(batch: Batch, index: number, reply: ReplyValues, target: Uint8Array, at: number): number {
    const { columns, replies } = batch;
    const { responseCode, approvalCode } = reply;
    const start = columns.frameOffset[index]!;
    const split = start + columns.replySplit[index]!;
    const end = start + columns.replyLength[index]!;
    let to = at;
    for (let from = start; from < split; from++) target[to++] = replies[from]!;
    if (reply.amount >= 0) this.#writeAmount(batch, index, reply.amount, target, at);
    if (approvalCode !== 0 && this.#zero !== 0) {
      setBit(target, at + columns.replyBitmap[index]!, this.#bitmapEncoding, APPROVAL_CODE);
      for (
        let digit = APPROVAL_DIGITS - 1, rest = approvalCode;
        digit >= 0;
        digit--, rest = Math.floor(rest / 10)
      ) {
        target[to + digit] = this.#zero + (rest % 10);
      }
      to += APPROVAL_DIGITS;
    }
    const response = this.#responsesTo(columns.kind[index]!)[responseCode]!;
    for (let byte = 0; byte < response.length; byte++) target[to++] = response[byte]!;
    let rest = split;
    if (reply.balanceCurrency !== 0 && this.#balances !== null) {
      rest = start + columns.replyBalances[index]!;
      for (let from = split; from < rest; from++) target[to++] = replies[from]!;
      const behind = this.#balances.write(reply, columns.processingCode[index]!, target, to);
      if (behind > to) setBit(target, at + columns.replyBitmap[index]!, this.#bitmapEncoding, BALANCES);
      to = behind;
    }
    for (let from = rest; from < end; from++) target[to++] = replies[from]!;
    if (this.#visaHeaderAt >= 0) {
      const header = at + this.#visaHeaderAt;
      target[header + VISA_LENGTH] = (to - header) >>> 8;
      target[header + VISA_LENGTH + 1] = (to - header) & 0xff;
    }
    return to - at;
  }

  /** Writes over the amount in DE4 of the reply that stands at `at`; its currency, where it is in there, stays. */
  #writeAmount(batch: Batch, index: number, amount: number, target: Uint8Array, at: number): void {
    const { replyAmount, replyAmountDigits } = batch.columns;
    if (replyAmount[index] === 0) return;
    const value = at + replyAmount[index]!;
    const digits = replyAmountDigits[index]!;
    const encoding = this.#amountEncoding;
    const zero = isText(encoding) ? FROM_LATIN1[encoding]![ZERO]! : 0;
    const filled = fillsLeft(encoding) ? digits & 1 : 0;
    for (let digit = digits - 1, rest = amount; digit >= this.#amountSkips; digit--) {
      if (zero !== 0) target[value + digit] = zero + (rest % 10);
      else setNibble(target, value, digit + filled, rest % 10);
      rest = Math.floor(rest / 10);
    }
  }

  #responsesTo(kind: number): readonly Uint8Array[] {
    if (kind === KIND.reverse) return this.#toReversals;
    return kind === KIND.network ? this.#toNetwork : this.#responses;
  }
}

function fieldBytes(field: CompiledField, text: string): Uint8Array {
  const out = new Output();
  writeField(field, text, out, field.key);
  return Uint8Array.from(out.bytes.subarray(0, out.at));
}

function zeroOf(dialect: CompiledDialect, field: CompiledField | undefined): number {
  if (field === undefined) return 0;
  if (field.mode !== MODE.fixed || field.units !== APPROVAL_DIGITS || !isText(field.encoding)) {
    throw wrong(dialect, APPROVAL_CODE, 'the switch writes six characters');
  }
  return FROM_LATIN1[field.encoding]![ZERO]!;
}

function wrong(dialect: CompiledDialect, field: number, rule: string): IsoError {
  return new IsoError('HF_ISO_DIALECT', String(field), -1, `${dialect.name}: ${rule}`);
}

/** Half a byte of packed digits, counted from `at`. */
function setNibble(bytes: Uint8Array, at: number, nibble: number, digit: number): void {
  const byte = at + (nibble >> 1);
  bytes[byte] = (nibble & 1) === 0 ? (bytes[byte]! & 0x0f) | (digit << 4) : (bytes[byte]! & 0xf0) | digit;
}

function setBit(bytes: Uint8Array, bitmap: number, encoding: number, field: number): void {
  const bit = field - 1;
  if (encoding === ENCODING.binary) {
    bytes[bitmap + (bit >> 3)]! |= 0x80 >> (bit & 7);
    return;
  }
  const at = bitmap + (bit >> 2);
  const letters = encoding === ENCODING.hex ? LETTERS : EBCDIC_LETTERS;
  const digit = letters.indexOf(bytes[at]!) | (8 >> (bit & 3));
  bytes[at] = letters[digit]!;
}

/** Hexadecimal digits as bytes. */
const LETTERS = Uint8Array.from('0123456789ABCDEF', (letter) => letter.charCodeAt(0));
const EBCDIC_LETTERS = LETTERS.map((letter) => FROM_LATIN1[ENCODING.cp037]![letter]!);
