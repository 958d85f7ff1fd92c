import type { Progress } from '../ledger/prover.js';
import type { TenantGauges } from './tenant-gauges.js';

/** How far each tenant is proved. */
export const PROVED: TenantGauges<Progress> = {
  holdfast_proved_seq: ['Row of its journal up to which a tenant is proved.', ({ seq }) => seq],
  holdfast_proved_timestamp_seconds: [
    'Time at which a tenant was proved up to holdfast_proved_seq.',
    ({ at }) => at / 1000,
  ],
  holdfast_proof_lag_rows: [
    'Rows of a journal that were there and not proved yet.',
    ({ lagRows }) => lagRows,
  ],
  holdfast_checkpoint_seq: ['Row of the last checkpoint of a tenant.', ({ checkpoint }) => checkpoint],
};

/** The same of one tenant, for `/status`. */
export function proofOf(progress: Progress | null) {
  if (progress === null) return null;
  const { seq, checkpoint, lagRows, at } = progress;
  return { provedSeq: seq, provedAt: new Date(at).toISOString(), lagRows, checkpointSeq: checkpoint };
}
