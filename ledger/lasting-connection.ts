import type pg from 'pg';
import { goodbye } from './goodbye.js';
import { connect, type JournalSettings } from './journal.js';

/** A connection that is made when it is needed, and anew when it has broken. */
export class LastingConnection {
  readonly #settings: JournalSettings;
  readonly #prepare: (client: pg.Client) => Promise<unknown>;
  readonly #onBroken: () => void;
  readonly #queryTimeoutMs: number;
  /** There, or being made. */
  #client: Promise<pg.Client> | null = null;
  /** Whether one broke before. */
  #broke = false;

  /**
   * @param prepare done with each connection before anything else
   * @param onBroken told when a connection breaks by itself
   * @param queryTimeoutMs after which a query is given up; 0 for never
   */
  constructor(
    settings: JournalSettings,
    prepare: (client: pg.Client) => Promise<unknown> = async () => {},
    onBroken = () => {},
    queryTimeoutMs = 0,
  ) {
    this.#settings = settings;
    this.#prepare = prepare;
    this.#onBroken = onBroken;
    this.#queryTimeoutMs = queryTimeoutMs;
  }

  /** @throws Error when the database can't be had */
  async get(): Promise<pg.Client> {
    this.#client ??= this.#connect();
    const client = this.#client;
    try {
      return await client;
    } catch (error) {
      if (client === this.#client) this.#client = null;
      throw error;
    }
  }

  /** Gives the connection up: a query failed on it, or it broke. */
  drop(): void {
    this.#broke = true;
    // It may be broken beyond saying goodbye, which nobody waits for then.
    this.#client
      ?.then((client) => client.end())
      .catch((error: unknown) => this.#settings.log('closing a broken connection', error));
    this.#client = null;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    try {
      if (client !== null) await goodbye(await client);
    } catch (error) {
      // It broke, or was never made: there is nothing to be ended.
      this.#settings.log('closing a connection', error);
    }
  }

  /** The connection if it is there; null where it would have to be made. */
  get present(): Promise<pg.Client> | null {
    return this.#client;
  }

  async #connect(): Promise<pg.Client> {
    const { url, log, session, revive, connect: dial = connect } = this.#settings;
    if (this.#broke) await revive();
    const client = await dial(url, log, session, this.#queryTimeoutMs);
    const own = this.#client;
    client.on('error', () => {
      if (own !== this.#client) return;
      this.drop();
      this.#onBroken();
    });
    await this.#prepare(client);
    return client;
  }
}
