import fc from 'fast-check';
import t from 'tap';
import { apply } from '../../ledger/apply.js';
import { dayOf } from '../../ledger/calendar.js';
import { Decision, RESPONSE } from '../../ledger/command.js';
import { InvariantError } from '../../ledger/invariant-error.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { holds } from '../parsers/property.js';
import { anyToken, cardStep, OPENING, type Step, step } from './arbitrary-commands.js';
import { type Asked, commandOf } from './commands.js';
import { NOON } from './one-tenant.js';
import { PlainModel } from './plain-model.js';

/** Steps with cards that change, and come by second numbers. */
const anyCardsStep = fc
  .tuple(fc.oneof({ weight: 6, arbitrary: step }, { weight: 1, arbitrary: cardStep }), anyToken)
  .map(([{ asked, waitMs }, token]): Step => {
    const message = asked.kind === 'authorise' || asked.kind === 'reverse';
    return { asked: message ? { ...asked, token } : asked, waitMs };
  });

/** The ledger and the model, side by side. */
class Pair {
  readonly state = new TenantState();
  readonly model = new PlainModel();
  readonly codes = new Map<number, number>();
  readonly #decision = new Decision();
  readonly #approvals = new Map<number, number>();
  #at = NOON;

  /** Asks both; whether the command could follow those before it. Throws where they differ. */
  ask(asked: Asked, waitMs: number): boolean {
    this.#at += waitMs;
    const expected = this.model.ask(asked, new Date(this.#at));
    if (expected === 'impossible') {
      same(this.#throws(asked), true, 'the command is impossible');
      return false;
    }
    apply(this.state, commandOf(asked), this.#at, this.#decision);
    const { responseCode, journalled } = this.#decision;
    same(responseCode, expected.code, `DE39 of ${JSON.stringify(asked)}`);
    same(journalled, !expected.repeated, `journalled ${JSON.stringify(asked)}`);
    if (asked.kind === 'authorise') this.#compareApproval(asked, expected.repeated);
    this.codes.set(responseCode, (this.codes.get(responseCode) ?? 0) + 1);
    return true;
  }

  compare(): void {
    const { state, model } = this;
    const at = new Date(this.#at);
    for (const [account, { posted }] of model.accounts.entries()) {
      same(BigInt(state.accounts.posted(account)), posted, `posted to ${account}`);
      same(BigInt(state.accounts.held(account)), model.held(account), `held of ${account}: sum of its holds`);
      same(BigInt(state.accounts.available(account)), model.available(account), `available of ${account}`);
    }
    for (const [token, card] of model.cards) {
      const number = state.cardOf(commandOf({ kind: 'authorise', token }).token);
      const today = state.cards.day(number) === dayOf(this.#at);
      const { spent, count } = model.day(card, at);
      same(BigInt(today ? state.cards.daySpent(number) : 0), spent, `spent by ${token} today`);
      same(today ? state.cards.dayCount(number) : 0, count, `count of ${token} today`);
    }
  }

  #throws(asked: Asked): boolean {
    try {
      apply(this.state, commandOf(asked), this.#at, this.#decision);
      return false;
    } catch (error) {
      if (error instanceof InvariantError) return true;
      throw error;
    }
  }

  /** A new approval has a code of its own; a repeat has the one of the first. */
  #compareApproval({ key }: Asked, repeated: boolean): void {
    const { approvalCode, responseCode } = this.#decision;
    if (responseCode !== RESPONSE.approved) return same(approvalCode, 0, 'no approval, no DE38');
    if (repeated) return same(approvalCode, this.#approvals.get(key!), 'DE38 of a repeat');
    same([...this.#approvals.values()].includes(approvalCode), false, 'DE38 is new');
    this.#approvals.set(key!, approvalCode);
  }
}

function same<T>(actual: T, expected: T, what: string): void {
  if (actual !== expected) throw new Error(`${what}: the ledger says ${actual}, the model ${expected}`);
}

function opened(): Pair {
  const pair = new Pair();
  for (const asked of OPENING) pair.ask(asked, 0);
  pair.compare();
  return pair;
}

t.test('the ledger decides and counts as the plain model does, after every command', async (t) => {
  holds(
    t,
    fc.property(fc.array(anyCardsStep, { maxLength: 120, size: 'max' }), (steps: Step[]) => {
      const pair = opened();
      for (const { asked, waitMs } of steps) {
        // After an impossible command a state is not to be used; the prefix has been compared.
        if (!pair.ask(asked, waitMs)) return;
        pair.compare();
      }
    }),
    600,
  );
});

t.test('one long history meets every answer', async (t) => {
  const pair = opened();
  for (const { asked, waitMs } of fc.sample(step, { seed: 8583, numRuns: 4000 })) {
    // What would be impossible some time is left out here, as are keys that would all be used up.
    if (asked.kind === 'voidRequest' || asked.kind === 'issueCard' || asked.kind === 'aliasCard') continue;
    const key = asked.key === undefined ? {} : { key: asked.key + 1000 * (pair.state.records.length >> 5) };
    pair.ask({ ...asked, ...key }, Math.min(waitMs, 3_600_000));
    if (pair.state.records.length % 16 === 0) pair.compare();
  }
  pair.compare();
  const met = ['approved', 'invalidTransaction', 'noSuchCard', 'insufficientFunds', 'expiredCard'] as const;
  const limited = ['exceedsAmountLimit', 'exceedsCountLimit', 'restrictedCard', 'duplicate'] as const;
  const barred = ['notPermittedToCardholder', 'notPermittedToTerminal'] as const;
  for (const name of [...met, ...limited, ...barred]) t.ok(pair.codes.has(RESPONSE[name]), name);
});
