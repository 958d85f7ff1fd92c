import t from 'tap';
import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import { OneTenant } from './one-tenant.js';

/** Card 1 of a {@link OneTenant} lasts until the end of 2612, and its clock stands in 2606. */
const RENEWED = 2912;
const { approved, expiredCard } = RESPONSE;

t.test('after a renewal either expiry is good, until the old one has passed', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.authorise({ expiry: RENEWED }).code, expiredCard, 'not yet');
  tenant.change({ expiry: RENEWED });
  t.equal(tenant.authorise({ expiry: RENEWED }).code, approved);
  t.equal(tenant.authorise({ expiry: 2612 }).code, approved, 'the new one has not arrived yet');
  t.equal(tenant.authorise({ expiry: 2712 }).code, expiredCard);
  t.equal(tenant.authorise().code, approved, 'no expiry in the message');
  tenant.now = Date.UTC(2026, 11, 31, 23, 59);
  t.equal(tenant.authorise({ expiry: 2612 }).code, approved, 'the last minute');
  tenant.now = Date.UTC(2027, 0, 1);
  t.equal(tenant.authorise({ expiry: 2612 }).code, expiredCard);
  t.equal(tenant.authorise({ expiry: RENEWED }).code, approved);
  tenant.now = Date.UTC(2030, 0, 1);
  t.equal(tenant.authorise({ expiry: RENEWED }).code, expiredCard);
});

t.test('a change of something else leaves both, and the day that is counted', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise();
  tenant.change({ expiry: RENEWED });
  tenant.change({ expiry: RENEWED, status: CARD_STATUS.frozen });
  tenant.change({ expiry: RENEWED, group: 3 });
  t.equal(tenant.authorise({ expiry: 2612 }).code, approved);
  t.same([tenant.position().daySpent, tenant.position().dayCount], [2000, 2]);
});

t.test('an expiry that is brought forward holds at once', async (t) => {
  const tenant = new OneTenant();
  tenant.change({ expiry: 2607 });
  t.equal(tenant.authorise({ expiry: 2612 }).code, expiredCard);
  t.equal(tenant.authorise({ expiry: 2607 }).code, approved);
});

t.test('a card that is expired is renewed', async (t) => {
  const tenant = new OneTenant();
  tenant.now = Date.UTC(2027, 1, 1);
  t.equal(tenant.authorise({ expiry: 2612 }).code, expiredCard);
  tenant.change({ status: CARD_STATUS.expired });
  tenant.change({ expiry: RENEWED });
  t.equal(tenant.authorise({ expiry: RENEWED }).code, approved);
  t.equal(tenant.authorise({ expiry: 2612 }).code, expiredCard, 'that has passed');
});

t.test('a replacement is another card of the same account', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.authorise({ key: 1 }).code, approved);
  tenant.ask({ kind: 'issueCard', token: 2, account: 0, expiry: RENEWED, channels: 31 });
  tenant.change({ status: CARD_STATUS.lost });
  t.equal(tenant.authorise().code, RESPONSE.lostCard);
  t.equal(tenant.authorise({ token: 2 }).code, approved);
  t.equal(tenant.present({ originalKey: 1 }).code, approved, 'what the old one held is still cleared');
  t.match(tenant.position(2), { posted: 9_999_000, held: 1000, dayCount: 1 });
});
