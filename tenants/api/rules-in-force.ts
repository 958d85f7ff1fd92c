import type pg from 'pg';
import type { RulesInForce } from '../../ledger/limits/limits-look.js';
import { LEVEL } from '../../ledger/limits/place.js';
import { FIRST_KEPT_NUMBER } from '../limits/replacement.js';
import type { LimitRule, LimitsDocument } from '../limits/schema.js';
import { type LimitVersion, readVersion } from '../limits/versions.js';
import { limitsOf } from '../tenant-limits.js';
import type { CallerTenant } from './authentication.js';
import { attachedTo } from './limit-places.js';
import { rulesOf, versionName } from './limit-resources.js';
import type { ObjectNames } from './object-names.js';

/** Rules that are in force, and where they come from: a version, the tenant’s file, or neither, of a programme. */
export interface Sourced {
  readonly set: RulesInForce;
  readonly version: LimitVersion | undefined;
  readonly document: LimitsDocument | undefined;
}

/** Finds the document of each set of rules. */
export async function sourcesOf(
  client: pg.ClientBase,
  tenant: CallerTenant,
  sets: readonly RulesInForce[],
): Promise<readonly Sourced[]> {
  const sourced: Sourced[] = [];
  for (const set of sets) {
    const { level, entity, revision } = set;
    const place = { tenant: tenant.number, level, entity };
    const isVersion = isKept(set) && level !== LEVEL.programme;
    const version = isVersion ? await readVersion(client, place, revision) : undefined;
    const document = isKept(set) ? version?.document : fileLimits(tenant, set)?.document;
    sourced.push({ set, version, document });
  }
  return sourced;
}

/** Whether rules were made of a version, not of a file. */
export function isKept({ rules }: Pick<RulesInForce, 'rules'>): boolean {
  return rules.some(({ number }) => number >= FIRST_KEPT_NUMBER);
}

/** What a tenant's file has for a place. */
export function fileLimits(
  { document }: CallerTenant,
  { level, entity }: Pick<RulesInForce, 'level' | 'entity'>,
) {
  return limitsOf(document).find((limits) => limits.level === level && limits.entity === entity);
}

/** The rule of that name, where the document has it. */
export function ruleNamed(document: LimitsDocument | undefined, name: string): LimitRule | undefined {
  return document?.rules.find((rule) => rule.name === name);
}

/** Rules that are in force, as the API shows them: of a programme only how many there are, but to its operator. */
export function limitSetOf(
  names: ObjectNames,
  tenant: CallerTenant,
  { set, version, document }: Sourced,
  isOperator: boolean,
) {
  const { level, entity, rules } = set;
  const isProgramme = level === LEVEL.programme;
  const numbers = new Map(rules.map(({ name, number }) => [name, number]));
  const shadows = new Set(rules.filter(({ shadow }) => shadow).map(({ name }) => name));
  const meant = document === undefined ? [] : rulesOf(document, numbers, Number(tenant.currency));
  const shown = rules.map(({ name, number, shadow }) => {
    const state = shadow ? 'shadow' : 'active';
    const known = meant.find((rule) => rule.name === name);
    if (known !== undefined) return { ...known, state: shadows.has(name) ? 'shadow' : known.state };
    const seen = isProgramme && !isOperator ? null : name;
    return { number, name: seen, state, kind: null, reason: null, response_code: null, sentence: null };
  });
  return {
    object: 'limit_set' as const,
    attached_to: attachedTo(names, { tenant: tenant.number, level, entity }, version?.label ?? null),
    source: isProgramme ? 'programme' : isKept(set) ? 'version' : 'file',
    version: version === undefined ? null : versionName(names, version),
    rules: shown,
  };
}
