import fc from 'fast-check';
import t from 'tap';
import { apply, isDecided } from '../../ledger/apply.js';
import { Decision, FLAG, MARK, RESPONSE } from '../../ledger/command.js';
import { AMOUNT_END, RECORD } from '../../ledger/record.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { holds } from '../parsers/property.js';
import type { Step } from './arbitrary-commands.js';
import { FUEL, LIVES_OPENING, lifeStep } from './arbitrary-lives.js';
import { type Asked, commandOf } from './commands.js';
import { EUR, NOON, USD } from './one-tenant.js';
import { proveSums } from './sums.js';

const MOST = 999_999_999_999;

/** What an operator does meanwhile. */
const operated = fc.oneof(
  fc.constantFrom<Asked>(
    {
      kind: 'setLimits',
      currency: EUR,
      channels: 31,
      perTransaction: 4 * MOST,
      perDay: 1e15,
      perDayCount: 99,
    },
    { kind: 'setLimits', currency: EUR, channels: 31, perTransaction: 1200, perDay: 5000, perDayCount: 2 },
    { kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 9_999_999, exponents: 2, spread: 10_000 },
    { kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 90_000_001, exponents: -3, spread: 1 },
    { kind: 'setHoldRule', mcc: 0, mccTo: 9999, holdMinutes: 1, estimateMinutes: 5000, tolerance: 65_535 },
    { kind: 'setHoldRule', mcc: FUEL, mccTo: FUEL, holdMinutes: 0, estimateMinutes: 0, tolerance: 1 },
    { kind: 'credit', account: 0, currency: EUR, amount: 3 * MOST },
    { kind: 'aliasCard', token: 19, originalToken: 1 },
    { kind: 'openAccount', account: 3, currency: USD, overdraft: MOST },
  ),
);

/** The steps of a life, some of them of the largest amounts that a message can have, and some that name no original. */
const step: fc.Arbitrary<Step> = fc
  .record({
    life: lifeStep,
    operated: fc.option(operated, { freq: 20, nil: undefined }),
    scale: fc.constantFrom(0, 0, 0, 0, 1, 2),
    unnamed: fc.boolean(),
  })
  .map(({ life, operated, scale, unnamed }): Step => {
    const { asked, waitMs } = life;
    if (operated !== undefined) return { asked: operated, waitMs };
    const amount = scale === 0 ? asked.amount : MOST - (scale - 1) * (asked.amount ?? 0);
    const flags = (asked.flags ?? 0) | (unnamed && asked.kind === 'reverse' ? FLAG.unnamed : 0);
    if (asked.amount === undefined || asked.kind === 'credit') return life;
    return {
      asked: { ...asked, amount: amount!, flags, ...(asked.billing ? { billing: amount! } : {}) },
      waitMs,
    };
  });

/** Whether the command can follow: accounts and cards are new once, and what is voided was decided. */
function follows(state: TenantState, asked: Asked): boolean {
  const command = commandOf(asked);
  if (asked.kind === 'openAccount') return state.accounts.length === asked.account;
  if (asked.kind === 'aliasCard') return state.cardOf(command.token) < 0;
  if (asked.kind !== 'voidRequest') return true;
  return (
    isDecided(state, command.key) && state.records.status(state.records.find(command.key)) !== RECORD.reversal
  );
}

t.test('however commands follow each other, everything sums up, and nothing breaks', async (t) => {
  const met = new Map<number, number>();
  holds(
    t,
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps: Step[]) => {
      const state = new TenantState();
      const decision = new Decision();
      let at = NOON;
      for (const asked of LIVES_OPENING) apply(state, commandOf(asked), at, decision);
      for (const { asked, waitMs } of steps) {
        at += waitMs;
        if (!follows(state, asked)) continue;
        apply(state, commandOf(asked), at, decision);
        proveSums(state);
        if (decision.billed < 0 || decision.billed >= AMOUNT_END)
          throw new Error(`${decision.billed} billed`);
        const approves = decision.responseCode === RESPONSE.approved && asked.kind === 'clear';
        if (approves && decision.billed > 2 ** 39)
          met.set(decision.marks, (met.get(decision.marks) ?? 0) + 1);
      }
    }),
    1000,
  );
  const large = [...met.keys()].filter((marks) => (marks & (MARK.overTolerance | MARK.indebted)) !== 0);
  t.ok(large.length > 1, 'among them clearings of the largest amounts, above what is held and what is there');
});
