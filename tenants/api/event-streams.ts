import { setTimeout as delay } from 'node:timers/promises';
import { type EventWords, eventOf } from '../events/event.js';
import { type FeedFilter, type FeedPage, type FeedPlace, placeOf, readFeed } from '../events/feed.js';
import type { ApiDatabase } from './api-database.js';
import { cursorOf } from './event-query.js';
import { findKey } from './key-table.js';
import { Problem } from './problem.js';
import type { StreamWriter } from './stream-writer.js';

/** Streams that may be open: of one key, of one tenant, of all. */
const OF_KEY_MAX = 5;
const OF_TENANT_MAX = 20;
const MAX = 500;
/** Events that are read, and written, at a time. */
const PAGE = 100;
/** Pages that are read at once: streams that catch up leave connections to the database for the others who ask. */
const READING_MAX = 2;
/** How often something is said where nothing happens, so that nobody takes the connection for dead. */
const HEARTBEAT_MS = 15_000;

export interface EventStream {
  /** Number of the tenant in the database. */
  readonly tenant: number;
  readonly keyId: string;
  readonly filter: FeedFilter;
  readonly after: FeedPlace;
  readonly writer: StreamWriter;
}

/**
 * Event streams that are open. Each reads a page behind where it is, waits until that is taken, and reads on; at the end
 * it waits until there is more of its tenant's, which one look for all finds out.
 */
export class EventStreams {
  readonly #database: ApiDatabase;
  readonly #pollMs: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #open = new Set<Pick<EventStream, 'tenant' | 'keyId'>>();
  readonly #running = new Set<EventStream>();
  /** Where each tenant's feed stands. */
  #heads: ReadonlyMap<number, string> = new Map();
  #waiting: (() => void)[] = [];
  #looking = false;
  #reading = 0;
  readonly #readers: (() => void)[] = [];

  constructor(database: ApiDatabase, pollMs: number, onFailure: (error: unknown) => void) {
    this.#database = database;
    this.#pollMs = pollMs;
    this.#onFailure = onFailure;
  }

  /**
   * Makes sure that there may be another stream of a key.
   * @returns what is to be called when it is at its end
   * @throws Problem `HF_TOO_MANY_STREAMS`
   */
  admit(tenant: number, keyId: string): () => void {
    const count = (is: (stream: Pick<EventStream, 'tenant' | 'keyId'>) => boolean) =>
      [...this.#open].filter(is).length;
    const full =
      this.#open.size >= MAX ||
      count((stream) => stream.tenant === tenant) >= OF_TENANT_MAX ||
      count((stream) => stream.keyId === keyId) >= OF_KEY_MAX;
    if (full) throw new Problem('HF_TOO_MANY_STREAMS', undefined, undefined, 5);
    const admitted = { tenant, keyId };
    this.#open.add(admitted);
    return () => void this.#open.delete(admitted);
  }

  /** Ends all of them. */
  close(): void {
    for (const { writer } of this.#running) writer.end();
  }

  /** Writes events to a stream until it is at its end. */
  async run(stream: EventStream, words: EventWords): Promise<void> {
    this.#running.add(stream);
    try {
      await this.#write(stream, words);
    } catch (error) {
      // Whoever reads comes again, and is told where it was.
      this.#onFailure(error);
    } finally {
      this.#running.delete(stream);
      stream.writer.end();
    }
  }

  async #write({ tenant, keyId, filter, after, writer }: EventStream, words: EventWords): Promise<void> {
    let place = after;
    let saidAt = performance.now();
    while (!writer.closed.aborted) {
      const head = this.#heads.get(tenant);
      const page = await this.#read(tenant, place, filter);
      place = page.end;
      if (page.events.length > 0) {
        const text = page.events.map((row) => {
          const event = eventOf(words, tenant, row);
          const id = cursorOf(words.names, tenant, placeOf(row));
          return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
        });
        await writer.write(text.join(''));
        saidAt = performance.now();
      }
      if (page.more) continue;
      await this.#change(tenant, head, saidAt + HEARTBEAT_MS, writer.closed);
      if (performance.now() < saidAt + HEARTBEAT_MS) continue;
      const key = await this.#database.asSwitch((client) => findKey(client, keyId));
      if (key?.in_force !== true) return;
      // The place goes along, for a stream that leaves much out.
      await writer.write(`: still here\nid: ${cursorOf(words.names, tenant, place)}\n\n`);
      saidAt = performance.now();
    }
  }

  /** Reads a page, in its turn. */
  async #read(tenant: number, after: FeedPlace, filter: FeedFilter): Promise<FeedPage> {
    while (this.#reading >= READING_MAX) await new Promise<void>((resolve) => this.#readers.push(resolve));
    this.#reading++;
    try {
      return await this.#database.forTenant(tenant, (client) =>
        readFeed(client, tenant, after, filter, PAGE),
      );
    } finally {
      this.#reading--;
      this.#readers.shift()?.();
    }
  }

  /** Waits until a tenant's feed stands elsewhere, or a time has come, or the stream is closed. */
  async #change(tenant: number, head: string | undefined, until: number, closed: AbortSignal): Promise<void> {
    while (this.#heads.get(tenant) === head && performance.now() < until && !closed.aborted) {
      if (!this.#looking) void this.#look();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Looks where the feeds stand, once, and lets go on who waits for that. */
  async #look(): Promise<void> {
    this.#looking = true;
    try {
      await delay(this.#pollMs);
      const { rows } = await this.#database.asSwitch((client) =>
        client.query<{ tenant: number; head: string }>(
          `SELECT p.tenant, p.seq || ' ' || coalesce((SELECT max(n.id) FROM holdfast.notice n WHERE n.tenant = p.tenant), 0)
             AS head FROM holdfast_read.position p`,
        ),
      );
      this.#heads = new Map(rows.map(({ tenant, head }) => [tenant, head]));
    } catch (error) {
      // It is looked again; what is read then fails too while the database is away, and ends the streams.
      this.#onFailure(error);
    } finally {
      this.#looking = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const goOn of waiting) goOn();
    }
  }
}
