import t from 'tap';
import { BOOK, BOOK_NAMES, Books } from '../../ledger/books.js';
import type { Effects } from '../../ledger/effects.js';
import { AMOUNT, BILLED, HELD, POSTED, Records } from '../../ledger/record.js';
import { EUR, OneTenant, USD } from './one-tenant.js';

const FULL = 10_000_000;
const BROKEN = { name: 'InvariantError', code: 'HF_LEDGER_INVARIANT' };

t.test('money that comes in is owed to cardholders, and came from somewhere', async (t) => {
  const tenant = new OneTenant();
  const { books } = tenant.state;
  t.same(tenant.book(), { cardholders: FULL });
  t.equal(books.balance(0, BOOK.funding), -FULL);
  t.equal(books.sum(0), 0);
});

t.test('each currency has a book of its own', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { currency: USD }, 5000);
  tenant.authorise({ token: 2, currency: USD });
  tenant.authorise({ amount: 30 });
  t.same(tenant.book(USD), { cardholders: 4000, holds: 1000 });
  t.same(tenant.book(EUR), { cardholders: FULL - 30, holds: 30 });
  t.same(tenant.state.books.currencies, [EUR, USD]);
});

t.test('a move leaves the sum, and one of nothing everything', async (t) => {
  const books = new Books();
  const book = books.of(EUR);
  t.equal(books.of(USD), book + 1);
  t.equal(books.of(EUR), book);
  books.move(book, BOOK.funding, BOOK.fees, 7);
  books.move(book, BOOK.fees, BOOK.suspense, -3);
  books.move(book, BOOK.fees, BOOK.fees, 0);
  t.same(
    BOOK_NAMES.map((_, account) => books.balance(book, account)),
    [0, 0, 0, 10, -3, 0, -7],
  );
  t.equal(books.sum(book), 0);
  t.equal(books.sum(book + 1), 0);
});

t.test('a balance that could not be counted exactly is refused, up or down', async (t) => {
  const books = new Books();
  const book = books.of(EUR);
  books.move(book, BOOK.funding, BOOK.fees, Number.MAX_SAFE_INTEGER);
  t.throws(() => books.move(book, BOOK.suspense, BOOK.fees, 1), BROKEN);
  t.throws(() => books.move(book, BOOK.funding, BOOK.suspense, 1), BROKEN);
  t.throws(() => books.move(book, BOOK.suspense, BOOK.settlement, 0.5), BROKEN);
  t.throws(() => books.move(book, BOOK.suspense, BOOK.settlement, Number.NaN), BROKEN);
});

t.test('so is an account’s, and an amount that a record can’t hold', async (t) => {
  const tenant = new OneTenant();
  t.throws(
    () => tenant.ask({ kind: 'credit', account: 0, currency: EUR, amount: Number.MAX_SAFE_INTEGER }),
    BROKEN,
  );
  t.throws(() => new OneTenant().present({ amount: 2 ** 40 }), BROKEN);
  t.throws(() => new OneTenant().present({ token: 9, amount: 2 ** 40 }), BROKEN);
  const records = new Records();
  const row = records.insert(Uint32Array.of(1, 2, 3));
  for (const which of [AMOUNT, BILLED, HELD, POSTED]) {
    records.setAmount(row, which, 2 ** 40 - which);
    for (const amount of [2 ** 40, -1, Number.NaN]) {
      t.throws(() => records.setAmount(row, which, amount), BROKEN);
    }
  }
  t.same(
    [AMOUNT, BILLED, HELD, POSTED].map((which) => records.amount(row, which)),
    [AMOUNT, BILLED, HELD, POSTED].map((which) => 2 ** 40 - which),
    'and none of them is in another’s place',
  );
});

t.test('an account can hold and be charged more than one record can', async (t) => {
  const most = 999_999_999_999;
  const tenant = new OneTenant();
  tenant.issue(2);
  for (let count = 0; count < 2000; count++) tenant.advise({ key: 100_000 + count, token: 2, amount: most });
  t.equal(tenant.position(2).held, 2000 * most);
  t.equal(tenant.book().standInDebt, -2000 * most);
  for (let count = 0; count < 2000; count++) {
    tenant.present({ token: 2, originalKey: 100_000 + count, amount: most });
  }
  t.same(tenant.book(), { cardholders: FULL, settlement: 2000 * most, standInDebt: -2000 * most });
});

/** What a listener would add up of a book by what it is told. */
function listener(tenant: OneTenant) {
  const told = new Map<string, number>();
  const add = (currency: number, account: number, amount: number) => {
    const key = `${currency} ${account}`;
    told.set(key, (told.get(key) ?? 0) + amount);
  };
  const standing = new Map<number, string>();
  const effects: Effects = {
    entered(_account, counter, currency, posted, held) {
      add(currency, counter, -posted);
      add(currency, BOOK.holds, held);
    },
    indebted(_account, currency, debt) {
      add(currency, BOOK.standInDebt, -debt);
    },
    moved(from, to, currency, amount) {
      add(currency, from, -amount);
      add(currency, to, amount);
    },
    matched() {},
    changed: (row) => void standing.set(row, contentOf(tenant, row)),
    forgotten: (row) => void standing.delete(row),
  };
  tenant.state.effects = effects;
  return { told, standing };
}

function contentOf({ state }: OneTenant, row: number): string {
  const { records } = state;
  const amounts = [AMOUNT, BILLED, HELD, POSTED].map((which) => records.amount(row, which));
  return [records.status(row), records.responseCode(row), records.reduced(row), ...amounts].join();
}

t.test('who listens is told every entry, and each message whenever it changes', async (t) => {
  const tenant = new OneTenant();
  const { told, standing } = listener(tenant);
  tenant.issue(2, {}, 1000);
  tenant.ask({ kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 79_000_000, spread: 100 });
  tenant.authorise({ key: 1 });
  tenant.raise(1, { key: 2 });
  tenant.raise(1, { key: 3 });
  tenant.reverse({ originalKey: 2 });
  tenant.reverse({ originalKey: 3, kept: 400 });
  tenant.present({ key: 4, originalKey: 1, amount: 700, flags: 32 });
  tenant.reverse({ originalKey: 1, kept: 200 });
  tenant.present({ key: 5, originalKey: 1, amount: 5000 });
  tenant.reverse({ originalKey: 5, kept: 4700 });
  tenant.reverse({ originalKey: 1 });
  tenant.authorise({ key: 6, currency: USD });
  tenant.buy({ key: 7, originalKey: 6, currency: USD });
  tenant.ask({ kind: 'voidRequest', key: 7 });
  tenant.present({ key: 8, token: 9 });
  tenant.reverse({ token: 9, originalKey: 8 });
  tenant.reverse({ originalKey: 10, kept: 300 });
  tenant.advise({ key: 10 });
  tenant.reverse({ originalKey: 11 });
  tenant.present({ key: 11 });
  tenant.buy({ key: 12, processingCode: 200_000 });
  tenant.reverse({ originalKey: 12, kept: 100 });
  tenant.present({ token: 2, amount: 4000 });
  const compare = (when: string) => {
    const rows = [...standing.keys()];
    t.equal(rows.length, tenant.state.records.size, when);
    t.same(
      rows.map((row) => standing.get(row)),
      rows.map((row) => contentOf(tenant, row)),
      when,
    );
    for (const [book, currency] of tenant.state.books.currencies.entries()) {
      for (const name of ['holds', 'settlement', 'fees', 'suspense'] as const) {
        const balance = tenant.state.books.balance(book, BOOK[name]);
        t.equal(told.get(`${currency} ${BOOK[name]}`) ?? 0, balance, `${name} of ${currency}, ${when}`);
      }
    }
  };
  compare('at once');
  tenant.tick(7 * 24 * 60);
  compare('after the holds expired');
  tenant.tick(30 * 24 * 60);
  tenant.tick(1);
  compare('after all was forgotten');
  t.equal(tenant.state.records.size, 0);
});
