import { RESPONSE } from '../../../ledger/command.js';
import { LEVEL } from '../../../ledger/limits/place.js';
import type { Program, RuleSpec } from '../../../ledger/limits/program.js';
import { WINDOW } from '../../../ledger/limits/window.js';
import { EUR, OneTenant } from '../one-tenant.js';

/** A rule in few words: a limit of a card, of each message by itself, unless it says otherwise. */
export type Rule = Partial<Omit<RuleSpec, 'window' | 'scope'>> & {
  readonly window?: keyof typeof WINDOW;
  readonly scope?: keyof typeof LEVEL;
};

export const UTC: Program['calendar'] = { zone: 'UTC', transitions: [], holidays: [] };

export interface Attached {
  readonly level?: keyof typeof LEVEL;
  readonly entity?: number;
  readonly calendar?: Program['calendar'];
}

export function programOf(rules: readonly Rule[], calendar = UTC): string {
  const specs = rules.map(({ window = 'transaction', scope = 'card', ...rest }, index): RuleSpec => {
    const number = index + 1;
    const given = {
      number,
      name: `rule ${number}`,
      kind: 'limit',
      code: RESPONSE.exceedsAmountLimit,
    } as const;
    return { ...given, currency: EUR, ...rest, window: WINDOW[window], scope: LEVEL[scope] };
  });
  return JSON.stringify({ version: 1, revision: 1, calendar, rules: specs } satisfies Program);
}

/** A tenant with one card, and with rules. */
export class RuledTenant extends OneTenant {
  /** Attaches rules, to the tenant unless something else is named; returns what was answered. */
  rule(rules: readonly Rule[], { level = 'tenant', entity = 0, calendar }: Attached = {}) {
    const program = rules.length === 0 ? '' : programOf(rules, calendar);
    return this.ask({ kind: 'setRules', level: LEVEL[level], entity, program });
  }
}
