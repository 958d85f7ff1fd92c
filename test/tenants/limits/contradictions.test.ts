import t from 'tap';
import { LEVEL } from '../../../ledger/limits/place.js';
import { compiled, problemsOf } from './documented-tenant.js';

const one = (rule: object, settings: object = {}) => ({ ...settings, rules: [{ name: 'it', ...rule }] });
const count = (rule: object) => one({ kind: 'count', count: 1, window: 'day', ...rule });

const WRONG: readonly (readonly [what: string, document: object, problem: RegExp])[] = [
  ['an unknown key', { rules: [], rulez: [] }, /^rulez: unknown key, did you mean 'rules'\?/],
  ['no rules', {}, /^rules: must be given/],
  ['no kind', one({}), /^rules\[0\]\.kind: must be one of block, allow/],
  ['an unknown kind', one({ kind: 'velocty' }), /did you mean 'velocity'\?/],
  ['a rule that is none', { rules: ['block'] }, /^rules\[0\]\.kind: must be one of/],
  [
    'a key of another kind',
    one({ kind: 'block', count: 2 }),
    /^rules\[0\]\.count: \(rule 'it'\) unknown key/,
  ],
  ['no name', { rules: [{ kind: 'block' }] }, /^rules\[0\]\.name: must be given/],
  [
    'an amount of a fraction',
    one({ kind: 'amount', amountMinor: 1.5 }),
    /^rules\[0\]\.amountMinor: .*whole number/,
  ],
  [
    'an unknown window',
    count({ window: 'fortnight' }),
    /^rules\[0\]\.window: .*\{ trailing: 24h \}, not "fortnight"/,
  ],
  ['an unknown dimension', one({ kind: 'block', when: { mc: 1 } }), /when\.mc: .*did you mean 'mcc'\?/],
  ['a code that is no decline', one({ kind: 'block', responseCode: '00' }), /responseCode: .*one of 05, 51/],
  ['an empty list', one({ kind: 'block', when: { mcc: [] } }), /when\.mcc: .*must be a merchant category/],
  [
    'two rules of one name',
    { rules: [...one({ kind: 'block' }).rules, ...count({}).rules] },
    /^rules\[1\]\.name: two rules/,
  ],
  [
    'an unknown group',
    one({ kind: 'block', when: { mcc: 'gamblin' } }),
    /when\.mcc: .*did you mean 'gambling'\?/,
  ],
  [
    'an unknown country',
    one({ kind: 'block', unless: { country: 'XX' } }),
    /unless\.country: .*no group 'XX'/,
  ],
  [
    'an unknown currency',
    one({ kind: 'block', when: { currency: 'EUX' } }),
    /'EUX' is no currency, did you mean/,
  ],
  [
    'a currency of a rule',
    one({ kind: 'amount', amountMinor: 1, currency: 'ZZZ' }),
    /currency: .*'ZZZ' is no currency/,
  ],
  [
    'a group in a group',
    one({ kind: 'block', when: { mcc: 'a' } }, { groups: { merchantCategories: { a: ['b'] } } }),
    /no group 'b' \(in group a\)/,
  ],
  [
    'a group with itself in it',
    one({ kind: 'block', when: { mcc: 'a' } }, { groups: { merchantCategories: { a: ['b'], b: ['a'] } } }),
    /group 'a' has itself in it/,
  ],
  ['a range', one({ kind: 'block', when: { mcc: '5900-5800' } }), /ends before it begins/],
  ['a band', one({ kind: 'block', when: { amount: { from: 2, to: 1 } } }), /ends before it begins/],
  ['a band in unless', one({ kind: 'block', unless: { amount: { from: 1, to: 2 } } }), /has one end/],
  ['a name in other letters', one({ kind: 'block', when: { name: 'Ελλάς' } }), /when\.name: .*a pattern/],
  ['a merchant of 16', one({ kind: 'block', when: { merchant: 'A'.repeat(16) } }), /at most 15 characters/],
  ['a wallet in a list', one({ kind: 'block', when: { channel: ['wallet', 'pos'] } }), /say wallet: true/],
  [
    'no home country',
    one({ kind: 'block', when: { location: 'domestic' } }),
    /needs the document’s own country/,
  ],
  [
    'a home country',
    { country: 'XX', ...one({ kind: 'block', when: { location: 'domestic' } }) },
    /own country/,
  ],
  ['no limit', one({ kind: 'velocity', window: 'day' }), /^rules\[0\]: .*limits nothing/],
  [
    'no limit of taps',
    one({ kind: 'contactless', perTapMinor: 'none', amountMinor: 'none', taps: 'none' }),
    /nothing/,
  ],
  ['a count of a payment', count({ window: 'transaction' }), /window: .*needs a window/],
  [
    'an allowance for life',
    one({ kind: 'allowance', amountMinor: 1, window: 'lifetime' }),
    /window: .*allowance is of a/,
  ],
  [
    'an allowance of a payment',
    one({ kind: 'allowance', amountMinor: 1, window: 'transaction' }),
    /allowance is of a/,
  ],
  [
    'a count that rolls over',
    one({ kind: 'pot', categories: 'fuel', count: 2, window: 'week', rollOver: true }),
    /rollOver: .*limits none/,
  ],
  [
    'a part of a count',
    one({ kind: 'velocity', count: 1, window: 'day', partial: true }),
    /partial: .*limits none/,
  ],
  ['buckets', count({ window: { trailing: '90m', buckets: 7 } }), /can't be cut into 7 equal buckets/],
  [
    'a pot of two',
    one({ kind: 'pot', categories: 'fuel', when: { mcc: 1 }, count: 1, window: 'day' }),
    /in `categories`/,
  ],
  ['taps by another channel', one({ kind: 'contactless', when: { channel: 'pos' } }), /that channel alone/],
  ['half of its hours', one({ kind: 'schedule', from: '07:00' }), /`from` and `to` go together/],
  ['no hours', one({ kind: 'schedule', from: '07:00', to: '07:00' }), /are none/],
  ['hours twice', one({ kind: 'schedule', days: 'weekend', hours: [{ days: 'weekdays' }] }), /beside them/],
  ['a time', one({ kind: 'schedule', from: '7:00', to: '25:00' }), /must be a time as "07:30"/],
  [
    'holidays that nobody names',
    one({ kind: 'schedule', publicHolidays: 'closed' }),
    /^holidays: .*nothing says which/,
  ],
  [
    'hours of a holiday',
    one({ kind: 'schedule', publicHolidays: { from: '12:00', to: '10:00' } }, { holidays: 'FR' }),
    /publicHolidays: .*end on that day/,
  ],
  ['holidays of nowhere', { holidays: 'DE-XX', rules: [] }, /^holidays: .*not known, did you mean 'DE-/],
  [
    'a day that there is not',
    { holidays: { extra: ['2026-02-30'] }, rules: [] },
    /there is no day 2026-02-30/,
  ],
  ['a time zone', { timeZone: 'Europe/Pari', rules: [] }, /^timeZone: .*did you mean 'Europe\/Paris'\?/],
  [
    'too many counters',
    {
      rules: Array.from({ length: 11 }, (_, index) => ({
        ...count({ window: { trailing: '24h', buckets: 96 } }).rules[0],
        name: `rule ${index}`,
      })),
    },
    /its counters take 1067 slots/,
  ],
];

for (const [what, document, problem] of WRONG) {
  t.test(`is refused, and says where and why: ${what}`, async (t) => {
    t.match(problemsOf(document).join('\n'), problem);
  });
}

t.test('all that is wrong is told at once', async (t) => {
  const document = {
    timeZone: 'Nowhere',
    rules: [
      ...one({ kind: 'block', when: { mcc: 'x', country: 'yy' } }).rules,
      ...count({ window: 'transaction' }).rules,
    ],
  };
  t.equal(problemsOf(document).length, 5);
});

t.test('rules that are for less than a tenant count for no more than they are attached to', async (t) => {
  t.match(
    problemsOf(count({ per: 'group' }), { level: LEVEL.card })[0],
    /per: .*can't count per group .*one card only/,
  );
  t.same(problemsOf(count({ per: 'group' }), { level: LEVEL.group }), []);
});

const ODD: readonly (readonly [what: string, document: object, warning: RegExp])[] = [
  [
    'nothing is left',
    one({ kind: 'block', when: { mcc: 5812 }, unless: { mcc: 'restaurants' } }),
    /matches no message/,
  ],
  ['both and', one({ kind: 'block', when: { pin: true }, unless: { pin: true } }), /matches no message/],
  [
    'no channel',
    one({ kind: 'block', when: { channel: 'atm' }, unless: { channel: 'atm' } }),
    /matches no message/,
  ],
  [
    'a cashback',
    one({ kind: 'block', when: { cashback: true }, unless: { cashback: true } }),
    /matches no message/,
  ],
  ['no amount', one({ kind: 'block', unless: { amount: { from: 0 } } }), /matches no message/],
  [
    'a list of nothing',
    one({ kind: 'allow', when: { mcc: 1 }, unless: { mcc: 1 } }),
    /everything is declined/,
  ],
  ['a list of everything', one({ kind: 'allow' }), /allows everything/],
  ['always open', one({ kind: 'schedule' }), /is never closed/],
  ['a cap', one({ kind: 'amount', amountMinor: 500, when: { amount: { to: 500 } } }), /never declines/],
];

for (const [what, document, warning] of ODD) {
  t.test(`can't be meant, and is warned of: ${what}`, async (t) => {
    t.match(compiled(document).warnings, [warning]);
  });
}

t.test('what is in order is not warned of, nor what is retired', async (t) => {
  t.same(compiled(count({})).warnings, []);
  t.same(compiled(one({ kind: 'schedule', state: 'retired' })).warnings, []);
  t.same(compiled(one({ kind: 'amount', amountMinor: 500, when: { amount: { to: 501 } } })).warnings, []);
});

t.test('groups that name each other again and again are expanded once', async (t) => {
  const merchantCategories = Object.fromEntries(
    Array.from({ length: 20 }, (_, depth) => [
      `g${depth}`,
      Array(100).fill(depth === 19 ? 5812 : `g${depth + 1}`),
    ]),
  );
  const document = { groups: { merchantCategories }, ...one({ kind: 'block', when: { mcc: 'g0' } }) };
  t.same(compiled(document).program.rules[0]!.filter, { mcc: [[5812, 5812]] });
});

t.test('of very much that is wrong, a hundred problems are told', async (t) => {
  const currency = Array.from(
    { length: 1000 },
    (_, index) => `X${String.fromCharCode(65 + (index % 26), 65 + ((index / 26) % 26))}`,
  );
  const rules = Array.from({ length: 50 }, (_, index) => ({
    name: `rule ${index}`,
    kind: 'block',
    when: { currency },
  }));
  t.equal(problemsOf({ rules }).length, 100);
});
