import type pg from 'pg';
import { Follower } from './follow.js';
import { InvariantError } from './invariant-error.js';
import { Journal } from './journal.js';
import { endLapsedSessions, type Lease, takeLeases } from './lease.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { Ledger } from './ledger.js';
import type { NodeSettings, Taken } from './node-settings.js';
import type { Place } from './place.js';
import { errorCode } from './postgres-error.js';
import { beginFollower } from './recover.js';
import { TenantLedger } from './tenant-ledger.js';

/** SQLSTATE lock_not_available. */
const LOCK_TIMED_OUT = '55P03';

/** How a node takes tenants: first their leases, which fences whoever had them, then what their journals hold. */
export class TakeOvers {
  readonly replayed = { commands: 0, seconds: 0 };
  readonly #settings: NodeSettings;
  readonly #keeper: LeaseKeeper;

  constructor(settings: NodeSettings, keeper: LeaseKeeper) {
    this.#settings = settings;
    this.#keeper = keeper;
  }

  /**
   * Takes the leases of those places that still are free, and keeps them.
   * @returns the places that are being taken; others were faster with the rest, or an insert is in the way
   */
  async take(client: pg.Client, places: readonly Place[]): Promise<readonly Place[]> {
    const { identity, log } = this.#settings;
    const tenants = places.map(({ tenant }) => tenant);
    const free = places.map(({ status, orphanedSince }) => ({
      ...status!,
      orphaned: orphanedSince !== null,
    }));
    let leases: readonly Lease[];
    try {
      await endLapsedSessions(client, tenants, identity);
    } catch (error) {
      // Without that right we go by the fence alone.
      log('the sessions of a node whose lease lapsed could not be ended', error);
    }
    try {
      leases = await takeLeases(client, free, identity);
    } catch (error) {
      if (errorCode(error) !== LOCK_TIMED_OUT) throw error;
      log('an insert that is under way keeps the journal locked; trying again', error);
      return [];
    }
    this.#keeper.hold(leases);
    return leases.map((lease) => {
      const place = places.find(({ tenant }) => tenant === lease.tenant)!;
      place.phase = 'taking';
      place.lease = lease;
      return place;
    });
  }

  /**
   * Reads what the journals of tenants that were taken hold after what is known, and has the tenants prepared.
   * @returns their ledgers; one whose journal does not prove itself is quarantined
   */
  async open(client: pg.Client, taken: readonly Place[]): Promise<Ledger> {
    const { tenants, onQuarantine } = this.#settings;
    const startedAt = performance.now();
    const opened = new Array<TenantLedger | null>(tenants.length).fill(null);
    let lastAt = 0;
    for (const place of taken) {
      const { ledger, at } = await this.#openOne(client, place);
      opened[place.index] = ledger;
      lastAt = Math.max(lastAt, at);
    }
    this.replayed.seconds += (performance.now() - startedAt) / 1000;
    const ledger = new Ledger(opened, lastAt, onQuarantine);
    await this.#prepare(client, ledger, taken);
    return ledger;
  }

  async #openOne(
    client: pg.Client,
    { name, tenant, lease, follower }: Place,
  ): Promise<{ readonly ledger: TenantLedger; readonly at: number }> {
    const { snapshots: directory, fileSystem, log } = this.#settings;
    const snapshots = directory === undefined ? undefined : { directory, fileSystem, log };
    try {
      // One that has not read anything yet may as well begin at a snapshot.
      const begun = follower !== null && follower.head.seq > 0;
      const known = begun ? follower : await beginFollower(client, { id: tenant, name }, snapshots);
      this.replayed.commands += (await known.catchUp(client)).commands;
      return { ledger: new TenantLedger(name, lease!, known.state, known.head), at: known.head.at };
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      const { state, head } = new Follower(tenant);
      const ledger = new TenantLedger(name, lease!, state, head);
      ledger.fault = error;
      this.#settings.onQuarantine(ledger, error);
      return { ledger, at: head.at };
    }
  }

  async #prepare(client: pg.Client, ledger: Ledger, taken: readonly Place[]): Promise<void> {
    const { prepare } = this.#settings;
    if (prepare === undefined || taken.length === 0) return;
    let opened: Journal | null = null;
    // Mostly there is nothing to commit; then a take-over need not wait for a connection.
    const journal: Taken['journal'] = {
      commit: async (rows, at) => {
        opened ??= await Journal.open(this.#settings);
        return opened.commit(rows, at);
      },
    };
    const indexes = taken.map(({ index }) => index);
    try {
      await prepare({ ledger, journal, client, clock: this.#keeper.clock, indexes });
    } finally {
      await (opened as Journal | null)?.close();
    }
  }
}
