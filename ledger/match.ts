import { type Command, type Decision, isAdvice, MARK } from './command.js';
import { merchantOf, retrievalOf } from './message-record.js';
import { AMOUNT, CARD, CARD_NEXT, HELD, MERCHANT, RECORD, RETRIEVAL, type Records } from './record.js';
import type { TenantState } from './tenant-state.js';

/** What a clearing and an authorisation can have in common, and what that is worth. */
const SAME_APPROVAL_CODE = 8;
const SAME_RETRIEVAL_REFERENCE = 4;
const SAME_MERCHANT = 2;
const SAME_AMOUNT = 1;
/** From here on they belong together whatever became of the hold. */
const SURE = SAME_RETRIEVAL_REFERENCE;
/**
 * From here on they do if the hold is open and the purchase was made: merchant and amount, as the coffee of every day has
 * them. A request with no more than that may as well be the second coffee.
 */
const LIKELY = SAME_MERCHANT + SAME_AMOUNT;
/** Authorisations of a card that are looked at, newest first: a bound for a card with very many. */
const LOOKED_AT = 256;

/**
 * The authorisation that a message is about, or −1: the one that it names, if that is of the same card; else the one
 * of the card with which it has most in common.
 */
export function findOriginal(state: TenantState, command: Command, card: number, decision: Decision): number {
  const row = findNamed(state, command, card);
  const original = row >= 0 ? row : findByScore(state, command, card);
  if (row < 0 && original >= 0) decision.marks |= MARK.matchedByScore;
  if (original >= 0 && state.effects !== null) state.effects.matched(original);
  return original;
}

function findNamed({ records }: TenantState, command: Command, card: number): number {
  const named = command.originalKey;
  if ((named[0]! | named[1]! | named[2]!) === 0) return -1;
  const row = authorisationOf(records, records.find(named));
  return row >= 0 && records.word(row, CARD) === card + 1 ? row : -1;
}

/** The authorisation that a record is of: itself, as a clearing without one is too, or its parent; else −1. */
function authorisationOf(records: Records, row: number): number {
  if (row < 0) return -1;
  if (!records.isListed(row)) return records.parent(row);
  return records.status(row) === RECORD.undone ? -1 : row;
}

function findByScore(state: TenantState, command: Command, card: number): number {
  const { records } = state;
  const retrieval = retrievalOf(command);
  const merchant = merchantOf(command);
  const advised = isAdvice(command);
  const foreign = command.currency !== state.accounts.currency(state.cards.account(card));
  let best = -1;
  let bestScore = 0;
  let looked = 0;
  for (let next = state.cards.newest(card); next !== 0 && looked < LOOKED_AT; looked++) {
    const row = next - 1;
    next = records.word(row, CARD_NEXT);
    if (records.status(row) === RECORD.undone) continue;
    let score = 0;
    if (command.approvalCode !== 0 && command.approvalCode === records.approvalCode(row))
      score += SAME_APPROVAL_CODE;
    if (retrieval !== 0 && retrieval === records.word(row, RETRIEVAL)) score += SAME_RETRIEVAL_REFERENCE;
    if (merchant !== 0 && merchant === records.word(row, MERCHANT)) score += SAME_MERCHANT;
    const sameCurrency = foreign === ((records.marks(row) & MARK.converted) !== 0);
    if (sameCurrency && command.amount === records.amount(row, AMOUNT)) score += SAME_AMOUNT;
    const open = records.status(row) === RECORD.held && records.amount(row, HELD) > 0;
    if (score < (open && advised ? LIKELY : SURE)) continue;
    // Of equals an open hold, and of those the oldest.
    const rank = 2 * score + (open ? 1 : 0);
    if (rank < bestScore) continue;
    best = row;
    bestScore = rank;
  }
  return best;
}
