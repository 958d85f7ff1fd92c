import type pg from 'pg';
import { Alarm } from './alarm.js';
import { DatabaseClock } from './database-clock.js';
import type { JournalSettings } from './journal.js';
import { LastingConnection } from './lasting-connection.js';
import { beat, forgetNode, LEASE_CHANNEL, type Lease, type NodeIdentity, releaseLeases } from './lease.js';

/** Heartbeats in the time that a lease lasts. */
const BEATS = 3;
const RETRY_MS_FIRST = 20;

export interface LeaseKeeperSettings extends JournalSettings {
  readonly identity: NodeIdentity;
  /** Whether this node follows the tenants that others hold. */
  readonly follows: boolean;
  /** Another raised the epoch of a lease that was held here. */
  readonly onRaised: (lease: Lease) => void;
  /** A lease that is held here is to be handed over to that node. */
  readonly onWanted: (tenant: number, node: string) => void;
  /** Some lease changed, anywhere. */
  readonly onChange: () => void;
}

/**
 * Keeps the leases of this node: one heartbeat for all of them, from a connection of its own, so that a slow commit
 * does not hold it up. Learns from it which were taken away, and which are asked for.
 */
export class LeaseKeeper {
  readonly clock = new DatabaseClock();
  /** Where this node listens, for the others to see; '' while it doesn't. */
  endpoint = '';
  readonly #settings: LeaseKeeperSettings;
  readonly #held = new Map<number, Lease>();
  readonly #alarm = new Alarm();
  readonly #connection: LastingConnection;
  #closed = false;
  #running: Promise<void> | null = null;

  constructor(settings: LeaseKeeperSettings) {
    this.#settings = settings;
    const prepare = (client: pg.Client) => {
      client.on('notification', () => {
        this.#alarm.ring();
        settings.onChange();
      });
      // What a heartbeat says is soon out of date; a take-over, which must not be lost, is not made from here.
      return client.query(`SET synchronous_commit = 'off'; LISTEN ${LEASE_CHANNEL}`);
    };
    // One that never answers is given up in the time that a lease lasts.
    const { leaseTtlMs } = settings.identity;
    this.#connection = new LastingConnection(settings, prepare, () => this.#alarm.ring(), leaseTtlMs);
  }

  /**
   * The first heartbeat, and all others from then on.
   * @throws Error when the database can't be had
   */
  async start(): Promise<void> {
    await this.#beat();
    this.#running = this.#run();
  }

  holds({ tenant, epoch }: Lease): boolean {
    return this.#held.get(tenant)?.epoch === epoch;
  }

  /** Keeps these leases from now on; they were taken a moment ago. */
  hold(leases: readonly Lease[]): void {
    for (const lease of leases) this.#held.set(lease.tenant, lease);
  }

  /** Keeps a lease no longer; if it was not given back, it lapses. */
  forget({ tenant }: Lease): void {
    this.#held.delete(tenant);
  }

  /** Beats now instead of in a while. */
  beatNow(): void {
    this.#alarm.ring();
  }

  /**
   * Gives leases back, so that others can take them at once.
   * @throws Error of the database; the leases are not kept any more, and lapse
   */
  async release(leases: readonly Lease[]): Promise<void> {
    for (const lease of leases) this.forget(lease);
    await releaseLeases(await this.#connection.get(), leases);
  }

  /** Gives everything back and ends; where the database is away, the leases lapse. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#alarm.ring();
    await this.#running;
    try {
      const client = await this.#connection.present;
      if (client === null) return;
      if (this.#held.size > 0) await this.release([...this.#held.values()]);
      await forgetNode(client, this.#settings.identity.name);
    } catch (error) {
      this.#settings.log('the leases could not be given back; they lapse', error);
    }
    await this.#connection.close();
  }

  async #run(): Promise<void> {
    const betweenMs = this.#settings.identity.leaseTtlMs / BEATS;
    let pause = betweenMs;
    for (;;) {
      await this.#alarm.sleep(pause);
      if (this.#closed) return;
      try {
        await this.#beat();
        pause = betweenMs;
      } catch (error) {
        this.#settings.log('a heartbeat failed', error);
        pause = pause === betweenMs ? RETRY_MS_FIRST : Math.min(2 * pause, betweenMs / 2);
        this.#connection.drop();
      }
    }
  }

  async #beat(): Promise<void> {
    const { identity, follows, onRaised, onWanted } = this.#settings;
    const client = await this.#connection.get();
    const leases = [...this.#held.values()];
    const sentAt = performance.now();
    const { now, held } = await beat(client, identity, { endpoint: this.endpoint, follows }, leases);
    this.clock.read(now, sentAt, performance.now());
    const kept = new Map(held.map(({ tenant, wantedBy }) => [tenant, wantedBy]));
    for (const lease of leases) {
      // It may have been given back while the heart beat.
      if (!this.holds(lease)) continue;
      const wantedBy = kept.get(lease.tenant);
      if (wantedBy === undefined) {
        this.#held.delete(lease.tenant);
        onRaised(lease);
      } else if (wantedBy !== null && wantedBy !== identity.name) onWanted(lease.tenant, wantedBy);
    }
  }
}
