import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { apply } from '../../../ledger/apply.js';
import { Decision } from '../../../ledger/command.js';
import { checkInvariants } from '../../../ledger/invariants.js';
import { LEVEL } from '../../../ledger/limits/place.js';
import { stateDigest } from '../../../ledger/state-image.js';
import { TenantState } from '../../../ledger/tenant-state.js';
import { holds } from '../../parsers/property.js';
import { applyAny } from '../arbitrary-commands.js';
import { LIVES_OPENING, lifeStep } from '../arbitrary-lives.js';
import { commandOf } from '../commands.js';
import { NOON } from '../one-tenant.js';
import { rules } from './arbitrary-rules.js';
import { programOf, type Rule } from './ruled-tenant.js';

class Life {
  readonly state = new TenantState();
  readonly decision = new Decision();
  at = NOON;

  constructor(rules: readonly Rule[]) {
    for (const asked of LIVES_OPENING) apply(this.state, commandOf(asked), NOON, this.decision);
    if (rules.length === 0) return;
    const program = programOf(rules);
    apply(this.state, commandOf({ kind: 'setRules', level: LEVEL.tenant, program }), NOON, this.decision);
    assert.ok(this.decision.journalled, 'the rules are in force');
  }
}

const steps = fc.array(lifeStep, { minLength: 1, maxLength: 60 });

t.test('shadows never change a decision', async (t) => {
  let told = 0;
  holds(
    t,
    fc.property(rules, steps, (some, steps) => {
      const plain = new Life([]);
      const shadowed = new Life(some.map((rule) => ({ ...rule, shadow: true })));
      for (const { asked, waitMs } of steps) {
        for (const life of [plain, shadowed]) {
          life.at += waitMs;
          applyAny(life.state, asked, life.at, life.decision);
        }
        const { shadowRule, ...decided } = shadowed.decision;
        const { shadowRule: none, ...expected } = plain.decision;
        assert.deepEqual(decided, expected);
        assert.equal(none, 0);
        if (shadowRule !== 0) told++;
      }
    }),
    500,
  );
  t.ok(told > 100, `${told} decisions told of a shadow`);
});

t.test('the same commands give the same state and decisions, whatever the rules are', async (t) => {
  let declined = 0;
  holds(
    t,
    fc.property(rules, steps, (some, steps) => {
      const [one, other] = [new Life(some), new Life(some)];
      for (const { asked, waitMs } of steps) {
        for (const life of [one, other]) {
          life.at += waitMs;
          applyAny(life.state, asked, life.at, life.decision);
        }
        assert.deepEqual(one.decision, other.decision);
        if (one.decision.rule !== 0) declined++;
      }
      assert.ok(stateDigest(one.state).equals(stateDigest(other.state)));
      checkInvariants(one.state);
    }),
    300,
  );
  t.ok(declined > 50, `${declined} messages were decided by a rule`);
});
