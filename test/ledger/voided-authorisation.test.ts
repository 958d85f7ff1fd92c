import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, OneTenant, type OneTenant as Tenant } from './one-tenant.js';

const [HOLD, INCREMENT, CLEARING] = [1, 2, 3];
const ACCOUNT = 10_000_000;
const ADVICE_OF_INCREMENT = FLAG.advice;
const PART = FLAG.more;

/** A hold of 10.00, an advised increment by 2.00; then what is done before the void of the hold. */
function voided(before: (tenant: Tenant) => void = () => {}): Tenant {
  const tenant = new OneTenant();
  tenant.authorise({ key: HOLD });
  tenant.raise(HOLD, { key: INCREMENT, amount: 200, flags: ADVICE_OF_INCREMENT });
  before(tenant);
  withdraw(tenant, HOLD);
  return tenant;
}

function withdraw(tenant: Tenant, key: number): void {
  tenant.ask({ kind: 'voidRequest', key });
}

t.test('an advised clearing stands when its authorisation is voided', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: HOLD });
  tenant.present({ key: CLEARING, originalKey: HOLD });
  const before = [tenant.position(), tenant.book()];
  withdraw(tenant, HOLD);
  t.same([tenant.position(), tenant.book()], before);
  t.hasStrict(tenant.standing(HOLD), { status: 'cleared', held: 0, posted: 1000 });
  t.equal(tenant.authorise({ key: HOLD }).code, RESPONSE.issuerInoperative);
  t.equal(tenant.present({ key: CLEARING, originalKey: HOLD }).code, RESPONSE.approved);
});

t.test('an advised increment stays held when its authorisation is voided, and expires', async (t) => {
  const tenant = voided();
  t.hasStrict(tenant.standing(HOLD), { status: 'held', held: 200 });
  t.hasStrict(tenant.position(), { held: 200, daySpent: 200, dayCount: 1 });
  tenant.tick(7 * DAY);
  t.equal(tenant.standing(HOLD)!.status, 'expired');
  t.equal(tenant.position().held, 0);
});

t.test(
  'of what was cleared in part, the rest of its own is given back, and the count with the last',
  async (t) => {
    const tenant = voided((before) =>
      before.present({ key: CLEARING, originalKey: HOLD, amount: 300, flags: PART }),
    );
    t.hasStrict(tenant.standing(HOLD), { status: 'held', held: 200, posted: 300 });
    t.hasStrict(tenant.position(), { posted: ACCOUNT - 300, daySpent: 500, dayCount: 1 });
    tenant.reverse({ originalKey: INCREMENT });
    t.hasStrict(tenant.standing(HOLD), { status: 'released', held: 0, posted: 300 });
    t.hasStrict(tenant.position(), { posted: ACCOUNT - 300, held: 0, daySpent: 300, dayCount: 1 });
    tenant.reverse({ originalKey: CLEARING });
    t.hasStrict(tenant.position(), { posted: ACCOUNT, held: 0, daySpent: 0, dayCount: 0 });
    t.same(tenant.book(), { cardholders: ACCOUNT });
  },
);

t.test(
  'an increment and a completion that were answered 91 as well are undone by voids of their own',
  async (t) => {
    const tenant = new OneTenant();
    tenant.authorise({ key: HOLD });
    tenant.raise(HOLD, { key: INCREMENT, amount: 200 });
    tenant.buy({ key: CLEARING, originalKey: HOLD, amount: 1200 });
    withdraw(tenant, HOLD);
    t.hasStrict(tenant.position(), { posted: ACCOUNT - 1200, held: 0 });
    withdraw(tenant, INCREMENT);
    t.hasStrict(tenant.position(), { posted: ACCOUNT - 1200, held: 0 });
    withdraw(tenant, CLEARING);
    t.hasStrict(tenant.position(), { posted: ACCOUNT, held: 0, daySpent: 0, dayCount: 0 });
    t.same(tenant.book(), { cardholders: ACCOUNT });
    t.equal(tenant.standing(HOLD)!.status, 'released');
  },
);

t.test(
  'a completion that is voided after its authorisation holds no more than the increments again',
  async (t) => {
    const tenant = voided((before) => before.buy({ key: CLEARING, originalKey: HOLD, amount: 1200 }));
    withdraw(tenant, CLEARING);
    t.hasStrict(tenant.standing(HOLD), { status: 'held', held: 200, posted: 0 });
    t.hasStrict(tenant.position(), { posted: ACCOUNT, held: 200, daySpent: 200, dayCount: 1 });
  },
);

t.test('an increment that is voided leaves an advised clearing alone', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: HOLD });
  tenant.raise(HOLD, { key: INCREMENT, amount: 200 });
  tenant.present({ key: CLEARING, originalKey: HOLD, amount: 1200 });
  withdraw(tenant, INCREMENT);
  t.hasStrict(tenant.standing(HOLD), { status: 'cleared', posted: 1200 });
  t.equal(tenant.position().posted, ACCOUNT - 1200);
});

t.test('a reversal of a voided authorisation takes all that came of it with it', async (t) => {
  const tenant = voided((before) => before.present({ originalKey: HOLD, amount: 300, flags: PART }));
  t.equal(tenant.reverse({ originalKey: HOLD, amount: 1000 }).code, RESPONSE.approved);
  t.hasStrict(tenant.position(), { posted: ACCOUNT, held: 0, daySpent: 0, dayCount: 0 });
  t.same(tenant.book(), { cardholders: ACCOUNT });
});

t.test(
  'a partial reversal of a voided authorisation lowers what was cleared to what it lets stand',
  async (t) => {
    const cleared = (flags: number) => {
      const tenant = new OneTenant();
      tenant.authorise({ key: HOLD });
      tenant.present({ key: CLEARING, originalKey: HOLD, amount: 900, flags });
      withdraw(tenant, HOLD);
      tenant.reverse({ originalKey: HOLD, kept: 600 });
      return tenant;
    };
    for (const flags of [0, PART]) t.hasStrict(cleared(flags).position(), { posted: ACCOUNT - 600, held: 0 });
  },
);

t.test('a clearing of a voided authorisation is late; a request is decided anew', async (t) => {
  for (const status of ['advised', 'asked'] as const) {
    const tenant = new OneTenant();
    tenant.authorise({ key: HOLD });
    withdraw(tenant, HOLD);
    t.equal(tenant.standing(HOLD)!.status, 'released');
    const fields = { key: CLEARING, originalKey: HOLD };
    const { code } = status === 'advised' ? tenant.present(fields) : tenant.buy(fields);
    t.equal(code, RESPONSE.approved);
    t.hasStrict(tenant.standing(CLEARING), { status: 'clearing', marks: 'late' });
    t.equal(tenant.position().posted, ACCOUNT - 1000);
  }
});

t.test(
  'where increments stand, a clearing is charged what they hold, and the rest is in suspense',
  async (t) => {
    const tenant = voided();
    t.equal(tenant.buy({ originalKey: HOLD, amount: 1200 }).code, RESPONSE.invalidAmount);
    tenant.present({ key: CLEARING, originalKey: HOLD, amount: 1200 });
    t.hasStrict(tenant.standing(CLEARING), { posted: 200, marks: 'overTolerance' });
    t.hasStrict(tenant.book(), { suspense: -1000 });
    t.hasStrict(tenant.position(), { posted: ACCOUNT - 200, held: 0 });
  },
);
