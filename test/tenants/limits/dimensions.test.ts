import t from 'tap';
import type { Conditions } from '../../../tenants/limits/schema.js';
import { DocumentedTenant, documentOf } from './documented-tenant.js';
import { type Payment, pay } from './payment.js';

interface Case {
  readonly conditions: Conditions;
  readonly is: readonly Payment[];
  readonly isNot: readonly Payment[];
}

/** What each condition is so of, and what not. */
const CASES: readonly Case[] = [
  { conditions: { mcc: 5812 }, is: [{ mcc: 5812 }], isNot: [{ mcc: 5811 }, { mcc: 0 }] },
  {
    conditions: { mcc: ['5811-5814', 742, 'own'] },
    is: [{ mcc: 5811 }, { mcc: 5814 }, { mcc: 742 }, { mcc: 7995 }, { mcc: 1 }],
    isNot: [{ mcc: 5815 }, { mcc: 7420 }],
  },
  { conditions: { merchant: 'SHOP 1' }, is: [{ merchant: 'SHOP 1' }], isNot: [{ merchant: 'SHOP 11' }] },
  {
    conditions: { name: ['*casino*', 'CAFÉ ?'] },
    is: [{ name: 'GRAND CASINO' }, { name: 'café 1' }],
    isNot: [{ name: 'CASINA' }],
  },
  { conditions: { acquirer: '00123' }, is: [{ acquirer: 123 }], isNot: [{ acquirer: 1234 }, {}] },
  {
    conditions: { country: 'FR' },
    is: [{ country: 'FR' }],
    isNot: [{ country: 'DE' }, { country: 'unknown' }],
  },
  {
    conditions: { country: ['EEA', 'unknown'] },
    is: [{ country: 'NO' }, { country: 'RE' }, { country: 'unknown' }],
    isNot: [{ country: 'CH' }, { country: 'GB' }],
  },
  {
    conditions: { country: 'neighbours' },
    is: [{ country: 'CH' }, { country: 'LU' }],
    isNot: [{ country: 'FR' }],
  },
  {
    conditions: { location: 'domestic' },
    is: [{ country: 'FR' }],
    isNot: [{ country: 'BE' }, { country: 'unknown' }],
  },
  {
    conditions: { location: 'international' },
    is: [{ country: 'BE' }],
    isNot: [{ country: 'FR' }, { country: 'unknown' }],
  },
  { conditions: { currency: ['USD', '826'] }, is: [{ currency: 'USD' }], isNot: [{ currency: 'EUR' }] },
  {
    conditions: { entry: ['magstripe', 'fallback'] },
    is: [{ entry: 'magstripe' }, { entry: 'fallback' }],
    isNot: [{ entry: 'chip' }, { entry: 'unknown' }],
  },
  {
    conditions: { channel: ['ecommerce', 'moto'] },
    is: [{ channel: 'ecommerce' }, { channel: 'moto' }],
    isNot: [{ channel: 'pos' }, { channel: 'atm' }],
  },
  {
    conditions: { channel: 'wallet' },
    is: [{ traits: ['walletToken', 'pin'] }],
    isNot: [{}, { traits: ['pin'] }],
  },
  { conditions: { wallet: true }, is: [{ traits: ['walletToken'] }], isNot: [{}] },
  { conditions: { type: 'cash' }, is: [{ type: 'cash' }], isNot: [{}, { type: 'quasiCash' }] },
  {
    conditions: { type: ['purchase', 'cheque'] },
    is: [{}, { type: 'cheque' }],
    isNot: [{ type: 'cash' }, { type: 'accountFunding' }],
  },
  { conditions: { amount: { from: 1000 } }, is: [{ amount: 1000 }], isNot: [{ amount: 999 }] },
  { conditions: { amount: { to: 1000 } }, is: [{ amount: 1000 }], isNot: [{ amount: 1001 }] },
  { conditions: { cashback: true }, is: [{ cashback: 500 }], isNot: [{}] },
  { conditions: { cashback: false }, is: [{}], isNot: [{ cashback: 500 }] },
  ...(
    [
      'cardPresent',
      'cardholderPresent',
      'strongAuthentication',
      'pin',
      'recurring',
      'credentialOnFile',
    ] as const
  ).flatMap((trait): Case[] => [
    { conditions: { [trait]: true }, is: [{ traits: [trait] }], isNot: [{}, { traits: ['walletToken'] }] },
    { conditions: { [trait]: false }, is: [{}, { traits: ['walletToken'] }], isNot: [{ traits: [trait] }] },
  ]),
  {
    conditions: { mcc: 5812, channel: 'pos' },
    is: [{ mcc: 5812 }],
    isNot: [{ mcc: 5811 }, { mcc: 5812, channel: 'atm' }, { mcc: 5811, channel: 'atm' }],
  },
];

const GROUPS = { merchantCategories: { own: ['gambling', 1] }, countries: { neighbours: ['BENELUX', 'CH'] } };

function asked(rule: object) {
  const document = documentOf({ country: 'FR', groups: GROUPS, rules: [{ name: 'it', ...rule }] });
  const tenant = new DocumentedTenant(document);
  tenant.ask({ kind: 'setRate', currency: 840, billingCurrency: 978, rate: 79_234_000, exponents: 0 });
  return (payment: Payment) => pay(tenant, document, payment).code;
}

for (const { conditions, is, isNot } of CASES) {
  const what = JSON.stringify(conditions);
  t.test(`a block and an allow list when ${what}`, async (t) => {
    const blocked = asked({ kind: 'block', when: conditions });
    const allowed = asked({ kind: 'allow', when: conditions });
    for (const payment of is) {
      t.equal(blocked(payment), '57', JSON.stringify(payment));
      t.equal(allowed(payment), '00', JSON.stringify(payment));
    }
    for (const payment of isNot) {
      t.equal(blocked(payment), '00', JSON.stringify(payment));
      t.equal(allowed(payment), '57', JSON.stringify(payment));
    }
  });

  if (Object.keys(conditions).length > 1) continue;
  t.test(`a block unless ${what}`, async (t) => {
    const blocked = asked({ kind: 'block', unless: conditions });
    for (const payment of is) t.equal(blocked(payment), '00', JSON.stringify(payment));
    for (const payment of isNot) t.equal(blocked(payment), '57', JSON.stringify(payment));
  });

  t.test(`a velocity when ${what}`, async (t) => {
    const counted = asked({ kind: 'count', count: is.length, window: 'day', when: conditions });
    for (const payment of [...is, ...isNot]) t.equal(counted(payment), '00', JSON.stringify(payment));
    t.equal(counted(is[0]!), '65', 'only what it is for was counted');
    t.equal(counted(isNot[0]!), '00');
  });
}

t.test('of what `when` and `unless` say of one matter, what is left', async (t) => {
  const blocked = asked({
    kind: 'block',
    when: { mcc: '5000-5999', country: 'EEA', channel: ['pos', 'atm'], amount: { from: 500 } },
    unless: { mcc: '5812', country: ['DE', 'BE'], channel: 'atm', amount: { from: 2000 } },
  });
  t.equal(blocked({}), '57');
  t.equal(blocked({ amount: 1999 }), '57');
  for (const payment of [
    { mcc: 5812 },
    { mcc: 6000 },
    { country: 'DE' },
    { country: 'US' },
    { channel: 'atm' },
    { channel: 'moto' },
    { amount: 2000 },
    { amount: 499 },
  ] as const) {
    t.equal(blocked(payment), '00', JSON.stringify(payment));
  }
});

t.test('one condition of `unless` that is so is enough', async (t) => {
  const blocked = asked({ kind: 'block', unless: { mcc: 5812, country: 'DE' } });
  t.equal(blocked({ mcc: 5812 }), '00');
  t.equal(blocked({ country: 'DE' }), '00');
  t.equal(blocked({}), '57');
});
