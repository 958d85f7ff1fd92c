import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { LimitRule, LimitsDocument } from '../tenants/limits/schema.js';
import type { TenantDocument } from '../tenants/tenant.js';

/** Far above what a run takes from a card, so that the limits are worked out each time and never reached. */
const GENEROUS = {
  limits: { perTransactionMinor: 1_000_000_000, perDayMinor: 1_000_000_000, perDayCount: 60_000 },
  demoBalanceMinor: [1_000_000_000, 1_000_000_000],
} as const;
const AMOUNT_MINOR = 900_000_000_000;
const COUNT = 1_000_000;

/** The channel of the load generator's purchases. */
const CHANNEL = 'pos';

/**
 * Copies the demo tenants to `directory` with limits that are never reached and the channel of the load
 * allowed: any answer but 00 is then a fault. All else about them stays as it is shipped; each of their rules stays
 * active, and what it counts is counted.
 */
export async function writeGenerousTenants(personasDirectory: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const file of await readdir(personasDirectory)) {
    const { name, ext } = path.parse(file);
    // Builds of before have theirs in JSON, which is YAML too.
    if (ext !== '.json' && ext !== '.yaml') continue;
    const tenant = parse(await readFile(path.join(personasDirectory, file), 'utf8')) as TenantDocument;
    await writeFile(path.join(directory, `${name}.json`), `${JSON.stringify(generous(tenant), null, 2)}\n`);
  }
}

function generous(tenant: TenantDocument): object {
  const { channels, rules, programme, cardGroups } = tenant;
  return {
    ...tenant,
    ...GENEROUS,
    channels: [...new Set([...channels, CHANNEL])],
    ...(rules && { rules: generousLimits(rules) }),
    ...(programme && { programme: generousLimits(programme) }),
    ...(cardGroups && {
      cardGroups: cardGroups.map((group) => ({ ...group, rules: generousLimits(group.rules) })),
    }),
  };
}

function generousLimits(document: LimitsDocument): LimitsDocument {
  return { ...document, rules: document.rules.map(generousRule) };
}

function generousRule(rule: LimitRule): LimitRule {
  switch (rule.kind) {
    case 'contactless':
      return { ...rule, perTapMinor: AMOUNT_MINOR, amountMinor: AMOUNT_MINOR, taps: COUNT };
    // A run may be on a Sunday.
    case 'schedule': {
      const { hours: _hours, days: _days, from: _from, to: _to, ...rest } = rule;
      return rest.publicHolidays === undefined ? rest : { ...rest, publicHolidays: 'open' };
    }
    default:
      return {
        ...rule,
        ...('amountMinor' in rule && { amountMinor: AMOUNT_MINOR }),
        ...('count' in rule && { count: COUNT }),
      } as LimitRule;
  }
}
