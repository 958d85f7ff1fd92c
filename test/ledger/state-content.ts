import type { TenantState } from '../../ledger/tenant-state.js';

/** All that a state is made of, word by word: two states with the same content decide alike for ever. */
export function contentOf(state: TenantState): unknown {
  const { accounts, cards, records, books, balances, due, limits, rates } = state;
  return {
    accounts: wordsOf(accounts.rows),
    cards: wordsOf(cards.rows),
    records: wordsOf(records),
    free: [...records.free()],
    inserted: records.inserted,
    books: [books.currencies, [...books.balances]],
    digest: [balances.high, balances.low],
    due: due.heads(),
    limits,
    rates: rates.all(),
  };
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
