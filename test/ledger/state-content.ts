import type { HoldRules } from '../../ledger/hold-rules.js';
import type { TenantState } from '../../ledger/tenant-state.js';

/** All that a state is made of, word by word, as text: two states with the same content decide alike for ever. */
export function contentOf(state: TenantState): string {
  const { accounts, cards, tokens, records, books, balances, due, limits, rates, holdRules } = state;
  return JSON.stringify({
    accounts: wordsOf(accounts.rows),
    cards: wordsOf(cards.rows),
    tokens: [...tokens.entries()],
    records: wordsOf(records),
    free: [...records.free()],
    inserted: records.inserted,
    books: [books.currencies, books.balances],
    digest: [balances.high, balances.low],
    due: due.heads(),
    limits,
    rates: rates.all(),
    holdRules: columnsOf(holdRules),
  });
}

function columnsOf({ minutes, estimateMinutes, tolerance, toleranceAmount }: HoldRules): string[] {
  return [minutes, estimateMinutes, tolerance, toleranceAmount].map((column) =>
    Buffer.from(column.buffer).toString('base64'),
  );
}

interface Table {
  readonly length: number;
  readonly stride: number;
  word(row: number, word: number): number;
}

function wordsOf(table: Table): number[][] {
  return Array.from({ length: table.length }, (_, row) =>
    Array.from({ length: table.stride }, (_, word) => table.word(row, word)),
  );
}
