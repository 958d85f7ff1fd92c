import type pg from 'pg';
import { ApiDatabase } from './api-database.js';

/** Where a tenant's rows are: in which of the databases (its place among them), under which number. */
export interface TenantPlace {
  readonly database: number;
  readonly number: number;
}

/** The databases, in the order in which they are configured, each with connections of its own: none waits for another. */
export class ApiDatabases {
  readonly #databases: readonly ApiDatabase[];

  /** @param onBroken told when a connection breaks by itself; it is replaced */
  constructor(count: number, onBroken: (error: unknown) => void) {
    this.#databases = Array.from({ length: count }, () => new ApiDatabase(onBroken));
  }

  /** Places of all of them. */
  get places(): readonly number[] {
    return [...this.#databases.keys()];
  }

  /** The database at that place. */
  at(place: number): ApiDatabase {
    return this.#databases[place]!;
  }

  /**
   * Does `work` for a tenant where its rows are, all of it or nothing.
   * @throws Problem `HF_UNAVAILABLE` while there is no database
   */
  forTenant<T>({ database, number }: TenantPlace, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return this.at(database).forTenant(number, work);
  }

  async close(): Promise<void> {
    await Promise.all(this.#databases.map((database) => database.close()));
  }
}
