import t from 'tap';
import { RESPONSE } from '../../ledger/command.js';
import { DAY, OneTenant } from './one-tenant.js';

const DUPLICATE = { code: RESPONSE.duplicate, approvalCode: 0, journalled: true };
const FULL = 10_000_000;

t.test('what was cleared is not cleared again under another key', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.present({ originalKey: 1 });
  t.same(tenant.present({ key: 3, originalKey: 1 }), DUPLICATE, 'by advice');
  t.same(tenant.buy({ key: 4, originalKey: 1 }), DUPLICATE, 'by request');
  t.same(tenant.present({ originalKey: 1, amount: 1 }), DUPLICATE, 'of another amount');
  t.hasStrict(tenant.standing(3), { status: 'declined', billed: 0, marks: '' });
  t.equal(tenant.position().posted, FULL - 1000);
  t.same(tenant.present({ key: 3, originalKey: 1 }), { ...DUPLICATE, journalled: false });
});

t.test('it is known by its approval code and by its retrieval reference as well', async (t) => {
  const tenant = new OneTenant();
  const identifiers = tenant.identifiers('RRN000000001', 'TERM0001', 'MERCHANT');
  const { approvalCode } = tenant.authorise({ key: 1, identifiers });
  tenant.present({ originalKey: 1 });
  t.same(tenant.present({ approvalCode }), DUPLICATE);
  t.same(tenant.present({ identifiers }), DUPLICATE);
  t.equal(tenant.position().posted, FULL - 1000);
});

t.test('what was booked without an authorisation is not booked again, whoever names it', async (t) => {
  const tenant = new OneTenant();
  const identifiers = tenant.identifiers('RRN000000002');
  tenant.buy({ key: 1, identifiers });
  t.same(tenant.present({ originalKey: 1 }), DUPLICATE, 'by its key');
  t.same(tenant.present({ identifiers }), DUPLICATE, 'by its retrieval reference');
  t.equal(tenant.position().posted, FULL - 1000);
});

t.test('the same purchase once more is another purchase', async (t) => {
  const tenant = new OneTenant();
  const identifiers = tenant.identifiers('', 'TERM0001', 'MERCHANT');
  t.equal(tenant.buy({ identifiers }).code, RESPONSE.approved);
  t.equal(tenant.buy({ identifiers }).code, RESPONSE.approved);
  t.equal(tenant.present({ identifiers }).code, RESPONSE.approved);
  t.equal(tenant.position().posted, FULL - 3000);
});

t.test('after a late clearing, too', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.tick(7 * DAY);
  t.equal(tenant.present({ originalKey: 1 }).code, RESPONSE.approved);
  t.same(tenant.present({ originalKey: 1 }), DUPLICATE);
  t.equal(tenant.position().posted, FULL - 1000);
});

t.test('once the first is reversed, another may come', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.present({ key: 2, originalKey: 1 });
  tenant.reverse({ originalKey: 2 });
  t.equal(tenant.present({ key: 3, originalKey: 1 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(3), { marks: 'late' });
  t.same(tenant.present({ originalKey: 1 }), DUPLICATE);
  t.equal(tenant.position().posted, FULL - 1000);
});
