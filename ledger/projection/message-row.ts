import { ASKED, COMMAND, type Command, type Decision, ENTRY } from '../command.js';
import { acquirerOf, isByRetrieval } from '../message-key.js';
import { CARD, RECORD } from '../record.js';
import type { TenantState } from '../tenant-state.js';
import type { CopyRows } from './copy-rows.js';
import {
  ASKED_NAMES,
  CHANNEL_NAMES,
  currencyName,
  ENTRY_NAMES,
  FLAG_NAMES,
  MARK_NAMES,
  TRAIT_NAMES,
} from './names.js';

/** Columns of `holdfast_read.authorisation`, in the order in which they are written. */
export const MESSAGE_COLUMNS = [
  'tenant',
  'seq',
  'entry',
  'at',
  'kind',
  'original_seq',
  'original_entry',
  'key',
  'stan',
  'transmitted',
  'acquirer',
  'card',
  'account',
  'response_code',
  'approval_code',
  'flags',
  'marks',
  'traits',
  'processing_code',
  'mcc',
  'entry_mode',
  'card_entry',
  'channel',
  'rrn',
  'terminal',
  'merchant',
  'acceptor',
  'country',
  'rule',
  'shadow_rule',
  'presented',
  'asked',
  'amount',
  'currency',
  'cashback',
  'kept',
  'billed',
  'billed_currency',
  'rate',
] as const;
const SENT_COLUMNS = MESSAGE_COLUMNS.length - MESSAGE_COLUMNS.indexOf('processing_code');

const KINDS: Readonly<Record<number, string>> = {
  [COMMAND.authorise]: 'authorisation',
  [COMMAND.clear]: 'clearing',
  [COMMAND.reverse]: 'reversal',
  [COMMAND.voidRequest]: 'void',
};
/** DE37, DE41, DE42 in the identifiers. */
const RRN_END = 12;
const TERMINAL_END = 20;
const MANTISSA_END = 10_000_000;

/** Where a command stands in the journals. */
export interface Place {
  /** Number in the database. */
  readonly tenant: number;
  readonly seq: number;
  readonly entry: number;
  /** ms since 1970. */
  readonly at: number;
}

/** The entry of the message that another is about; `seq` 0 for none. */
export interface Original {
  readonly seq: number;
  readonly entry: number;
}

/** Writes the row of a message that was decided. */
export function writeMessage(
  rows: CopyRows,
  place: Place,
  original: Original,
  state: TenantState,
  record: number,
  command: Command,
  decision: Decision,
): void {
  const { responseCode, approvalCode } = decision;
  writeHead(rows, place, original, state, record, command, responseCode, approvalCode);
  rows.field(FLAG_NAMES.field(command.flags));
  rows.field(MARK_NAMES.field(decision.marks));
  rows.field(TRAIT_NAMES.field(command.traits));
  rows.digits(command.processingCode, 6);
  rows.digits(command.mcc, 4);
  rows.digits(command.entryMode, 3);
  // What a journal of before did not tell is null, as it is in the rows that were made of it then.
  if (command.entry === ENTRY.unknown) rows.null();
  else rows.ascii(ENTRY_NAMES[command.entry]!);
  writeChannel(rows, command.channels);
  rows.latin1(command.identifiers, 0, RRN_END);
  rows.latin1(command.identifiers, RRN_END, TERMINAL_END);
  rows.latin1(command.identifiers, TERMINAL_END, command.identifiers.length);
  rows.latin1(command.acceptor, 0, command.acceptorLength);
  if (command.country === 0) rows.null();
  else rows.digits(command.country, 3);
  writeUnlessZero(rows, decision.rule);
  writeUnlessZero(rows, decision.shadowRule);
  const { presented } = decision;
  if (presented < 0 || presented === cardOf(state, record)) rows.null();
  else rows.int4(presented);
  if (command.asked === ASKED.no) rows.null();
  else rows.ascii(ASKED_NAMES[command.asked]!);
  rows.int8(command.amount);
  rows.digits(command.currency, 3);
  writeUnlessZero(rows, command.cashback);
  if (command.kept < 0) rows.null();
  else rows.int8(command.kept);
  writeUnlessZero(rows, decision.billed);
  if (decision.billed === 0) rows.null();
  else rows.ascii(currencyName(billedCurrency(state, record, command)));
  if (decision.rate === 0) rows.null();
  else rows.float8((decision.rate % MANTISSA_END) / 10 ** Math.floor(decision.rate / MANTISSA_END));
}

/** Writes the row that says that a request was answered 91 after all. */
export function writeVoid(
  rows: CopyRows,
  place: Place,
  original: Original,
  state: TenantState,
  record: number,
  command: Command,
): void {
  writeHead(rows, place, original, state, record, command, state.records.responseCode(record), 0);
  rows.field(FLAG_NAMES.field(0));
  rows.field(MARK_NAMES.field(0));
  rows.field(TRAIT_NAMES.field(0));
  // All else stands with the request.
  for (let column = 0; column < SENT_COLUMNS; column++) rows.null();
}

function writeHead(
  rows: CopyRows,
  place: Place,
  original: Original,
  state: TenantState,
  record: number,
  command: Command,
  responseCode: number,
  approvalCode: number,
): void {
  rows.begin(MESSAGE_COLUMNS.length);
  rows.int2(place.tenant);
  rows.int8(place.seq);
  rows.int4(place.entry);
  rows.time(place.at);
  rows.ascii(KINDS[command.kind]!);
  if (original.seq === 0) {
    rows.null();
    rows.null();
  } else {
    rows.int8(original.seq);
    rows.int4(original.entry);
  }
  rows.words(command.key);
  writeKey(rows, command.key, command.kind === COMMAND.voidRequest ? 0 : command.acquirer);
  const card = cardOf(state, record);
  if (card < 0) {
    rows.null();
    rows.null();
  } else {
    rows.int4(card);
    rows.int4(state.cards.account(card));
  }
  rows.digits(responseCode, 2);
  if (approvalCode === 0) rows.null();
  else rows.digits(approvalCode, 6);
}

/** The card that a message is of; −1 where that is unknown. */
function cardOf({ records }: TenantState, record: number): number {
  return records.word(record, CARD) - 1;
}

/**
 * STAN, MMDDhhmmss and acquirer of a key, whose bits `docs/journal.md` describes; nulls where it says none of them.
 * @param told the acquirer that the message tells beside its key; 0 for none
 */
function writeKey(rows: CopyRows, key: Uint32Array, told: number): void {
  if (isByRetrieval(key)) {
    rows.null();
    rows.null();
    if (told === 0) rows.null();
    else rows.ascii(String(told));
    return;
  }
  const second = key[1]!;
  const monthAndDay = 100 * ((second >>> 22) & 0xf) + ((second >>> 17) & 0x1f);
  const time = 10_000 * ((second >>> 12) & 0x1f) + 100 * ((second >>> 6) & 0x3f) + (second & 0x3f);
  rows.digits(key[0]! & 0xfffff, 6);
  rows.digits(1_000_000 * monthAndDay + time, 10);
  rows.ascii(String(acquirerOf(key)));
}

function writeChannel(rows: CopyRows, channel: number): void {
  const name = CHANNEL_NAMES[31 - Math.clz32(channel)];
  if (name === undefined) rows.null();
  else rows.ascii(name);
}

function writeUnlessZero(rows: CopyRows, amount: number): void {
  if (amount === 0) rows.null();
  else rows.int8(amount);
}

/** What no account could be charged for is in suspense in the currency of the message. */
function billedCurrency(state: TenantState, record: number, command: Command): number {
  const { records, accounts, cards } = state;
  if (records.status(record) === RECORD.suspended) return command.currency;
  return accounts.currency(cards.account(cardOf(state, record)));
}
