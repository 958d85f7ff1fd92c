import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { OneTenant } from './one-tenant.js';

const SCORED = 'matchedByScore';

/** A tenant with an open hold of 10.00 under key 1, of card 1 with those identifiers; its approval code. */
function holding(...texts: [string, string?, string?]) {
  const tenant = new OneTenant();
  const { approvalCode } = tenant.authorise({ key: 1, identifiers: tenant.identifiers(...texts) });
  return { tenant, approvalCode };
}

t.test('the key is the surest: what it names is meant, whatever else fits better', async (t) => {
  const { tenant } = holding('RRN1', 'TERM', 'SHOP');
  tenant.authorise({ key: 2, amount: 700 });
  tenant.present({
    key: 3,
    originalKey: 2,
    amount: 1000,
    identifiers: tenant.identifiers('RRN1', 'TERM', 'SHOP'),
  });
  t.equal(tenant.standing(1)!.status, 'held');
  t.hasStrict(tenant.standing(2), { status: 'cleared', posted: 700 });
  t.equal(tenant.standing(3)!.marks, 'overTolerance');
});

t.test('without a key, the approval code finds it, whatever the amount', async (t) => {
  const { tenant, approvalCode } = holding('RRN1');
  tenant.authorise({ key: 2, amount: 400 });
  tenant.present({ key: 3, approvalCode, amount: 400 });
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 400 });
  t.equal(tenant.standing(3)!.marks, SCORED);
});

t.test('so does the approval code that an advice told', async (t) => {
  const tenant = new OneTenant();
  tenant.advise({ key: 1, approvalCode: 123_456 });
  tenant.present({ key: 2, approvalCode: 123_456, amount: 999 });
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 999 });
});

t.test('so does the retrieval reference', async (t) => {
  const { tenant } = holding('RRN1');
  tenant.authorise({ key: 2, identifiers: tenant.identifiers('RRN2') });
  tenant.present({ key: 3, amount: 400, identifiers: tenant.identifiers('RRN1') });
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 400 });
  t.equal(tenant.standing(2)!.status, 'held');
  t.equal(tenant.standing(3)!.marks, SCORED);
});

t.test('so do merchant and amount, of an open hold', async (t) => {
  const { tenant } = holding('RRN1', 'TERM', 'SHOP');
  const identifiers = tenant.identifiers('', 'TERM', 'SHOP');
  tenant.present({ key: 3, amount: 999, identifiers });
  t.equal(tenant.standing(3)!.marks, 'forced', 'not the merchant alone');
  tenant.present({ key: 4, amount: 1000, identifiers: tenant.identifiers('', 'TERM', 'SHOP2') });
  t.equal(tenant.standing(4)!.marks, 'forced', 'nor the amount alone');
  tenant.present({ key: 5, amount: 1000, identifiers });
  t.equal(tenant.standing(5)!.marks, SCORED);
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 1000 });
  tenant.present({ key: 6, amount: 1000, identifiers });
  t.equal(tenant.standing(6)!.marks, 'forced', 'which then is not open any more');
});

t.test('a request is not approved for what merely looks like its hold', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 1000);
  const identifiers = tenant.identifiers('RRN1', 'TERM', 'SHOP');
  tenant.authorise({ key: 1, token: 2, identifiers });
  const again = { token: 2, identifiers: tenant.identifiers('RRN2', 'TERM', 'SHOP') };
  t.equal(tenant.buy(again).code, RESPONSE.insufficientFunds);
  t.equal(tenant.buy({ token: 2, identifiers }).code, RESPONSE.approved, 'by its retrieval reference it is');
  t.equal(tenant.standing(1)!.status, 'cleared');
});

t.test('more in common beats less, open beats closed, and of equals the oldest is meant', async (t) => {
  const tenant = new OneTenant();
  const both = tenant.identifiers('RRN1', 'TERM', 'SHOP');
  tenant.authorise({ key: 1, identifiers: tenant.identifiers('RRN1') });
  tenant.authorise({ key: 2, identifiers: both });
  tenant.authorise({ key: 3, identifiers: both });
  tenant.present({ identifiers: both });
  t.same(
    [1, 2, 3].map((key) => tenant.standing(key)!.status),
    ['held', 'cleared', 'held'],
  );
  tenant.present({ identifiers: both });
  t.same(
    [1, 2, 3].map((key) => tenant.standing(key)!.status),
    ['held', 'cleared', 'cleared'],
  );
});

t.test('what is blank is not in common', async (t) => {
  const tenant = new OneTenant();
  for (const [key, blank] of [
    [1, new Uint8Array(35)],
    [2, tenant.identifiers('')],
  ] as const) {
    tenant.authorise({ key, identifiers: blank });
    tenant.present({ key: key + 10, identifiers: blank });
    t.equal(tenant.standing(key + 10)!.marks, 'forced');
  }
});

t.test('another card’s authorisation is never meant, not by its key either', async (t) => {
  const { tenant, approvalCode } = holding('RRN1', 'TERM', 'SHOP');
  tenant.issue(2, {}, 5000);
  const identifiers = tenant.identifiers('RRN1', 'TERM', 'SHOP');
  tenant.present({ key: 3, token: 2, originalKey: 1, approvalCode, identifiers });
  t.equal(tenant.standing(3)!.marks, 'forced');
  t.equal(tenant.standing(1)!.status, 'held');
  t.equal(tenant.position(2).posted, 4000);
});

t.test('where the key names another card’s, the card’s own is looked for', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 5000);
  tenant.authorise({ key: 1, token: 2 });
  tenant.authorise({ key: 2, identifiers: tenant.identifiers('RRN1') });
  tenant.present({ originalKey: 1, identifiers: tenant.identifiers('RRN1') });
  t.equal(tenant.standing(1)!.status, 'held');
  t.equal(tenant.standing(2)!.status, 'cleared');
});

t.test('a second token of the card finds it', async (t) => {
  const { tenant } = holding('RRN1');
  tenant.ask({ kind: 'aliasCard', token: 9, originalToken: 1 });
  tenant.present({ token: 9, originalKey: 1 });
  t.equal(tenant.standing(1)!.status, 'cleared');
});

t.test('an increment that does not name its authorisation is matched likewise', async (t) => {
  const { tenant, approvalCode } = holding('RRN1');
  t.equal(tenant.raise(0, { key: 2, approvalCode }).code, RESPONSE.approved);
  t.equal(tenant.standing(2)!.marks, SCORED);
  t.equal(tenant.standing(1)!.held, 2000);
  tenant.reverse({ originalKey: 1 });
  tenant.raise(0, { key: 3, approvalCode, flags: FLAG.advice });
  t.hasStrict(tenant.standing(3), { status: 'held', marks: '' }, 'of one that holds nothing it is its own');
});

t.test('a reversal that names no original releases what has most in common', async (t) => {
  const { tenant } = holding('RRN1', 'TERM', 'SHOP');
  tenant.authorise({ key: 2, identifiers: tenant.identifiers('RRN2', 'TERM', 'SHOP') });
  const told = tenant.reverse({
    key: 3,
    originalKey: 50,
    flags: FLAG.unnamed,
    amount: 1000,
    identifiers: tenant.identifiers('RRN2', 'TERM', 'SHOP'),
  });
  t.equal(told.code, RESPONSE.approved);
  t.equal(tenant.standing(3)!.marks, SCORED);
  t.equal(tenant.standing(1)!.status, 'held');
  t.equal(tenant.standing(2)!.status, 'released');
});

t.test('of very many authorisations of a card, the newest are looked at', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.authorise({ key: 1 });
  for (let count = 0; count < 255; count++) tenant.authorise({ amount: 1 });
  tenant.raise(0, { key: 2, approvalCode: first.approvalCode, amount: 1 });
  t.equal(tenant.standing(2)!.status, 'increment', 'the 256th is');
  tenant.authorise({ amount: 1 });
  t.equal(tenant.raise(0, { approvalCode: first.approvalCode }).code, RESPONSE.originalNotFound);
});
