import fc from 'fast-check';
import { RESPONSE } from '../../../ledger/command.js';
import type { FilterSpec } from '../../../ledger/limits/program.js';
import { FUEL } from '../arbitrary-lives.js';
import { EUR, RESTAURANT } from '../one-tenant.js';
import type { Rule } from './ruled-tenant.js';

const DAY = 1440;

/** Conditions that the messages of `arbitrary-lives.ts` meet at times. */
const filter = fc.oneof(
  fc.constant<FilterSpec>({}),
  fc.constantFrom<FilterSpec>(
    { mcc: [[RESTAURANT, RESTAURANT]] },
    { mcc: [[0, FUEL]] },
    { currencies: [EUR] },
    { types: [0] },
    { least: 600 },
    { greatest: 1100 },
    { cashback: false },
    { times: [[0, 3 * DAY]] },
    { notMerchants: ['SHOP'] },
  ),
);
const code = fc.constantFrom(
  RESPONSE.exceedsAmountLimit,
  RESPONSE.exceedsCountLimit,
  RESPONSE.notPermittedToCardholder,
);
const common = { filter, code, shadow: fc.constantFrom(undefined, undefined, true as const) };
const amount = fc.integer({ min: 500, max: 6000 });
const counted = {
  ...common,
  scope: fc.constantFrom('card', 'account', 'tenant'),
  currency: fc.constantFrom(0, EUR),
  window: fc.constantFrom('day', 'week', 'month', 'year', 'lifetime', 'trailing', 'authentication'),
  bucketMinutes: fc.constantFrom(60, 1440),
  buckets: fc.constantFrom(1, 5),
} as const;

const rule = fc.oneof(
  fc.record({ kind: fc.constantFrom('block', 'allow'), ...common }),
  fc.record({ kind: fc.constant('lock'), ...common }),
  fc.record({ each: amount, partial: fc.constantFrom(undefined, true as const), ...common }),
  fc.record({ amount, partial: fc.constantFrom(undefined, true as const), ...counted }),
  fc.record({
    count: fc.integer({ min: 1, max: 5 }),
    keeps: fc.constantFrom(undefined, true as const),
    ...counted,
  }),
  fc.record({ amount, carry: amount, ...counted, window: fc.constantFrom('day', 'week', 'month') }),
);

/** Sets of up to eight rules of any kind. */
export const rules: fc.Arbitrary<readonly Rule[]> = fc
  .array(rule, { minLength: 1, maxLength: 8 })
  .map((some) =>
    some.map((one, index) => ({ ...one, number: index + 1, name: `rule ${index + 1}` }) as Rule),
  );
