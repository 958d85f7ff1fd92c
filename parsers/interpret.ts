import { type Batch, CHANNEL, IDENTIFIER_BYTES, KEY_WORDS, KIND, NO_TENANT, TOKEN_WORDS } from './batch.js';
import { BIN_DIGITS, type BinTable } from './bin-ranges.js';
import { EDITIONS, type Edition, networkCodeOf, PARTIAL_REVERSAL } from './edition.js';
import { RULE } from './errors.js';
import { CLASS, fingerprint, namesOriginal, writeOriginalKey, writeOwnKey } from './message-key.js';
import type { PanTokeniser } from './pan-token.js';
import { type MessageView, refuse } from './view.js';

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
/** Some networks fill DE22 up to four. */
const ENTRY_MODE_DIGITS = 3;
const EQUALS = 0x3d;
const LETTER_D = 0x44;
const SPACE = 0x20;
const ASTERISK = 0x2a;
/** Digits of a PAN that may be shown at its ends (PCI DSS requirement 3.4). */
const PAN_FIRST = 6;
const PAN_LAST = 4;

/** Function of an advice: the sender tells what was done, and asks for nothing (ISO 8583:1987 clause 4.1.2). */
const ADVICE = 2;

/** Digits of the PAN in ASCII, and how many. */
const pan = new Uint8Array(PAN_DIGITS_MAX);
let panDigits = 0;
/** Of the message at hand. */
let edition: Edition = EDITIONS[0]!;

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
  edition = EDITIONS[view.dialect!.version]!;
  columns.tenant[index] = NO_TENANT;
  columns.repeat[index] = 0;
  columns.kind[index] = kindOf(view, columns, index);
  columns.rule[index] = view.rule;
  columns.refusedField[index] = view.field;
  columns.refusedAt[index] = view.rule === RULE.none ? 0 : view.offset;
  // A refused message still counts for its tenant where the PAN could be read.
  if (columns.kind[index] === KIND.drop || columns.kind[index] === KIND.network || !findPan(view)) return;
  columns.tenant[index] = bins.tenantOf(binOf());
  if (columns.kind[index] !== KIND.authorise && columns.kind[index] !== KIND.reverse) return;
  tokeniser.write(pan, columns.token, index * TOKEN_WORDS, panDigits);
  columns.fingerprint[index] = fingerprint(view, edition);
}

function kindOf(view: MessageView, columns: Batch['columns'], index: number): number {
  if (view.mti < 0) return KIND.drop;
  const messageClass = Math.floor(view.mti / 100) % 10;
  const messageFunction = Math.floor(view.mti / 10) % 10;
  // Requests, advices and notifications have even functions; a host is not sent the odd ones, the responses.
  if (messageFunction % 2 === 1) {
    refuse(view, RULE.unexpectedResponse, 0, view.start);
    return KIND.drop;
  }
  if (view.rule === RULE.shortHeader || view.rule === RULE.badBitmap) return KIND.drop;
  if (view.rule !== RULE.none) return KIND.formatError;
  if (messageClass === CLASS.network) return network(view, columns, index);
  if (view.mti % 10 > ORIGINATOR_MAX) return KIND.unsupported;
  const advised = messageFunction === ADVICE && messageClass === CLASS.reversal && edition.reversalAdvice;
  if (messageFunction !== 0 && !advised) return KIND.unsupported;
  columns.repeat[index] = view.mti & 1;
  if (messageClass === CLASS.authorisation) return authorisation(view, columns, index);
  if (messageClass === CLASS.reversal) return reversal(view, columns, index);
  return KIND.unsupported;
}

function network(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, edition.network)) return KIND.formatError;
  columns.networkCode[index] = networkCodeOf(edition, view.number(edition.networkCode));
  return KIND.network;
}

function authorisation(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, edition.authorisation) || !requirePan(view) || !validOwnTime(view)) {
    return KIND.formatError;
  }
  const expiry = expiryOf(view);
  if (expiry < 0) return KIND.formatError;
  const transaction = view.digits(3, 0, 2);
  const mcc = numberOr0(view, edition.merchantType);
  const entryMode = entryModeOf(view);
  const amount = amountOf(view);
  columns.amount[index] = amount;
  columns.currency[index] = currencyOf(view);
  columns.processingCode[index] = view.number(3);
  columns.mcc[index] = mcc;
  columns.entryMode[index] = entryMode;
  columns.expiry[index] = expiry;
  columns.channel[index] = channelOf(view, transaction, mcc, entryMode);
  identifiers(view, columns.identifiers, index * IDENTIFIER_BYTES);
  writeOwnKey(view, edition, CLASS.authorisation, columns.key, index * KEY_WORDS);
  columns.originalKey.fill(0, index * KEY_WORDS, (index + 1) * KEY_WORDS);
  // Amount 0 asks whether the card is good; a hold of nothing would answer another question.
  if (amount === 0) return KIND.unsupported;
  return transaction === PURCHASE || transaction === CASH || transaction === PURCHASE_WITH_CASH
    ? KIND.authorise
    : KIND.unsupported;
}

function reversal(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, edition.reversal) || !requirePan(view) || !validOwnTime(view)) return KIND.formatError;
  if (namesOriginal(view, edition) && !validOriginal(view)) return KIND.formatError;
  const remaining = remainingAmount(view);
  if (remaining < 0) return KIND.formatError;
  columns.amount[index] = view.has(4) ? amountOf(view) : 0;
  columns.currency[index] = view.has(4) ? currencyOf(view) : 0;
  columns.processingCode[index] = numberOr0(view, 3);
  columns.mcc[index] = numberOr0(view, edition.merchantType);
  columns.entryMode[index] = entryModeOf(view);
  columns.expiry[index] = 0;
  columns.channel[index] = 0;
  identifiers(view, columns.identifiers, index * IDENTIFIER_BYTES);
  writeOwnKey(view, edition, CLASS.reversal, columns.key, index * KEY_WORDS);
  writeOriginalKey(view, edition, columns.originalKey, index * KEY_WORDS);
  // A partial reversal keeps a part of the hold: releasing all of it would let that part be spent twice.
  return remaining === 0 ? KIND.reverse : KIND.unsupported;
}

function required(view: MessageView, fields: readonly number[]): boolean {
  for (let at = 0; at < fields.length; at++) {
    if (!view.has(fields[at]!)) return refuse(view, RULE.missingField, fields[at]!, view.end);
  }
  return true;
}

/** DE4; in the edition of 2003 currency and exponent stand before it. */
function amountOf(view: MessageView): number {
  const skipped = edition.currency === 0 ? 4 : 0;
  return view.digits(4, skipped, view.units[4]! - skipped);
}

/** ISO 4217 number; 0 when none is given. */
function currencyOf(view: MessageView): number {
  return edition.currency === 0 ? view.digits(4, 0, 3) : numberOr0(view, edition.currency);
}

function numberOr0(view: MessageView, field: number): number {
  return view.has(field) ? view.number(field) : 0;
}

/** The first three digits of DE22 where it is digits (1987): PAN entry mode and PIN entry capability. */
function entryModeOf(view: MessageView): number {
  if (edition.responseDigits !== 2 || !view.has(22)) return 0;
  return view.digits(22, 0, Math.min(ENTRY_MODE_DIGITS, view.units[22]!));
}

/** Finds the PAN in DE2 or before the separator of DE35 (ISO/IEC 7813 clause 6.2). */
function findPan(view: MessageView): boolean {
  panDigits = 0;
  const field = view.has(2) ? 2 : 35;
  if (!view.has(field)) return false;
  const units = view.units[field]!;
  let at = 0;
  for (; at < units; at++) {
    const character = view.character(field, at);
    if (field === 35 && (character === EQUALS || character === LETTER_D)) break;
    if (at === PAN_DIGITS_MAX) return false;
    pan[at] = character;
  }
  panDigits = at;
  return at >= BIN_DIGITS;
}

function binOf(): number {
  let bin = 0;
  for (let digit = 0; digit < BIN_DIGITS; digit++) bin = bin * 10 + pan[digit]! - 0x30;
  return bin;
}

function requirePan(view: MessageView): boolean {
  if (findPan(view)) return true;
  if (view.has(2)) return refuse(view, RULE.badValue, 2, view.offsets[2]!);
  if (view.has(35)) return refuse(view, RULE.badValue, 35, view.offsets[35]!);
  return refuse(view, RULE.missingField, 2, view.end);
}

function validOwnTime(view: MessageView): boolean {
  return validTime(view, edition.time, edition.timeSkips);
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

/** The original's MTI is of this edition and its time a time, else its key would be that of another message. */
function validOriginal(view: MessageView): boolean {
  const { original, originalStan, originalTime, timeSkips } = edition;
  const at = view.offsets[original]!;
  if (view.units[original]! < 4 + originalStan + originalTime)
    return refuse(view, RULE.badValue, original, at);
  if (view.digits(original, 0, 1) !== view.dialect!.version) return refuse(view, RULE.badValue, original, at);
  return validTime(view, original, 4 + originalStan + timeSkips);
}

/**
 * What a reversal lets stand of the original amount, in minor units: DE95 of 1987; later editions have a function
 * code for a partial one, which counts as 1. 0 for a full reversal; −1 when it is no amount.
 */
function remainingAmount(view: MessageView): number {
  if (edition.networkCode !== 70) return view.has(24) && view.number(24) === PARTIAL_REVERSAL ? 1 : 0;
  if (!view.has(95)) return 0;
  for (let at = 0; at < ACTUAL_AMOUNT_DIGITS; at++) {
    const character = view.character(95, at);
    if (character < 0x30 || character > 0x39) {
      refuse(view, RULE.badValue, 95, view.offsets[95]! + at);
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
    const units = view.units[35]!;
    let at = 0;
    while (at < units && !separates(view, at)) at++;
    // A second separator stands in for an absent date.
    if (at + 5 > units || separates(view, at + 1)) return 0;
    for (let digit = at + 1; digit < at + 5; digit++) {
      const character = view.character(35, digit);
      if (character > 0x39) {
        refuse(view, RULE.badValue, 35, view.offsets[35]! + digit);
        return -1;
      }
      expiry = expiry * 10 + character - 0x30;
    }
  } else return 0;
  const month = expiry % 100;
  if (month >= 1 && month <= 12) return expiry;
  refuse(view, RULE.badValue, field, view.offsets[field]!);
  return -1;
}

function separates(view: MessageView, index: number): boolean {
  const character = view.character(35, index);
  return character === EQUALS || character === LETTER_D;
}

/** From DE3, DE18, DE25 and the PAN entry mode in DE22 (ISO 8583:1987 table A.7 with the networks' additions). */
function channelOf(view: MessageView, transaction: number, mcc: number, entryMode: number): number {
  if (transaction === CASH || mcc === MCC_CASH_MACHINE) return CHANNEL.atm;
  if (edition.responseDigits === 3) return channelOf93(view);
  // The public descriptions of 2003 do not agree on the bits of its DE22.
  if (edition.responseDigits === 4) return CHANNEL.pos;
  const condition = view.has(25) ? view.number(25) : 0;
  const panEntry = Math.floor(entryMode / 10);
  if (condition === 59 || panEntry === 81) return CHANNEL.ecommerce;
  if (condition === 8) return CHANNEL.moto;
  return panEntry === 7 || panEntry === 91 ? CHANNEL.contactless : CHANNEL.pos;
}

/** From the point of service data code, DE22 an 12 (ISO 8583:1993 annex A.8): cardholder presence, card data input. */
function channelOf93(view: MessageView): number {
  if (!view.has(22) || view.units[22]! < 7) return CHANNEL.pos;
  const cardholder = view.character(22, 4);
  // 2 mail order, 3 telephone, 5 and 9 electronic commerce (networks' additions).
  if (cardholder === 0x32 || cardholder === 0x33) return CHANNEL.moto;
  if (cardholder === 0x35 || cardholder === 0x39) return CHANNEL.ecommerce;
  const input = view.character(22, 6);
  // A and M: contactless, magnetic stripe and chip (networks' additions).
  return input === 0x41 || input === 0x4d ? CHANNEL.contactless : CHANNEL.pos;
}

function identifiers(view: MessageView, target: Uint8Array, at: number): void {
  target.fill(SPACE, at, at + IDENTIFIER_BYTES);
  copyField(view, 37, target, at, 12);
  copyField(view, 41, target, at + 12, 8);
  copyField(view, 42, target, at + 20, 15);
  hidePan(target, at);
}

/** Some acquirers put the card's number into the merchant's: it must not get into the journal that way. */
function hidePan(target: Uint8Array, from: number): void {
  for (let at = from; at + panDigits <= from + IDENTIFIER_BYTES; at++) {
    let same = 0;
    while (same < panDigits && target[at + same] === pan[same]) same++;
    if (same === panDigits) target.fill(ASTERISK, at + PAN_FIRST, at + panDigits - PAN_LAST);
  }
}

/** Characters of a field, in ISO/IEC 8859-1 whatever its encoding is; no more than the field's fixed length. */
function copyField(view: MessageView, field: number, target: Uint8Array, at: number, most: number): void {
  if (!view.has(field)) return;
  const units = Math.min(most, view.units[field]!);
  for (let index = 0; index < units; index++) target[at + index] = view.character(field, index);
}
