import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { ApiDatabases, TenantPlace } from './api-databases.js';
import { Problem } from './problem.js';

/** How long a request may take until another with its key carries it on, in seconds. */
const CLAIM_SECONDS = 60;
/** How long a response is kept. */
const KEPT_HOURS = 48;
const CLEAR_UP_MS = 60_000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A response that was given before. */
export interface Replay {
  readonly status: number;
  readonly body: string;
}

/** Takes a key that is new, or whose try was given up or cut short. */
const CLAIM = `INSERT INTO holdfast.idempotency AS i (tenant, key_hash, fingerprint, seed, claim, claimed_until, session)
  VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6), $7)
  ON CONFLICT (tenant, key_hash) DO UPDATE SET claim = excluded.claim, claimed_until = excluded.claimed_until, session = excluded.session
  WHERE i.status IS NULL AND i.claimed_until < now() AND i.fingerprint = excluded.fingerprint`;

/** Gives up the tries of processes that have no session any more. */
const RELEASE = `UPDATE holdfast.idempotency SET claimed_until = '-infinity'
  WHERE status IS NULL AND claimed_until > now()
    AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = session)`;

interface Row {
  readonly fingerprint: Buffer;
  readonly seed: Buffer;
  readonly note: unknown;
  readonly status: number | null;
  readonly body: Buffer | null;
  readonly ours: boolean;
}

/** The source of what is random in a request: with an Idempotency-Key the same when it is carried on. */
export class Draw {
  readonly #seed: Buffer;

  constructor(seed: Buffer = randomBytes(32)) {
    this.#seed = seed;
  }

  /** 32 bytes that belong to `purpose` and its number. */
  bytes(purpose: string, number = 0): Buffer {
    return createHmac('sha256', this.#seed).update(`${purpose} ${number}`).digest();
  }
}

/**
 * One try at a request that has an Idempotency-Key. What is random in it comes from a seed, and what it finds before it
 * asks the ledger it may note; so a try that was cut short, by a crash even, is carried on by the next with the same
 * result.
 */
export class Attempt {
  readonly draw: Draw;

  constructor(
    readonly tenant: TenantPlace,
    /** The header's value. */
    readonly key: string,
    /** Tells this try from those before and after it. */
    readonly claim: Buffer,
    seed: Buffer,
    /** What a try before noted; null where there was none, or it noted nothing. */
    readonly note: unknown,
  ) {
    this.draw = new Draw(seed);
  }
}

/** Responses by Idempotency-Key, so that a request that is sent twice is done once. */
export class Idempotency {
  readonly #database: ApiDatabases;
  readonly #onBroken: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(database: ApiDatabases, onBroken: (error: unknown) => void) {
    this.#database = database;
    this.#onBroken = onBroken;
    this.#timer = setInterval(() => void this.#clearUpAll(), CLEAR_UP_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /**
   * @param request method, path and body
   * @returns the response that it got before, or a try at it
   * @throws Problem where the key was used for another request, or the same is in progress
   */
  async begin(tenant: TenantPlace, key: string, request: string): Promise<Replay | Attempt> {
    const fingerprint = createHash('sha256').update(request).digest();
    const claim = randomBytes(16);
    const row = await this.#database.forTenant(tenant, async (client) => {
      const values = [
        tenant.number,
        hashOf(key),
        fingerprint,
        randomBytes(32),
        claim,
        CLAIM_SECONDS,
        this.#database.at(tenant.database).session,
      ];
      await client.query(CLAIM, values);
      const { rows } = await client.query<Row>(
        `SELECT fingerprint, seed, note, status, body, claim = $3 AS ours
         FROM holdfast.idempotency WHERE tenant = $1 AND key_hash = $2`,
        [tenant.number, hashOf(key), claim],
      );
      return rows[0]!;
    });
    if (!row.fingerprint.equals(fingerprint)) throw new Problem('HF_IDEMPOTENCY_KEY_REUSED');
    if (row.status !== null) return { status: row.status, body: decrypted(key, row.body!) };
    if (!row.ours) throw new Problem('HF_IN_PROGRESS', undefined, undefined, 1);
    return new Attempt(tenant, key, claim, row.seed, row.note);
  }

  /** Lets the next try know something, whatever becomes of this one. */
  async note({ tenant, key }: Attempt, note: unknown): Promise<void> {
    await this.#database.forTenant(tenant, (client) =>
      client.query('UPDATE holdfast.idempotency SET note = $3 WHERE tenant = $1 AND key_hash = $2', [
        tenant.number,
        hashOf(key),
        JSON.stringify(note),
      ]),
    );
  }

  /** Keeps the response. */
  async finish({ tenant, key, claim }: Attempt, { status, body }: Replay): Promise<void> {
    await this.#database.forTenant(tenant, (client) =>
      client.query(
        'UPDATE holdfast.idempotency SET status = $4, body = $5 WHERE tenant = $1 AND key_hash = $2 AND claim = $3',
        [tenant.number, hashOf(key), claim, status, encrypted(key, body)],
      ),
    );
  }

  /** Lets the next try begin at once: this one failed, and may not fail again. */
  async giveUp({ tenant, key, claim }: Attempt): Promise<void> {
    await this.#database.forTenant(tenant, (client) =>
      client.query(
        "UPDATE holdfast.idempotency SET claimed_until = '-infinity' WHERE tenant = $1 AND key_hash = $2 AND claim = $3",
        [tenant.number, hashOf(key), claim],
      ),
    );
  }

  async #clearUpAll(): Promise<void> {
    await Promise.all(this.#database.places.map((place) => this.clearUp(place)));
  }

  /** Lets what a process that died had begun be carried on at once, and forgets what is old. */
  async clearUp(place: number): Promise<void> {
    try {
      await this.#database.at(place).asSwitch(async (client) => {
        await client.query(RELEASE);
        await client.query(
          'DELETE FROM holdfast.idempotency WHERE created_at < now() - make_interval(hours => $1)',
          [KEPT_HOURS],
        );
      });
    } catch (error) {
      // It is tried again in a minute.
      this.#onBroken(error);
    }
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/**
 * Under a key that comes from the Idempotency-Key, of which the database has a hash only: a response may hold what is
 * shown once.
 */
function encrypted(key: string, body: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', bodyKey(key), nonce);
  return Buffer.concat([nonce, cipher.update(body, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypted(key: string, bytes: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', bodyKey(key), bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const hidden = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
  return Buffer.concat([decipher.update(hidden), decipher.final()]).toString('utf8');
}

function bodyKey(key: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'holdfast idempotent response', 32));
}
