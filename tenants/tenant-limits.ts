import { LEVEL } from '../ledger/limits/place.js';
import type { TenantRules } from '../ledger/limits/tenant-rules.js';
import type { Problem } from './document.js';
import { contradictionsOf } from './limits/compile.js';
import { checkLimits } from './limits/limits-document.js';
import {
  FIRST_KEPT_NUMBER,
  FIRST_PROGRAMME_FILE_NUMBER,
  type Replacement,
  replacementOf,
} from './limits/replacement.js';
import type { LimitsDocument } from './limits/schema.js';
import type { TenantDocument } from './tenant.js';

/** A limits document of a tenant's, and what it is attached to. */
export interface TenantLimits {
  readonly level: number;
  readonly entity: number;
  /** Where it stands in the tenant's document. */
  readonly place: string;
  readonly document: LimitsDocument;
}

type WithLimits = Pick<TenantDocument, 'rules' | 'cardGroups' | 'programme' | 'currency'>;

/** The limits documents in a tenant's in the order in which they are asked: its programme, its own, its groups'. */
export function limitsOf(tenant: WithLimits): readonly TenantLimits[] {
  return [...programmeOf(tenant), ...ownLimitsOf(tenant)];
}

function programmeOf({ programme: document }: WithLimits): readonly TenantLimits[] {
  return document === undefined ? [] : [{ level: LEVEL.programme, entity: 0, place: 'programme', document }];
}

function ownLimitsOf({ rules, cardGroups = [] }: WithLimits): readonly TenantLimits[] {
  const own =
    rules === undefined ? [] : [{ level: LEVEL.tenant, entity: 0, place: 'rules', document: rules }];
  const ofGroups = cardGroups.map(({ number, rules: document }, index) => ({
    level: LEVEL.group,
    entity: number,
    place: `cardGroups[${index}].rules`,
    document,
  }));
  return [...own, ...ofGroups];
}

/** What is wrong with the limits in a tenant's document, whose form is right but for theirs. */
export function* limitsProblems(tenant: WithLimits, source: string): Iterable<Problem> {
  for (const { document, level, place } of limitsOf(tenant)) {
    const checked = checkLimits(document, source, place);
    if ('problems' in checked) yield* checked.problems;
    else
      yield* contradictionsOf(document, {
        currency: Number(tenant.currency),
        source,
        year: ANY_YEAR,
        level,
        prefix: place,
        revision: 0,
      });
  }
  const seen = new Map<string | number, number>();
  for (const [index, { name, number }] of (tenant.cardGroups ?? []).entries()) {
    for (const [key, value] of Object.entries({ name, number })) {
      const other = seen.get(value);
      const text = `${value} is the ${key} of cardGroups[${other}] too`;
      if (other !== undefined) yield { source, path: `cardGroups[${index}].${key}`, rule: 'INVALID', text };
      else seen.set(value, index);
    }
  }
}

/** What contradicts itself does so in any year. */
const ANY_YEAR = 2026;

export type TenantReplacement = Pick<TenantLimits, 'level' | 'entity'> & Replacement;

/**
 * What has to be attached for a tenant's rules to be those of its document, and those of the programme that it is in.
 * Rules at levels of which no document says anything stay as they are: they may be kept as versions.
 * @param operator the tenant whose document has the programme, if there is one
 * @param inForce the rules of the tenant's ledger
 */
export function* replacementsOf(
  tenant: TenantDocument,
  operator: TenantDocument | undefined,
  inForce: TenantRules,
  year: number,
): Iterable<TenantReplacement> {
  if (operator !== undefined) yield* replaced(programmeOf(operator), operator, inForce, year);
  yield* replaced(ownLimitsOf(tenant), tenant, inForce, year);
}

/** Rules that are new get numbers above those of the same kind; a programme's are apart from the tenants'. */
function* replaced(
  limits: readonly TenantLimits[],
  { name, currency }: TenantDocument,
  inForce: TenantRules,
  year: number,
): Iterable<TenantReplacement> {
  let above = 0;
  for (const [, , set] of inForce.attached()) {
    for (const { number } of set.rules) if (number < FIRST_KEPT_NUMBER) above = Math.max(above, number);
  }
  for (const { level, entity, place, document } of limits) {
    const now = inForce.of(level, entity);
    // A version was put in force there: what is in the file was a beginning.
    if (now?.rules.some(({ number }) => isOfVersion(number))) continue;
    const from = level === LEVEL.programme ? FIRST_PROGRAMME_FILE_NUMBER - 1 : above;
    const options = { currency: Number(currency), source: name, level, prefix: place, year, above: from };
    const replacement = replacementOf(document, now, options);
    if (replacement === undefined) continue;
    if (level !== LEVEL.programme) above = Math.max(above, ...replacement.numbers.values());
    yield { level, entity, ...replacement };
  }
}

/** Whether a rule's number is one that versions give, not files. */
function isOfVersion(number: number): boolean {
  return number >= FIRST_KEPT_NUMBER && number < FIRST_PROGRAMME_FILE_NUMBER;
}
