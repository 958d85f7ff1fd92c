import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { ArchiveFiles, readWholeJournal } from '../archive-files.js';
import { beginningOf, type Snapshots } from '../beginning.js';
import { Follower } from '../follow.js';
import { InvariantError } from '../invariant-error.js';
import type { TenantId } from '../list-tenants.js';
import { TenantState } from '../tenant-state.js';
import { inTransaction } from '../transaction.js';
import { type Check, type Finding, type Proved, RESTORE } from '../verify.js';
import { beginProjection } from './begin.js';
import { compareProjection, projectedSeq } from './compare.js';
import { compareRows } from './compare-rows.js';
import { JournalBatches } from './journal-batches.js';
import { PROJECTOR_LOCK } from './projector.js';

const WAIT_MS = 3000;
const LOOK_MS = 50;

const REBUILD =
  'The journal is whole, cards are answered by it alone. Find out who wrote to holdfast_read, then make it anew: holdfast projection rebuild.';

const BEHIND = `SELECT coalesce((SELECT seq FROM holdfast_read.position WHERE tenant = $1), 0) < $2 AS behind,
  EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid::bigint = $3 AND objid::bigint = $1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS projected`;

export interface ProjectionCheckSettings {
  readonly snapshots?: Snapshots | undefined;
  /** Directory of archived partitions. */
  readonly archive?: string | undefined;
  /** Whether each authorisation and each entry is compared as well, which takes another replay. */
  readonly rows?: boolean | undefined;
  /** How long a projector that is at work is waited for. */
  readonly waitMs?: number;
}

/** Compares the tables of the read model with what the journal gives, at the journal row that they are level with. */
export function projectionCheck({
  snapshots,
  archive,
  rows = false,
  waitMs = WAIT_MS,
}: ProjectionCheckSettings = {}): Check {
  const files = archive === undefined ? null : new ArchiveFiles(archive);
  return async (client, proved) => {
    const { tenant, after, follower } = proved;
    await projected(client, tenant.id, follower.head.seq, waitMs);
    const sources = { snapshots, archive: files };
    const every = rows && (await projectedSeq(client, tenant.id)) > after;
    const again = every
      ? await beginProjection(client, tenant, after, sources, () => {}).catch(lacking)
      : null;
    if (again !== null && 'fault' in again) return { ...again, seq: after };
    const compare = async (): Promise<Finding> => {
      const seq = await projectedSeq(client, tenant.id);
      const level = await levelWith(client, proved, seq, snapshots, files);
      if (!(level instanceof TenantState)) return level;
      let difference = await compareProjection(client, level, tenant.id);
      if (difference === null && again !== null) {
        const batches = new JournalBatches(client, tenant, files, after);
        difference = await compareRows(client, tenant.id, again, batches, seq);
        await batches.close();
      }
      if (difference !== null) {
        return { fault: difference.text, seq: difference.seq ?? seq, advice: REBUILD };
      }
      if (seq === 0) return { note: 'the read model is empty: nothing to compare' };
      const rest = seq < follower.head.seq ? ', as far as it goes' : '';
      const each = every ? `, and each of its rows from journal row ${after + 1} on` : '';
      return { note: `read model compared at row ${seq}${rest}${each}` };
    };
    return inTransaction(client, compare, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  };
}

/** Waits, while somebody fills the tables, until they have what was proved; but not for long. */
async function projected(client: pg.Client, tenant: number, seq: number, waitMs: number): Promise<void> {
  for (const deadline = performance.now() + waitMs; performance.now() < deadline; await delay(LOOK_MS)) {
    const { rows } = await client.query<{ behind: boolean; projected: boolean }>(BEHIND, [
      tenant,
      seq,
      PROJECTOR_LOCK,
    ]);
    const { behind, projected } = rows[0]!;
    if (!behind || !projected) return;
  }
}

/** The state that the journal gives up to row `seq`, or why there is none. */
async function levelWith(
  client: pg.Client,
  { tenant, follower }: Proved,
  seq: number,
  snapshots: Snapshots | undefined,
  files: ArchiveFiles | null,
): Promise<TenantState | Finding> {
  if (seq === 0) return new TenantState();
  if (seq < follower.head.seq) return replay(client, tenant, seq, snapshots, files);
  await follower.catchUp(client, seq);
  const { head, state } = follower;
  if (head.seq === seq) return state;
  const next = head.seq + 1;
  const fault = `row ${next} of the journal is missing, and all up to row ${seq}, which the read model has`;
  return { fault, seq: next, advice: RESTORE };
}

/** What the journal gives up to row `seq` and no further, if that can still be told. */
async function replay(
  client: pg.Client,
  tenant: TenantId,
  seq: number,
  snapshots: Snapshots | undefined,
  files: ArchiveFiles | null,
): Promise<TenantState | Finding> {
  const rows = files === null ? { last: seq } : { first: 0, last: seq };
  const begun = await beginningOf(client, tenant, snapshots, rows).catch(unbegun);
  if ('note' in begun) return begun;
  const follower = new Follower(tenant.id, begun.state, begun.head);
  for await (const rows of readWholeJournal(client, tenant, files, begun.head.seq, seq)) {
    follower.take(rows);
  }
  return follower.state;
}

/** What a replay can't begin without: messages that the tables ought to have. */
function lacking(error: unknown): { readonly fault: string; readonly advice: string } {
  if (!(error instanceof InvariantError)) throw error;
  return { fault: error.message, advice: REBUILD };
}

/** That the journal's start is archived is no fault. */
function unbegun(error: unknown): { readonly note: string } {
  if (!(error instanceof InvariantError)) throw error;
  return { note: `read model not compared: ${error.message}; --archive compares it` };
}
