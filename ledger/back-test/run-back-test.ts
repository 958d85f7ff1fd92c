import type pg from 'pg';
import { ArchiveFiles, readWholeJournal } from '../archive-files.js';
import { beginningOf, type Snapshots } from '../beginning.js';
import { Command, Decision } from '../command.js';
import { Follower } from '../follow.js';
import { BodyReader } from '../journal-body.js';
import type { TenantRules } from '../limits/tenant-rules.js';
import type { TenantId } from '../list-tenants.js';
import { BackTest } from './back-test.js';
import { type Draft, requireRules } from './draft.js';
import type { BackTestReport } from './outcome.js';

/** Least time between two reports of progress. */
const PROGRESS_MS = 200;

export interface BackTestSettings {
  /** What is to be in force instead of what the tenant has there; or what makes it of the rules before the stretch. */
  readonly drafts: readonly Draft[] | ((inForce: TenantRules) => readonly Draft[]);
  /** First and last row that are decided again; to the end when absent. */
  readonly from: number;
  readonly to?: number | undefined;
  /** Row from which the draft's counters count, without deciding: `from` when absent. */
  readonly warmUpFrom?: number | undefined;
  readonly snapshots?: Snapshots | undefined;
  /** Directory of archived partitions. */
  readonly archive?: string | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a back-test is. */
export interface Progress {
  /** The last row that was read; the first that was decided again, and the last that will be. */
  readonly seq: number;
  readonly from: number;
  readonly to: number;
  readonly messages: number;
}

/**
 * Decides a stretch of a tenant's journal again by other rules. Reads only, on a state of its own: the switch goes on
 * meanwhile.
 *
 * ```
 * snapshot ──▶ rows up to the warm-up ──▶ draft as shadow: counts ──▶ from: draft in force, each decision compared ──▶ to
 * ```
 *
 * @throws RangeError where a draft is no set of rules, or the stretch is none
 * @throws InvariantError where the journal does not fit, or its start is archived and no snapshot is before it
 */
export async function runBackTest(
  client: pg.Client,
  tenant: TenantId,
  settings: BackTestSettings,
): Promise<BackTestReport> {
  const startedAt = performance.now();
  const { from, warmUpFrom = from, onProgress } = settings;
  const to = Math.min(settings.to ?? Number.MAX_SAFE_INTEGER, await lastRow(client, tenant.id));
  if (!(warmUpFrom >= 1 && warmUpFrom <= from && from <= to)) {
    throw new RangeError(`there are no rows ${from} to ${to} with a warm-up from row ${warmUpFrom}`);
  }
  const archive = settings.archive === undefined ? null : new ArchiveFiles(settings.archive);
  const { state, head } = await beginningOf(client, tenant, settings.snapshots, {
    ...(archive === null ? {} : { first: 0 }),
    last: warmUpFrom - 1,
  });
  const follower = new Follower(tenant.id, state, head);
  for await (const rows of readWholeJournal(client, tenant, archive, head.seq, warmUpFrom - 1)) {
    follower.take(rows);
  }
  const drafts =
    typeof settings.drafts === 'function' ? settings.drafts(follower.state.rules) : settings.drafts;
  for (const draft of drafts) requireRules(draft);
  const test = new BackTest(follower.state, drafts);
  const command = new Command();
  const recorded = new Decision();
  const reader = new BodyReader(command, recorded);
  if (warmUpFrom < from) {
    test.beginWarmUp();
    for await (const rows of readWholeJournal(client, tenant, archive, warmUpFrom - 1, from - 1)) {
      for (const { at, body } of rows) for (reader.open(body); reader.next(); ) test.warmUp(command, at);
    }
  }
  test.begin();
  let began: number | null = null;
  let ended: number | null = null;
  let told = performance.now();
  for await (const rows of readWholeJournal(client, tenant, archive, from - 1, to)) {
    for (const { seq, at, body } of rows) {
      began ??= at;
      ended = at;
      reader.open(body);
      for (let entry = 1; reader.next(); entry++) test.take(command, recorded, seq, entry, at);
    }
    if (onProgress === undefined || performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    onProgress({ seq: rows.at(-1)!.seq, from, to, messages: test.messages });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { tenant: tenant.name, from, to, began, ended, ...test.found(), seconds };
}

/**
 * The first row of a tenant's journal that is not before a time (ms since 1970); one behind the last where all are. What
 * is archived is before.
 */
export async function rowAt(client: pg.Client, tenant: number, at: number): Promise<number> {
  const { rows } = await client.query<{ seq: number | null }>(
    'SELECT min(seq)::float8 AS seq FROM holdfast.journal WHERE tenant = $1 AND at >= to_timestamp($2 / 1000.0)',
    [tenant, at],
  );
  return rows[0]!.seq ?? (await lastRow(client, tenant)) + 1;
}

async function lastRow(client: pg.Client, tenant: number): Promise<number> {
  const { rows } = await client.query<{ seq: number }>(
    `SELECT greatest(
       (SELECT max(seq) FROM holdfast.journal WHERE tenant = $1),
       (SELECT max(last_seq) FROM holdfast.archive WHERE tenant = $1), 0)::float8 AS seq`,
    [tenant],
  );
  return rows[0]!.seq;
}
