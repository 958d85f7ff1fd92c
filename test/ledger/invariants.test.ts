import fc from 'fast-check';
import t from 'tap';
import { BOOK } from '../../ledger/books.js';
import { checkInvariants } from '../../ledger/invariants.js';
import {
  CARD,
  CARD_NEXT,
  CARD_PREVIOUS,
  DUE_NEXT,
  FAMILY,
  HELD,
  RECORD,
  SIBLING,
} from '../../ledger/record.js';
import type { TenantState } from '../../ledger/tenant-state.js';
import { holds } from '../parsers/property.js';
import { anyStep, stateAfter } from './arbitrary-commands.js';
import { EUR } from './one-tenant.js';

const steps = fc.array(anyStep, { maxLength: 150, size: 'max' });

t.test('any commands in any order leave sums and lists as they are to be', async (t) => {
  holds(
    t,
    fc.property(steps, (steps) => {
      stateAfter(steps, checkInvariants);
    }),
    400,
  );
});

t.test('the histories that are tried bring messages into every status', async (t) => {
  const met = new Set<number>();
  for (const steps of fc.sample(fc.array(anyStep, { minLength: 150, maxLength: 150, size: 'max' }), {
    seed: 8583,
    numRuns: 150,
  })) {
    stateAfter(steps, ({ records }) => {
      if (records.length > 0) met.add(records.status(records.length - 1));
      for (let row = 0; row < records.length; row++) met.add(records.status(row));
    });
  }
  for (const [name, status] of Object.entries(RECORD)) t.ok(met.has(status), name);
});

/** An authorisation of 10.00 with an increment of 2.00 and a clearing of 5.00 after which more come, and another. */
function wholeState(): TenantState {
  const message = { token: 1, currency: EUR, channels: 1 };
  const asked = [
    { kind: 'authorise', ...message, key: 1, amount: 1000 },
    { kind: 'authorise', ...message, key: 2, amount: 200, originalKey: 1, flags: 4 },
    { kind: 'clear', ...message, key: 3, amount: 500, originalKey: 1, flags: 32 },
    { kind: 'authorise', ...message, key: 4, amount: 700 },
    { kind: 'authorise', ...message, key: 5, amount: 100, windowHours: 1, processingCode: 310_000 },
  ] as const;
  return stateAfter([
    ...asked.map((asked) => ({ asked, waitMs: 1000 })),
    { asked: { kind: 'advanceTime' }, waitMs: 4_000_000 },
  ]);
}
const [FIRST, INCREMENT, CLEARING, SECOND, FORGOTTEN] = [0, 1, 2, 3, 4];

const WRONG: readonly [what: string, break_: (state: TenantState) => void, text: RegExp][] = [
  [
    'what an account has',
    ({ accounts }) => accounts.setBalances(0, accounts.posted(0) + 1, accounts.held(0)),
    /book 978 has \d+ in cardholders, where its accounts make \d+/,
  ],
  [
    'what an account holds',
    ({ accounts }) => accounts.setBalances(0, accounts.posted(0), accounts.held(0) + 1),
    /account 0 holds 1401, where its open holds are 1400 together/,
  ],
  [
    'what a message holds',
    ({ records }) => records.setAmount(SECOND!, HELD, 7),
    /account 0 holds 1400, where its open holds are 707 together/,
  ],
  [
    'what a released hold holds',
    ({ records }) => records.setStatus(SECOND!, RECORD.released),
    /message 3 holds 700/,
  ],
  ['holds of a book', ({ books }) => books.move(0, BOOK.holds, BOOK.fees, 1), /book 978 has 1399 in holds/],
  ['a debt of a book', ({ books }) => books.move(0, BOOK.standInDebt, BOOK.fees, 1), /has -1 in standInDebt/],
  [
    'an account of a book that no cardholder has',
    ({ books }) => {
      books.balances[BOOK.suspense]! += 1;
    },
    /book 978 does not balance: its accounts sum to 1/,
  ],
  [
    'the currency of a book',
    ({ books }) => books.currencies.splice(0, 1, 840),
    /account 0 is in 978, and its book in 840/,
  ],
  [
    'the digest of the balances',
    ({ balances }) => {
      balances.low ^= 1;
    },
    /digest of the balances/,
  ],
  ['the account of a card', ({ cards }) => cards.rows.setWord(0, 2, 99), /card 0 draws on no account/],
  ['the card of a message', ({ records }) => records.setWord(SECOND!, CARD, 99), /message 3 is of card 98/],
  [
    'the card of a hold',
    ({ records }) => records.setWord(SECOND!, CARD, 0),
    /message 3 holds 700 of no card/,
  ],
  ['a status', ({ records }) => records.setStatus(SECOND!, 31), /message 3 has status 31/],
  [
    'a message that nobody will look at again',
    ({ due }) => due.restore(due.heads().slice(1)),
    /message \d would never be looked at again/,
  ],
  [
    'a minute that comes to a message twice',
    ({ due }) => due.restore([[1, SECOND! + 1], ...due.heads()]),
    /comes to message 3, which was in a list already/,
  ],
  [
    'a minute whose list goes round',
    ({ records }) => records.setWord(SECOND!, DUE_NEXT, SECOND! + 1),
    /comes to message 3, which was in a list/,
  ],
  [
    'a minute that comes to a message that was forgotten',
    ({ due }) => due.restore([[1, FORGOTTEN! + 1], ...due.heads()]),
    /the list of minute 1 leads to message 4, which is none/,
  ],
  [
    "a card's list that goes nowhere",
    ({ records }) => records.setWord(SECOND!, CARD_NEXT, 99),
    /leads to message 98/,
  ],
  [
    "a card's list that ends early",
    ({ records }) => records.setWord(SECOND!, CARD_NEXT, 0),
    /message 0 is not in its/,
  ],
  [
    'the way back in the list of a card',
    ({ records }) => records.setWord(FIRST!, CARD_PREVIOUS, 0),
    /list of card 0 is broken at message 0/,
  ],
  [
    'the list of a card with the message of another',
    ({ cards }) => {
      cards.setNewest(1, cards.newest(0));
      cards.setNewest(0, 0);
    },
    /message 3 is in the list of card 1, not its own/,
  ],
  [
    'a family that ends early',
    ({ records }) => records.setWord(CLEARING!, SIBLING, 0),
    /message 1 is not in the family/,
  ],
  [
    'a child of another',
    ({ records }) => records.setWord(INCREMENT!, FAMILY, SECOND! + 1),
    /message 1 is in the family of 0/,
  ],
  [
    'the free rows',
    ({ records }) => records.setWord(FORGOTTEN!, 0, FIRST! + 1),
    /the list of free messages leads to 2654435760, of 5/,
  ],
];

t.test('a state that was brought about by commands is as it should be', async (t) => {
  const state = wholeState();
  t.doesNotThrow(() => checkInvariants(state));
  t.equal(state.records.status(FIRST!), RECORD.held);
  t.same([...state.records.free()], [FORGOTTEN]);
});

for (const [what, breakIt, text] of WRONG) {
  t.test(`is found: ${what}`, async (t) => {
    const state = wholeState();
    breakIt(state);
    t.throws(() => checkInvariants(state), { name: 'InvariantError', message: text });
  });
}
