import type { ProjectionProgress } from '../ledger/projection/progress.js';
import type { TenantGauges } from './tenant-gauges.js';

/** How far each tenant's read model is. */
export const PROJECTED: TenantGauges<ProjectionProgress> = {
  holdfast_projection_seq: [
    'Journal row up to which the read model of a tenant is filled.',
    ({ seq }) => seq,
  ],
  holdfast_projection_lag_rows: ['Journal rows of a tenant that the read model lacks.', lagRowsOf],
  holdfast_projection_lag_seconds: [
    'Age of what the read model of a tenant may lack, at most.',
    lagSecondsOf,
  ],
};

/** The same of one tenant, for `/status`; null where it is not filled by this switch. */
export function readModelOf(progress: ProjectionProgress | null) {
  if (progress === null) return null;
  return { seq: progress.seq, lagRows: lagRowsOf(progress), lagSeconds: lagSecondsOf(progress) };
}

function lagRowsOf({ seq, head }: ProjectionProgress): number {
  return head - seq;
}

function lagSecondsOf({ until }: ProjectionProgress): number {
  return Math.max(0, Date.now() - until) / 1000;
}
