import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FLAG } from '../../../ledger/command.js';
import { LocalCalendar, periodOf } from '../../../ledger/limits/local-calendar.js';
import { remainingOf } from '../../../ledger/limits/remaining.js';
import { WINDOW, type Window } from '../../../ledger/limits/window.js';
import { HELD, POSTED, RECORD } from '../../../ledger/record.js';
import { holds } from '../../parsers/property.js';
import { commandOf } from '../commands.js';
import { HOUR } from '../one-tenant.js';
import { PARIS } from './paris.js';
import { type Rule, RuledTenant } from './ruled-tenant.js';

const CARDS = [1, 2, 3];
const MCCS = [5411, 5812, 4111];
const PLENTY = 1_000_000_000;

/** Rules whose counters are compared; what says the same to `Date` and `Array.filter`. */
const COUNTED: readonly (Rule & { readonly scope: 'card' | 'account' | 'tenant' })[] = [
  { name: 'day', scope: 'card', window: 'day' },
  { name: 'week', scope: 'account', window: 'week' },
  { name: 'month', scope: 'tenant', window: 'month' },
  { name: 'lifetime', scope: 'tenant', window: 'lifetime' },
  { name: 'groceries', scope: 'card', window: 'day', filter: { mcc: [[5411, 5411]] } },
  { name: 'small', scope: 'account', window: 'month', filter: { greatest: 2000 } },
  { name: 'trailing', scope: 'card', window: 'trailing', bucketMinutes: 60, buckets: 24 },
];

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('authorise', 'buy'),
      card: fc.nat(2),
      mcc: fc.nat(2),
      amount: fc.integer({ min: 1, max: 4000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('advise'),
      card: fc.nat(2),
      mcc: fc.nat(2),
      amount: fc.integer({ min: 1, max: 4000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reverse'),
      of: fc.nat(50),
      kept: fc.constantFrom(-1, -1, 0.25, 0.5),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('clear'),
      of: fc.nat(50),
      part: fc.constantFrom(0.5, 1, 1.1),
      more: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('raise'),
      of: fc.nat(50),
      amount: fc.integer({ min: 1, max: 1000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('void'), of: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undo'), of: fc.nat(50), voids: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('tick'), minutes: fc.constantFrom(1, 59, 5 * HOUR, 13 * HOUR) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rules'),
      keep: fc.shuffledSubarray(
        COUNTED.map((_, index) => index),
        { minLength: COUNTED.length },
      ),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A message that was approved, as whoever reads the journal knows it. */
interface Approved {
  readonly key: number;
  readonly card: number;
  readonly mcc: number;
  readonly amount: number;
  readonly minute: number;
  readonly captured: boolean;
}

class Bench {
  readonly tenant = new RuledTenant();
  readonly approved: Approved[] = [];
  /** Increments that were approved: keys, with their cards' tokens. */
  readonly raised: { readonly key: number; readonly token: number }[] = [];
  readonly calendar = new LocalCalendar(PARIS.transitions, []);

  constructor() {
    const { tenant } = this;
    tenant.ask({ kind: 'issueCard', token: 2, account: 0, expiry: 2612, channels: 31 });
    tenant.issue(3, {}, PLENTY);
    for (const mcc of MCCS)
      tenant.ask({ kind: 'setHoldRule', mcc, mccTo: mcc, holdMinutes: 30 * HOUR, tolerance: 2000 });
    this.rules(COUNTED.map((_, index) => index));
  }

  rules(order: readonly number[]): void {
    const rules = order.map(
      (index): Rule => ({ number: index + 1, amount: PLENTY, count: PLENTY, ...COUNTED[index]! }),
    );
    this.tenant.rule(rules, { calendar: PARIS });
  }

  run(step: Step): void {
    const { tenant } = this;
    switch (step.do) {
      case 'authorise':
      case 'buy':
      case 'advise': {
        const { card, mcc, amount } = step as { card: number; mcc: number; amount: number };
        const key = tenant.nextKey();
        const message = {
          token: CARDS[card]!,
          mcc: MCCS[mcc]!,
          amount,
          ...(step.do === 'buy' ? tenant.financialKey(key) : { key }),
        };
        tenant[step.do](message);
        if (tenant.decision.responseCode !== 0) return;
        const minute = Math.floor(tenant.now / 60_000);
        this.approved.push({
          key,
          card: CARDS[card]!,
          mcc: MCCS[mcc]!,
          amount,
          minute,
          captured: step.do === 'buy',
        });
        return;
      }
      case 'tick':
        return tenant.tick((step as { minutes: number }).minutes);
      case 'rules':
        return this.rules((step as { keep: readonly number[] }).keep);
      case 'undo': {
        const { of, voids } = step as { of: number; voids: boolean };
        const increment = this.raised[of % Math.max(1, this.raised.length)];
        if (increment === undefined) return;
        if (voids) tenant.ask({ kind: 'voidRequest', key: increment.key });
        else tenant.reverse({ token: increment.token, originalKey: increment.key });
        return;
      }
      default:
        return this.#about(
          step as { do: string; of: number; kept?: number; part?: number; more?: boolean; amount?: number },
        );
    }
  }

  #about(step: {
    do: string;
    of: number;
    kept?: number;
    part?: number;
    more?: boolean;
    amount?: number;
  }): void {
    const { tenant } = this;
    const original = this.approved[step.of % Math.max(1, this.approved.length)];
    if (original === undefined) return;
    const { card: token, mcc, amount } = original;
    const row = this.rowOf(original);
    // A clearing that comes after its hold is over, counts for nothing; and of a capture there is none.
    const open = row >= 0 && tenant.state.records.status(row) === RECORD.held;
    const about = { token, originalKey: original.key, mcc };
    if (step.do === 'reverse') {
      const kept = step.kept === -1 ? {} : { amount, kept: Math.ceil(amount * step.kept!) };
      const financial = original.captured ? { flags: FLAG.unnamed } : {};
      tenant.reverse({ token, originalKey: original.key, ...financial, ...kept });
    } else if (step.do === 'clear' && open) {
      const flags = step.more ? FLAG.more : 0;
      tenant.present({ ...about, amount: Math.ceil(amount * step.part!), flags });
    } else if (step.do === 'raise' && open) {
      const key = tenant.nextKey();
      tenant.raise(original.key, { key, token, mcc, amount: step.amount! });
      if (tenant.decision.responseCode === 0) this.raised.push({ key, token });
    }
    if (step.do === 'void' && row >= 0) tenant.ask({ kind: 'voidRequest', ...this.#key(original) });
  }

  #key({ key, captured }: Approved) {
    return captured ? this.tenant.financialKey(key) : { key };
  }

  rowOf(message: Approved): number {
    return this.tenant.state.records.find(commandOf({ kind: 'authorise', ...this.#key(message) }).key);
  }

  /** What stands of a message: what it holds, and what was charged for it. */
  standing(message: Approved): number {
    const { records } = this.tenant.state;
    const row = this.rowOf(message);
    return records.amount(row, POSTED) + (message.captured ? 0 : records.amount(row, HELD));
  }

  /** What all messages that a rule is for have taken in the period of now, worked out from each of them. */
  recomputed(rule: (typeof COUNTED)[number], card: number): number {
    const kind = WINDOW[rule.window!];
    const window: Window = {
      kind,
      start: rule.window === 'week' ? 0 : 1,
      startMonth: 1,
      bucketMinutes: rule.bucketMinutes ?? 1440,
      buckets: rule.buckets ?? 1,
    };
    const period = (minute: number) => periodOf(window, this.calendar.earlier(minute));
    const now = period(Math.floor(this.tenant.now / 60_000));
    const first = kind === WINDOW.trailing ? now - window.buckets : now;
    const account = (token: number) => (token === 3 ? 1 : 0);
    return this.approved
      .filter((one) => rule.scope === 'tenant' || account(one.card) === account(card))
      .filter((one) => rule.scope !== 'card' || one.card === card)
      .filter(({ mcc }) => rule.name !== 'groceries' || mcc === 5411)
      .filter(({ amount }) => amount <= (rule.filter?.greatest ?? PLENTY))
      .filter(({ minute }) => period(minute) >= first)
      .reduce((sum, one) => sum + this.standing(one), 0);
  }
}

t.test('what counters have is what comes of adding up all messages, after any step', async (t) => {
  holds(
    t,
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const bench = new Bench();
      for (const one of steps) {
        bench.run(one);
        for (const [card, token] of CARDS.entries()) {
          const left = remainingOf(bench.tenant.state, card, bench.tenant.now);
          for (const rule of COUNTED) {
            const { spent } = left.find(({ name }) => name === rule.name)!;
            assert.equal(
              spent,
              bench.recomputed(rule, token),
              `${rule.name} of card ${token} after ${JSON.stringify(one)}`,
            );
          }
        }
      }
    }),
    400,
  );
});
