import type pg from 'pg';
import { LEVEL } from '../../ledger/limits/place.js';
import { reasonOf } from '../limits/reason.js';
import { FIRST_KEPT_NUMBER, FIRST_PROGRAMME_NUMBER } from '../limits/replacement.js';
import type { LimitsDocument } from '../limits/schema.js';
import type { CallerTenant } from './authentication.js';
import { type LedgerPort, LedgerUnavailableError } from './ledger-port.js';
import { fileLimits, isKept, ruleNamed } from './rules-in-force.js';

/** A rule as a decision shows it; null where that is not known any more, or is the operator’s. */
export interface RuleName {
  readonly name: string | null;
  readonly reason: string | null;
}

/** A rule that decided, or reported as a shadow, in a journal row. */
export interface RuleAt {
  readonly number: number;
  readonly seq: number;
}

const UNKNOWN: RuleName = { name: null, reason: null };
const PROGRAMME: RuleName = { name: null, reason: 'programme' };

/** The document that was in force where a rule is attached, at a row. */
const KEPT = `SELECT r.name, v.document FROM holdfast.limit_rule r
  LEFT JOIN LATERAL (
    SELECT version FROM holdfast.limit_promotion p
    WHERE p.tenant = r.tenant AND p.level = r.level AND p.entity = r.entity AND p.seq <= $3
    ORDER BY seq DESC, entry DESC LIMIT 1
  ) promoted ON true
  LEFT JOIN holdfast.limit_version v
    ON v.tenant = r.tenant AND v.level = r.level AND v.entity = r.entity AND v.version = promoted.version
  WHERE r.tenant = $1 AND r.number = $2`;

/**
 * Names of rules by the numbers that decisions have: of versions, as they were at the time; of the tenant’s file, as it is
 * now.
 */
export async function ruleNames(
  ledger: LedgerPort,
  client: pg.ClientBase,
  tenant: CallerTenant,
  rules: readonly RuleAt[],
): Promise<(rule: RuleAt) => RuleName> {
  const found = new Map<string, RuleName>();
  const keyOf = ({ number, seq }: RuleAt) => `${number} ${seq}`;
  const kept = rules.filter(({ number }) => number >= FIRST_KEPT_NUMBER && number < FIRST_PROGRAMME_NUMBER);
  for (const rule of kept) {
    const key = keyOf(rule);
    if (found.has(key)) continue;
    const { rows } = await client.query<{ name: string; document: LimitsDocument | null }>(KEPT, [
      tenant.number,
      rule.number,
      rule.seq,
    ]);
    const [row] = rows;
    if (row !== undefined) found.set(key, named(row.name, row.document ?? undefined));
  }
  const isOfFile = rules.some(({ number }) => number > 0 && number < FIRST_KEPT_NUMBER);
  const ofFile = isOfFile ? await fileNames(ledger, tenant) : new Map<number, RuleName>();
  return (rule) => {
    if (rule.number >= FIRST_PROGRAMME_NUMBER) return PROGRAMME;
    return found.get(keyOf(rule)) ?? ofFile.get(rule.number) ?? UNKNOWN;
  };
}

/** Of the rules that the tenant's file has in force now. */
async function fileNames(ledger: LedgerPort, tenant: CallerTenant): Promise<ReadonlyMap<number, RuleName>> {
  try {
    const sets = await ledger.rules(tenant.name);
    const ofFile = sets.filter((set) => set.level >= LEVEL.tenant && !isKept(set));
    return new Map(
      ofFile.flatMap((set) => {
        const document = fileLimits(tenant, set)?.document;
        return set.rules.map(({ number, name }) => [number, named(name, document)] as const);
      }),
    );
  } catch (error) {
    // What was decided can be read while the ledger can't be asked; then its rules have numbers only.
    if (error instanceof LedgerUnavailableError) return new Map();
    throw error;
  }
}

function named(name: string, document: LimitsDocument | undefined): RuleName {
  const rule = ruleNamed(document, name);
  return { name, reason: rule === undefined ? null : reasonOf(rule) };
}
