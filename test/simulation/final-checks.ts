import { BOOK_ACCOUNTS } from '../../ledger/books.js';
import { Follower } from '../../ledger/follow.js';
import type { TenantState } from '../../ledger/tenant-state.js';
import { checkProjection } from './check-projection.js';
import { checkRot } from './check-rot.js';
import { checkVerify } from './check-verify.js';
import type { History } from './history.js';
import type { Judged } from './judge.js';
import { Model } from './model.js';

/** A year and more: all holds end, all messages are forgotten. */
const LONG_MS = 400 * 86_400_000;
const HOUR_MS = 3_600_000;
/** For whoever is to take over, and to let time go on, after the clock went on. */
const STEP_MS = 1000;
const WELL_MS = 20_000;

/** What must be true of a history when all is calm. */
export async function finalChecks(history: History): Promise<void> {
  const { judge, random } = history;
  judge.checkRefusals(
    (tenant) => history.numberOf(tenant),
    (tenant) => history.epochOf(tenant),
  );
  const states = history.tenants.map((_, tenant) => checkTenant(history, tenant));
  await checkVerify(history, null);
  await checkProjection(history);
  if (random.chance(0.3)) await checkEnd(history, states);
  if (random.chance(0.5)) await checkRot(history);
}

/** The journal's model, its replay and its writer's memory say the same. Returns the replayed state. */
export function checkTenant(history: History, tenant: number): TenantState {
  const number = history.numberOf(tenant);
  const committed = history.judge.rows.get(number) ?? [];
  const model = new Model();
  for (const { row, entries } of committed) {
    for (const entry of entries) {
      try {
        model.enter(entry, row.at);
      } catch (error) {
        history.fail('model', `row ${row.seq} of ${history.tenants[tenant]}: ${(error as Error).message}`);
      }
    }
  }
  const state = replay(history, tenant, committed);
  checkBalances(history, tenant, model, state);
  checkBooks(history, tenant, state);
  const memory = stateOf(history, tenant);
  if (memory !== undefined && contentOf(memory) !== contentOf(state)) {
    history.fail(
      'replay',
      `the writer of ${history.tenants[tenant]} has another state than its journal gives`,
    );
  }
  return state;
}

/** What the writer of a tenant has in memory. */
function stateOf(history: History, tenant: number): TenantState | undefined {
  return history.writerOf(tenant)?.node?.ledger.tenants[tenant]?.state;
}

/** What rows of a tenant's journal give, from the first on. */
export function replay(history: History, tenant: number, rows: readonly Judged[]): TenantState {
  const follower = new Follower(history.numberOf(tenant));
  try {
    follower.take(
      rows.map(({ row: { seq, epoch, previousHash, hash, at, body } }) => ({
        seq,
        epoch,
        previous_hash: previousHash,
        hash,
        at,
        body,
      })),
    );
  } catch (error) {
    history.fail('replay', `${history.tenants[tenant]}: ${(error as Error).message}`);
  }
  return follower.state;
}

function checkBalances(history: History, tenant: number, model: Model, { accounts }: TenantState): void {
  for (const [account, posted] of model.posted.entries()) {
    const said = `${accounts.posted(account)} posted, ${accounts.held(account)} held`;
    const due = `${posted} posted, ${model.held(account)} held`;
    if (said === due) continue;
    history.fail('model', `account ${account} of ${history.tenants[tenant]}: ${said}, not ${due}`);
  }
}

function checkBooks(history: History, tenant: number, { books, accounts }: TenantState): void {
  for (const [book, currency] of books.currencies.entries()) {
    let held = 0n;
    let available = 0n;
    for (let account = 0; account < accounts.length; account++) {
      if (accounts.currency(account) !== currency) continue;
      held += BigInt(accounts.held(account));
      available += BigInt(accounts.available(account) - accounts.overdraft(account) + accounts.debt(account));
    }
    let sum = 0n;
    for (let of = 0; of < BOOK_ACCOUNTS; of++) sum += BigInt(books.balance(book, of));
    const [cardholders, holds] = [BigInt(books.balance(book, 0)), BigInt(books.balance(book, 1))];
    if (sum === 0n && holds === held && cardholders === available) continue;
    history.fail(
      'books',
      `${history.tenants[tenant]}, ${currency}: sum ${sum}, ${holds} of ${held} held, ${cardholders} of ${available} available`,
    );
  }
}

/** Lets all holds end: what is posted stays, and nothing is held. */
async function checkEnd(history: History, before: readonly TenantState[]): Promise<void> {
  history.say(() => 'a year goes by');
  const posted = before.map(({ accounts }) =>
    Array.from({ length: accounts.length }, (_, account) => accounts.posted(account)),
  );
  // In steps: what came of another message is forgotten after that, and each step lets leases lapse.
  for (const ms of [LONG_MS, HOUR_MS, HOUR_MS, HOUR_MS]) {
    history.postgres.stepClock(ms);
    await history.scheduler.run(history.scheduler.now + STEP_MS);
    await history.scheduler.run(history.scheduler.now + WELL_MS, () => history.ailment() === '');
  }
  const states = history.tenants.map((_, tenant) => checkTenant(history, tenant));
  await checkProjection(history);
  for (const [tenant, { accounts, records }] of states.entries()) {
    for (const [account, was] of posted[tenant]!.entries()) {
      if (accounts.held(account) === 0 && accounts.posted(account) === was) continue;
      history.fail(
        'books',
        `account ${account} of ${history.tenants[tenant]} still holds ${accounts.held(account)}`,
      );
    }
    if (records.size > 0)
      history.fail('books', `${records.size} messages of ${history.tenants[tenant]} are not forgotten`);
  }
}

/** Rows and balances of a state, to compare with another. */
function contentOf({ records, cards, accounts, books, balances, due }: TenantState): string {
  const parts: unknown[] = [books.currencies, [...books.balances], balances.high, balances.low, due.heads()];
  for (const table of [records, cards.rows, accounts.rows]) {
    for (let row = 0; row < table.length; row++) {
      parts.push(
        Buffer.from(table.chunk(row).slice(table.at(row), table.at(row) + table.stride).buffer).toString(
          'latin1',
        ),
      );
    }
  }
  return JSON.stringify(parts);
}
