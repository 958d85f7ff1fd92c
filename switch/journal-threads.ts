import type { Logger } from 'pino';
import { InvariantError } from '../ledger/invariant-error.js';
import type { Ledger } from '../ledger/ledger.js';
import type { ProjectorData, ProjectorTold } from '../ledger/projection/worker.js';
import type { Keys } from '../tenants/keys.js';
import type { Config } from './config-schema.js';
import type { Counters } from './counters.js';
import type { CourierData, CourierTold } from './courier-thread.js';
import { snapshotsOf } from './database.js';
import { LastingThread } from './lasting-thread.js';
import { networksOf } from './outbound-networks.js';
import type { ProverThreadData, ProverTold } from './prover-thread.js';

/** How much there may be to replay before there is another snapshot. */
const SNAPSHOTS = { snapshotEveryCommands: 1_000_000, snapshotEverySeconds: 600 } as const;
/** For the batch that is under way; it is whole or not at all in any case. */
const PROJECTOR_STOP_MS = 1000;

/** For requests that are under way; they are sent again where there was no answer. */
const COURIER_STOP_MS = 1000;

/** Where the journals are, and whose they are. */
export interface Journals {
  readonly url: string;
  /** `application_name` of this process's sessions. */
  readonly session: string;
  readonly tenants: readonly string[];
  /** By which the switch knows each of them. */
  readonly indexes: readonly number[];
}

/** Proves the journals while they grow; a tenant whose journal is wrong is quarantined, the others go on. */
export function startProver(
  config: Config,
  journals: Journals,
  ledger: Ledger,
  counters: Counters,
  log: Logger,
): LastingThread<ProverThreadData, ProverTold> {
  const { enabled, ...every } = config.prover;
  const schedule = enabled ? { ...every, ...SNAPSHOTS } : null;
  const hotLoad = counters.cell('eventLoopUtilisation');
  const { directory: snapshots } = snapshotsOf(config, log);
  const onMismatch = (index: number, err: InvariantError) => {
    const tenant = journals.tenants[journals.indexes.indexOf(index)];
    if (ledger.tenants[index] !== null) ledger.quarantine(index, err);
    else log.fatal({ tenant, err }, 'the journal of a tenant held elsewhere is wrong');
  };
  return new LastingThread({
    script: new URL('./prover-thread.js', import.meta.url),
    data: { ...journals, schedule, snapshots, board: counters.proof.cells, hotLoad },
    onTold: (told) => {
      if (told.kind === 'log') log.error({ err: told.error }, told.text);
      else onMismatch(told.index, new InvariantError(told.text));
    },
    onDied: (err) => log.error({ err }, 'the thread that proves the journals failed'),
    stopMs: 0,
  });
}

/** Fills the read model from the journals; null where it is not wanted. */
export function startProjector(
  config: Config,
  { url, tenants, indexes }: Journals,
  counters: Counters,
  log: Logger,
): LastingThread<ProjectorData, ProjectorTold> | null {
  const { enabled, ...limits } = config.projector;
  if (!enabled) return null;
  const { directory: snapshots } = snapshotsOf(config, log);
  const hotLoad = counters.cell('eventLoopUtilisation');
  const progress = counters.projection.cells;
  return new LastingThread({
    script: new URL('../ledger/projection/worker.js', import.meta.url),
    data: { ...limits, url, tenants, indexes, snapshots, hotLoad, progress },
    onTold: ({ text, error }) => log.error({ err: error }, text),
    onDied: (err) => log.error({ err }, 'the projector’s thread died'),
    stopMs: PROJECTOR_STOP_MS,
  });
}

/** Sends the tenants' events to their endpoints; null where that is not wanted. */
export function startCourier(
  config: Config,
  { url, session, tenants, indexes }: Journals,
  keys: Keys,
  counters: Counters,
  log: Logger,
): LastingThread<CourierData, CourierTold> | null {
  const { enabled, pollMs, timeoutMs, retrySeconds, disableAfterHours } = config.webhooks;
  if (!enabled) return null;
  const { panVersion, panKeys } = keys;
  return new LastingThread({
    script: new URL('./courier-thread.js', import.meta.url),
    data: {
      url,
      session,
      tenants,
      indexes,
      pollMs,
      timeoutMs,
      retrySeconds,
      disableAfterHours,
      networks: networksOf(config),
      keys: { panVersion, panKeys },
      board: counters.webhooks.cells,
    },
    onTold: ({ text, error }) => log.error({ err: error }, text),
    onDied: (err) => log.error({ err }, 'the thread that sends webhooks died'),
    stopMs: COURIER_STOP_MS,
  });
}
