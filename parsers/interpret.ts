import {
  amountOf,
  billingCurrencyOf,
  billingOf,
  cashbackOf,
  currencyOf,
  keptOf,
  NOTHING_KEPT,
  REFUSED,
  rateOf,
} from './amounts.js';
import {
  ACCEPTOR_BYTES,
  type Batch,
  FLAG,
  IDENTIFIER_BYTES,
  KEY_WORDS,
  KIND,
  NO_TENANT,
  TOKEN_WORDS,
} from './batch.js';
import { BIN_DIGITS, type BinTable } from './bin-ranges.js';
import { channelOf } from './channel.js';
import { approves, EDITIONS, type Edition, networkCodeOf } from './edition.js';
import { RULE } from './errors.js';
import { indicated } from './indicators.js';
import { acquirerIdOf, writeAcceptor, writeIdentifiers } from './merchant.js';
import { merchantCountryOf } from './merchant-country.js';
import {
  CLASS,
  fingerprint,
  type MessageKey,
  namesOriginal,
  originalClass,
  writeOriginalKey,
  writeOwnKey,
} from './message-key.js';
import type { PanTokeniser } from './pan-token.js';
import { entryOf, traitsOf } from './point-of-service.js';
import { requireRetrieval, writeRetrievalKey } from './retrieval-key.js';
import { type MessageView, refuse } from './view.js';

/** Processing codes (DE3, first two digits): debits up to 19, credits from 20, inquiries, transfers and payments. */
const INQUIRIES = 30;
const TRANSFERS = 40;

/** Digits of a PAN at most (ISO/IEC 7812-1); DE2 can't hold more, but DE35 can. */
const PAN_DIGITS_MAX = 19;
/** Originators of ISO 8583:1987 clause 4.1.2 and their repeats; 6 to 9 are reserved. */
const ORIGINATOR_MAX = 5;
/** Some networks fill DE22 up to four. */
const ENTRY_MODE_DIGITS = 3;
const EQUALS = 0x3d;
const LETTER_D = 0x44;
const SPACE = 0x20;

/** Function of an advice: the sender tells what was done, and asks for nothing (ISO 8583:1987 clause 4.1.2). */
const ADVICE = 2;

const APPROVAL_CODE = 38;
const RESPONSE_CODE = 39;
const APPROVAL_CODES = 999_999;
/** Flags that an indicator may set, by kind: what a message of another kind says so is about something else. */
const OF_AUTHORISATION = FLAG.incremental | FLAG.estimated | FLAG.partial;
const OF_CLEARING = FLAG.partial | FLAG.more;

/** Digits of the PAN in ASCII, and how many. */
const pan = new Uint8Array(PAN_DIGITS_MAX);
let panDigits = 0;
/** Of the message at hand. */
let edition: Edition = EDITIONS[0]!;
let byRetrieval = false;

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
  messageKey: MessageKey,
): void {
  const columns = batch.columns;
  edition = EDITIONS[view.dialect!.version]!;
  byRetrieval = messageKey === 'retrieval';
  columns.tenant[index] = NO_TENANT;
  columns.repeat[index] = 0;
  columns.kind[index] = kindOf(view, columns, index);
  columns.rule[index] = view.rule;
  columns.refusedField[index] = view.field;
  columns.refusedAt[index] = view.rule === RULE.none ? 0 : view.offset;
  // A refused message still counts for its tenant where the PAN could be read.
  const kind = columns.kind[index]!;
  if (kind === KIND.drop || kind === KIND.network || !findPan(view)) return;
  columns.tenant[index] = bins.tenantOf(binOf());
  if (kind === KIND.formatError || kind === KIND.unsupported) return;
  tokeniser.write(pan, columns.token, index * TOKEN_WORDS, panDigits);
  // A reversal asks for the same as an advice; whether its original is named, DE90 and DE56 say themselves.
  const flags = kind === KIND.reverse ? 0 : columns.flags[index]! & ~FLAG.unnamed;
  columns.fingerprint[index] = fingerprint(
    view,
    edition,
    flags,
    columns.cashback[index]!,
    columns.kept[index]!,
  );
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
  // Notifications and what the later editions have besides.
  if (messageFunction > ADVICE) return KIND.unsupported;
  columns.repeat[index] = view.mti & 1;
  columns.flags[index] = messageFunction === ADVICE ? FLAG.advice : 0;
  if (messageClass === CLASS.authorisation || messageClass === CLASS.financial) {
    return transaction(view, columns, index, messageClass);
  }
  return messageClass === CLASS.reversal ? reversal(view, columns, index) : KIND.unsupported;
}

function network(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, edition.network)) return KIND.formatError;
  columns.networkCode[index] = networkCodeOf(edition, view.number(edition.networkCode));
  return KIND.network;
}

/** An authorisation, a clearing or an inquiry, which is an authorisation of nothing in either class. */
function transaction(
  view: MessageView,
  columns: Batch['columns'],
  index: number,
  messageClass: number,
): number {
  const code = view.has(3) ? view.digits(3, 0, 2) : 0;
  const inquiry = code >= INQUIRIES && code < TRANSFERS;
  if (!required(view, inquiry ? edition.inquiry : edition.transaction)) return KIND.formatError;
  if (!requirePan(view) || !validOwnTime(view)) return KIND.formatError;
  if (byRetrieval && !requireRetrieval(view)) return KIND.formatError;
  const expiry = expiryOf(view);
  if (expiry < 0) return KIND.formatError;
  const cashback = cashbackOf(view, edition);
  if (cashback === REFUSED) return KIND.formatError;
  const kind = messageClass === CLASS.financial && !inquiry ? KIND.clear : KIND.authorise;
  const wanted = kind === KIND.clear ? OF_CLEARING : OF_AUTHORISATION;
  let flags = columns.flags[index]! | indicated(view, view.dialect!.indicators, wanted);
  if ((flags & FLAG.advice) !== 0 && declined(view)) flags |= FLAG.declined;
  const hasOriginal = kind === KIND.clear || (flags & FLAG.incremental) !== 0;
  // An increment that had the retrieval key of its original would be that itself.
  const named = hasOriginal && namesOriginal(view, edition) && !(byRetrieval && kind === KIND.authorise);
  if (named && !validOriginal(view)) return KIND.formatError;
  if (hasOriginal && !named) flags |= FLAG.unnamed;
  common(view, columns, index, flags);
  columns.cashback[index] = cashback;
  columns.kept[index] = NOTHING_KEPT;
  columns.expiry[index] = expiry;
  columns.channel[index] = channelOf(view, edition, code, columns.mcc[index]!, columns.entryMode[index]!);
  ownKey(view, messageClass, columns, index);
  if (named || (byRetrieval && kind === KIND.clear)) originalKey(view, named, columns, index);
  else columns.originalKey.fill(0, index * KEY_WORDS, (index + 1) * KEY_WORDS);
  return code < TRANSFERS ? kind : KIND.unsupported;
}

function reversal(view: MessageView, columns: Batch['columns'], index: number): number {
  if (!required(view, edition.reversal) || !requirePan(view) || !validOwnTime(view)) return KIND.formatError;
  if (byRetrieval && !requireRetrieval(view)) return KIND.formatError;
  const named = namesOriginal(view, edition);
  if (named && !validOriginal(view)) return KIND.formatError;
  const kept = keptOf(view, edition);
  if (kept === REFUSED) return KIND.formatError;
  common(view, columns, index, columns.flags[index]! | (named ? 0 : FLAG.unnamed));
  if (!view.has(4)) columns.currency[index] = 0;
  columns.cashback[index] = 0;
  columns.kept[index] = kept;
  columns.expiry[index] = 0;
  columns.channel[index] = 0;
  ownKey(view, CLASS.reversal, columns, index);
  originalKey(view, named, columns, index);
  return KIND.reverse;
}

/** Fills what is read alike of a transaction and of its reversal. */
function common(view: MessageView, columns: Batch['columns'], index: number, flags: number): void {
  columns.flags[index] = flags;
  columns.amount[index] = amountOf(view, edition);
  columns.currency[index] = currencyOf(view, edition);
  columns.billing[index] = billingOf(view, edition);
  columns.billingCurrency[index] = billingCurrencyOf(view, edition);
  columns.rate[index] = rateOf(view);
  columns.processingCode[index] = numberOr0(view, 3);
  columns.mcc[index] = numberOr0(view, edition.merchantType);
  columns.entryMode[index] = entryModeOf(view);
  columns.approvalCode[index] = approvalCodeOf(view);
  columns.entry[index] = entryOf(view, edition, columns.entryMode[index]!);
  columns.traits[index] = traitsOf(view, edition, columns.entry[index]!);
  columns.country[index] = merchantCountryOf(view);
  columns.acquirer[index] = acquirerIdOf(view);
  writeIdentifiers(view, pan, panDigits, columns.identifiers, index * IDENTIFIER_BYTES);
  const { acceptor } = columns;
  columns.acceptorLength[index] = writeAcceptor(view, pan, panDigits, acceptor, index * ACCEPTOR_BYTES);
}

function ownKey(view: MessageView, messageClass: number, columns: Batch['columns'], index: number): void {
  if (byRetrieval) writeRetrievalKey(view, messageClass, columns.key, index * KEY_WORDS);
  else writeOwnKey(view, edition, messageClass, columns.key, index * KEY_WORDS);
}

/** The key of the original that is named, else of an authorisation with the message's own elements. */
function originalKey(view: MessageView, named: boolean, columns: Batch['columns'], index: number): void {
  const at = index * KEY_WORDS;
  if (byRetrieval) {
    const messageClass = named ? originalClass(view, edition) : CLASS.authorisation;
    writeRetrievalKey(view, messageClass, columns.originalKey, at);
  } else if (named) writeOriginalKey(view, edition, columns.originalKey, at);
  else writeOwnKey(view, edition, CLASS.authorisation, columns.originalKey, at);
}

/** Whether an advice says that what it tells of was declined. */
function declined(view: MessageView): boolean {
  if (!view.has(RESPONSE_CODE)) return false;
  return !approves(edition, view.character(RESPONSE_CODE, 0), view.character(RESPONSE_CODE, 1));
}

/** DE38 as a number from 1 to 999,999; of one that is not all digits, a hash in that range; 0 for none. */
function approvalCodeOf(view: MessageView): number {
  if (!view.has(APPROVAL_CODE)) return 0;
  const units = view.units[APPROVAL_CODE]!;
  let number = 0;
  let hash = 0x811c9dc5;
  let digits = 0;
  let spaces = 0;
  for (let at = 0; at < units; at++) {
    const character = view.character(APPROVAL_CODE, at);
    if (character >= 0x30 && character <= 0x39) digits++;
    else if (character === SPACE) spaces++;
    number = number * 10 + character - 0x30;
    hash = Math.imul(hash ^ character, 0x01000193);
  }
  if (digits === units && number <= APPROVAL_CODES) return number;
  return spaces === units ? 0 : ((hash >>> 0) % APPROVAL_CODES) + 1;
}

function required(view: MessageView, fields: readonly number[]): boolean {
  for (let at = 0; at < fields.length; at++) {
    if (!view.has(fields[at]!)) return refuse(view, RULE.missingField, fields[at]!, view.end);
  }
  return true;
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
