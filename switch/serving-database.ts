import type { Logger } from 'pino';
import type { LedgerNode } from '../ledger/node.js';
import type { Taken } from '../ledger/node-settings.js';
import { openLedger } from '../ledger/open-ledger.js';
import type { Keys } from '../tenants/keys.js';
import type { Config } from './config-schema.js';
import type { Counters } from './counters.js';
import type { CourierAsked } from './courier-thread.js';
import { type DatabasePlace, openDatabase, snapshotsOf } from './database.js';
import { type Journals, startCourier, startProjector, startProver } from './journal-threads.js';
import type { LaneDatabase } from './lane.js';
import { Running } from './running.js';
import { requireNoneElsewhere } from './tenants-elsewhere.js';

export interface ServingSettings {
  readonly config: Config;
  readonly keys: Keys;
  readonly log: Logger;
  readonly place: DatabasePlace;
  /** Names of all tenants, by index. */
  readonly tenants: readonly string[];
  readonly node: string;
  readonly counters: Counters;
  /** Gives up what is under way. */
  readonly signal: AbortSignal;
  /** Time by which the ledger decides, in ms since 1970; by the clock of the database when absent. */
  readonly now: (() => number) | undefined;
  readonly prepare: (taken: Taken) => Promise<void>;
  /** A tenant was taken, given up, or changed hands elsewhere. */
  readonly onChange: () => void;
  /** All of its tenants were taken over by others. */
  readonly onLost: (error: unknown) => void;
}

/** A database whose tenants are served: the node in it, and the threads that read its journals. */
export interface ServingDatabase {
  readonly place: DatabasePlace;
  /** As the threads that read them take it. */
  readonly journals: Journals;
  readonly node: LedgerNode;
  readonly lane: LaneDatabase;
  /** What was replayed. */
  readonly commands: number;
  readonly seconds: number;
  /** Others have its tenants, and it is theirs: it is not to be stopped. */
  lose(): void;
  /** Ends what reads it, gives the tenants back, and stops it if it is ours. */
  stop(): Promise<void>;
}

/**
 * Opens a database, takes its tenants, and starts the threads that read their journals.
 * @throws with nothing left running, whatever can't be had; the signal's reason when it was given up
 */
export async function serveDatabase(settings: ServingSettings): Promise<ServingDatabase> {
  const running = new Running(settings.signal);
  const giveUp = () => void running.stop();
  settings.signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await serve(settings, running);
  } catch (error) {
    await running.stop();
    throw error;
  } finally {
    settings.signal.removeEventListener('abort', giveUp);
  }
}

async function serve(settings: ServingSettings, running: Running): Promise<ServingDatabase> {
  const { config, place, tenants, counters, node: name, now } = settings;
  const log = settings.log.child({ database: place.name });
  const indexes = place.tenants.map((tenant) => tenants.indexOf(tenant));
  const database = await openDatabase(config, place, log);
  // A server that ran before is another switch's until the journal is ours; any is, once the journal is lost.
  let letGo = () => database.leave();
  running.add(() => letGo());
  const { shared, leaseTtlMs } = config;
  // Those that are found while the ledgers are opened wait for the thread that tells of them.
  const quarantined: number[] = [];
  let tellQuarantine = (index: number): void => void quarantined.push(index);
  const opened = await openLedger({
    url: database.url,
    revive: () => database.revive(),
    log: (text, err) => log.error({ err }, text),
    say: (about, text) => log.info(about, text),
    node: name,
    leaseTtlMs,
    shared,
    home: config.tenants,
    tenants,
    here: indexes,
    snapshots: snapshotsOf(config, log).directory,
    prepare: settings.prepare,
    onQuarantine: (tenant, err) => {
      counters.add('quarantined', 1);
      tellQuarantine(tenants.indexOf(tenant.name));
      log.fatal(
        { tenant: tenant.name, err },
        'tenant quarantined: its journal or its ledger broke an invariant',
      );
    },
    onChange: settings.onChange,
    onLost: settings.onLost,
  });
  const { ledger, journal, node, clock, session, commands, seconds } = opened;
  letGo = () => database.stop(session);
  running.add(() => opened.close());
  await requireNoneElsewhere(database.url, place, tenants, (text, err) => log.error({ err }, text));
  const journals = { url: database.url, session, tenants: place.tenants, indexes };
  const prover = startProver(config, journals, ledger, counters, log);
  running.add(() => prover.stop());
  const projector = startProjector(config, journals, counters, log);
  running.add(() => projector?.stop());
  const courier = startCourier(config, journals, settings.keys, counters, log);
  running.add(() => courier?.stop());
  tellQuarantine = (index) => courier?.post({ quarantined: index } satisfies CourierAsked);
  for (const index of quarantined) tellQuarantine(index);
  return {
    place,
    journals,
    node,
    lane: { ledger, journal, now: now ?? (() => clock.now()), onFenced: (row) => node.stepDown(row) },
    commands,
    seconds,
    lose: () => {
      letGo = async () => {};
    },
    stop: () => running.stop(),
  };
}
