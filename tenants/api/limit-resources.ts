import { LEVEL } from '../../ledger/limits/place.js';
import { compiledCode, compileLimits } from '../limits/compile.js';
import { explainRule } from '../limits/explain.js';
import { LimitsError } from '../limits/limits-error.js';
import { reasonOf } from '../limits/reason.js';
import type { LimitsDocument } from '../limits/schema.js';
import type { LimitVersion } from '../limits/versions.js';
import type { ApiTenant } from './api-settings.js';
import { compiledBy } from './limit-changes.js';
import { attachedTo } from './limit-places.js';
import type { ObjectNames } from './object-names.js';

/** Each rule of a document, with what it means. */
export function rulesOf(
  document: LimitsDocument,
  numbers: ReadonlyMap<string, number>,
  currency: number,
  shadow = false,
) {
  return document.rules.map((rule) => {
    const { name, kind, state = 'active' } = rule;
    return {
      number: numbers.get(name) ?? null,
      name,
      state: shadow && state === 'active' ? 'shadow' : state,
      kind,
      reason: reasonOf(rule),
      response_code: String(compiledCode(rule)).padStart(2, '0'),
      sentence: explainRule(rule, document, currency),
    };
  });
}

/** The parts that versions of a tenant's and of the programme have alike. */
export function versionParts(version: LimitVersion, tenant: Pick<ApiTenant, 'currency'>) {
  const numbers = new Map(Object.entries(version.numbers));
  return {
    version: version.version,
    state: version.state,
    document: version.document as unknown as Record<string, unknown>,
    rules: rulesOf(version.document, numbers, Number(tenant.currency)),
    warnings: [...warningsOf(version, tenant)],
    note: version.note,
    author: version.author,
    created: version.at.toISOString(),
    in_force: version.spans.map(({ shadow, from, to, author, at }) => ({
      as: shadow ? 'shadow' : 'active',
      from_sequence: from,
      to_sequence: to,
      by: author,
      at: new Date(at).toISOString(),
    })),
  };
}

function warningsOf(version: LimitVersion, tenant: Pick<ApiTenant, 'currency'>): readonly string[] {
  const { document, level, numbers } = version;
  const known = new Map(Object.entries(numbers));
  try {
    return compileLimits(document, { ...compiledBy(tenant), level, revision: version.version, known })
      .warnings;
  } catch (error) {
    // It was saved by a release that knew more: a time zone, say, that this machine has not.
    if (error instanceof LimitsError) return error.problems.map(({ text }) => text);
    throw error;
  }
}

/** A version of the API. */
export function limitVersionOf(names: ObjectNames, tenant: ApiTenant, version: LimitVersion) {
  return {
    id: versionName(names, version),
    object: 'limit_version' as const,
    attached_to: attachedTo(names, version, version.label),
    ...versionParts(version, tenant),
  };
}

/** An entity has 32 bits, a level three. */
const ENTITIES = 2 ** 32;

export function versionName(
  names: ObjectNames,
  { tenant, level, entity, version }: Pick<LimitVersion, 'tenant' | 'level' | 'entity' | 'version'>,
): string {
  return names.name('limv', tenant, level * ENTITIES + entity, version);
}

/** What a version's name says. @throws Problem `HF_NOT_FOUND` where it is none of this tenant's */
export function versionPlace(names: ObjectNames, tenant: number, name: string) {
  const [place, version] = names.require('limv', tenant, name);
  return { tenant, level: Math.floor(place / ENTITIES), entity: place % ENTITIES, version };
}

/** Whether a level is a tenant's own to see and to set. */
export function isTenants(level: number): boolean {
  return level > LEVEL.programme;
}
