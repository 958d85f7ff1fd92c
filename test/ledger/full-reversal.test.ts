import fc from 'fast-check';
import t from 'tap';
import { BOOK_NAMES } from '../../ledger/books.js';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { holds } from '../parsers/property.js';
import type { Asked } from './commands.js';
import { DAY, EUR, OneTenant, RESTAURANT, USD } from './one-tenant.js';

const [AUTHORISATION, LAST] = [1, 999];
/** Minutes for which it is remembered: its hold's seven days, and seven more. */
const REMEMBERED = 14 * DAY - 1;

/** What may become of an authorisation: commands that name it, or one of the messages that named it before. */
const step = fc.record({
  kind: fc.constantFrom('authorise', 'clear', 'clear', 'reverse', 'advanceTime'),
  amount: fc.oneof(fc.constantFrom(0, 500, 1000, 1200), fc.nat(2500)),
  kept: fc.oneof(fc.constant(-1), fc.nat(1000)),
  flags: fc.constantFrom(0, FLAG.advice, FLAG.more, FLAG.more | FLAG.advice),
  mcc: fc.constantFrom(5411, RESTAURANT),
  currency: fc.constantFrom(EUR, EUR, USD),
  original: fc.nat(40),
  minutes: fc.constantFrom(0, 1, 60, 2000, 9000),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const money = fc.record({
  currency: fc.constantFrom(EUR, USD),
  amount: fc.integer({ min: 1, max: 3000 }),
  flags: fc.constantFrom(0, FLAG.advice, FLAG.partial),
});

function opened(): OneTenant {
  const tenant = new OneTenant();
  const rule = { mcc: RESTAURANT, mccTo: RESTAURANT, holdMinutes: 1440, estimateMinutes: 1440 };
  tenant.ask({ kind: 'setHoldRule', tolerance: 2000, ...rule });
  tenant.ask({ kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 79_000_000, spread: 150 });
  tenant.issue(2, {}, 1900);
  // Others of the card go on beside it.
  tenant.authorise({ token: 2, amount: 300 });
  tenant.buy({ token: 2, amount: 100 });
  return tenant;
}

function commandsOf(steps: readonly Step[]): Asked[] {
  return steps.map(({ kind, amount, kept, flags, mcc, currency, original }, index): Asked => {
    const own = { token: 2, key: 10 + index, originalKey: original < 10 ? AUTHORISATION : original };
    const fields = { ...own, amount, currency, mcc, channels: 1, fingerprint: amount };
    if (kind === 'reverse') return { kind, ...own, currency, fingerprint: original, amount: 0, kept };
    if (kind === 'authorise') return { kind, ...fields, flags: flags | FLAG.incremental };
    if (kind === 'clear') return { kind, ...fields, flags };
    return { kind: 'advanceTime' };
  });
}

/** Balances of the card's account and of the books. */
function moneyOf(tenant: OneTenant): string {
  const { posted, held } = tenant.position(2);
  const { books } = tenant.state;
  const names = BOOK_NAMES.map((name, account) => `${name} ${books.balance(0, account)}`);
  return [`posted ${posted}`, `held ${held}`, ...names].join(', ');
}

t.test(
  'a full reversal, whatever came before it, leaves the account and the books as if nothing had',
  async (t) => {
    let [raised, cleared, expired] = [0, 0, 0];
    holds(
      t,
      fc.property(money, fc.array(step, { maxLength: 25, size: 'max' }), (first, steps) => {
        const [tenant, other] = [opened(), opened()];
        const told = tenant.authorise({ key: AUTHORISATION, token: 2, ...first });
        fc.pre(told.code === RESPONSE.approved || told.code === RESPONSE.partiallyApproved);
        const family = new Set([AUTHORISATION]);
        let passed = 0;
        for (const [index, asked] of commandsOf(steps).entries()) {
          const minutes = passed + steps[index]!.minutes > REMEMBERED ? 0 : steps[index]!.minutes;
          passed += minutes;
          for (const each of [tenant, other]) each.tick(minutes);
          // Only what became of it: what found no authorisation is another transaction.
          if (!family.has(asked.originalKey ?? 0)) continue;
          if (asked.kind !== 'advanceTime') tenant.ask(asked);
          const { status, marks } = tenant.standing(asked.key ?? 0) ?? { status: '', marks: '' };
          if (marks.includes('forced') || status === 'suspended')
            tenant.reverse({ token: 2, originalKey: asked.key! });
          if (status === 'held') tenant.reverse({ token: 2, originalKey: asked.key! });
          if (status === 'increment' || status === 'clearing') family.add(asked.key!);
          if (status === 'increment') raised++;
          if (status === 'clearing') cleared++;
        }
        if (tenant.standing(AUTHORISATION)!.status === 'expired') expired++;
        const { code } = tenant.reverse({ token: 2, key: LAST, originalKey: AUTHORISATION });
        if (code !== RESPONSE.approved) throw new Error(`${code} to the reversal`);
        if (moneyOf(tenant) !== moneyOf(other)) throw new Error(`${moneyOf(tenant)}, not ${moneyOf(other)}`);
      }),
      500,
    );
    t.ok(
      raised > 50 && cleared > 100 && expired > 10,
      `${raised} raised, ${cleared} cleared, ${expired} expired`,
    );
  },
);
