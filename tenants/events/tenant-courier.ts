import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { asTenant } from '../as-tenant.js';
import type { SecretCipher } from '../outbound/secret-cipher.js';
import { signedHeaders } from '../outbound/signature.js';
import {
  addDeliveries,
  disableEndpoint,
  type EndpointRow,
  laneOf,
  moveEndpoint,
  type NewDelivery,
  noteOutcomes,
  oldestPending,
  readBodies,
  readPending,
} from './delivery-table.js';
import { Endpoint } from './endpoint.js';
import type { Waiting } from './endpoint-queue.js';
import { type EventWords, eventOf } from './event.js';
import { readFeed } from './feed.js';
import type { Sender } from './sender.js';

/** Deliveries of an endpoint that may wait; more of the feed is not read before there is room. */
const WAITING_MAX = 2000;
/** Events that become deliveries in one transaction. */
const PAGE = 200;
/** Requests of a tenant that are under way, and of one endpoint. */
const TENANT_FLYING_MAX = 64;
const ENDPOINT_FLYING_MAX = 16;
/** How often it is found out how old what waits is. */
const OLDEST_MS = 1000;

export interface CourierTools {
  readonly words: EventWords;
  readonly cipher: SecretCipher;
  readonly sender: Sender;
  /** Waits between attempts, in seconds. */
  readonly retrySeconds: readonly number[];
  /** For how long an endpoint may fail until nothing is sent to it any more. */
  readonly disableAfterHours: number;
  /** There is something to do. */
  readonly wake: () => void;
  readonly log: (text: string, error: unknown) => void;
}

/** What has become of webhooks. */
export interface Tally {
  delivered: number;
  failed: number;
  dead: number;
}

interface Departure {
  readonly endpoint: Endpoint;
  readonly delivery: Waiting;
}

/**
 * Sends one tenant's events to its endpoints. Up to which event an endpoint has deliveries, the deliveries, and what came
 * of each are in the database before anything goes on from there; so a crash at any moment loses none, and sends at most
 * those again that were under way.
 */
export class TenantCourier {
  readonly #tenant: number;
  readonly #tools: CourierTools;
  readonly #tally: Tally;
  readonly #endpoints = new Map<string, Endpoint>();
  #toldOldest = 0;
  #oldestAt = 0;
  #stopping = false;

  /** @param tenant its number in the database */
  constructor(tenant: number, tools: CourierTools, tally: Tally) {
    this.#tenant = tenant;
    this.#tools = tools;
    this.#tally = tally;
  }

  /** Deliveries that wait, those under way too. */
  get waiting(): number {
    return this.#sum(({ queue }) => queue.size);
  }

  /** Requests that are under way. */
  get flying(): number {
    return this.#sum(({ flying }) => flying);
  }

  /** Time of the oldest event that an endpoint in use lacks, as it was a second ago at most; 0 where there was none. */
  get oldest(): number {
    return this.#toldOldest;
  }

  /** When it has something to do, as far as is known, in ms since 1970. */
  get dueAt(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const endpoint of this.#endpoints.values()) {
      const { unsettled, stale, verdict } = endpoint;
      if (unsettled || stale || verdict !== null || this.#wantsMore(endpoint)) return 0;
      if (endpoint.enabled && endpoint.room(ENDPOINT_FLYING_MAX) > 0)
        due = Math.min(due, endpoint.queue.nextDueAt);
    }
    return due;
  }

  /** Sends nothing more; what comes of requests that are under way is still written down by {@link turn}. */
  stop(): void {
    this.#stopping = true;
  }

  /** Takes over what the table has. */
  update(rows: readonly EndpointRow[]): void {
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of this.#endpoints.keys()) if (!ids.has(id)) this.#endpoints.delete(id);
    for (const row of rows) {
      let endpoint = this.#endpoints.get(row.id);
      if (endpoint === undefined) {
        endpoint = new Endpoint(row);
        this.#endpoints.set(row.id, endpoint);
      }
      try {
        endpoint.update(row, this.#tools.cipher);
      } catch (error) {
        // Its secret can't be read: nothing can be sent to it, and the other endpoints go on.
        this.#tools.log(`webhook endpoint ${row.id} of tenant ${this.#tenant} can not be used`, error);
        this.#endpoints.delete(row.id);
      }
    }
  }

  /** Writes down what came of attempts, makes deliveries of new events, and sends what is due. */
  async turn(client: pg.Client): Promise<void> {
    const now = Date.now();
    const departures = await asTenant(client, this.#tenant, async () => {
      for (const endpoint of this.#endpoints.values()) {
        await this.#settle(client, endpoint, now);
        if (endpoint.stale) {
          endpoint.queue.reload(await readPending(client, this.#tenant, endpoint.row.id, 2 * WAITING_MAX));
          endpoint.stale = false;
        }
        if (this.#wantsMore(endpoint)) await this.#takeEvents(client, endpoint);
      }
      await this.#disable(client);
      if (now >= this.#oldestAt) {
        this.#oldestAt = now + OLDEST_MS;
        this.#toldOldest = (await oldestPending(client, this.#tenant)) ?? 0;
      }
      const taken = this.#takeDue(Date.now());
      const ids = taken.map(({ delivery }) => delivery.id);
      return { taken, bodies: ids.length === 0 ? new Map() : await readBodies(client, this.#tenant, ids) };
    });
    for (const { endpoint, delivery } of departures.taken) {
      const found = departures.bodies.get(delivery.id);
      // It was taken back meanwhile: by a replay, or with its endpoint.
      if (found === undefined) endpoint.queue.done(delivery);
      else void this.#send(endpoint, delivery, found.event, found.body);
    }
  }

  #wantsMore({ enabled, more, queue }: Endpoint): boolean {
    return !this.#stopping && enabled && more && queue.size < WAITING_MAX - PAGE;
  }

  async #settle(client: pg.Client, endpoint: Endpoint, now: number): Promise<void> {
    const outcomes = endpoint.settle();
    if (outcomes.length === 0) return;
    await noteOutcomes(client, this.#tenant, outcomes);
    await endpoint.judge(client, outcomes, this.#tools.disableAfterHours, now);
  }

  /** One at a time: whoever else locks endpoints and then the place of a notice has one of them too. */
  async #disable(client: pg.Client): Promise<void> {
    for (const endpoint of this.#endpoints.values()) {
      const { verdict } = endpoint;
      if (verdict === null) continue;
      await disableEndpoint(client, endpoint.row, verdict);
      endpoint.disable(verdict);
      return;
    }
  }

  async #takeEvents(client: pg.Client, endpoint: Endpoint): Promise<void> {
    const { words } = this.#tools;
    const { id, types } = endpoint.row;
    const page = await readFeed(
      client,
      this.#tenant,
      endpoint.place,
      { types, card: null, endpoint: id },
      PAGE,
    );
    endpoint.more = page.more;
    if (page.end === endpoint.place) return;
    // Somebody moved its place, or changed what it takes: it is read anew.
    if (!(await moveEndpoint(client, endpoint.row, page.end))) {
      endpoint.stale = true;
      return;
    }
    endpoint.place = page.end;
    const deliveries = page.events.map((row): NewDelivery => {
      const event = eventOf(words, this.#tenant, row);
      return { id: randomUUID(), row, event: event.id, body: JSON.stringify(event) };
    });
    await addDeliveries(client, this.#tenant, id, deliveries);
    for (const delivery of deliveries) {
      endpoint.queue.add({ id: delivery.id, lane: laneOf(delivery.row), attempts: 0, dueAt: 0 });
    }
  }

  /** What may go now, by turns of the endpoints, so that none takes the room of the others. */
  #takeDue(now: number): Departure[] {
    const taken: Departure[] = [];
    let room = this.#stopping ? 0 : TENANT_FLYING_MAX - this.flying;
    for (let before = -1; before < taken.length && room > 0; ) {
      before = taken.length;
      for (const endpoint of this.#endpoints.values()) {
        if (room <= 0 || !endpoint.enabled || endpoint.stale) continue;
        if (endpoint.room(ENDPOINT_FLYING_MAX) === 0) continue;
        const delivery = endpoint.queue.take(now);
        if (delivery === null) continue;
        taken.push({ endpoint, delivery });
        room--;
      }
    }
    return taken;
  }

  async #send(endpoint: Endpoint, delivery: Waiting, event: string, body: string): Promise<void> {
    const { sender, retrySeconds, wake } = this.#tools;
    const now = Date.now();
    const headers = signedHeaders(endpoint.secretsAt(now), event, now, body);
    const sent = await sender.send(endpoint.row.url, headers, body);
    const state = endpoint.landed(delivery, sent, retrySeconds, Date.now());
    if (state === 'delivered') this.#tally.delivered++;
    else this.#tally.failed++;
    if (state === 'dead') this.#tally.dead++;
    wake();
  }

  #sum(of: (endpoint: Endpoint) => number): number {
    let sum = 0;
    for (const endpoint of this.#endpoints.values()) sum += of(endpoint);
    return sum;
  }
}
