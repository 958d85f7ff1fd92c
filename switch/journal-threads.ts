import type { Logger } from 'pino';
import type { Ledger } from '../ledger/ledger.js';
import type { Config } from './config.js';
import type { Counters } from './counters.js';
import { snapshotsOf } from './database.js';
import { ProjectorThread } from './projector-thread.js';
import type { ProofBoard } from './proof-board.js';
import { ProverWorker } from './prover-worker.js';

/** How much there may be to replay before there is another snapshot. */
const SNAPSHOTS = { snapshotEveryCommands: 1_000_000, snapshotEverySeconds: 600 } as const;

/** Where the journals are, and whose they are. */
export interface Journals {
  readonly url: string;
  /** `application_name` of this process's sessions. */
  readonly session: string;
  readonly tenants: readonly string[];
}

/** Proves the journals while they grow; a tenant whose journal is wrong is quarantined, the others go on. */
export function startProver(
  config: Config,
  journals: Journals,
  ledger: Ledger,
  proof: ProofBoard,
  counters: Counters,
  log: Logger,
): ProverWorker {
  const { enabled, ...every } = config.prover;
  const schedule = enabled ? { ...every, ...SNAPSHOTS } : null;
  const hotLoad = counters.cell('eventLoopUtilisation');
  const { directory: snapshots } = snapshotsOf(config, log);
  return new ProverWorker(
    { ...journals, schedule, snapshots, board: proof.shared, hotLoad },
    {
      onMismatch: (index, err) => {
        const tenant = journals.tenants[index];
        if (ledger.tenants[index] !== null) ledger.quarantine(index, err);
        else log.fatal({ tenant, err }, 'the journal of a tenant held elsewhere is wrong');
      },
      onLog: (text, err) => log.error({ err }, text),
    },
  );
}

/** Fills the read model from the journals; null where it is not wanted. */
export function startProjector(
  config: Config,
  { url, tenants }: Journals,
  counters: Counters,
  log: Logger,
): ProjectorThread | null {
  const { enabled, ...limits } = config.projector;
  if (!enabled) return null;
  const { directory: snapshots } = snapshotsOf(config, log);
  const hotLoad = counters.cell('eventLoopUtilisation');
  const progress = counters.projection.cells;
  return new ProjectorThread({ ...limits, url, tenants, snapshots, hotLoad, progress }, log);
}
