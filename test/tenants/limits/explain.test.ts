import t from 'tap';
import { differencesOf } from '../../../tenants/limits/differences.js';
import { explainLimits, moneyText } from '../../../tenants/limits/explain.js';
import { documentOf } from './documented-tenant.js';

const SENTENCES: readonly (readonly [rule: object, sentence: string])[] = [
  [
    {
      kind: 'block',
      when: { mcc: ['gambling', 5921], country: 'EEA' },
      unless: { amount: { to: 500 }, pin: true },
    },
    'Declines every payment at merchants of gambling or 5921 in EEA (unless of 5.00 EUR or less or with a PIN) (57).',
  ],
  [
    { kind: 'allow', when: { channel: ['ecommerce', 'moto'], location: 'domestic' }, state: 'shadow' },
    'Declines every payment but those on the internet or by mail or telephone order in FR (57); as a shadow: it is reported, and never decides.',
  ],
  [
    { kind: 'amount', amountMinor: 500, currency: 'JPY', when: { type: 'cash' }, responseCode: '05' },
    'Declines a payment in cash above 500 JPY (05).',
  ],
  [
    { kind: 'count', count: 1, window: 'week', per: 'holder' },
    'Lets a holder make 1 payment a week from monday (65).',
  ],
  [
    { kind: 'velocity', amountMinor: 50_000, count: 3, window: { trailing: '24h' }, givesBack: false },
    'Lets a card spend 500.00 EUR and make 3 payments in any 24h, counted in steps of 1h; what is reversed or expires goes on to count (61).',
  ],
  [
    { kind: 'single-use', state: 'retired' },
    'Lets a card make one payment, and declines all after it (62); retired: not in force.',
  ],
  [
    { kind: 'merchant-lock' },
    'Ties a card to the merchant of its first payment, and declines all others (57).',
  ],
  [
    { kind: 'contactless', taps: 'none' },
    'Lets a card make contactless payments of 50.00 EUR each, 150.00 EUR in all since its holder was last authenticated (65).',
  ],
  [
    {
      kind: 'schedule',
      hours: [{ days: 'weekdays', from: '20:00', to: '02:00' }, { days: ['sunday'] }],
      publicHolidays: 'closed',
    },
    'Declines payments but on weekdays from 20:00 to 02:00 of the next day and on sunday, and all of them on public holidays (57).',
  ],
  [
    {
      kind: 'allowance',
      amountMinor: 2000,
      window: { month: { startsOn: 25 } },
      rollOver: { most: 3000 },
      partial: true,
    },
    'Lets a card spend 20.00 EUR a month from day 25; what is left is carried over, up to 30.00 EUR; a terminal that can take less is given what there is room for (61).',
  ],
  [
    {
      kind: 'pot',
      categories: ['fuel', 5812],
      amountMinor: 100,
      window: { year: { month: 4, startsOn: 6 } },
      per: 'tenant',
    },
    'Lets all cards together spend 1.00 EUR at merchants of fuel or 5812 a year from 6 April (61).',
  ],
];

t.test('each kind of rule in one sentence', async (t) => {
  for (const [rule, sentence] of SENTENCES) {
    const document = documentOf({ country: 'FR', holidays: 'FR', rules: [{ name: 'it', ...rule }] });
    t.equal(explainLimits(document, 978)[0]!.sentence, sentence);
  }
});

t.test('amounts have the decimal places of their currency', async (t) => {
  t.equal(moneyText(5, 978), '0.05 EUR');
  t.equal(moneyText(123_456, 978), '1234.56 EUR');
  t.equal(moneyText(0, 392), '0 JPY');
  t.equal(moneyText(1, 414), '0.001 KWD');
});

t.test('differences in words', async (t) => {
  const day = { name: 'day', kind: 'velocity', amountMinor: 5000, window: 'day' };
  const block = { name: 'block', kind: 'block', when: { mcc: 'own' } };
  const before = documentOf({
    timeZone: 'Europe/Paris',
    groups: { merchantCategories: { own: [5811, 5812] } },
    rules: [day, block, { ...block, name: 'old' }],
  });
  const after = documentOf({
    country: 'FR',
    groups: { merchantCategories: { own: [5812, '5999'] } },
    rules: [{ ...block, name: 'new' }, block, { ...day, amountMinor: 6000 }],
  });
  t.same(differencesOf(before, before, 978), []);
  t.same(differencesOf(before, after, 978), [
    'time zone: Europe/Paris → UTC',
    'home country: none → FR',
    "group of merchant categories 'own': + 5999, − 5811",
    "rule 'new' is new: Declines every payment at merchants of own (57).",
    "rule 'day': Lets a card spend 50.00 EUR a day (61). → Lets a card spend 60.00 EUR a day (61).",
    "rule 'old' is gone: Declines every payment at merchants of own (57).",
    'rules stand in another order: block, day',
  ]);
});
