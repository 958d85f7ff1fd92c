import pg from 'pg';
import { goodbye } from '../../ledger/goodbye.js';
import { ANSWER_MS, connect } from '../../ledger/journal.js';
import { ObjectNames } from '../api/object-names.js';
import { asTenant } from '../as-tenant.js';
import { forgetOld, readEndpoints } from './delivery-table.js';
import type { EventWords } from './event.js';
import { type CourierTools, type Tally, TenantCourier } from './tenant-courier.js';
import type { WebhookBoard } from './webhook-board.js';

/** First key of the advisory locks of those who send webhooks; the second is the tenant. */
export const COURIER_LOCK = 0x686f6c77;
/** How often tenants are tried that another node sends for. */
const LOCK_MS = 1000;
const RECONNECT_MS_FIRST = 50;
const RECONNECT_MS_MAX = 5000;
/** For a tenant whose turn the database refused. */
const RETRY_MS = 1000;
const FORGET_MS = 3_600_000;
const KEPT_DAYS = 30;
/** For requests that are under way at a stop. */
const FINISH_MS = 500;

export interface CourierSettings extends Omit<CourierTools, 'words' | 'wake'> {
  readonly url: string;
  /** `application_name` of its connection. */
  readonly session: string;
  /** Names of the tenants of its database, and their indexes in `board`. */
  readonly tenants: readonly string[];
  readonly indexes: readonly number[];
  readonly currencyOf: EventWords['currencyOf'];
  readonly board: WebhookBoard;
  /** How often it is looked for new events, in ms. */
  readonly pollMs: number;
}

/** A tenant that this node may send for. */
interface Served {
  readonly index: number;
  readonly id: number;
  readonly name: string;
  readonly tally: Tally;
  courier: TenantCourier | null;
  /** After a failure, in ms of `performance.now`. */
  waitsUntil: number;
}

interface Session {
  readonly client: pg.Client;
  readonly tools: CourierTools;
  readonly served: readonly Served[];
}

/**
 * Sends the tenants' webhooks. A tenant's are sent by one session at a time, under a lock, so that the order of what is
 * about a card is up to one; when its connection breaks, all that was in memory is given up, and read anew.
 */
export class Courier {
  readonly #settings: CourierSettings;
  readonly #tallies: readonly Tally[];
  readonly #quarantined = new Set<number>();
  #session: Session | null = null;
  #lockAt = 0;
  #pollAt = 0;
  #forgetAt = 0;
  #woken = false;
  #wake: () => void = () => {};

  constructor(settings: CourierSettings) {
    this.#settings = settings;
    this.#tallies = settings.tenants.map(() => ({ delivered: 0, failed: 0, dead: 0 }));
  }

  /** A tenant of this node, by index, was quarantined: an event that no journal tells. */
  quarantined(index: number): void {
    this.#quarantined.add(index);
    this.wake();
  }

  readonly wake = (): void => {
    this.#woken = true;
    this.#wake();
  };

  /** Sends until it is aborted; what fails is logged, and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', this.wake, { once: true });
    let reconnectMs = RECONNECT_MS_FIRST;
    while (!signal.aborted) {
      let waitMs: number;
      try {
        this.#session ??= await this.#connect();
        waitMs = await this.#turn(this.#session);
        reconnectMs = RECONNECT_MS_FIRST;
      } catch (error) {
        if (signal.aborted) break;
        this.#settings.log('webhooks can not be sent now', error);
        await this.#disconnect();
        waitMs = reconnectMs;
        reconnectMs = Math.min(2 * reconnectMs, RECONNECT_MS_MAX);
      }
      await this.#pause(waitMs);
    }
    await this.#finish();
    await this.#disconnect();
    await this.#settings.sender.close();
  }

  /** Waits a moment for requests that are under way, and writes down what came of them: else they are sent again. */
  async #finish(): Promise<void> {
    const couriers = this.#session?.served.flatMap(({ courier }) => courier ?? []) ?? [];
    for (const courier of couriers) courier.stop();
    const until = performance.now() + FINISH_MS;
    while (couriers.some(({ flying }) => flying > 0) && performance.now() < until) {
      await this.#pause(until - performance.now());
    }
    try {
      for (const courier of couriers) await courier.turn(this.#session!.client);
    } catch (error) {
      // Then they are sent again, as after a crash.
      this.#settings.log('what came of the last webhooks can not be written down', error);
    }
  }

  /** @returns how long there is nothing to do, in ms */
  async #turn(session: Session): Promise<number> {
    const { client, served } = session;
    const { pollMs, board } = this.#settings;
    await this.#noteQuarantined(session);
    if (performance.now() >= this.#pollAt) {
      this.#pollAt = performance.now() + pollMs;
      await this.#lock(session);
      const ours = served.filter(({ courier }) => courier !== null);
      const rows = await readEndpoints(
        client,
        ours.map(({ id }) => id),
      );
      for (const { id, courier } of ours) courier!.update(rows.filter(({ tenant }) => tenant === id));
      await this.#forget(client);
    }
    let dueAt = Number.POSITIVE_INFINITY;
    for (const tenant of served) {
      const { courier, index, tally } = tenant;
      if (courier === null) continue;
      if (tenant.waitsUntil <= performance.now() && courier.dueAt <= Date.now()) {
        await this.#tenantTurn(session, tenant, courier);
      }
      if (tenant.waitsUntil <= performance.now()) dueAt = Math.min(dueAt, courier.dueAt);
      const { waiting, oldest } = courier;
      board.set(index, { ...tally, waiting, oldest, at: Date.now() });
    }
    return Math.min(Math.max(0, dueAt - Date.now()), Math.max(0, this.#pollAt - performance.now()));
  }

  /** What the database refuses for one tenant keeps that tenant alone. */
  async #tenantTurn({ client, tools }: Session, tenant: Served, courier: TenantCourier): Promise<void> {
    try {
      await courier.turn(client);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      this.#settings.log(`webhooks of tenant ${tenant.name} can not be sent now`, error);
      courier.stop();
      tenant.courier = new TenantCourier(tenant.id, tools, tenant.tally);
      tenant.waitsUntil = performance.now() + RETRY_MS;
    }
  }

  async #noteQuarantined({ client, served }: Session): Promise<void> {
    for (const index of this.#quarantined) {
      const tenant = served.find((one) => one.index === index);
      if (tenant !== undefined) {
        await asTenant(client, tenant.id, () =>
          client.query('SELECT holdfast.add_notice($1, NULL, $2)', ['tenant.quarantined', '{}']),
        );
      }
      this.#quarantined.delete(index);
    }
  }

  /** Takes the locks of tenants that nobody sends for. */
  async #lock({ client, tools, served }: Session): Promise<void> {
    if (performance.now() < this.#lockAt) return;
    this.#lockAt = performance.now() + LOCK_MS;
    const free = served.filter(({ courier }) => courier === null);
    if (free.length === 0) return;
    const { rows } = await client.query<{ id: number; locked: boolean }>(
      'SELECT id, pg_try_advisory_lock($1, id) AS locked FROM unnest($2::int[]) AS id',
      [COURIER_LOCK, free.map(({ id }) => id)],
    );
    for (const tenant of free) {
      if (!rows.some(({ id, locked }) => locked && id === tenant.id)) continue;
      tenant.courier = new TenantCourier(tenant.id, tools, tenant.tally);
    }
  }

  async #forget(client: pg.Client): Promise<void> {
    if (performance.now() < this.#forgetAt) return;
    this.#forgetAt = performance.now() + FORGET_MS;
    await forgetOld(client, KEPT_DAYS);
  }

  async #connect(): Promise<Session> {
    const { url, log, session, tenants, indexes, currencyOf } = this.#settings;
    const client = await connect(url, log, session, ANSWER_MS);
    try {
      // What a crash of the server takes back is sent again: no commit need wait for the disk.
      await client.query("SET TIME ZONE 'UTC'; SET synchronous_commit = off");
      const secret = await client.query<{ key: Buffer }>('SELECT key FROM holdfast.api_secret');
      const { rows } = await client.query<{ id: number; name: string }>(
        'SELECT id, name FROM holdfast.tenant',
      );
      const words = { names: new ObjectNames(secret.rows[0]!.key), currencyOf };
      const served = rows.flatMap(({ id, name }): Served[] => {
        const place = tenants.indexOf(name);
        if (place < 0) return [];
        const [index, tally] = [indexes[place]!, this.#tallies[place]!];
        return [{ index, id, name, tally, courier: null, waitsUntil: 0 }];
      });
      return { client, tools: { ...this.#settings, words, wake: this.wake }, served };
    } catch (error) {
      await goodbye(client).catch((end: unknown) => log('closing a connection that was not to be had', end));
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    this.#lockAt = 0;
    this.#pollAt = 0;
    // Another node may take over; what is under way would come beside what that one sends.
    this.#settings.sender.abort();
    // It may be broken beyond saying goodbye; what matters is that it is not used again.
    await goodbye(session.client).catch((error: unknown) =>
      this.#settings.log('closing a connection', error),
    );
  }

  async #pause(ms: number): Promise<void> {
    if (ms === 0 || this.#woken) {
      this.#woken = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
    this.#woken = false;
  }
}
