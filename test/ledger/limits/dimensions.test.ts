import t from 'tap';
import { RESPONSE, TRAIT } from '../../../ledger/command.js';
import type { FilterSpec } from '../../../ledger/limits/program.js';
import type { Fields } from '../commands.js';
import { ATM, ECOMMERCE, EUR, NOON, POS, USD } from '../one-tenant.js';
import { PARIS } from './paris.js';
import { RuledTenant } from './ruled-tenant.js';

const { approved, notPermittedToCardholder } = RESPONSE;
const FRANCE = 250;
const JAPAN = 392;
const ENTRY = { chip: 3, contactless: 4 };

const identifiers = (merchant: string) => new RuledTenant().identifiers('', '', merchant);
const acceptor = (text: string): Fields => ({
  acceptor: Buffer.alloc(40, text, 'latin1'),
  acceptorLength: text.length,
});

interface Case {
  readonly what: string;
  readonly filter: FilterSpec;
  readonly is: readonly Fields[];
  readonly isNot: readonly Fields[];
}

const CASES: readonly Case[] = [
  {
    what: 'merchant categories, of which ranges have both ends',
    filter: {
      mcc: [
        [5411, 5411],
        [5811, 5814],
      ],
    },
    is: [{ mcc: 5411 }, { mcc: 5811 }, { mcc: 5814 }],
    isNot: [{ mcc: 0 }, { mcc: 5410 }, { mcc: 5815 }, { mcc: 9999 }],
  },
  {
    what: 'countries',
    filter: { countries: [FRANCE, 0] },
    is: [{ country: FRANCE }, { country: 0 }],
    isNot: [{ country: JAPAN }],
  },
  {
    what: 'currencies of the transaction',
    filter: { currencies: [EUR] },
    is: [{ currency: EUR }],
    isNot: [{ currency: USD }],
  },
  {
    what: 'channels',
    filter: { channels: ECOMMERCE | ATM },
    is: [{ channels: ECOMMERCE }, { channels: ATM }],
    isNot: [{ channels: POS }],
  },
  {
    what: 'entry modes',
    filter: { entries: 1 << ENTRY.chip },
    is: [{ entry: ENTRY.chip }],
    isNot: [{ entry: 0 }, { entry: ENTRY.contactless }],
  },
  {
    what: 'traits that are all set, and such that none is',
    filter: { traits: TRAIT.pin, noTraits: TRAIT.strongAuthentication },
    is: [{ traits: TRAIT.pin }],
    isNot: [{ traits: 0 }, { traits: TRAIT.pin | TRAIT.strongAuthentication }],
  },
  {
    what: 'processing types',
    filter: { types: [0, 9] },
    is: [{ processingCode: 0 }, { processingCode: 90_000 }],
    isNot: [{ processingCode: 10_000 }],
  },
  {
    what: 'acquirers',
    filter: { acquirers: [12_345_678_901] },
    is: [{ acquirer: 12_345_678_901 }],
    isNot: [{ acquirer: 0 }, { acquirer: 345_678_901 }],
  },
  {
    what: 'all acquirers but some',
    filter: { notAcquirers: [42] },
    is: [{ acquirer: 0 }, { acquirer: 43 }],
    isNot: [{ acquirer: 42 }],
  },
  {
    what: 'merchants',
    filter: { merchants: ['SHOP 1', 'SHOP 2'] },
    is: [{ identifiers: identifiers('SHOP 1') }, { identifiers: identifiers('SHOP 2') }],
    isNot: [{ identifiers: identifiers('SHOP 11') }, { identifiers: identifiers('') }],
  },
  {
    what: 'all merchants but some',
    filter: { notMerchants: ['SHOP 1'] },
    is: [{ identifiers: identifiers('SHOP 2') }],
    isNot: [{ identifiers: identifiers('SHOP 1') }],
  },
  {
    what: 'names of acceptors by pattern',
    filter: { names: ['*casino*', 'café ?'] },
    is: [acceptor('GRAND CASINO MONACO'), acceptor('casino'), acceptor('CAFÉ 1')],
    isNot: [acceptor('CASINA'), acceptor('CAFÉ 12'), acceptor('')],
  },
  {
    what: 'all names but some',
    filter: { notNames: ['BET*'] },
    is: [acceptor('ALPHABET'), acceptor('')],
    isNot: [acceptor('BET 24')],
  },
  {
    what: 'cash-back',
    filter: { cashback: true },
    is: [{ cashback: 500 }],
    isNot: [{ cashback: 0 }],
  },
  {
    what: 'no cash-back',
    filter: { cashback: false },
    is: [{ cashback: 0 }],
    isNot: [{ cashback: 500 }],
  },
  {
    what: 'amounts of a band, both ends within',
    filter: { least: 1000, greatest: 2000 },
    is: [{ amount: 1000 }, { amount: 2000 }],
    isNot: [{ amount: 999 }, { amount: 2001 }],
  },
  {
    what: 'several, of which all must be so',
    filter: { mcc: [[5411, 5411]], channels: POS, countries: [FRANCE] },
    is: [{ mcc: 5411, country: FRANCE }],
    isNot: [{ mcc: 5411 }, { country: FRANCE }, { mcc: 5411, country: FRANCE, channels: ECOMMERCE }],
  },
];

function asked(tenant: RuledTenant, message: Fields): number {
  return tenant.authorise({ mcc: 5999, ...message }).code;
}

function newTenant(): RuledTenant {
  const tenant = new RuledTenant();
  tenant.ask({ kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 79_234_000, exponents: 0 });
  return tenant;
}

for (const { what, filter, is, isNot } of CASES) {
  t.test(`a block list by ${what}`, async (t) => {
    const tenant = newTenant();
    tenant.rule([{ kind: 'block', filter, code: notPermittedToCardholder }]);
    for (const message of is) {
      t.equal(asked(tenant, message), notPermittedToCardholder, `blocked: ${JSON.stringify(message)}`);
      t.equal(tenant.decision.rule, 1);
    }
    for (const message of isNot) t.equal(asked(tenant, message), approved, `${JSON.stringify(message)}`);
  });

  t.test(`an allow list by ${what}`, async (t) => {
    const tenant = newTenant();
    tenant.rule([{ kind: 'allow', filter, code: notPermittedToCardholder }]);
    for (const message of is)
      t.equal(asked(tenant, message), approved, `allowed: ${JSON.stringify(message)}`);
    for (const message of isNot) t.equal(asked(tenant, message), notPermittedToCardholder);
  });

  t.test(`a velocity by ${what}`, async (t) => {
    const tenant = newTenant();
    const limited = is.length;
    tenant.rule([{ window: 'day', filter, count: limited, code: RESPONSE.exceedsCountLimit }]);
    for (const message of [...is, ...isNot]) t.equal(asked(tenant, message), approved);
    t.equal(asked(tenant, is[0]!), RESPONSE.exceedsCountLimit, 'only what it is for was counted');
    t.equal(asked(tenant, isNot[0]!), approved);
  });
}

t.test('a schedule, in local time, of days of the week and hours', async (t) => {
  const day = 1440;
  const tenant = newTenant();
  // Monday to Friday from 7:00 to 20:00; on public holidays from 10:00 to noon.
  const times = [0, 1, 2, 3, 4].map((weekday): [number, number] => [
    weekday * day + 420,
    weekday * day + 1200,
  ]);
  const calendar = { ...PARIS, holidays: [20_648] };
  tenant.rule(
    [{ kind: 'allow', filter: { times, holidayTimes: [[600, 720]] }, code: notPermittedToCardholder }],
    {
      calendar,
    },
  );
  const at = (text: string) => {
    tenant.now = Date.parse(text);
    return tenant.authorise({}).code;
  };
  t.equal(at('2026-06-15T04:59:59Z'), notPermittedToCardholder, 'Monday 6:59 in summer');
  t.equal(at('2026-06-15T05:00Z'), approved, 'Monday 7:00');
  t.equal(at('2026-06-15T17:59Z'), approved, 'Monday 19:59');
  t.equal(at('2026-06-15T18:00Z'), notPermittedToCardholder, 'Monday 20:00');
  t.equal(at('2026-06-20T10:00Z'), notPermittedToCardholder, 'Saturday');
  t.equal(at('2026-07-14T07:59Z'), notPermittedToCardholder, 'Bastille Day, a Tuesday, 9:59');
  t.equal(at('2026-07-14T08:00Z'), approved, 'Bastille Day 10:00');
  t.equal(at('2026-11-02T05:59Z'), notPermittedToCardholder, 'Monday 6:59 in winter');
  t.equal(at('2026-11-02T06:00Z'), approved, 'Monday 7:00');
  tenant.now = NOON;
});

t.test('a rule of a currency is for accounts in it', async (t) => {
  const tenant = newTenant();
  tenant.issue(2, { currency: USD }, 100_000);
  tenant.rule([{ each: 500, currency: EUR }]);
  t.equal(tenant.authorise({ token: 2, currency: USD }).code, approved);
  t.equal(tenant.authorise({ token: 1 }).code, RESPONSE.exceedsAmountLimit);
  // 5.43 USD are 5.01 EUR, rounded.
  t.equal(tenant.authorise({ token: 1, currency: USD, amount: 543 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.authorise({ token: 1, currency: USD, amount: 542 }).code, approved);
});
