import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { type Answer, DAY, OneTenant, type OneTenant as Tenant, USD } from './one-tenant.js';

/** Requests of every kind, under key 9, that take something; of a tenant with a hold of 10.00 under key 1. */
const REQUESTS: Record<string, (tenant: Tenant) => Answer> = {
  authorisation: (tenant) => tenant.authorise({ key: 9 }),
  'partial approval': (tenant) => tenant.authorise({ key: 9, token: 2, amount: 9000, flags: FLAG.partial }),
  'advised authorisation': (tenant) => tenant.advise({ key: 9 }),
  increment: (tenant) => tenant.raise(1, { key: 9 }),
  purchase: (tenant) => tenant.buy({ key: 9 }),
  completion: (tenant) => tenant.buy({ key: 9, originalKey: 1 }),
  'smaller completion': (tenant) => tenant.buy({ key: 9, originalKey: 1, amount: 300 }),
  'completion of nothing': (tenant) => tenant.buy({ key: 9, originalKey: 1, amount: 0 }),
  'completion in part': (tenant) => tenant.buy({ key: 9, originalKey: 1, amount: 300, flags: FLAG.more }),
  'larger completion': (tenant) => tenant.present({ key: 9, originalKey: 1, amount: 1500 }),
  refund: (tenant) => tenant.buy({ key: 9, processingCode: 200_000 }),
  'force post': (tenant) => tenant.present({ key: 9, token: 2 }),
  'force post without a rate': (tenant) => tenant.present({ key: 9, currency: USD }),
  verification: (tenant) => tenant.authorise({ key: 9, amount: 0 }),
};

function opened(): Tenant {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 5000);
  tenant.authorise({ key: 1 });
  tenant.authorise({ key: 2, token: 2, amount: 700 });
  return tenant;
}

function everything(tenant: Tenant) {
  return [tenant.position(1), tenant.position(2), tenant.book(), tenant.book(USD), tenant.standing(1)];
}

t.test('what is voided was never there; its repeats are told 91', async (t) => {
  for (const [name, request] of Object.entries(REQUESTS)) {
    const tenant = opened();
    const before = everything(tenant);
    request(tenant);
    t.equal(tenant.ask({ kind: 'voidRequest', key: 9 }).code, RESPONSE.approved, name);
    t.same(everything(tenant).slice(0, 3), before.slice(0, 3), name);
    t.same(tenant.book(USD), {}, name);
    t.same(tenant.standing(1), before[4], `the hold after ${name}`);
    const told = { code: RESPONSE.issuerInoperative, approvalCode: 0, journalled: false };
    t.same(request(tenant), told, name);
    tenant.ask({ kind: 'voidRequest', key: 9 });
    t.same(everything(tenant).slice(0, 3), before.slice(0, 3), `${name}, voided again`);
    t.equal(tenant.reverse({ originalKey: 9, token: 9 }).code, RESPONSE.noSuchCard);
    tenant.reverse({ originalKey: 9 });
    t.same(everything(tenant).slice(0, 3), before.slice(0, 3), `${name}, reversed as well`);
  }
});

t.test('a hold whose completion was voided can be completed, and expires', async (t) => {
  for (const amount of [1000, 0, 400]) {
    const tenant = opened();
    tenant.buy({ key: 9, originalKey: 1, amount });
    tenant.ask({ kind: 'voidRequest', key: 9 });
    const { code } = tenant.buy({ key: 10, originalKey: 1 });
    t.equal(code, RESPONSE.approved);
    t.hasStrict(tenant.standing(10), { status: 'clearing', marks: '' });
  }
  const tenant = opened();
  tenant.buy({ key: 9, originalKey: 1 });
  tenant.ask({ kind: 'voidRequest', key: 9 });
  tenant.tick(7 * DAY);
  t.equal(tenant.standing(1)!.status, 'expired');
  t.equal(tenant.position().held, 0);
});

t.test('a hold whose time came while it was completed is not held again', async (t) => {
  const tenant = opened();
  const before = tenant.position();
  tenant.tick(7 * DAY - 1);
  tenant.buy({ key: 9, originalKey: 1 });
  // Its end is looked at while there is nothing to end.
  tenant.tick(1);
  tenant.ask({ kind: 'voidRequest', key: 9 });
  t.equal(tenant.standing(1)!.status, 'expired');
  t.same([tenant.position().posted, tenant.position().held], [before.posted, 0]);
});

t.test('a completion that was voided before is not undone again', async (t) => {
  const tenant = opened();
  const before = everything(tenant);
  for (const key of [9, 10]) {
    tenant.buy({ key, originalKey: 1, amount: 0 });
    tenant.ask({ kind: 'voidRequest', key });
    t.same(everything(tenant), before);
  }
  tenant.reverse({ originalKey: 1 });
  tenant.ask({ kind: 'voidRequest', key: 9 });
  t.hasStrict(tenant.standing(1), { status: 'released', held: 0 });
});

t.test('of two parts, the one that was voided is held again', async (t) => {
  const tenant = opened();
  tenant.buy({ originalKey: 1, amount: 300, flags: FLAG.more });
  tenant.buy({ key: 9, originalKey: 1, amount: 500 });
  tenant.ask({ kind: 'voidRequest', key: 9 });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 700, posted: 300 });
  t.hasStrict(tenant.position(), { daySpent: 1000, dayCount: 1 });
});

t.test('what was reversed in part meanwhile is not held again', async (t) => {
  const tenant = opened();
  tenant.buy({ key: 9, originalKey: 1 });
  tenant.reverse({ originalKey: 1, kept: 600 });
  tenant.ask({ kind: 'voidRequest', key: 9 });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 600, posted: 0 });
});

t.test('a late purchase that is voided holds nothing again', async (t) => {
  const tenant = opened();
  tenant.tick(7 * DAY);
  tenant.buy({ key: 9, originalKey: 1 });
  tenant.ask({ kind: 'voidRequest', key: 9 });
  t.hasStrict(tenant.standing(1), { status: 'released', held: 0, posted: 0 });
  t.hasStrict(tenant.position(), { posted: 10_000_000, held: 0, daySpent: 0, dayCount: 0 });
});

t.test('a completion of what expired meanwhile is voided to what it is then', async (t) => {
  const tenant = opened();
  tenant.buy({ key: 9, originalKey: 1, amount: 300, flags: FLAG.more });
  tenant.tick(7 * DAY);
  tenant.ask({ kind: 'voidRequest', key: 9 });
  t.hasStrict(tenant.standing(1), { status: 'expired', held: 0, posted: 0 });
});

t.test('a decline that is voided stays one of nothing', async (t) => {
  const tenant = new OneTenant({ perTransaction: 10 });
  tenant.authorise({ key: 9 });
  tenant.ask({ kind: 'voidRequest', key: 9 });
  t.equal(tenant.authorise({ key: 9 }).code, RESPONSE.issuerInoperative);
  t.equal(tenant.position().held, 0);
});

t.test('a reversal, and what was never decided, can’t be voided', async (t) => {
  const tenant = opened();
  tenant.reverse({ key: 5, originalKey: 1 });
  tenant.reverse({ originalKey: 6 });
  for (const key of [5, 6, 7]) {
    t.throws(() => tenant.ask({ kind: 'voidRequest', key }), { code: 'HF_LEDGER_INVARIANT' });
  }
});
