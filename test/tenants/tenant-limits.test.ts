import t from 'tap';
import { LEVEL } from '../../ledger/limits/place.js';
import { RuleSet } from '../../ledger/limits/rule-set.js';
import { TenantRules } from '../../ledger/limits/tenant-rules.js';
import { compileLimits } from '../../tenants/limits/compile.js';
import { FIRST_KEPT_NUMBER } from '../../tenants/limits/replacement.js';
import type { LimitRule } from '../../tenants/limits/schema.js';
import { replacementsOf } from '../../tenants/tenant-limits.js';

const DAY: LimitRule = { name: 'day', kind: 'velocity', window: 'day', amountMinor: 5000 };
const NONE: LimitRule = { name: 'none', kind: 'block' };
const TENANT = {
  name: 'acme',
  bins: [['99990101', '99990101']] as [string, string][],
  currency: '978',
  limits: { perTransactionMinor: 1, perDayMinor: 1, perDayCount: 1 },
  channels: ['pos' as const],
  rules: { rules: [DAY] },
  cardGroups: [{ name: 'interns', number: 7, rules: { rules: [NONE] } }],
};

function withRules(above: number): TenantRules {
  const rules = new TenantRules();
  const options = { level: LEVEL.tenant, currency: 978, year: 2026, revision: 1, above };
  rules.attach(
    LEVEL.tenant,
    0,
    RuleSet.of(compileLimits({ rules: [NONE] }, options).text, LEVEL.tenant) as RuleSet,
  );
  return rules;
}

t.test('a tenant’s file replaces what a file put in force, and nothing that a version did', (t) => {
  const replaced = (above: number) =>
    [...replacementsOf(TENANT, undefined, withRules(above), 2026)].map(({ level, entity }) => [
      level,
      entity,
    ]);
  t.same(replaced(0), [
    [LEVEL.tenant, 0],
    [LEVEL.group, 7],
  ]);
  t.same(replaced(FIRST_KEPT_NUMBER - 1), [[LEVEL.group, 7]]);
  t.end();
});
