import { COMMAND } from '../../ledger/command.js';
import { compareProjection } from '../../ledger/projection/compare.js';
import { BOOK_ACCOUNT_NAMES, currencyName } from '../../ledger/projection/names.js';
import type { TenantState } from '../../ledger/tenant-state.js';
import { inTransaction } from '../../ledger/transaction.js';
import { asAuditor } from './check-verify.js';
import { replay } from './final-checks.js';
import type { History } from './history.js';
import type { Judged } from './judge.js';

/** Kinds of commands that are a message, or undo one: each is a row of the read model. */
const MESSAGES: readonly number[] = [COMMAND.authorise, COMMAND.clear, COMMAND.reverse, COMMAND.voidRequest];

/** The read model says what the journals give up to where it stands: each row of them is in it once. */
export async function checkProjection(history: History): Promise<void> {
  for (const [tenant, name] of history.tenants.entries()) {
    const id = history.numberOf(tenant);
    const position = () => (history.postgres.tables.readRow('position', `${id}`)?.values.seq ?? 0) as number;
    for (let seq = -1; seq !== position(); ) {
      // Time may come to a hold meanwhile; then what was compared is of two moments, and compared again.
      seq = position();
      const rows = history.judge.rows.get(id)!.slice(0, seq);
      const state = replay(history, tenant, rows);
      const difference = await asAuditor(history, (client) =>
        inTransaction(client, () => compareProjection(client, state, id)),
      );
      if (seq !== position()) continue;
      if (difference !== null) history.fail('projection', `${name}: ${difference.text}`);
      checkMessages(history, id, rows);
      checkEntries(history, id, state);
    }
  }
}

function checkMessages(history: History, tenant: number, rows: readonly Judged[]): void {
  const told = new Set<string>();
  for (const { values } of history.postgres.tables.readRows('authorisation')) {
    if (values.tenant === tenant) told.add(`${values.seq}/${values.entry}`);
  }
  for (const { row, entries } of rows) {
    for (const [place, { kind }] of entries.entries()) {
      const name = `${row.seq}/${place + 1}`;
      if (MESSAGES.includes(kind) !== told.delete(name))
        history.fail('projection', `message ${name} of tenant ${tenant} is not told once`);
    }
  }
  if (told.size > 0)
    history.fail('projection', `messages ${[...told]} of tenant ${tenant} are in no journal`);
}

/** What went from account to account adds up to the balances of the books. */
function checkEntries(history: History, tenant: number, { books }: TenantState): void {
  const sums = new Map<string, number>();
  const add = (name: string, amount: number) => sums.set(name, (sums.get(name) ?? 0) + amount);
  for (const { values } of history.postgres.tables.readRows('entry')) {
    if (values.tenant !== tenant) continue;
    add(`${values.currency} ${values.from_book}`, -(values.amount as number));
    add(`${values.currency} ${values.to_book}`, values.amount as number);
  }
  for (const [book, currency] of books.currencies.entries()) {
    for (const [account, of] of BOOK_ACCOUNT_NAMES.entries()) {
      const name = `${currencyName(currency)} ${of}`;
      const [sum, balance] = [sums.get(name) ?? 0, books.balance(book, account)];
      if (sum !== balance)
        history.fail('projection', `tenant ${tenant}: entries of ${name} add up to ${sum}, not ${balance}`);
    }
  }
}
