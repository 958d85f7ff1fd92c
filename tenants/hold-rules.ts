import type { HoldRule } from '../ledger/hold-rules.js';
import { HOLD_SCHEMES, type HoldRuleDocument } from './hold-schemes.js';
import type { Tenant } from './tenant.js';

const MINUTES_AN_HOUR = 60;
const BASIS_POINTS_A_PERCENT = 100;

/** The rules of a tenant's holds as the ledger takes them: those of its scheme, then its own. */
export function holdRules({ holds }: Tenant): HoldRule[] {
  const documents = [...HOLD_SCHEMES[holds?.scheme ?? 'plain'], ...(holds?.rules ?? [])];
  return documents.flatMap((rule) => rule.mcc.map((range) => ruleOf(range, rule)));
}

function ruleOf(range: string, rule: HoldRuleDocument): HoldRule {
  const [from, to = from] = range.split('-');
  return {
    mcc: Number(from),
    mccTo: Number(to),
    holdMinutes: rule.hours * MINUTES_AN_HOUR,
    estimateMinutes: (rule.estimateHours ?? rule.hours) * MINUTES_AN_HOUR,
    tolerance: Math.round((rule.tolerancePercent ?? 0) * BASIS_POINTS_A_PERCENT),
    toleranceAmount: rule.toleranceMinor ?? 0,
  };
}
