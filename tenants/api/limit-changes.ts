import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { REFUSAL } from '../../ledger/admit.js';
import { COMMAND, Command } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import { errorCode } from '../../ledger/postgres-error.js';
import {
  type CompiledBy,
  type LimitPlace,
  type LimitVersion,
  lockVersions,
  markPromoted,
  promotionOf,
} from '../limits/versions.js';
import type { ApiContext } from './api.js';
import type { ApiTenant } from './api-settings.js';
import { notPossible, Problem } from './problem.js';

/** Within which whoever changes a tenant's limits before has to be done. */
const LOCK_MS = 5000;
/** SQLSTATE of a lock that was not had in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** What is to be in force at a place from now on: a version, all of it as a shadow perhaps, or no rules. */
export interface LimitChange {
  readonly place: LimitPlace;
  readonly version: LimitVersion | null;
  readonly shadow: boolean;
}

/** What a tenant's limits are compiled by. */
export function compiledBy({ currency }: Pick<ApiTenant, 'currency'>): CompiledBy {
  return { currency: Number(currency), year: new Date().getUTCFullYear() };
}

/** Who asks, as versions have it. */
export function authorOf({ caller }: FastifyRequest): string {
  return `key_${caller.keyId}`;
}

/**
 * Lets one after the other change what limits of a tenant are in force.
 * @param client in a transaction, to whose end others wait
 * @throws Problem `HF_BUSY` where the one before takes too long
 */
export async function takeTurn(client: pg.ClientBase, tenant: number): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
  try {
    await lockVersions(client, tenant);
  } catch (error) {
    if (errorCode(error) === LOCK_NOT_AVAILABLE) throw new Problem('HF_BUSY', undefined, undefined, 1);
    throw error;
  }
}

/**
 * Puts versions in force, all of them from the same journal row on, and writes down from which. When this process dies
 * between the two, the ledger has them in force and nobody wrote so; doing it again changes nothing but that.
 * @param client in a transaction that has its turn
 * @returns the journal row; null where there was nothing to change
 * @throws Problem `HF_NOT_POSSIBLE` where the ledger knows nothing of what they are for
 */
export async function putInForce(
  context: Pick<ApiContext, 'ledger'>,
  tenant: ApiTenant,
  client: pg.ClientBase,
  changes: readonly LimitChange[],
  author: string,
): Promise<number | null> {
  if (changes.length === 0) return null;
  const seq = await decideLimits(context, tenant, changes);
  for (const [entry, { place, version, shadow }] of changes.entries()) {
    const from = { seq: BigInt(seq), entry, shadow, author };
    await markPromoted(client, place, version?.version ?? null, from);
  }
  return seq;
}

/**
 * Has the ledger attach rules, in one journal row.
 * @returns that row
 * @throws Problem `HF_NOT_POSSIBLE` where it knows nothing of what they are for
 */
export async function decideLimits(
  { ledger }: Pick<ApiContext, 'ledger'>,
  tenant: ApiTenant,
  changes: readonly LimitChange[],
): Promise<number> {
  const batch = new CommandBatch();
  const command = new Command();
  for (const { place, version, shadow } of changes) {
    const program = version === null ? '' : promotionOf(version, shadow, compiledBy(tenant)).program;
    const { level, entity } = place;
    batch.add(Object.assign(command, { kind: COMMAND.setRules, level, entity, program }));
  }
  const { refusals, responseCodes, seq } = await ledger.decide(tenant.name, batch);
  if (refusals.some((refusal) => refusal !== REFUSAL.none) || responseCodes.some((code) => code !== 0)) {
    throw notPossible('', 'attached_to', 'the ledger has nothing of that name for rules to be attached to');
  }
  return seq;
}
