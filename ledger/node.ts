import { setImmediate as turn } from 'node:timers/promises';
import type pg from 'pg';
import { Alarm } from './alarm.js';
import { DatabaseInUseError, FencedError } from './fenced-error.js';
import { Follower } from './follow.js';
import { InvariantError } from './invariant-error.js';
import { ANSWER_MS } from './journal.js';
import { LastingConnection } from './lasting-connection.js';
import {
  isFollowing,
  type Lease,
  type LeaseStatus,
  lookAtLeases,
  noteServing,
  registerTenants,
  wantLeases,
} from './lease.js';
import { LeaseKeeper } from './lease-keeper.js';
import { Ledger } from './ledger.js';
import type { Answering, Holder, NodeSettings } from './node-settings.js';
import { ensurePartitions } from './partitions.js';
import { isDue, isFree, type Place, see } from './place.js';
import { readHead, readNews } from './read-journal.js';
import { beginFollower } from './recover.js';
import { TakeOvers } from './take-overs.js';

/** Between two looks at the leases of the tenants that others hold. */
const LOOK_MS = 100;
/** The same, for a node that would not take any. */
const LOOK_MS_IDLE = 1000;
/** Between two readings of the journals that are followed, while they grow. */
const FOLLOW_MS = 20;
const RETRY_MS = 500;

/**
 * A node's part in the tenants of its database: the writer of those whose lease it holds, a follower of the others'
 * journals, ready to take them over. All of them go through the same steps, at the start as later ({@link Place}).
 */
export class LedgerNode {
  readonly ledger: Ledger;
  readonly keeper: LeaseKeeper;
  answering: Answering = { refuse: () => {}, settled: async () => {} };
  readonly #settings: NodeSettings;
  readonly #takeOvers: TakeOvers;
  readonly #connection: LastingConnection;
  readonly #alarm = new Alarm();
  readonly #startedAt = performance.now();
  /** Followers that began at their snapshot, or found none. */
  readonly #begun = new WeakSet<Follower>();
  #places: readonly Place[] = [];
  #lookedAt = 0;
  #closed = false;
  #running: Promise<void> | null = null;

  constructor(settings: NodeSettings) {
    this.#settings = settings;
    const { identity, shared, tenants, onQuarantine } = settings;
    this.ledger = new Ledger(
      tenants.map(() => null),
      0,
      onQuarantine,
    );
    this.keeper = new LeaseKeeper({
      ...settings,
      follows: shared,
      onRaised: (lease) => this.stepDown(lease),
      onWanted: (tenant, node) => this.#handOver(tenant, node),
      onChange: () => {
        this.#lookedAt = 0;
        this.#alarm.ring();
      },
      identity,
    });
    this.#connection = new LastingConnection(settings, undefined, undefined, ANSWER_MS);
    this.#takeOvers = new TakeOvers(settings, this.keeper);
  }

  /**
   * Takes the tenants that are its own.
   * @throws DatabaseInUseError when another node that is alive holds one of them, and tenants are not shared
   */
  async start(): Promise<void> {
    const { tenants, here = [...tenants.keys()], home = tenants, shared } = this.#settings;
    const names = here.map((index) => tenants[index]!);
    const client = await this.#connection.get();
    await this.keeper.start();
    const numbers = await registerTenants(client, names);
    await ensurePartitions(client);
    this.#places = names.map((name, at) => ({
      index: here[at]!,
      name,
      tenant: numbers[at]!,
      home: home.includes(name),
      phase: 'away',
      follower: shared ? new Follower(numbers[at]!) : null,
      lease: null,
      status: null,
      orphanedSince: null,
    }));
    if (shared) await this.#takeWhatIsFree(client);
    else await this.#takeAll(client);
    this.#running = this.#run();
  }

  /** Commands that were replayed to take tenants, and how long that took. */
  get replayed(): { readonly commands: number; readonly seconds: number } {
    return this.#takeOvers.replayed;
  }

  /** Where this node listens, for the others to see. */
  listensAt(endpoint: string): void {
    this.keeper.endpoint = endpoint;
    this.keeper.beatNow();
  }

  /** Who holds a tenant, by what was seen last; null when nobody ever did, or it is changing hands. */
  holder(index: number): Holder | null {
    const { phase, status } = this.#places.find((place) => place.index === index)!;
    if (phase === 'held') return { node: this.#settings.identity.name, endpoint: this.keeper.endpoint };
    if (status === null || status.node === '' || status.freeForMs >= 0) return null;
    return { node: status.node, endpoint: status.endpoint };
  }

  /** Under which epoch a tenant is held here; 0 when it isn't. */
  epoch(index: number): number {
    const place = this.#places.find((place) => place.index === index);
    return place?.phase === 'held' ? place.lease!.epoch : 0;
  }

  /**
   * Forgets a tenant of which another node raised the epoch; follows it from now on where tenants are shared.
   * @returns its index
   */
  stepDown(lease: Lease): number {
    const place = this.#placeOf(lease.tenant)!;
    if (place.lease?.epoch !== lease.epoch || place.phase === 'taking') return place.index;
    this.#settings.say({ tenant: place.name, epoch: lease.epoch }, 'another node took the tenant over');
    place.phase = 'leaving';
    place.lease = null;
    // What is in memory is ahead of the journal by what never happened.
    this.ledger.drop(place.index);
    this.answering.refuse(place.index);
    void this.answering.settled(place.index).then(() => {
      this.#leave(place, this.#settings.shared ? new Follower(place.tenant) : null);
      const left = this.#places.some(({ phase }) => phase !== 'away');
      if (!this.#settings.shared && !left) this.#settings.onLost(new FencedError(place.name));
    });
    return place.index;
  }

  /** Gives every lease back, and ends. Nothing may be decided any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#alarm.ring();
    await this.keeper.close();
    await this.#running;
    await this.#connection.close();
  }

  #placeOf(tenant: number): Place | undefined {
    return this.#places.find((place) => place.tenant === tenant);
  }

  #leave(place: Place, follower: Follower | null): void {
    place.phase = 'away';
    place.lease = null;
    place.follower = follower;
    place.status = null;
    this.#lookedAt = 0;
    this.#alarm.ring();
    this.#settings.onChange();
  }

  /** All or nothing: waits for leases that may lapse, and gives up at one that is being kept. */
  async #takeAll(client: pg.Client): Promise<void> {
    const seen = new Map<number, number>();
    for (;;) {
      const due = this.#places.filter(({ home, phase }) => home && phase === 'away');
      if (due.length === 0) return;
      await this.#look(client, due);
      const nowMs = performance.now();
      if (due.every((place) => isFree(place, nowMs))) {
        await this.#takeOver(client, due);
        continue;
      }
      for (const { name, status } of due) {
        const { tenant, node, endpoint, expiresAt } = status!;
        const first = seen.get(tenant) ?? expiresAt;
        if (expiresAt > first) throw new DatabaseInUseError(name, node, endpoint);
        seen.set(tenant, first);
      }
      await this.#alarm.sleep(LOOK_MS / 2);
    }
  }

  /** Of its own tenants those that nobody holds; where they were named, the others are asked for. */
  async #takeWhatIsFree(client: pg.Client): Promise<void> {
    const own = this.#places.filter(({ home }) => home);
    if (own.length === 0) return;
    await this.#look(client, own);
    const nowMs = performance.now();
    await this.#takeOver(
      client,
      own.filter((place) => isFree(place, nowMs)),
    );
    const rest = own.filter(({ phase }) => phase === 'away').map(({ tenant }) => tenant);
    if (rest.length === 0 || this.#settings.home === undefined) return;
    await wantLeases(client, rest, this.#settings.identity.name);
  }

  async #run(): Promise<void> {
    let pause = 0;
    for (;;) {
      await this.#alarm.sleep(pause);
      if (this.#closed) return;
      try {
        pause = await this.#round(pause);
      } catch (error) {
        if (this.#closed) return;
        this.#settings.log('following the other nodes failed', error);
        this.#connection.drop();
        pause = RETRY_MS;
      }
    }
  }

  /** Looks at what others hold, follows it, and takes what is free; returns the time until the next round, in ms. */
  async #round(pause: number): Promise<number> {
    const { shared } = this.#settings;
    const away = this.#places.filter(({ phase }) => phase === 'away');
    if (away.length === 0) return LOOK_MS_IDLE;
    const client = await this.#connection.get();
    const lookMs = shared ? LOOK_MS : LOOK_MS_IDLE;
    if (performance.now() - this.#lookedAt >= lookMs) {
      this.#lookedAt = performance.now();
      if (await this.#look(client, away)) this.#settings.onChange();
      const { name, leaseTtlMs } = this.#settings.identity;
      const nowMs = performance.now();
      const upMs = nowMs - this.#startedAt;
      const due = away.filter((place) => isDue(place, name, leaseTtlMs, upMs, nowMs));
      if (due.length > 0) {
        await this.#takeOver(client, due);
        return 0;
      }
    }
    if (!shared) return lookMs;
    const { rows, more } = await this.#follow(client, away);
    if (more) return 0;
    return rows > 0 ? FOLLOW_MS : Math.min(2 * Math.max(pause, FOLLOW_MS), LOOK_MS);
  }

  /** Whether any of those changed hands since the last look. */
  async #look(client: pg.Client, places: readonly Place[]): Promise<boolean> {
    const tenants = places.map(({ tenant }) => tenant);
    const statuses = await lookAtLeases(client, tenants);
    const nowMs = performance.now();
    let changed = false;
    for (const status of statuses) {
      const place = this.#placeOf(status.tenant)!;
      changed ||= !isSameHolder(place.status, status);
      see(place, status, nowMs);
    }
    return changed;
  }

  /** Reads on in the journals of those that are followed. */
  async #follow(
    client: pg.Client,
    away: readonly Place[],
  ): Promise<{ readonly rows: number; readonly more: boolean }> {
    for (const place of away) await this.#beginFollowing(client, place);
    const followers = away.flatMap(({ follower }) => follower ?? []);
    if (followers.length === 0) return { rows: 0, more: false };
    const positions = followers.map(({ tenant, head }) => ({ tenant, seq: head.seq }));
    const { byTenant, more } = await readNews(client, positions);
    let rows = 0;
    for (const [tenant, page] of byTenant) {
      const place = this.#placeOf(tenant)!;
      rows += page.length;
      try {
        place.follower!.take(page);
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        // Whoever can't prove a journal must not go on with it.
        place.follower = null;
        this.#settings.onQuarantine(place, error);
      }
      // A node that serves other tenants answers them between two pages.
      await turn();
    }
    return { rows, more };
  }

  /** Lets a follower that has read nothing yet begin at a snapshot, where there is one. */
  async #beginFollowing(client: pg.Client, place: Place): Promise<void> {
    const { follower, tenant, name } = place;
    if (follower === null || follower.head.seq > 0 || this.#begun.has(follower)) return;
    const { snapshots: directory, fileSystem, log, onQuarantine } = this.#settings;
    try {
      const snapshots = directory === undefined ? undefined : { directory, fileSystem, log };
      place.follower = await beginFollower(client, { id: tenant, name }, snapshots);
      this.#begun.add(place.follower);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      place.follower = null;
      onQuarantine(place, error);
    }
  }

  /** Takes those of the leases that still are free, and serves their tenants. */
  async #takeOver(client: pg.Client, places: readonly Place[]): Promise<void> {
    const { say, shared, onChange } = this.#settings;
    if (places.length === 0) return;
    const startedAt = performance.now();
    const taken = await this.#takeOvers.take(client, places);
    const leases = taken.map(({ lease }) => lease!);
    try {
      this.ledger.adopt(await this.#takeOvers.open(client, taken));
    } catch (error) {
      for (const place of taken) this.#leave(place, shared ? new Follower(place.tenant) : null);
      await this.keeper.release(leases);
      throw error;
    }
    const ms = Math.round(performance.now() - startedAt);
    for (const place of taken) {
      place.phase = 'held';
      place.follower = null;
      place.status = null;
      place.orphanedSince = null;
      say({ tenant: place.name, epoch: place.lease!.epoch, ms }, 'tenant taken');
      // Another may have been faster than our reading.
      if (!this.keeper.holds(place.lease!)) this.stepDown(place.lease!);
    }
    onChange();
    await noteServing(client, leases);
  }

  /** Makes durable what was decided for a tenant, and lets another node have it. */
  async #handOver(tenant: number, node: string): Promise<void> {
    const place = this.#placeOf(tenant);
    // One that waits for its group to be closed is asked for again by the next heartbeat.
    if (place?.phase !== 'held' || !this.ledger.serves(place.index)) return;
    const { index, name } = place;
    const lease = place.lease!;
    const { log, say, shared } = this.#settings;
    try {
      const client = await this.#connection.get();
      if (!(await isFollowing(client, node)))
        return log(`${name} is wanted by ${node}, which is not there`, null);
      if (place.phase !== 'held') return;
      place.phase = 'leaving';
      this.ledger.shut(index);
      await this.answering.settled(index);
      // Null when it was taken away meanwhile.
      if (place.lease === null) return;
      const opened = this.ledger.tenants[index]!;
      const head = await readHead(client, lease);
      await this.keeper.release([lease]);
      this.ledger.drop(index);
      const whole = shared && opened.fault === null;
      this.#leave(
        place,
        whole ? new Follower(tenant, opened.state, head) : shared ? new Follower(tenant) : null,
      );
      say({ tenant: name, epoch: lease.epoch, to: node }, 'tenant handed over');
    } catch (error) {
      log(`handing ${name} over failed`, error);
      if (place.phase !== 'leaving' || place.lease === null) return;
      // Given back or not, it is not kept any more, and lapses.
      this.keeper.forget(lease);
      this.ledger.drop(index);
      this.#leave(place, shared ? new Follower(tenant) : null);
    }
  }
}

function isSameHolder(one: LeaseStatus | null, other: LeaseStatus): boolean {
  if (one === null || one.node !== other.node || one.endpoint !== other.endpoint) return false;
  return one.freeForMs >= 0 === other.freeForMs >= 0;
}
