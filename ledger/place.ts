import type { Follower } from './follow.js';
import type { Lease, LeaseStatus } from './lease.js';

/**
 * What a node is to a tenant.
 *
 * ```
 * away ──(its lease is free)──▶ taking ──(rows read, provisioned)──▶ held ──(asked for)──▶ leaving ──▶ away
 *   ▲                             └──(failed)──▶ away                  └──(fenced)──▶ leaving
 *   └─ another node holds it, or none; followed where the node shares tenants
 * ```
 */
export type Phase = 'away' | 'taking' | 'held' | 'leaving';

/** One tenant on this node. */
export interface Place {
  readonly index: number;
  readonly name: string;
  /** Its number in the database. */
  readonly tenant: number;
  /** Whether this node takes it from its start on. */
  readonly home: boolean;
  phase: Phase;
  /** While it is away and followed. */
  follower: Follower | null;
  /** While it is not away. */
  lease: Lease | null;
  /** Where its lease stood when it was looked at last, while it was away. */
  status: LeaseStatus | null;
  /** Since when its holder was seen without a session, in ms of the monotonic clock; null when it has one. */
  orphanedSince: number | null;
}

/** All sessions of a node that lives may break at once, and need a moment to come back. */
const ORPHANED_MS = 150;

/** Whether anyone may take the lease, as it was seen last. */
export function isFree({ status, orphanedSince }: Place, nowMs: number): boolean {
  if (status === null) return false;
  return status.freeForMs >= 0 || (orphanedSince !== null && nowMs - orphanedSince >= ORPHANED_MS);
}

/** Notes where a tenant's lease stands. */
export function see(place: Place, status: LeaseStatus, nowMs: number): void {
  place.status = status;
  if (!status.orphaned || status.freeForMs >= 0) place.orphanedSince = null;
  else place.orphanedSince ??= nowMs;
}

/**
 * Whether a node that follows the tenant is to take it now.
 * @param node its name
 * @param upMs how long it has been running
 */
export function isDue(place: Place, node: string, leaseTtlMs: number, upMs: number, nowMs: number): boolean {
  const { status, follower } = place;
  if (status === null || follower === null || !isFree(place, nowMs)) return false;
  const { wantedBy, freeForMs } = status;
  if (wantedBy === node) return true;
  // Whoever was asked for comes first, if it comes.
  if (wantedBy !== null && freeForMs < leaseTtlMs) return false;
  // One that was free before this node came may be the home of another that is about to come.
  return freeForMs < upMs || upMs >= leaseTtlMs;
}
