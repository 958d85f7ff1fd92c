import t from 'tap';
import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import { DAY, OneTenant, USD } from './one-tenant.js';

const FULL = 10_000_000;

t.test('an advice without an authorisation is booked and marked, whatever stands against it', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1, perDay: 1, perDayCount: 0, channels: 0 });
  tenant.issue(2, { status: CARD_STATUS.blocked, expiry: 2601 }, 400);
  t.same(tenant.present({ key: 1, token: 2 }), {
    code: RESPONSE.approved,
    approvalCode: 0,
    journalled: true,
  });
  t.hasStrict(tenant.standing(1), { status: 'clearing', posted: 1000, marks: 'forced indebted' });
  t.same(tenant.position(2), { posted: -600, held: 0, available: -600, daySpent: 0, dayCount: 0 });
  t.same(tenant.book(), { cardholders: FULL, settlement: 1000, standInDebt: -600 });
});

t.test('it does not count for the day, also when it is reversed', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ amount: 700 });
  tenant.present({ key: 1 });
  t.hasStrict(tenant.position(), { daySpent: 700, dayCount: 1 });
  t.equal(tenant.reverse({ originalKey: 1 }).code, RESPONSE.approved);
  t.same(tenant.position(), { posted: FULL, held: 700, available: FULL - 700, daySpent: 700, dayCount: 1 });
});

t.test('a card that is unknown: all is in suspense, and its repeat is told the same', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.present({ key: 1, token: 9 });
  t.equal(first.code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'suspended', billed: 1000, posted: 0, marks: 'forced' });
  t.same(tenant.book(), { cardholders: FULL, settlement: 1000, suspense: -1000 });
  t.same(tenant.present({ key: 1, token: 9 }), { ...first, journalled: false });
  tenant.issue(9, {}, 5000);
  t.same(tenant.present({ key: 1, token: 9 }), { ...first, journalled: false }, 'issued meanwhile');
  t.equal(tenant.position(9).posted, 5000);
});

t.test('a currency without a rate: all is in suspense, in that currency', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.present({ key: 1, currency: USD }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'suspended', billed: 1000, posted: 0, marks: 'forced' });
  t.same(tenant.book(USD), { settlement: 1000, suspense: -1000 });
  t.same(tenant.book(), { cardholders: FULL });
});

t.test('what is in suspense goes back when its clearing is reversed, all or a part, once', async (t) => {
  const tenant = new OneTenant();
  const presented = [
    { key: 1, token: 1, currency: USD },
    { key: 2, token: 9, currency: USD },
    { key: 3, token: 9, currency: USD, processingCode: 200_000 },
  ];
  for (const fields of presented) {
    tenant.present(fields);
    const { key, token } = fields;
    const sign = key === 3 ? -1 : 1;
    t.equal(tenant.reverse({ token, originalKey: key, amount: 999 }).code, RESPONSE.invalidTransaction);
    t.same(tenant.book(USD), { settlement: sign * 1000, suspense: sign * -1000 });
    t.equal(tenant.reverse({ token, originalKey: key, kept: 400 }).code, RESPONSE.approved);
    t.same(tenant.book(USD), { settlement: sign * 400, suspense: sign * -400 });
    t.equal(tenant.reverse({ token, originalKey: key }).code, RESPONSE.approved);
    t.same(tenant.book(USD), {}, `message ${key}`);
    tenant.reverse({ token, originalKey: key });
    t.same(tenant.book(USD), {});
  }
});

t.test('a card that was unknown and is issued since may reverse it; another’s may not', async (t) => {
  const tenant = new OneTenant();
  tenant.present({ key: 1, currency: USD });
  tenant.issue(2, {}, 1000);
  t.equal(tenant.reverse({ token: 2, originalKey: 1 }).code, RESPONSE.invalidTransaction);
  tenant.present({ key: 3, token: 9 });
  tenant.issue(9);
  t.equal(tenant.reverse({ token: 9, originalKey: 3 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: FULL + 1000 });
});

t.test('one that was reversed is not there to be presented again: the next is another', async (t) => {
  const tenant = new OneTenant();
  tenant.present({ key: 1, approvalCode: 77 });
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.present({ key: 2, originalKey: 1, approvalCode: 77 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), { status: 'clearing', marks: 'forced' });
  t.equal(tenant.present({ key: 3, originalKey: 1, approvalCode: 77 }).code, RESPONSE.duplicate);
  t.equal(tenant.position().posted, FULL - 1000);
  tenant.tick(7 * DAY);
  tenant.tick(1);
  tenant.position();
  t.same(
    [1, 2, 3].map((key) => tenant.standing(key)),
    [undefined, undefined, undefined],
  );
});

t.test('a request without an authorisation is no force post: it is decided', async (t) => {
  const tenant = new OneTenant({ perTransaction: 500 });
  t.equal(tenant.buy({ key: 1 }).code, RESPONSE.exceedsAmountLimit);
  t.hasStrict(tenant.standing(1), { status: 'declined', marks: '' });
  t.same(tenant.book(), { cardholders: FULL });
});
