import pg from 'pg';
import { errorCode } from '../../ledger/postgres-error.js';
import { beginAsTenant } from '../as-tenant.js';
import { Problem } from './problem.js';

const CONNECTIONS_MAX = 8;
const CONNECT_MS = 5000;
const STATEMENT_MS = 10_000;
/** SQLSTATE of whoever is not a member of a role. */
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * The API's connections to the database, from when it is known where that is. What is done for a tenant is done in a
 * transaction as `holdfast_tenant_api`, to which row-level security shows the rows of that tenant: a condition that is
 * forgotten in a statement shows nothing of others.
 */
export class ApiDatabase {
  readonly #onBroken: (error: unknown) => void;
  #pool: pg.Pool | null = null;
  #session = '';
  #url = '';

  /** @param onBroken told when a connection breaks by itself; it is replaced */
  constructor(onBroken: (error: unknown) => void) {
    this.#onBroken = onBroken;
  }

  /**
   * @param session `application_name` of the connections
   * @returns false where it is open already
   */
  open(url: string, session: string): boolean {
    if (this.#pool !== null) return false;
    this.#session = session;
    this.#url = url;
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: session,
      max: CONNECTIONS_MAX,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      // Given up by the server a moment before we give it up, so that the connection can be used again.
      options: `-c timezone=UTC -c statement_timeout=${STATEMENT_MS - 1000}`,
    });
    this.#pool.on('error', this.#onBroken);
    return true;
  }

  /** Name of its connections, which no other process has. */
  get session(): string {
    return this.#session;
  }

  /** Where it is, with its password: for a connection of one's own. */
  get url(): string {
    return this.#url;
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.end();
  }

  /**
   * Does `work` for a tenant (its number in the database), all of it or nothing.
   * @throws Problem `HF_UNAVAILABLE` while there is no database
   */
  async forTenant<T>(tenant: number, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const begin = beginAsTenant(tenant);
    return this.#connected(async (client) => {
      await this.#begin(client, begin);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    });
  }

  /** Does `work` as the switch itself: to find out who asks, and to clear up. */
  async asSwitch<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return this.#connected(work);
  }

  async #connected<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    if (this.#pool === null) throw new Problem('HF_UNAVAILABLE', 'the switch starts', undefined, 1);
    const client = await this.#connect(this.#pool);
    let broken = true;
    try {
      const result = await work(client);
      broken = false;
      return result;
    } catch (error) {
      // A connection that can't take back what it began is not used again; the server takes it back by itself.
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #begin(client: pg.ClientBase, begin: string): Promise<void> {
    try {
      await client.query(begin);
    } catch (error) {
      if (errorCode(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      this.#onBroken(error);
      throw new Problem('HF_UNAVAILABLE', 'the database does not let the switch become holdfast_tenant_api');
    }
  }

  async #connect(pool: pg.Pool): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      this.#onBroken(error);
      throw new Problem('HF_UNAVAILABLE', 'the database can’t be reached', undefined, 1);
    }
  }
}
