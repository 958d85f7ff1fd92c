import { TOKEN_WORDS } from './command.js';
import type { TenantState } from './tenant-state.js';

/** A question about the state as it is now, of which the read model may not tell yet. */
export type Look =
  | { readonly of: 'accounts'; readonly numbers: readonly number[] }
  /** The `limit` accounts with the greatest numbers below `below`, the greatest first. */
  | { readonly of: 'accountsBelow'; readonly below: number; readonly limit: number }
  /** Cards by token, {@link TOKEN_WORDS} words each. */
  | { readonly of: 'cards'; readonly tokens: Uint32Array };

/** Columns of an account that was looked at: its number, −1 where there is none; amounts in minor units. */
export const ACCOUNT_COLUMNS = ['account', 'currency', 'posted', 'held', 'overdraft', 'holder'] as const;
/**
 * Columns of a card: its number, −1 where there is none. `expiry` is YYMM, and `previousExpiry`, 0 where the card was not
 * renewed; `group` is 0 for none, `parent` −1 of what is no second number.
 */
export const CARD_COLUMNS = [
  'card',
  'account',
  'currency',
  'status',
  'expiry',
  'channels',
  'group',
  'parent',
  'previousExpiry',
] as const;

/** An answer has at most so many rows, so that no question keeps cards waiting. */
export const LOOK_ROWS_MAX = 1024;

/** What is asked, row after row; of {@link LOOK_ROWS_MAX} rows at most, the rest is left out. */
export function lookAt(state: TenantState, look: Look): Float64Array<ArrayBuffer> {
  switch (look.of) {
    case 'accounts':
      return accountRows(state, bounded(look.numbers.length), (row) => look.numbers[row]!);
    case 'accountsBelow': {
      const below = Math.min(look.below, state.accounts.length);
      return accountRows(state, bounded(Math.min(look.limit, below)), (row) => below - 1 - row);
    }
    case 'cards':
      return cardRows(state, look.tokens);
  }
}

function bounded(rows: number): number {
  return Math.min(rows, LOOK_ROWS_MAX);
}

function accountRows(
  { accounts }: TenantState,
  count: number,
  numberOf: (row: number) => number,
): Float64Array<ArrayBuffer> {
  const width = ACCOUNT_COLUMNS.length;
  const rows = new Float64Array(width * count);
  for (let row = 0; row < count; row++) {
    const account = numberOf(row);
    const at = width * row;
    rows[at] = -1;
    if (account >= accounts.length) continue;
    rows[at] = account;
    rows[at + 1] = accounts.currency(account);
    rows[at + 2] = accounts.posted(account);
    rows[at + 3] = accounts.held(account);
    rows[at + 4] = accounts.overdraft(account);
    rows[at + 5] = accounts.holder(account);
  }
  return rows;
}

function cardRows(state: TenantState, tokens: Uint32Array): Float64Array<ArrayBuffer> {
  const { cards } = state;
  const width = CARD_COLUMNS.length;
  const count = bounded(tokens.length / TOKEN_WORDS);
  const rows = new Float64Array(width * count);
  for (let row = 0; row < count; row++) {
    const card = state.cardOf(tokens.subarray(TOKEN_WORDS * row, TOKEN_WORDS * (row + 1)));
    const at = width * row;
    rows[at] = card;
    if (card < 0) continue;
    const account = cards.account(card);
    rows[at + 1] = account;
    rows[at + 2] = state.accounts.currency(account);
    rows[at + 3] = cards.status(card);
    rows[at + 4] = cards.expiry(card);
    rows[at + 5] = cards.channels(card);
    rows[at + 6] = cards.group(card);
    rows[at + 7] = cards.parent(card);
    rows[at + 8] = cards.previousExpiry(card);
  }
  return rows;
}
