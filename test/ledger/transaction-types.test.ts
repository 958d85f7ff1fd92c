import t from 'tap';
import { RESPONSE } from '../../ledger/command.js';
import { ATM, OneTenant } from './one-tenant.js';

/** First two digits of DE3 (ISO 8583:1987 table A.5, as networks use them), of what takes money. */
const DEBITS = { purchase: 0, cash: 1, adjustment: 2, cashback: 9, accountFunding: 10, quasiCash: 11 };
const CREDITS = { refund: 20, deposit: 21, originalCredit: 26, payment: 28 };

t.test('whatever takes money holds it, and is cleared', async (t) => {
  for (const [name, type] of Object.entries(DEBITS)) {
    const tenant = new OneTenant();
    const asked = { processingCode: type * 10_000, channels: ATM };
    t.equal(tenant.authorise({ key: 1, ...asked }).code, RESPONSE.approved, name);
    t.equal(tenant.position().held, 1000, name);
    tenant.present({ originalKey: 1, ...asked });
    t.same(tenant.book(), { cardholders: 9_999_000, settlement: 1000 }, name);
    t.equal(tenant.buy(asked).code, RESPONSE.approved, name);
    t.equal(tenant.position().posted, 9_998_000, name);
  }
});

t.test('whatever brings money holds nothing, and is booked', async (t) => {
  for (const [name, type] of Object.entries(CREDITS)) {
    const tenant = new OneTenant();
    t.equal(tenant.authorise({ processingCode: type * 10_000 }).code, RESPONSE.approved, name);
    t.equal(tenant.position().held, 0, name);
    t.equal(tenant.buy({ processingCode: type * 10_000 }).code, RESPONSE.approved, name);
    t.equal(tenant.position().posted, 10_001_000, name);
  }
});
