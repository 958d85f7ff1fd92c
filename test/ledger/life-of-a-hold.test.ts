import fc from 'fast-check';
import t from 'tap';
import { apply } from '../../ledger/apply.js';
import { BOOK } from '../../ledger/books.js';
import { dayOf } from '../../ledger/calendar.js';
import { Decision, MARK, RESPONSE } from '../../ledger/command.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { holds } from '../parsers/property.js';
import type { Step } from './arbitrary-commands.js';
import { LIVES_OPENING, lifeStep } from './arbitrary-lives.js';
import { type Asked, commandOf } from './commands.js';
import { LifeModel } from './life-model.js';
import { NOON } from './one-tenant.js';
import { proveSums } from './sums.js';

const MARKS = Object.keys(MARK) as (keyof typeof MARK)[];
const BOOKED = ['cardholders', 'holds', 'settlement', 'fees', 'suspense', 'standInDebt'] as const;

/** The ledger and the model, side by side. */
class Pair {
  readonly state = new TenantState();
  readonly model = new LifeModel();
  /** How often each answer, mark and status was met. */
  readonly met = new Map<string, number>();
  readonly #decision = new Decision();
  #at = NOON;

  constructor() {
    for (const asked of LIVES_OPENING) this.ask(asked, 0);
  }

  /** Asks both. Throws where they differ. */
  ask(asked: Asked, waitMs: number): void {
    this.#at += waitMs;
    const { model } = this;
    model.minute = Math.floor(this.#at / 60_000);
    model.date = new Date(this.#at).toISOString().slice(0, 10);
    const before = model.known.get(asked.key ?? -1)?.status ?? 'blocked';
    // What was never decided, or reverses, can't be voided.
    if (asked.kind === 'voidRequest' && ['blocked', 'reversal'].includes(before)) return;
    const told = model.ask(asked);
    const decision = this.#decision;
    apply(this.state, commandOf(asked), this.#at, decision);
    if (told === undefined) return;
    const marks = MARKS.filter((name) => (decision.marks & MARK[name]) !== 0).sort();
    const what = `${asked.kind} ${JSON.stringify({ ...asked, identifiers: `${asked.identifiers}` })}`;
    same(decision.responseCode, told.code, `DE39 of ${what}`);
    same(decision.journalled, told.journalled, `journalled ${what}`);
    const less = told.approvedAmount;
    same(decision.approvedAmount, less === undefined ? -1 : Number(less), `approved amount of ${what}`);
    same(marks.join(), told.marks.join(), `marks of ${what}`);
    const message = model.known.get(asked.key!)!;
    if (told.journalled && decision.approvalCode !== 0) message.approvalCode = decision.approvalCode;
    const code = Object.entries(RESPONSE).find(([, number]) => number === told.code)![0];
    for (const name of [code, ...marks]) this.#meet(name);
  }

  #meet(name: string): void {
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
  }

  compare(): void {
    const { state, model } = this;
    for (const { status } of model.known.values()) this.#meet(status);
    const today = dayOf(this.#at);
    proveSums(state);
    for (const account of model.accounts.keys()) {
      same(BigInt(state.accounts.posted(account)), model.postedTo(account), `posted to ${account}`);
      same(BigInt(state.accounts.held(account)), model.heldOf(account), `held of ${account}`);
      same(BigInt(state.accounts.available(account)), model.available(account), `available of ${account}`);
    }
    for (const [book, currency] of state.books.currencies.entries()) {
      const expected = model.book(currency);
      for (const name of BOOKED) {
        same(BigInt(state.books.balance(book, BOOK[name])), expected[name]!, `${name} of book ${currency}`);
      }
    }
    for (const [token, card] of model.cards) {
      const number = state.cardOf(commandOf({ kind: 'authorise', token }).token);
      const fresh = state.cards.day(number) === today;
      const { spent, count } = model.today(card);
      same(BigInt(fresh ? state.cards.daySpent(number) : 0), spent, `spent by card ${token}`);
      same(fresh ? state.cards.dayCount(number) : 0, count, `count of card ${token}`);
    }
    const remembered = model.known.size + model.answered.size;
    same(state.records.size, remembered, 'messages and funds that are remembered');
    for (const key of model.known.keys()) {
      same(state.records.find(commandOf({ kind: 'authorise', key }).key) >= 0, true, `remembers ${key}`);
    }
  }
}

function same<T>(actual: T, expected: T, what: string): void {
  if (actual !== expected) throw new Error(`${what}: the ledger says ${actual}, the model ${expected}`);
}

t.test('a life is what the plain model says, after every command', async (t) => {
  holds(
    t,
    fc.property(fc.array(lifeStep, { maxLength: 60, size: 'max' }), (steps: Step[]) => {
      const pair = new Pair();
      for (const { asked, waitMs } of steps) {
        pair.ask(asked, waitMs);
        pair.compare();
      }
    }),
    400,
  );
});

t.test('one long life meets every answer, mark and standing', async (t) => {
  const pair = new Pair();
  for (const [number, { asked, waitMs }] of fc.sample(lifeStep, { seed: 8583, numRuns: 3000 }).entries()) {
    // New keys from time to time, as old ones are used up; and money, as it is spent.
    const fresh = (key: number | undefined) =>
      key === undefined || key === 0 ? {} : { key: key + 1000 * (number >> 5) };
    const originalKey = fresh(asked.originalKey).key;
    pair.ask(
      { ...asked, ...fresh(asked.key), ...(originalKey === undefined ? {} : { originalKey }) },
      waitMs >> 4,
    );
    if (number % 100 === 0) pair.ask({ kind: 'credit', account: 0, currency: 978, amount: 1500 }, 0);
    if (number % 8 === 0) pair.compare();
  }
  pair.compare();
  const answers = ['approved', 'partiallyApproved', 'invalidTransaction', 'invalidAmount', 'noSuchCard'];
  const others = [
    'originalNotFound',
    'insufficientFunds',
    'exceedsAmountLimit',
    'exceedsCountLimit',
    'duplicate',
  ];
  const standings = [
    'held',
    'cleared',
    'released',
    'expired',
    'increment',
    'clearing',
    'credited',
    'suspended',
  ];
  const ended = ['noted', 'blocked', 'undone', 'declined', 'reversal'];
  for (const name of [...answers, ...others, ...standings, ...ended, ...MARKS])
    t.ok((pair.met.get(name) ?? 0) > 2, name);
});
