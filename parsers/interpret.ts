import { type Batch, CHANNEL, IDENTIFIER_BYTES, KEY_WORDS, KIND, NO_TENANT, TOKEN_WORDS } from './batch.js';
import { BIN_DIGITS, type BinTable } from './bin-ranges.js';
import { RULE } from './errors.js';
import type { PanTokeniser } from './pan-token.js';
import { type MessageView, refuse } from './reader.js';

/** Message classes of ISO 8583:1987 clause 4.1.2; also part of a message key. */
export const CLASS = { authorisation: 1, reversal: 4, network: 8 } as const;

/** Processing codes (DE3, first two digits) that an authorisation may carry so far. */
const PURCHASE = 0;
const CASH = 1;
const PURCHASE_WITH_CASH = 9;

const MCC_CASH_MACHINE = 6011;
/** Digits of a PAN at most (ISO/IEC 7812-1); DE2 can't hold more, but DE35 can. */
const PAN_DIGITS_MAX = 19;
/** Originators of ISO 8583:1987 clause 4.1.2 and their repeats; 6 to 9 are reserved. */
const ORIGINATOR_MAX = 5;
/** Digits of the first part of DE95, the actual amount of the transaction. */
const ACTUAL_AMOUNT_DIGITS = 12;
const EQUALS = 0x3d;
const LETTER_D = 0x44;
const SPACE = 0x20;

const REQUIRED_AUTHORISATION = [3, 4, 7, 11, 49];
const REQUIRED_REVERSAL = [7, 11];
const REQUIRED_NETWORK = [11, 70];

const pan = { from: 0, to: 0 };

/**
 * Fills the columns of message `index` from its located fields: what it asks for, of whom, and its keys.
 * A rule that is broken is noted in the view as `parse` notes it, and the kind becomes `formatError`.
 */
export function interpret(
  view: MessageView,
  batch: Batch,
  index: number,
  bins: BinTable,
  tokeniser: PanTokeniser,
): void {
  const columns = batch.columns;
  columns.tenant[index] = NO_TENANT;
  columns.repeat[index] = 0;
  columns.kind[index] = kindOf(view, columns, index);
  columns.rule[index] = view.rule;
  columns.refusedField[index] = view.field;
  columns.refusedAt[index] = view.rule === RULE.none ? 0 : view.offset;
  // A refused message still counts for its tenant where the PAN could be read.
  if (columns.kind[index] === KIND.drop || columns.kind[index] === KIND.network || !findPan(view)) return;
  columns.tenant[index] = bins.tenantOf(
    number(view.bytes, pan.from, Math.min(pan.to, pan.from + BIN_DIGITS)),
  );
  if (columns.kind[index] !== KIND.authorise && columns.kind[index] !== KIND.reverse) return;
  tokeniser.write(view.bytes.subarray(pan.from, pan.to), columns.token, index * TOKEN_WORDS);
  columns.fingerprint[index] = fingerprint(view);
}

function kindOf(view: MessageView, columns: Batch['columns'], index: number): number {
  if (view.mti < 0) return KIND.drop;
  const messageClass = Math.floor(view.mti / 100);
  const messageFunction = Math.floor(view.mti / 10) % 10;
  // Requests, advices and notifications have even functions; a host is not sent the odd ones, the responses.
  if (messageFunction % 2 === 1) {
    refuse(view, RULE.unexpectedResponse, 0, view.start);
    return KIND.drop;
  }
  if (view.rule === RULE.shortHeader || view.rule === RULE.badBitmap) return KIND.drop;
  if (view.rule !== RULE.none) return KIND.formatError;
  if (messageClass === CLASS.network) return network(view, columns, index);
  if (messageFunction !== 0 || view.mti % 10 > ORIGINATOR_MAX) return KIND.unsupported;
  columns.repeat[index] = view.mti & 1;
  if (messageClass === CLASS.authorisation) return authorisation(view, columns, index);
  if (messageClass === CLASS.reversal) return reversal(view, columns, index);
  return KIND.unsupported;
}

function network(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, REQUIRED_NETWORK)) return KIND.formatError;
  columns.networkCode[index] = view.number(70);
  return KIND.network;
}

function authorisation(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, REQUIRED_AUTHORISATION) || !requirePan(view) || !validTime(view, 7, 0)) {
    return KIND.formatError;
  }
  const expiry = expiryOf(view);
  if (expiry < 0) return KIND.formatError;
  const transaction = view.digits(3, 0, 2);
  const mcc = view.has(18) ? view.number(18) : 0;
  const entryMode = view.has(22) ? view.number(22) : 0;
  const amount = view.number(4);
  columns.amount[index] = amount;
  columns.currency[index] = view.number(49);
  columns.processingCode[index] = view.number(3);
  columns.mcc[index] = mcc;
  columns.entryMode[index] = entryMode;
  columns.expiry[index] = expiry;
  columns.channel[index] = channelOf(view, transaction, mcc, entryMode);
  identifiers(view, columns.identifiers, index * IDENTIFIER_BYTES);
  writeOwnKey(view, CLASS.authorisation, columns.key, index * KEY_WORDS);
  columns.originalKey.fill(0, index * KEY_WORDS, (index + 1) * KEY_WORDS);
  // Amount 0 asks whether the card is good; a hold of nothing would answer another question.
  if (amount === 0) return KIND.unsupported;
  return transaction === PURCHASE || transaction === CASH || transaction === PURCHASE_WITH_CASH
    ? KIND.authorise
    : KIND.unsupported;
}

function reversal(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, REQUIRED_REVERSAL) || !requirePan(view) || !validTime(view, 7, 0))
    return KIND.formatError;
  if (namesOriginal(view) && !validOriginal(view)) return KIND.formatError;
  const remaining = remainingAmount(view);
  if (remaining < 0) return KIND.formatError;
  columns.amount[index] = view.has(4) ? view.number(4) : 0;
  columns.currency[index] = view.has(49) ? view.number(49) : 0;
  columns.processingCode[index] = view.has(3) ? view.number(3) : 0;
  columns.mcc[index] = view.has(18) ? view.number(18) : 0;
  columns.entryMode[index] = view.has(22) ? view.number(22) : 0;
  columns.expiry[index] = 0;
  columns.channel[index] = 0;
  identifiers(view, columns.identifiers, index * IDENTIFIER_BYTES);
  writeOwnKey(view, CLASS.reversal, columns.key, index * KEY_WORDS);
  writeOriginalKey(view, columns.originalKey, index * KEY_WORDS);
  // A partial reversal keeps a part of the hold: releasing all of it would let that part be spent twice.
  return remaining === 0 ? KIND.reverse : KIND.unsupported;
}

function required(view: MessageView, fields: readonly number[]): boolean {
  for (let at = 0; at < fields.length; at++) {
    if (!view.has(fields[at]!)) return refuse(view, RULE.missingField, fields[at]!, view.end);
  }
  return true;
}

/** Finds the PAN in DE2 or before the separator of DE35 (ISO/IEC 7813 clause 6.2). */
function findPan(view: MessageView): boolean {
  if (view.has(2)) {
    pan.from = view.offsets[2]!;
    pan.to = pan.from + view.lengths[2]!;
  } else if (view.has(35)) {
    pan.from = view.offsets[35]!;
    const end = pan.from + view.lengths[35]!;
    for (pan.to = pan.from; pan.to < end; pan.to++) {
      const byte = view.bytes[pan.to]!;
      if (byte === EQUALS || byte === LETTER_D) break;
    }
  } else return false;
  return pan.to - pan.from >= BIN_DIGITS && pan.to - pan.from <= PAN_DIGITS_MAX;
}

function requirePan(view: MessageView): boolean {
  if (findPan(view)) return true;
  if (view.has(2)) return refuse(view, RULE.badValue, 2, view.offsets[2]!);
  if (view.has(35)) return refuse(view, RULE.badValue, 35, view.offsets[35]!);
  return refuse(view, RULE.missingField, 2, view.end);
}

/** MMDDhhmmss in `field` from digit `from`: what {@link packedTime} has the bits for. */
function validTime(view: MessageView, field: number, from: number): boolean {
  const month = view.digits(field, from, 2);
  const day = view.digits(field, from + 2, 2);
  const ok =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    view.digits(field, from + 4, 2) <= 23 &&
    view.digits(field, from + 6, 2) <= 59 &&
    view.digits(field, from + 8, 2) <= 59;
  return ok || refuse(view, RULE.badValue, field, view.offsets[field]! + from);
}

/** DE90 names an original unless its MTI and STAN are zeros, which is how a sender says "not known". */
function namesOriginal(view: MessageView): boolean {
  return view.has(90) && view.digits(90, 0, 10) !== 0;
}

/** The original's MTI is of version 1987 and its DE7 a time, else its key would be that of another message. */
function validOriginal(view: MessageView): boolean {
  if (view.digits(90, 0, 1) !== 0) return refuse(view, RULE.badValue, 90, view.offsets[90]!);
  return validTime(view, 90, 10);
}

/** What DE95 lets stand of the original amount, in minor units; 0 without DE95; −1 when it is no amount. */
function remainingAmount(view: MessageView): number {
  if (!view.has(95)) return 0;
  const from = view.offsets[95]!;
  for (let at = from; at < from + ACTUAL_AMOUNT_DIGITS; at++) {
    const byte = view.bytes[at]!;
    if (byte < 0x30 || byte > 0x39) {
      refuse(view, RULE.badValue, 95, at);
      return -1;
    }
  }
  return view.digits(95, 0, ACTUAL_AMOUNT_DIGITS);
}

/** YYMM of DE14, else of track 2; 0 when neither says; −1 when the month is none. */
function expiryOf(view: MessageView): number {
  let expiry = 0;
  let field = 14;
  if (view.has(14)) expiry = view.number(14);
  else if (view.has(35)) {
    field = 35;
    let at = view.offsets[35]!;
    const end = at + view.lengths[35]!;
    while (at < end && view.bytes[at] !== EQUALS && view.bytes[at] !== LETTER_D) at++;
    // A second separator stands in for an absent date.
    if (at + 5 > end || view.bytes[at + 1] === EQUALS || view.bytes[at + 1] === LETTER_D) return 0;
    for (let digit = at + 1; digit < at + 5; digit++) {
      if (view.bytes[digit]! > 0x39) {
        refuse(view, RULE.badValue, 35, digit);
        return -1;
      }
    }
    expiry = number(view.bytes, at + 1, at + 5);
  } else return 0;
  const month = expiry % 100;
  if (month >= 1 && month <= 12) return expiry;
  refuse(view, RULE.badValue, field, view.offsets[field]!);
  return -1;
}

/** From DE3, DE18, DE25 and the PAN entry mode in DE22 (ISO 8583:1987 table A.7 with the networks' additions). */
function channelOf(view: MessageView, transaction: number, mcc: number, entryMode: number): number {
  if (transaction === CASH || mcc === MCC_CASH_MACHINE) return CHANNEL.atm;
  const condition = view.has(25) ? view.number(25) : 0;
  const panEntry = Math.floor(entryMode / 10);
  if (condition === 59 || panEntry === 81) return CHANNEL.ecommerce;
  if (condition === 8) return CHANNEL.moto;
  return panEntry === 7 || panEntry === 91 ? CHANNEL.contactless : CHANNEL.pos;
}

function identifiers(view: MessageView, target: Uint8Array, at: number): void {
  target.fill(SPACE, at, at + IDENTIFIER_BYTES);
  copyField(view, 37, target, at);
  copyField(view, 41, target, at + 12);
  copyField(view, 42, target, at + 20);
}

function copyField(view: MessageView, field: number, target: Uint8Array, at: number): void {
  const length = view.lengths[field]!;
  const from = view.offsets[field]!;
  for (let byte = 0; byte < length; byte++) target[at + byte] = view.bytes[from + byte]!;
}

/**
 * A message key in 96 bits, exact, nothing hashed: class and STAN, then DE7, then DE32.
 *
 * ```
 * word 0: class (4 bits) │ STAN (20)     word 1: DE32 high (6) │ month 4 day 5 hour 5 minute 6 second 6
 * word 2: DE32 low (32)
 * ```
 */
function writeKey(
  words: Uint32Array,
  at: number,
  messageClass: number,
  stan: number,
  time: number,
  acquirer: number,
): void {
  words[at] = (messageClass << 20) | stan;
  words[at + 1] = (Math.floor(acquirer / 0x1_0000_0000) << 26) | time;
  words[at + 2] = acquirer >>> 0;
}

/** `field` from digit `from`: MMDDhhmmss in 26 bits. */
function packedTime(view: MessageView, field: number, from: number): number {
  return (
    (view.digits(field, from, 2) << 22) |
    (view.digits(field, from + 2, 2) << 17) |
    (view.digits(field, from + 4, 2) << 12) |
    (view.digits(field, from + 6, 2) << 6) |
    view.digits(field, from + 8, 2)
  );
}

function acquirerOf(view: MessageView): number {
  return view.has(32) ? view.number(32) : 0;
}

function writeOwnKey(view: MessageView, messageClass: number, words: Uint32Array, at: number): void {
  writeKey(words, at, messageClass, view.number(11), packedTime(view, 7, 0), acquirerOf(view));
}

/** DE90: original MTI (4), STAN (6), DE7 (10), acquirer (11), forwarder (11); else the message's own elements. */
function writeOriginalKey(view: MessageView, words: Uint32Array, at: number): void {
  if (!namesOriginal(view)) {
    writeOwnKey(view, CLASS.authorisation, words, at);
    return;
  }
  const acquirer = view.digits(90, 20, 11);
  writeKey(
    words,
    at,
    view.digits(90, 1, 1),
    view.digits(90, 4, 6),
    packedTime(view, 90, 10),
    acquirer === 0 ? acquirerOf(view) : acquirer,
  );
}

/**
 * What must be the same for a message to be a repeat of another with its key: FNV-1a over what it asks for. The
 * card must be the same too; the ledger compares it, as a card keeps its number when tokens get a new key.
 */
function fingerprint(view: MessageView): number {
  let hash = hashField(view, 3, 0x811c9dc5);
  hash = hashField(view, 4, hash);
  hash = hashField(view, 49, hash);
  return hashField(view, 90, hash) >>> 0;
}

function hashField(view: MessageView, field: number, seed: number): number {
  let hash = Math.imul(seed ^ field, 0x01000193);
  const from = view.offsets[field]!;
  const to = from + view.lengths[field]!;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ view.bytes[at]!, 0x01000193);
  return hash;
}

function number(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + bytes[at]! - 0x30;
  return value;
}
