import { setTimeout as delay } from 'node:timers/promises';
import type { Holder } from '../ledger/node-settings.js';
import type { DatabasePlace } from './database.js';
import { type ServingDatabase, type ServingSettings, serveDatabase } from './serving-database.js';

const RETRY_MS_FIRST = 1000;
const RETRY_MS_MAX = 10_000;
/** Codes of our own errors: what they say is for a person to mend, not for time. */
const OURS = /^HF_/;

export interface ServingDatabasesSettings extends Omit<ServingSettings, 'place'> {
  /** One is there now, by its place. */
  readonly onOpen: (place: number, database: ServingDatabase) => void;
}

/** Where a database is, for a thread that reads it too. */
export interface DatabaseConnection {
  readonly name: string;
  readonly url: string;
  readonly session: string;
}

/** The databases of the switch. One that can't be reached at the start is tried again until it can, while the others serve. */
export class ServingDatabases {
  /** By index of the tenant, the place of its database. */
  readonly laneOf: Uint8Array;
  /** Those that are there, by place. */
  readonly #open = new Map<number, ServingDatabase>();
  readonly #places: readonly DatabasePlace[];
  readonly #settings: ServingDatabasesSettings;
  readonly #stopping = new AbortController();
  /** Attempts at those that could not be reached. */
  readonly #attempts: Promise<void>[] = [];
  #endpoint = '';

  constructor(places: readonly DatabasePlace[], settings: ServingDatabasesSettings) {
    this.#places = places;
    this.#settings = { ...settings, signal: AbortSignal.any([settings.signal, this.#stopping.signal]) };
    this.laneOf = Uint8Array.from(settings.tenants, (name) =>
      places.findIndex(({ tenants }) => tenants.includes(name)),
    );
  }

  /**
   * Opens all of them at once.
   * @throws what kept one from opening that only a person can mend, or, when no other could be had, any
   */
  async start(): Promise<void> {
    const attempts = await Promise.allSettled(this.#places.map((_, place) => this.#serve(place)));
    const failed = attempts.flatMap((attempt, place) =>
      attempt.status === 'rejected' ? { place, error: attempt.reason as unknown } : [],
    );
    const fatal = failed.find(({ error }) => OURS.test(String((error as { code?: unknown }).code)));
    if (fatal !== undefined) throw fatal.error;
    this.#settings.signal.throwIfAborted();
    if (failed.length === this.#places.length) throw failed[0]!.error;
    for (const { place, error } of failed) this.#attempts.push(this.#tryAgain(place, error));
  }

  /** Those that are there, in the order of their places. */
  get open(): readonly ServingDatabase[] {
    return [...this.#places.keys()].flatMap((place) => this.#open.get(place) ?? []);
  }

  get serving(): boolean {
    return this.open.some(({ node }) => node.ledger.serving);
  }

  get connections(): readonly DatabaseConnection[] {
    return this.open.map(({ place: { name }, journals: { url, session } }) => ({ name, url, session }));
  }

  /** What the starts replayed; they went on side by side. */
  get replayed(): { readonly commands: number; readonly seconds: number } {
    return {
      commands: this.open.reduce((sum, { commands }) => sum + commands, 0),
      seconds: Math.max(...this.open.map(({ seconds }) => seconds)),
    };
  }

  serves(tenant: number): boolean {
    return this.#of(tenant)?.node.ledger.serves(tenant) === true;
  }

  /** See `LedgerNode`. */
  epoch(tenant: number): number {
    return this.#of(tenant)?.node.epoch(tenant) ?? 0;
  }

  holder(tenant: number): Holder | null {
    return this.#of(tenant)?.node.holder(tenant) ?? null;
  }

  /** Where this switch listens, for others to see. */
  listenAt(endpoint: string): void {
    this.#endpoint = endpoint;
    for (const { node } of this.open) node.listensAt(endpoint);
  }

  /** Gives the tenants back. */
  async giveBack(): Promise<void> {
    this.#stopping.abort(new Error('the switch stops'));
    await Promise.all(this.#attempts);
    await Promise.all(this.open.map(({ node }) => node.close()));
  }

  /** Stops all of them, and the attempts at others. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the switch stops'));
    await Promise.all(this.#attempts);
    await Promise.all(this.open.map((database) => database.stop()));
  }

  #of(tenant: number): ServingDatabase | undefined {
    return this.#open.get(this.laneOf[tenant]!);
  }

  async #serve(place: number): Promise<void> {
    const { onLost, onOpen } = this.#settings;
    const database = await serveDatabase({
      ...this.#settings,
      place: this.#places[place]!,
      onLost: (error) => {
        this.#open.get(place)?.lose();
        // The others may have theirs yet.
        if (!this.serving) onLost(error);
      },
    });
    this.#open.set(place, database);
    if (this.#endpoint !== '') database.node.listensAt(this.#endpoint);
    onOpen(place, database);
  }

  async #tryAgain(place: number, cause: unknown): Promise<void> {
    const { log, signal } = this.#settings;
    const { name } = this.#places[place]!;
    let error = cause;
    for (let pause = RETRY_MS_FIRST; !signal.aborted; pause = Math.min(2 * pause, RETRY_MS_MAX)) {
      log.error({ database: name, err: error }, 'the database can not be had; its tenants are answered 91');
      try {
        await delay(pause, undefined, { signal });
        await this.#serve(place);
        return;
      } catch (failure) {
        error = failure;
      }
    }
  }
}
