import type { ApiDatabases } from './api-databases.js';
import { isSameHash, type Role, readKey } from './api-key.js';
import type { ApiTenant } from './api-settings.js';
import { findKey, noteUses, type StoredKey } from './key-table.js';
import { notFound, Problem } from './problem.js';

/** Where operators' keys are. */
const FIRST = 0;
/** Keys of which it is remembered where they are; the first one is forgotten first. */
const KEYS_MAX = 10_000;
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
  readonly #database: ApiDatabases;
  readonly #tenants: ReadonlyMap<string, ApiTenant>;
  readonly #onBroken: (error: unknown) => void;
  /** Tenants by database, read when one is missing. */
  readonly #numbered = new Map<number, readonly CallerTenant[]>();
  /** In which database a key is. */
  readonly #places = new Map<string, number>();
  /** By database and key, when it was used last. */
  readonly #uses = new Map<number, Map<string, Date>>();
  readonly #timer: NodeJS.Timeout;

  constructor(database: ApiDatabases, tenants: readonly ApiTenant[], onBroken: (error: unknown) => void) {
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
    const found = await this.#find(read.id);
    if (found === undefined) throw new Problem('HF_UNAUTHENTICATED');
    const { key, place } = found;
    if (!isSameHash(key.hash, read.hash) || !key.in_force) throw new Problem('HF_UNAUTHENTICATED');
    const tenant = await this.#tenantOf(key, place, named);
    const uses = this.#uses.get(place) ?? new Map<string, Date>();
    this.#uses.set(place, uses.set(key.id, new Date()));
    return { keyId: key.id, role: key.role, tenant };
  }

  /** Writes down what is not yet. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#noteUses();
  }

  /** Looks for a key in all databases at once, the first time: one that is away keeps no key of another waiting. */
  async #find(id: string): Promise<{ readonly key: StoredKey; readonly place: number } | undefined> {
    const known = this.#places.get(id);
    const places = known === undefined ? this.#database.places : [known];
    const looks = places.map(async (place) => {
      const key = await this.#database.at(place).asSwitch((client) => findKey(client, id));
      if (key === undefined) throw new NotThereError();
      return { key, place };
    });
    try {
      const found = await Promise.any(looks);
      if (this.#places.size >= KEYS_MAX) this.#places.delete(this.#places.keys().next().value!);
      this.#places.set(id, found.place);
      return found;
    } catch (error) {
      // It may be in one that could not be asked.
      const failure = (error as AggregateError).errors.find((one) => !(one instanceof NotThereError));
      if (failure !== undefined) throw failure;
      return undefined;
    }
  }

  async #tenantOf(
    { tenant, role }: StoredKey,
    place: number,
    named: string | undefined,
  ): Promise<CallerTenant> {
    if (role !== 'operator') {
      const found = await this.#tenantIn(place, ({ number }) => number === tenant);
      // It is none of the tenants that this switch is configured with.
      if (found === undefined) throw new Problem('HF_UNAUTHENTICATED');
      return found;
    }
    if (place !== FIRST) throw new Problem('HF_UNAUTHENTICATED');
    if (named === undefined) throw new Problem('HF_TENANT_MISSING');
    const known = this.#tenants.get(named);
    const found = known && (await this.#tenantIn(known.database, ({ name }) => name === named));
    if (found === undefined) throw notFound();
    return found;
  }

  async #tenantIn(place: number, is: (tenant: CallerTenant) => boolean): Promise<CallerTenant | undefined> {
    const known = this.#numbered.get(place)?.find(is);
    if (known !== undefined) return known;
    const { rows } = await this.#database
      .at(place)
      .asSwitch((client) =>
        client.query<{ id: number; name: string }>('SELECT id, name FROM holdfast.tenant'),
      );
    const tenants = rows.flatMap(({ id, name }) => {
      const tenant = this.#tenants.get(name);
      return tenant?.database === place ? [{ ...tenant, number: id }] : [];
    });
    this.#numbered.set(place, tenants);
    return tenants.find(is);
  }

  async #noteUses(): Promise<void> {
    const all = [...this.#uses];
    this.#uses.clear();
    await Promise.all(
      all.map(async ([place, uses]) => {
        try {
          await this.#database.at(place).asSwitch((client) => noteUses(client, uses));
        } catch (error) {
          // When a key was used last is nice to know; nobody waits for it.
          this.#onBroken(error);
        }
      }),
    );
  }
}

/** A key is not in the database that was asked. */
class NotThereError extends Error {}
