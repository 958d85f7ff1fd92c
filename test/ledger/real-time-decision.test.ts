import t from 'tap';
import { wouldTakeMoney } from '../../ledger/ask.js';
import { ASKED, FLAG, RESPONSE } from '../../ledger/command.js';
import { stateDigest } from '../../ledger/state-image.js';
import { commandOf, type Fields } from './commands.js';
import { EUR, OneTenant, POS } from './one-tenant.js';

const { approved, partiallyApproved, insufficientFunds, exceedsAmountLimit } = RESPONSE;
const ANSWERED = { asked: ASKED.answered, askedMs: 120 };
const AGREED = { ...ANSWERED, verdict: 0 };
const PLAIN = { token: 1, key: 7, amount: 1000, currency: EUR, channels: POS, fingerprint: 1000 };

function asks(tenant: OneTenant, fields: Fields = {}, kind: 'authorise' | 'clear' | 'reverse' = 'authorise') {
  return wouldTakeMoney(tenant.state, commandOf({ kind, ...PLAIN, ...fields }), tenant.now);
}

t.test('a message is asked about that would take money', async (t) => {
  const tenant = new OneTenant();
  const before = stateDigest(tenant.state);
  t.ok(asks(tenant));
  t.ok(asks(tenant, {}, 'clear'), 'a purchase that is booked at once');
  t.ok(asks(tenant, { amount: 100_000 }));
  t.ok(stateDigest(tenant.state).equals(before), 'which changes nothing');
});

t.test('not one that limits or the balance stand against', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 500);
  t.notOk(asks(tenant, { amount: 100_001 }));
  t.notOk(asks(tenant, { token: 2 }));
  t.ok(asks(tenant, { token: 2, flags: FLAG.partial }), 'a part of it would be approved');
  t.notOk(asks(tenant, { token: 9 }));
});

t.test(
  'nor an advice, an increment, an inquiry, a refund, a completion, a repeat, or one that was reversed',
  async (t) => {
    const tenant = new OneTenant();
    tenant.authorise({ key: 1 });
    t.notOk(asks(tenant, { flags: FLAG.advice }));
    t.notOk(asks(tenant, { flags: FLAG.incremental, originalKey: 1 }));
    t.notOk(asks(tenant, { amount: 0 }));
    t.notOk(asks(tenant, { processingCode: 310_000 }));
    t.notOk(asks(tenant, { processingCode: 200_000 }, 'clear'));
    t.notOk(asks(tenant, { originalKey: 1 }, 'clear'));
    t.notOk(asks(tenant, { key: 1 }));
    t.notOk(asks(tenant, {}, 'reverse'));
    tenant.reverse({ originalKey: 7 });
    t.notOk(asks(tenant));
  },
);

t.test('the tenant agrees, declines with a code of its own, or agrees to less', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.authorise({ ...AGREED, verdictAmount: 1000 }).code, approved);
  t.equal(tenant.authorise({ ...ANSWERED, verdict: 59 }).code as number, 59);
  const partial = { flags: FLAG.partial, amount: 3000 };
  t.equal(tenant.authorise({ ...AGREED, ...partial, verdictAmount: 1200 }).code, partiallyApproved);
  t.equal(tenant.decision.approvedAmount, 1200);
  t.equal(
    tenant.authorise({ ...AGREED, amount: 3000, verdictAmount: 1200 }).code,
    insufficientFunds,
    'the terminal can’t',
  );
  t.equal(tenant.authorise({ ...AGREED, ...partial, verdictAmount: 0 }).code, insufficientFunds);
  t.same(tenant.position().held, 2200);
});

t.test('what the tenant agreed to is still subject to limits and balance as they are then', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 1500);
  const agreed = { ...AGREED, verdictAmount: 9999, token: 2 };
  t.equal(tenant.authorise({ ...agreed, amount: 1000 }).code, approved);
  t.equal(tenant.authorise({ ...agreed, amount: 1000 }).code, insufficientFunds);
  t.equal(tenant.authorise({ ...agreed, amount: 1000, flags: FLAG.partial }).code, partiallyApproved);
  t.equal(tenant.decision.approvedAmount, 500);
  t.equal(tenant.authorise({ ...AGREED, amount: 100_001, verdictAmount: 100_001 }).code, exceedsAmountLimit);
});

t.test('of what is there, no more than the tenant agrees to', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 1500);
  t.equal(
    tenant.authorise({ ...AGREED, token: 2, amount: 4000, verdictAmount: 700, flags: FLAG.partial }).code,
    partiallyApproved,
  );
  t.equal(tenant.decision.approvedAmount, 700);
});
