import { differencesOf } from './limits/differences.js';
import type { LimitsDocument } from './limits/schema.js';
import type { TenantDocument } from './tenant.js';

const NO_LIMITS: LimitsDocument = { rules: [] };

/** What is other in a tenant's document than in the one before it, a line each; nothing where they mean the same. */
export function tenantDifferences(before: TenantDocument, after: TenantDocument): readonly string[] {
  const lines: string[] = [];
  const { rules: oldRules, cardGroups: oldGroups = [], programme: oldProgramme, ...old } = before;
  const { rules: newRules, cardGroups: newGroups = [], programme: newProgramme, ...now } = after;
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)]) as Set<
    keyof typeof old & keyof typeof now
  >) {
    const [was, is] = [old[key], now[key]].map((value) => JSON.stringify(value) ?? 'none');
    if (was !== is) lines.push(`${key}: ${was} → ${is}`);
  }
  const currency = Number(after.currency);
  const programme = differencesOf(oldProgramme ?? NO_LIMITS, newProgramme ?? NO_LIMITS, currency);
  lines.push(...programme.map((line) => `programme: ${line}`));
  lines.push(...differencesOf(oldRules ?? NO_LIMITS, newRules ?? NO_LIMITS, currency));
  for (const name of new Set([...oldGroups, ...newGroups].map((group) => group.name))) {
    const [was, is] = [oldGroups, newGroups].map((groups) => groups.find((group) => group.name === name));
    const of = `card group '${name}'`;
    if (was === undefined) lines.push(`${of} is new, number ${is!.number}`);
    else if (is === undefined) lines.push(`${of} is gone`);
    else if (was.number !== is.number) lines.push(`${of}: number ${was.number} → ${is.number}`);
    const differences = differencesOf(was?.rules ?? NO_LIMITS, is?.rules ?? NO_LIMITS, currency);
    lines.push(...differences.map((line) => `${of}: ${line}`));
  }
  return lines;
}
