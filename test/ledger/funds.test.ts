import fc from 'fast-check';
import t from 'tap';
import { BOOK } from '../../ledger/books.js';
import { DIRECTION, RESPONSE } from '../../ledger/command.js';
import { fundsFingerprint, isFundsKey, writeFundsKey } from '../../ledger/funds-key.js';
import { transmissionOf } from '../../ledger/message-key.js';
import { holds } from '../parsers/property.js';
import { funds, type Step } from './arbitrary-commands.js';
import { type Asked, commandOf, type Fields, fund, transfer, withdraw } from './commands.js';
import { OneTenant, USD } from './one-tenant.js';
import { contentOf } from './state-content.js';
import { proveSums } from './sums.js';

const { approved, duplicate, insufficientFunds, invalidTransaction } = RESPONSE;

/** Account 0 has 100.00, account 1 has 50.00, both in EUR; account 2 is in USD. */
function furnished(): OneTenant {
  const tenant = new OneTenant();
  tenant.ask(withdraw({ key: 900, account: 0, amount: 9_990_000 }));
  tenant.issue(2, {}, 5000);
  tenant.issue(3, { currency: USD }, 5000);
  return tenant;
}

function posted({ state }: OneTenant): number[] {
  proveSums(state);
  return [0, 1, 2].map((account) => state.accounts.posted(account));
}

t.test('funds come in, and go out as far as they are available', async (t) => {
  const tenant = furnished();
  t.equal(tenant.ask(fund({ key: 1, account: 0, amount: 2500 })).code, approved);
  tenant.authorise({ amount: 10_000 });
  t.equal(
    tenant.ask(withdraw({ key: 2, account: 0, amount: 2501 })).code,
    insufficientFunds,
    'what is held stays',
  );
  t.equal(tenant.ask(withdraw({ key: 3, account: 0, amount: 2500 })).code, approved);
  t.match(tenant.position(), { posted: 10_000, held: 10_000, available: 0 });
  t.same(tenant.book(), { cardholders: 5000, holds: 10_000 });
});

t.test('an overdraft line can be drawn on', async (t) => {
  const tenant = furnished();
  tenant.ask({ kind: 'setOverdraft', account: 0, overdraft: 300 });
  t.equal(tenant.ask(withdraw({ key: 1, account: 0, amount: 10_301 })).code, insufficientFunds);
  t.equal(tenant.ask(withdraw({ key: 2, account: 0, amount: 10_300 })).code, approved);
  t.match(tenant.position(), { posted: -300, available: 0 });
});

t.test('an adjustment goes by fees or suspense, and may overdraw where it says so', async (t) => {
  const tenant = furnished();
  t.equal(tenant.ask(withdraw({ key: 1, account: 0, amount: 200, book: BOOK.fees })).code, approved);
  t.equal(tenant.ask(fund({ key: 2, account: 0, amount: 700, book: BOOK.suspense })).code, approved);
  t.same(tenant.book(), { cardholders: 15_500, fees: 200, suspense: -700 });
  const more = { account: 0, amount: 10_600, book: BOOK.fees };
  t.equal(tenant.ask(withdraw({ key: 3, ...more })).code, insufficientFunds);
  t.equal(tenant.ask(withdraw({ key: 4, ...more, mayOverdraw: 1 })).code, approved);
  t.same(tenant.book(), { cardholders: 5000, fees: 10_800, suspense: -700, standInDebt: -100 });
  t.equal(tenant.ask(fund({ key: 5, account: 0, amount: 150 })).code, approved);
  t.same(
    tenant.book(),
    { cardholders: 5050, fees: 10_800, suspense: -700 },
    'what comes in pays the debt first',
  );
});

t.test('funds go from one account to another, and can be spent at once', async (t) => {
  const tenant = furnished();
  t.equal(tenant.ask(transfer({ key: 1, account: 1, counterAccount: 0, amount: 4000 })).code, approved);
  t.same(posted(tenant), [14_000, 1000, 5000]);
  t.equal(tenant.authorise({ amount: 14_000 }).code, approved);
  const more = transfer({ key: 2, account: 0, counterAccount: 1, amount: 1 });
  t.equal(tenant.ask(more).code, insufficientFunds);
});

t.test('an account that is not there, or of another currency, is refused', async (t) => {
  const tenant = furnished();
  const before = posted(tenant);
  const refused: readonly Asked[] = [
    fund({ key: 1, account: 3, amount: 1 }),
    fund({ key: 2, account: 2 ** 32 - 1, amount: 1 }),
    fund({ key: 3, account: 2, amount: 1 }),
    withdraw({ key: 4, account: 0, amount: 1, currency: USD }),
    transfer({ key: 5, account: 0, counterAccount: 3, amount: 1 }),
    transfer({ key: 6, account: 3, counterAccount: 0, amount: 1 }),
    transfer({ key: 7, account: 0, counterAccount: 2, amount: 1 }),
    transfer({ key: 8, account: 0, counterAccount: 0, amount: 1 }),
  ];
  for (const asked of refused) {
    const what = JSON.stringify(asked);
    t.same(tenant.ask(asked), { code: invalidTransaction, approvalCode: 0, journalled: true }, what);
    t.same(tenant.ask(asked), { code: invalidTransaction, approvalCode: 0, journalled: false }, what);
  }
  t.same(posted(tenant), before);
});

t.test('under the same key the answer is the same, and nothing moves', async (t) => {
  const tenant = furnished();
  const first = fund({ key: 1, account: 0, amount: 500 });
  const refused = withdraw({ key: 2, account: 0, amount: 20_000 });
  t.equal(tenant.ask(first).journalled, true);
  t.same(tenant.ask(refused), { code: insufficientFunds, approvalCode: 0, journalled: true });
  tenant.ask(fund({ key: 3, account: 0, amount: 90_000 }));
  const before = contentOf(tenant.state);
  t.same(tenant.ask(first), { code: approved, approvalCode: 0, journalled: false });
  t.same(
    tenant.ask(refused),
    { code: insufficientFunds, approvalCode: 0, journalled: false },
    'it could be paid now',
  );
  const others: Fields[] = [
    { amount: 501 },
    { account: 1 },
    { currency: USD },
    { direction: DIRECTION.out },
    { book: BOOK.fees },
    { mayOverdraw: 1 },
  ];
  for (const other of others) {
    const answer = tenant.ask({ ...first, ...other });
    t.same(answer, { code: duplicate, approvalCode: 0, journalled: false }, JSON.stringify(other));
  }
  const another = transfer({ key: 1, account: 0, counterAccount: 1, amount: 500 });
  t.equal(tenant.ask(another).code, duplicate, 'of another kind');
  t.equal(contentOf(tenant.state), before);
});

t.test('a key is remembered for its window', async (t) => {
  const tenant = furnished();
  const asked = fund({ key: 1, account: 1, amount: 500, windowHours: 24 });
  tenant.ask(asked);
  tenant.tick(24 * 60 - 1);
  t.equal(tenant.ask(asked).journalled, false);
  tenant.tick(1);
  t.same(tenant.ask(asked), { code: approved, approvalCode: 0, journalled: true });
  t.same(posted(tenant), [10_000, 6000, 5000]);
});

t.test('what the journal has no room for is refused, and changes nothing', async (t) => {
  const tenant = furnished();
  const before = contentOf(tenant.state);
  const asked = fund({ key: 1, account: 0, amount: 1 });
  const amounts = [0, -1, 0.5, 2 ** 40, Number.NaN].map((amount) => ({ amount }));
  const accounts = [-1, 0.5, 2 ** 32].map((account) => ({ account }));
  const books = [BOOK.cardholders, BOOK.holds, BOOK.settlement, BOOK.standInDebt, 7].map((book) => ({
    book,
  }));
  const others = [{ currency: 1000 }, { windowHours: 65_536 }, { direction: 2 }, { mayOverdraw: 2 }];
  for (const fields of [...amounts, ...accounts, ...books, ...others]) {
    const answer = tenant.ask({ ...asked, ...fields });
    t.same(answer, { code: invalidTransaction, approvalCode: 0, journalled: false }, JSON.stringify(fields));
  }
  const aMessages = { ...asked, keyClass: 1 };
  t.same(
    tenant.ask(aMessages),
    { code: invalidTransaction, approvalCode: 0, journalled: false },
    'a message’s key',
  );
  t.equal(contentOf(tenant.state), before);
});

t.test('a balance never comes near what can’t be counted', async (t) => {
  const tenant = furnished();
  let code: number = approved;
  let key = 1000;
  for (; key < 7000 && code === approved; key++) {
    code = tenant.ask(fund({ key, account: 0, amount: 2 ** 40 - 1 })).code;
  }
  t.equal(code, invalidTransaction);
  t.ok(key > 5000, 'not before half of it');
  t.equal(tenant.authorise().code, approved, 'the ledger goes on');
  proveSums(tenant.state);
});

t.test('an overdraft line that is cut leaves a debt, and one that is raised pays it', async (t) => {
  const tenant = furnished();
  tenant.ask({ kind: 'setOverdraft', account: 0, overdraft: 500 });
  tenant.ask(withdraw({ key: 1, account: 0, amount: 10_400 }));
  tenant.ask({ kind: 'setOverdraft', account: 0, overdraft: 100 });
  t.same(tenant.book(), { cardholders: 4900, standInDebt: -300 });
  t.equal(tenant.authorise().code, insufficientFunds);
  tenant.ask({ kind: 'setOverdraft', account: 0, overdraft: 1400 });
  t.same(tenant.book(), { cardholders: 4600 });
  t.equal(tenant.authorise().code, approved);
  for (const fields of [{ account: 3 }, { overdraft: -1 }, { overdraft: 2 ** 40 }, { overdraft: 0.5 }]) {
    const answer = tenant.ask({ kind: 'setOverdraft', account: 0, ...fields });
    t.same(answer, { code: invalidTransaction, approvalCode: 0, journalled: false }, JSON.stringify(fields));
  }
});

t.test('an account has a holder', async (t) => {
  const tenant = furnished();
  const { accounts } = tenant.state;
  t.equal(accounts.holder(0), 0);
  t.equal(tenant.ask({ kind: 'setHolder', account: 0, holder: 2 ** 32 - 1 }).code, approved);
  t.same([accounts.holder(0), accounts.holder(1)], [2 ** 32 - 1, 0]);
  for (const fields of [{ account: 3 }, { holder: -1 }, { holder: 2 ** 32 }]) {
    const answer = tenant.ask({ kind: 'setHolder', account: 0, ...fields });
    t.same(answer, { code: invalidTransaction, approvalCode: 0, journalled: false }, JSON.stringify(fields));
  }
  t.equal(accounts.holder(0), 2 ** 32 - 1);
});

t.test('the content is what is of the kind, whatever the command was before', async (t) => {
  const post = commandOf(fund({ key: 1, account: 0, amount: 5 }));
  const { fingerprint } = post;
  t.equal(fundsFingerprint(Object.assign(post, { counterAccount: 9 })), fingerprint);
  t.not(
    fundsFingerprint(Object.assign(post, { amount: 5 + 2 ** 32 })),
    fingerprint,
    'all bits of the amount',
  );
  const sent = commandOf(transfer({ key: 1, account: 0, counterAccount: 1, amount: 5 }));
  const { fingerprint: first } = sent;
  t.equal(fundsFingerprint(Object.assign(sent, { direction: 1, book: 3, mayOverdraw: 1 })), first);
  t.not(fundsFingerprint(Object.assign(sent, { counterAccount: 2 })), first);
});

t.test('an idempotency key makes a key that no message has', async (t) => {
  const keys = ['', '1', '2', 'a'.repeat(255), 'é'].map((text) => {
    const key = new Uint32Array(3);
    writeFundsKey(text, key);
    t.ok(isFundsKey(key), text);
    t.equal(transmissionOf(key), undefined, 'it says no STAN');
    return key.join();
  });
  t.equal(new Set(keys).size, keys.length);
  for (let digit = 0; digit < 10; digit++) {
    t.notOk(isFundsKey(Uint32Array.of((0xff00_0000 | (digit << 20)) >>> 0, 1, 2)), `class ${digit}`);
  }
});

const step: fc.Arbitrary<Step> = fc.record({ asked: funds, waitMs: fc.constantFrom(0, 0, 1000, 3_600_000) });

t.test('transfers leave the sum of all accounts, and a repeat leaves everything', async (t) => {
  let moved = 0;
  let repeated = 0;
  holds(
    t,
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const tenant = new OneTenant();
      for (const account of [1, 2]) tenant.issue(account + 1, {}, 10_000 * account);
      const { state } = tenant;
      const total = () => [0, 1, 2].reduce((sum, account) => sum + state.accounts.posted(account), 0);
      for (const { asked, waitMs } of steps) {
        tenant.now += waitMs;
        tenant.ask({ kind: 'advanceTime' });
        const [sum, content] = [total(), contentOf(state)];
        const { code, journalled } = tenant.ask(asked);
        if (!journalled && contentOf(state) !== content) throw new Error('something moved');
        if (asked.kind === 'transferFunds' && total() !== sum)
          throw new Error('the sum of all accounts is another');
        if (journalled && code !== approved && total() !== sum) throw new Error('what was refused moved');
        if (journalled && code === approved) moved++;
        if (!journalled) repeated++;
        proveSums(state);
      }
    }),
    60,
  );
  t.ok(moved > 50 && repeated > 50, `${moved} moved, ${repeated} repeated`);
});
