import { Gauge, type Registry } from 'prom-client';
import type { Progress } from '../ledger/prover.js';
import type { ProofBoard } from './proof-board.js';

const NAMES = {
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
} as const satisfies Readonly<Record<string, readonly [help: string, value: (progress: Progress) => number]>>;

/** Names, for Prometheus, how far each tenant is proved; one of which nothing is proved yet has no value. */
export function nameProof(registry: Registry, board: ProofBoard, tenants: readonly string[]): void {
  for (const [name, [help, value]] of Object.entries(NAMES)) {
    new Gauge({
      name,
      help,
      labelNames: ['tenant'],
      registers: [registry],
      collect() {
        for (const [index, tenant] of tenants.entries()) {
          const progress = board.get(index);
          if (progress !== null) this.set({ tenant }, value(progress));
        }
      },
    });
  }
}

/** The same of one tenant, for `/status`. */
export function proofOf(board: ProofBoard, index: number) {
  const progress = board.get(index);
  if (progress === null) return null;
  const { seq, checkpoint, lagRows, at } = progress;
  return { provedSeq: seq, provedAt: new Date(at).toISOString(), lagRows, checkpointSeq: checkpoint };
}
