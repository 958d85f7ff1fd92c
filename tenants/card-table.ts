import type pg from 'pg';
import type { PanCipher } from './pan-cipher.js';

/** A card as it is issued; `hash` is the keyed hash of its PAN, `account` its account in the tenant's ledger. */
export interface Card {
  readonly pan: string;
  readonly hash: Uint8Array;
  /** YYMM. */
  readonly expiry: string;
  /** ISO 4217 number, 3 digits. */
  readonly currency: string;
  readonly account: number;
}

/** A card as the table holds it, its PAN decrypted. */
export interface StoredCard extends Card {
  /** Version of the key that made its hash. */
  readonly tokenVersion: number;
}

interface Row {
  readonly hash: Buffer;
  readonly token_version: number;
  readonly pan: Buffer;
  readonly expiry: string;
  readonly currency: string;
  readonly account: number;
}

/**
 * The table `holdfast.card`: the only place where a PAN is kept, encrypted. The ledger and its journal know a
 * card by the keyed hash of its PAN, and nothing more.
 */
export class CardTable {
  readonly #client: pg.Client;
  readonly #cipher: PanCipher;
  readonly #tokenVersion: number;

  /** @param tokenVersion version of the key that makes the hashes now */
  constructor(client: pg.Client, cipher: PanCipher, tokenVersion: number) {
    this.#client = client;
    this.#cipher = cipher;
    this.#tokenVersion = tokenVersion;
  }

  /** Adds cards to a tenant (its number in the database); a card that is there already gets the new account. */
  async add(tenant: number, cards: readonly Card[]): Promise<void> {
    await this.#client.query(
      `INSERT INTO holdfast.card (tenant, hash, token_version, first6, last4, pan, expiry, currency, account)
       SELECT $1, hash, $2, first6, last4, pan, expiry, currency, account
       FROM unnest($3::bytea[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::int[])
         AS card (hash, first6, last4, pan, expiry, currency, account)
       ON CONFLICT (tenant, hash) DO UPDATE SET account = excluded.account`,
      [
        tenant,
        this.#tokenVersion,
        cards.map(({ hash }) => Buffer.from(hash)),
        cards.map(({ pan }) => pan.slice(0, 6)),
        cards.map(({ pan }) => pan.slice(-4)),
        cards.map(({ pan, hash }) => this.#cipher.encrypt(pan, hash)),
        cards.map(({ expiry }) => expiry),
        cards.map(({ currency }) => currency),
        cards.map(({ account }) => account),
      ],
    );
  }

  /** All cards of a tenant, without their second numbers, in the order of their accounts. */
  async list(tenant: number): Promise<readonly StoredCard[]> {
    const { rows } = await this.#client.query<Row>(
      `SELECT hash, token_version, pan, expiry, currency, account
       FROM holdfast.card WHERE tenant = $1 AND parent IS NULL ORDER BY account, hash`,
      [tenant],
    );
    return rows.map((row) => this.#stored(row));
  }

  /** Cards whose hash an earlier key made. */
  async listOutdated(tenant: number): Promise<readonly StoredCard[]> {
    const { rows } = await this.#client.query<Row>(
      `SELECT hash, token_version, pan, expiry, currency, account
       FROM holdfast.card WHERE tenant = $1 AND token_version <> $2`,
      [tenant, this.#tokenVersion],
    );
    return rows.map((row) => this.#stored(row));
  }

  /** Puts a card under the hash that the key of now makes; its PAN is bound to the hash, so it is encrypted anew. */
  async rehash(tenant: number, card: StoredCard, hash: Uint8Array): Promise<void> {
    await this.#client.query(
      'UPDATE holdfast.card SET hash = $3, token_version = $4, pan = $5 WHERE tenant = $1 AND hash = $2',
      [tenant, card.hash, Buffer.from(hash), this.#tokenVersion, this.#cipher.encrypt(card.pan, hash)],
    );
  }

  #stored(row: Row): StoredCard {
    return {
      pan: this.#cipher.decrypt(row.pan, row.hash),
      hash: row.hash,
      expiry: row.expiry,
      currency: row.currency,
      account: row.account,
      tokenVersion: row.token_version,
    };
  }
}
