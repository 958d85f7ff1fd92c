import type pg from 'pg';
import type { RulesInForce } from '../../ledger/limits/limits-look.js';
import { LEVEL } from '../../ledger/limits/place.js';
import { differencesOf } from '../limits/differences.js';
import type { LimitsDocument } from '../limits/schema.js';
import { type LimitVersion, saveDraft } from '../limits/versions.js';
import type { TenantDocument } from '../tenant.js';
import { limitsOf } from '../tenant-limits.js';
import type { CallerTenant } from './authentication.js';
import { compiledBy, type LimitChange } from './limit-changes.js';
import { type Sourced, sourcesOf } from './rules-in-force.js';

/** The limits of a tenant and of its groups of cards, as its file has them. */
export type Limits = Pick<TenantDocument, 'rules' | 'cardGroups'>;

/** What is in force for a tenant and its groups. */
export interface Configuration {
  readonly limits: Limits;
  /** Where each of the documents comes from. */
  readonly sourced: readonly Sourced[];
}

const NO_LIMITS: LimitsDocument = { rules: [] };

/** @param sets what the ledger has in force */
export async function configurationOf(
  client: pg.ClientBase,
  tenant: CallerTenant,
  sets: readonly RulesInForce[],
): Promise<Configuration> {
  const own = sets.filter(({ level }) => level === LEVEL.tenant || level === LEVEL.group);
  const sourced = await sourcesOf(client, tenant, own);
  const named = new Map(tenant.document.cardGroups?.map(({ number, name }) => [number, name]));
  const cardGroups = sourced.flatMap(({ set: { level, entity }, version, document }) => {
    if (level !== LEVEL.group || document === undefined) return [];
    return [
      { name: version?.label ?? named.get(entity) ?? `group ${entity}`, number: entity, rules: document },
    ];
  });
  const rules = sourced.find(({ set }) => set.level === LEVEL.tenant)?.document;
  const limits = {
    ...(rules === undefined ? {} : { rules }),
    ...(cardGroups.length === 0 ? {} : { cardGroups }),
  };
  return { limits, sourced };
}

/** A document that is to be in force at a place; nothing, so that there are to be no rules. */
interface Wanted {
  readonly level: number;
  readonly entity: number;
  readonly document: LimitsDocument | undefined;
  readonly label?: string | undefined;
}

/** What has to be other for wanted limits to be those in force; places of which they say nothing have no rules then. */
export function changesTo({ sourced }: Configuration, wanted: Limits, currency: string): readonly Wanted[] {
  const labels = new Map(wanted.cardGroups?.map(({ number, name }) => [number, name]));
  const places = limitsOf({ ...wanted, currency }).map(({ level, entity, document }) => ({
    level,
    entity,
    document,
    label: level === LEVEL.group ? labels.get(entity) : undefined,
  }));
  const gone = sourced
    .map(({ set: { level, entity } }) => ({ level, entity, document: undefined }))
    .filter((old) => !places.some(({ level, entity }) => level === old.level && entity === old.entity));
  const changed = places.filter(({ level, entity, document, label }) => {
    const now = sourced.find(({ set }) => set.level === level && set.entity === entity);
    if (now === undefined) return document.rules.length > 0;
    const renamed = now.version !== undefined && (now.version.label ?? undefined) !== label;
    return renamed || now.version?.state === 'shadow' || !isSame(now.document ?? NO_LIMITS, document);
  });
  return [...changed, ...gone];
}

/** In whatever order their keys stand: Postgres keeps none. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [Object.entries(one), new Map(Object.entries(other))];
  return left.length === right.size && left.every(([key, value]) => isSame(value, right.get(key)));
}

/** What is other between two configurations, in words, a line each. */
export function limitDifferences(before: Limits, after: Limits, currency: number): readonly string[] {
  const lines = [...differencesOf(before.rules ?? NO_LIMITS, after.rules ?? NO_LIMITS, currency)];
  const byNumber = ({ cardGroups = [] }: Limits) => new Map(cardGroups.map((group) => [group.number, group]));
  const [old, now] = [byNumber(before), byNumber(after)];
  for (const number of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(number), now.get(number)];
    const of = `card group ${number} '${(is ?? was)!.name}'`;
    if (was === undefined) lines.push(`${of} is new`);
    else if (is === undefined) lines.push(`${of} is gone`);
    else if (was.name !== is.name) lines.push(`${of} was called '${was.name}'`);
    const differences = differencesOf(was?.rules ?? NO_LIMITS, is?.rules ?? NO_LIMITS, currency);
    lines.push(...differences.map((line) => `${of}: ${line}`));
  }
  return lines;
}

/** Saves a version for each change, so that it can be put in force. @throws LimitsError */
export async function saveChanges(
  client: pg.ClientBase,
  tenant: CallerTenant,
  wanted: readonly Wanted[],
  author: string,
  note: string,
): Promise<readonly LimitChange[]> {
  const changes: LimitChange[] = [];
  for (const { level, entity, document, label } of wanted) {
    const place = { tenant: tenant.number, level, entity };
    let version: LimitVersion | null = null;
    if (document !== undefined) {
      const draft = { document, author, note, ...(label === undefined ? {} : { label }) };
      version = await saveDraft(client, place, draft, compiledBy(tenant));
    }
    changes.push({ place, version, shadow: false });
  }
  return changes;
}

/** Whether rules that are in force were made of neither a version that is known nor a file that is there. */
export function isUnknown({ document }: Sourced): boolean {
  return document === undefined;
}
