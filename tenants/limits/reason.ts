import type { LimitRule } from './schema.js';

/** Why a rule declined, for programs: these never change their meaning. */
export const REASONS = [
  'merchant_category_blocked',
  'merchant_blocked',
  'country_blocked',
  'channel_blocked',
  'blocked',
  'not_allowed',
  'amount_limit_exceeded',
  'count_limit_exceeded',
  'velocity_limit_exceeded',
  'single_use_spent',
  'merchant_locked',
  'strong_authentication_required',
  'outside_schedule',
  'allowance_spent',
  'pot_spent',
] as const;
export type Reason = (typeof REASONS)[number];

/** The reason that a decline by a rule has. */
export function reasonOf(rule: LimitRule): Reason {
  switch (rule.kind) {
    case 'block':
      return blockReason(rule);
    case 'allow':
      return 'not_allowed';
    case 'amount':
      return 'amount_limit_exceeded';
    case 'count':
      return 'count_limit_exceeded';
    case 'velocity':
      if (rule.count === undefined) return 'amount_limit_exceeded';
      return rule.amountMinor === undefined ? 'count_limit_exceeded' : 'velocity_limit_exceeded';
    case 'single-use':
      return 'single_use_spent';
    case 'merchant-lock':
      return 'merchant_locked';
    case 'contactless':
      return 'strong_authentication_required';
    case 'schedule':
      return 'outside_schedule';
    case 'allowance':
      return 'allowance_spent';
    case 'pot':
      return 'pot_spent';
  }
}

/** Of a block the one matter that it goes by; that of several would say too little. */
function blockReason({ when = {} }: LimitRule): Reason {
  const matters = Object.keys(when);
  const only = (...names: string[]) =>
    matters.length > 0 && matters.every((matter) => names.includes(matter));
  if (only('mcc')) return 'merchant_category_blocked';
  if (only('merchant', 'name', 'acquirer')) return 'merchant_blocked';
  if (only('country', 'location')) return 'country_blocked';
  if (only('channel', 'entry', 'wallet', 'cardPresent', 'cardholderPresent')) return 'channel_blocked';
  return 'blocked';
}
