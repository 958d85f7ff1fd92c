import t from 'tap';
import { LEVEL } from '../../../ledger/limits/place.js';
import { compileLimits } from '../../../tenants/limits/compile.js';
import { DocumentedTenant, documentOf } from './documented-tenant.js';
import { type Payment, pay } from './payment.js';

const YEN = 392;

/** A tenant with one rule, whose card 2 has another account. */
function ruled(rule: object, options: ConstructorParameters<typeof DocumentedTenant>[1] = {}) {
  const document = documentOf({ country: 'FR', rules: [{ name: 'it', ...rule }] });
  const tenant = new DocumentedTenant(document, options);
  tenant.issue(2, {}, 10_000_000);
  const code = (payment: Payment = {}) => pay(tenant, document, payment).code;
  return { tenant, document, code };
}

t.test('a counter is per card, or per what is wider', async (t) => {
  for (const [per, other] of [
    ['card', '00'],
    ['account', '00'],
    ['tenant', '65'],
  ] as const) {
    const { tenant, code } = ruled({ kind: 'count', count: 1, window: 'day', per });
    tenant.ask({ kind: 'issueCard', token: 3, account: 0, expiry: 2612, channels: 31 });
    t.equal(code({ card: 1 }), '00');
    t.equal(code({ card: 2 }), other, `another account, per ${per}`);
    t.equal(code({ card: 3 }), per === 'card' ? '00' : '65', `another card of the account, per ${per}`);
    t.equal(code({ card: 1 }), '65');
  }
});

t.test('what is reversed is given back, unless a rule says that it is not', async (t) => {
  for (const [givesBack, after] of [
    [true, '00'],
    [false, '62'],
  ] as const) {
    const { tenant, code } = ruled({ kind: 'single-use', givesBack });
    tenant.authorise({ key: 1, mcc: 5999 });
    t.equal(code(), '62');
    tenant.reverse({ originalKey: 1 });
    t.equal(code(), after, String(givesBack));
  }
});

t.test('amounts are of accounts in the tenant’s currency, or in that of the rule', async (t) => {
  const asked = (rule: object) => {
    const { tenant, code } = ruled(rule);
    tenant.issue(3, { currency: YEN }, 10_000_000);
    return [code({ amount: 600 }), code({ card: 3, currency: 'JPY', amount: 600 })];
  };
  t.same(asked({ kind: 'amount', amountMinor: 500 }), ['61', '00']);
  t.same(asked({ kind: 'amount', amountMinor: 500, currency: 'JPY' }), ['00', '61']);
  t.same(asked({ kind: 'block', when: { amount: { from: 500 } } }), ['57', '00'], 'bands are amounts too');
  t.same(asked({ kind: 'block', currency: '392' }), ['00', '57']);
  t.same(asked({ kind: 'block' }), ['57', '57']);
});

t.test('a terminal that can take less is given what there is room for, where the rule says so', async (t) => {
  const less = (partial: boolean) => {
    const { tenant, document } = ruled({ kind: 'amount', amountMinor: 1900, partial });
    const { code, approved } = pay(tenant, document, { amount: 2500, partial: true });
    return [code, approved];
  };
  t.same(less(true), ['10', 1900]);
  t.same(less(false), ['61', 0]);
});

t.test('a velocity of a transaction is a cap', async (t) => {
  const { code } = ruled({ kind: 'velocity', amountMinor: 1000, window: 'transaction' });
  t.same([code({ amount: 1000 }), code({ amount: 1000 }), code({ amount: 1001 })], ['00', '00', '61']);
});

t.test('contactless limits are those of PSD2 where nothing else is said', async (t) => {
  const { code } = ruled({ kind: 'contactless' });
  const tap = (amount: number) => code({ channel: 'contactless', amount });
  t.equal(tap(5001), '65');
  t.same([tap(5000), tap(5000), tap(5000), tap(1)], ['00', '00', '00', '65'], '150 euros');
  t.equal(code({ traits: ['strongAuthentication'] }), '00');
  t.same([1, 2, 3, 4, 5, 6].map(tap), ['00', '00', '00', '00', '00', '65'], 'five');
});

t.test('an allowance rolls over nothing, all, or so much', async (t) => {
  const second = (rollOver: object | boolean) => {
    const { code } = ruled({ kind: 'allowance', amountMinor: 2000, window: 'week', rollOver });
    code({ amount: 500 });
    const at = '2026-06-22T12:00';
    return [2000, 1000, 500, 1].map((amount) => code({ amount, at }));
  };
  t.same(second(false), ['00', '61', '61', '61']);
  t.same(second(true), ['00', '00', '00', '61']);
  t.same(second({ most: 1200 }), ['00', '00', '61', '00']);
});

t.test('a shadow reports, and never decides; a retired rule does nothing', async (t) => {
  const shadow = ruled({ kind: 'block', state: 'shadow' });
  t.equal(shadow.code(), '00');
  t.match(shadow.tenant.decision, { rule: 0, shadowRule: 1 });
  const retired = ruled({ kind: 'block', state: 'retired' });
  t.equal(retired.code(), '00');
  t.match(retired.tenant.decision, { rule: 0, shadowRule: 0 });
  const draft = ruled({ kind: 'block' }, { shadow: true });
  t.equal(draft.code(), '00');
  t.equal(draft.tenant.decision.shadowRule, 1);
});

t.test('a limit that only becomes another goes on with what was counted', async (t) => {
  const { tenant, code } = ruled({ kind: 'velocity', amountMinor: 5000, window: 'day' });
  t.equal(code({ amount: 5000 }), '00');
  const next = documentOf({ rules: [{ name: 'it', kind: 'velocity', amountMinor: 6000, window: 'day' }] });
  const { text: program } = compileLimits(next, {
    level: LEVEL.tenant,
    currency: 978,
    year: 2026,
    revision: 2,
  });
  tenant.ask({ kind: 'setRules', level: LEVEL.tenant, entity: 0, program });
  t.equal(code({ amount: 1001 }), '61');
  t.equal(code({ amount: 1000 }), '00');
});

t.test('rules of a card are for no other', async (t) => {
  const { code } = ruled({ kind: 'block' }, { level: LEVEL.card });
  t.same([code({ card: 1 }), code({ card: 2 })], ['57', '00']);
});
