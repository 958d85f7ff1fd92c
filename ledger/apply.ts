import { dayOf, yearMonthOf } from './calendar.js';
import { CARD_STATUS, COMMAND, type Command, type Decision, RESPONSE } from './command.js';
import { InvariantError, invariant } from './invariant-error.js';
import {
  AMOUNT_LOW,
  CARD,
  DAY_AND_HIGH,
  FINGERPRINT,
  OUTCOME,
  RECORD,
  type TenantState,
} from './tenant-state.js';

const TWO_32 = 0x1_0000_0000;
/** A record has 40 bits for the amount; the 12 digits of DE4 are less. */
const AMOUNT_END = 2 ** 40;
const APPROVAL_CODES = 999_999;
/** Prime to `APPROVAL_CODES`, so that approval codes walk through all numbers before one comes again. */
const APPROVAL_STEP = 611_953;

/**
 * The ledger: changes `state` by `command` at time `at` (ms since 1970), and says in `decision` what was
 * decided. No I/O, no clock, no random: the same commands at the same times give the same state and the same
 * decisions, which is what recovery, replay and proof rest on.
 *
 * @throws InvariantError when the command can't follow the ones before it; the state is then not to be used
 */
export function apply(state: TenantState, command: Command, at: number, decision: Decision): void {
  decision.responseCode = RESPONSE.approved;
  decision.approvalCode = 0;
  decision.journalled = true;
  switch (command.kind) {
    case COMMAND.authorise:
      return authorise(state, command, at, decision);
    case COMMAND.reverse:
      return reverse(state, command, decision);
    case COMMAND.voidAuthorisation:
      return voidAuthorisation(state, command);
    case COMMAND.setLimits:
      return setLimits(state, command);
    case COMMAND.openAccount:
      return openAccount(state, command);
    case COMMAND.issueCard:
      return issueCard(state, command);
    case COMMAND.aliasCard:
      return aliasCard(state, command);
    case COMMAND.credit:
      return credit(state, command);
    default:
      throw new InvariantError(`no command has kind ${command.kind}`);
  }
}

/** Whether an authorisation of that key was decided, so that another is its repeat. */
export function isDecided(state: TenantState, key: Uint32Array): boolean {
  const row = state.records.find(key);
  return row >= 0 && statusOf(state, row) !== RECORD.blocked;
}

function authorise(state: TenantState, command: Command, at: number, decision: Decision): void {
  const records = state.records;
  const card = state.cardOf(command.token);
  let row = records.find(command.key);
  if (row >= 0 && statusOf(state, row) !== RECORD.blocked) return repeat(state, row, command, card, decision);
  invariant(
    command.amount < AMOUNT_END,
    `an authorisation is of ${command.amount}, more than a record can hold`,
  );
  const day = dayOf(at);
  // The reversal came first: whoever sent it has given the transaction up.
  const code = row >= 0 ? RESPONSE.invalidTransaction : decide(state, command, card, day);
  if (row < 0) row = records.insert(command.key);
  const chunk = records.chunk(row);
  const base = records.at(row);
  chunk[base + FINGERPRINT] = command.fingerprint;
  chunk[base + CARD] = card + 1;
  chunk[base + DAY_AND_HIGH] = (day << 8) | Math.floor(command.amount / TWO_32);
  chunk[base + AMOUNT_LOW] = command.amount >>> 0;
  decision.responseCode = code;
  if (code !== RESPONSE.approved) {
    chunk[base + OUTCOME] = outcome(RECORD.declined, code, 0);
    return;
  }
  hold(state, card, command.amount, day);
  decision.approvalCode = 1 + ((row * APPROVAL_STEP) % APPROVAL_CODES);
  chunk[base + OUTCOME] = outcome(RECORD.held, code, decision.approvalCode);
}

/** What stands against the authorisation, in the order in which it is looked for; 00 when nothing does. */
function decide(state: TenantState, command: Command, card: number, day: number): number {
  const { limits } = state;
  if (card < 0) return RESPONSE.noSuchCard;
  const expiry = state.cardExpiry[card]!;
  if (expiry < yearMonthOf(day) || (command.expiry !== 0 && command.expiry !== expiry)) {
    return RESPONSE.expiredCard;
  }
  if (state.cardStatus[card] !== CARD_STATUS.active) return RESPONSE.restrictedCard;
  if ((limits.channels & command.channels) === 0) return RESPONSE.notPermittedToTerminal;
  if ((state.cardChannels[card]! & command.channels) === 0) return RESPONSE.notPermittedToCardholder;
  const account = state.cardAccount[card]!;
  if (command.currency !== state.accountCurrency[account]) return RESPONSE.invalidTransaction;
  const today = state.cardDay[card] === day;
  const spent = today ? state.cardDaySpent[card]! : 0;
  if (command.amount > limits.perTransaction || spent + command.amount > limits.perDay) {
    return RESPONSE.exceedsAmountLimit;
  }
  if ((today ? state.cardDayCount[card]! : 0) >= limits.perDayCount) return RESPONSE.exceedsCountLimit;
  return command.amount > state.available(account) ? RESPONSE.insufficientFunds : RESPONSE.approved;
}

function hold(state: TenantState, card: number, amount: number, day: number): void {
  if (state.cardDay[card] !== day) {
    state.cardDay[card] = day;
    state.cardDaySpent[card] = 0;
    state.cardDayCount[card] = 0;
  }
  state.cardDaySpent[card]! += amount;
  state.cardDayCount[card]! += 1;
  state.accountHeld[state.cardAccount[card]!]! += amount;
}

/** Gives back what record `row` holds: the money, and what it took of its day's limits. */
function release(state: TenantState, row: number): void {
  const chunk = state.records.chunk(row);
  const base = state.records.at(row);
  const card = chunk[base + CARD]! - 1;
  const account = state.cardAccount[card]!;
  const amount = amountOf(chunk, base);
  invariant(state.accountHeld[account]! >= amount, `account ${account} holds less than one of its holds`);
  state.accountHeld[account]! -= amount;
  if (state.cardDay[card] !== chunk[base + DAY_AND_HIGH]! >>> 8) return;
  state.cardDaySpent[card]! -= amount;
  state.cardDayCount[card]! -= 1;
}

function reverse(state: TenantState, command: Command, decision: Decision): void {
  const records = state.records;
  const card = state.cardOf(command.token);
  const known = records.find(command.key);
  if (known >= 0) return repeat(state, known, command, card, decision);
  const row = records.insert(command.key);
  const code = reverseOriginal(state, command, card);
  const chunk = records.chunk(row);
  const base = records.at(row);
  chunk[base + FINGERPRINT] = command.fingerprint;
  chunk[base + CARD] = card + 1;
  chunk[base + OUTCOME] = outcome(RECORD.reversal, code, 0);
  decision.responseCode = code;
}

function reverseOriginal(state: TenantState, command: Command, card: number): number {
  const records = state.records;
  if (card < 0) return RESPONSE.noSuchCard;
  const original = records.find(command.originalKey);
  if (original < 0) {
    const row = records.insert(command.originalKey);
    const chunk = records.chunk(row);
    chunk[records.at(row) + CARD] = card + 1;
    chunk[records.at(row) + OUTCOME] = outcome(RECORD.blocked, RESPONSE.invalidTransaction, 0);
    return RESPONSE.approved;
  }
  const chunk = records.chunk(original);
  const base = records.at(original);
  const status = statusOf(state, original);
  if (status === RECORD.reversal || chunk[base + CARD] !== card + 1) return RESPONSE.invalidTransaction;
  // Nothing is held any more, or never was: what the sender wants is the case already.
  if (status !== RECORD.held) return RESPONSE.approved;
  if (command.amount !== 0 && command.amount !== amountOf(chunk, base)) return RESPONSE.invalidTransaction;
  release(state, original);
  chunk[base + OUTCOME] = withStatus(chunk[base + OUTCOME]!, RECORD.released);
  return RESPONSE.approved;
}

/** The same answer again, or 94 for another message under a key that was used; nothing moves. */
function repeat(state: TenantState, row: number, command: Command, card: number, decision: Decision): void {
  const chunk = state.records.chunk(row);
  const base = state.records.at(row);
  decision.journalled = false;
  // A card that was unknown then may have been issued since; the message is the same all the same.
  const sameCard = chunk[base + CARD] === card + 1 || chunk[base + CARD] === 0;
  if (chunk[base + FINGERPRINT] !== command.fingerprint || !sameCard) {
    decision.responseCode = RESPONSE.duplicate;
    return;
  }
  decision.responseCode = (chunk[base + OUTCOME]! >>> 20) & 0x7f;
  decision.approvalCode = chunk[base + OUTCOME]! & 0xfffff;
}

function voidAuthorisation(state: TenantState, command: Command): void {
  const row = state.records.find(command.key);
  const status = row < 0 ? RECORD.blocked : statusOf(state, row);
  const decided = status !== RECORD.blocked && status !== RECORD.reversal;
  invariant(decided, 'an authorisation is voided that was never decided');
  if (status === RECORD.held) release(state, row);
  const chunk = state.records.chunk(row);
  const stays = status === RECORD.held ? RECORD.released : status;
  chunk[state.records.at(row) + OUTCOME] = outcome(stays, RESPONSE.issuerInoperative, 0);
}

function setLimits(state: TenantState, command: Command): void {
  state.limits.currency = command.currency;
  state.limits.channels = command.channels;
  state.limits.perTransaction = command.perTransaction;
  state.limits.perDay = command.perDay;
  state.limits.perDayCount = command.perDayCount;
}

function openAccount(state: TenantState, command: Command): void {
  invariant(command.account === state.accounts, `account ${command.account} is not the next one`);
  const account = state.addAccount();
  state.accountCurrency[account] = command.currency;
}

function issueCard(state: TenantState, command: Command): void {
  invariant(
    command.account < state.accounts,
    `a card draws on account ${command.account}, which is not open`,
  );
  invariant(state.tokens.find(command.token) < 0, 'a card is issued twice');
  const card = state.addCard();
  state.cardAccount[card] = command.account;
  state.cardExpiry[card] = command.expiry;
  state.cardStatus[card] = command.status;
  state.cardChannels[card] = command.channels;
  state.nameCard(command.token, card);
}

function aliasCard(state: TenantState, command: Command): void {
  const card = state.cardOf(command.originalToken);
  invariant(card >= 0, 'an alias is given to a card that was never issued');
  invariant(state.tokens.find(command.token) < 0, 'an alias is given twice');
  state.nameCard(command.token, card);
}

function credit(state: TenantState, command: Command): void {
  const { account, amount } = command;
  invariant(account < state.accounts, `account ${account} is credited, which is not open`);
  invariant(command.currency === state.accountCurrency[account], `account ${account} has another currency`);
  const posted = state.accountPosted[account]! + amount;
  invariant(Number.isSafeInteger(posted), `account ${account} would hold more than can be counted exactly`);
  state.accountPosted[account] = posted;
}

function outcome(status: number, responseCode: number, approvalCode: number): number {
  return (status << 27) | (responseCode << 20) | approvalCode;
}

function withStatus(word: number, status: number): number {
  return (status << 27) | (word & 0x7ffffff);
}

function statusOf(state: TenantState, row: number): number {
  return state.records.chunk(row)[state.records.at(row) + OUTCOME]! >>> 27;
}

function amountOf(chunk: Uint32Array, base: number): number {
  return (chunk[base + DAY_AND_HIGH]! & 0xff) * TWO_32 + chunk[base + AMOUNT_LOW]!;
}
