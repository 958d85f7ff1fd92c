import type { ApiDatabase } from './api-database.js';
import { isSameHash, type Role, readKey } from './api-key.js';
import type { ApiTenant } from './api-settings.js';
import { findKey, noteUses, type StoredKey } from './key-table.js';
import { notFound, Problem } from './problem.js';

/** How often it is written down when keys were used. */
const NOTE_MS = 15_000;

/** Who asks: a key, and the tenant for which it does. */
export interface Caller {
  readonly keyId: string;
  readonly role: Role;
  readonly tenant: CallerTenant;
}

/** A tenant as a request knows it: `number` in the database. */
export interface CallerTenant extends ApiTenant {
  readonly number: number;
}

/** Finds out by its API key who asks. */
export class Authentication {
  readonly #database: ApiDatabase;
  readonly #tenants: ReadonlyMap<string, ApiTenant>;
  readonly #onBroken: (error: unknown) => void;
  /** Tenants by number in the database, read when one is missing. */
  #numbers: ReadonlyMap<number, CallerTenant> = new Map();
  readonly #uses = new Map<string, Date>();
  readonly #timer: NodeJS.Timeout;

  constructor(database: ApiDatabase, tenants: readonly ApiTenant[], onBroken: (error: unknown) => void) {
    this.#database = database;
    this.#tenants = new Map(tenants.map((tenant) => [tenant.name, tenant]));
    this.#onBroken = onBroken;
    this.#timer = setInterval(() => void this.#noteUses(), NOTE_MS).unref();
  }

  /**
   * @param authorization the header
   * @param named the tenant that an operator asks for
   * @throws Problem `HF_UNAUTHENTICATED`, in the same words whatever is wrong with the key
   */
  async caller(authorization: string | undefined, named: string | undefined): Promise<Caller> {
    const [scheme = '', text = ''] = (authorization ?? '').split(' ');
    const read = scheme.toLowerCase() === 'bearer' ? readKey(text) : null;
    if (read === null) throw new Problem('HF_UNAUTHENTICATED');
    const key = await this.#database.asSwitch((client) => findKey(client, read.id));
    if (key === undefined || !isSameHash(key.hash, read.hash) || !key.in_force) {
      throw new Problem('HF_UNAUTHENTICATED');
    }
    const tenant = await this.#tenantOf(key, named);
    this.#uses.set(key.id, new Date());
    return { keyId: key.id, role: key.role, tenant };
  }

  /** Writes down what is not yet. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#noteUses();
  }

  async #tenantOf({ tenant, role }: StoredKey, named: string | undefined): Promise<CallerTenant> {
    if (role !== 'operator') {
      const found = await this.#numbered(({ number }) => number === tenant);
      // It is none of the tenants that this switch is configured with.
      if (found === undefined) throw new Problem('HF_UNAUTHENTICATED');
      return found;
    }
    if (named === undefined) throw new Problem('HF_TENANT_MISSING');
    const found = await this.#numbered(({ name }) => name === named);
    if (found === undefined) throw notFound();
    return found;
  }

  async #numbered(is: (tenant: CallerTenant) => boolean): Promise<CallerTenant | undefined> {
    const known = [...this.#numbers.values()].find(is);
    if (known !== undefined) return known;
    const { rows } = await this.#database.asSwitch((client) =>
      client.query<{ id: number; name: string }>('SELECT id, name FROM holdfast.tenant'),
    );
    this.#numbers = new Map(
      rows.flatMap(({ id, name }) => {
        const tenant = this.#tenants.get(name);
        return tenant === undefined ? [] : [[id, { ...tenant, number: id }] as const];
      }),
    );
    return [...this.#numbers.values()].find(is);
  }

  async #noteUses(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = new Map(this.#uses);
    this.#uses.clear();
    try {
      await this.#database.asSwitch((client) => noteUses(client, uses));
    } catch (error) {
      // When a key was used last is nice to know; nobody waits for it.
      this.#onBroken(error);
    }
  }
}
