import type { Channel } from '../channel.js';
import type { AddressGuard } from '../outbound/address-guard.js';
import type { SecretCipher } from '../outbound/secret-cipher.js';
import type { PanCipher } from '../pan-cipher.js';
import type { ApiDatabases } from './api-databases.js';
import type { Environment } from './api-key.js';
import type { LedgerPort } from './ledger-port.js';
import type { SandboxPort } from './sandbox-port.js';

/** What the API has to know of a tenant's document. */
export interface ApiTenant {
  readonly name: string;
  /** Place of the database that its rows are in. */
  readonly database: number;
  /** Ranges of the first 8 digits of its PANs, both ends within. */
  readonly bins: readonly (readonly [low: string, high: string])[];
  /** ISO 4217 number. */
  readonly currency: string;
  readonly channels: readonly Channel[];
}

/** A currency by its two codes (ISO 4217). */
export interface CurrencyCodes {
  readonly numeric: string;
  readonly alpha: string;
}

/** What the API is built with: everything that is not of this room comes from outside. */
export interface ApiSettings {
  readonly database: ApiDatabases;
  readonly ledger: LedgerPort;
  readonly tenants: readonly ApiTenant[];
  readonly environment: Environment;
  /** By number or letters. */
  readonly currencyOf: (code: string) => CurrencyCodes | undefined;
  /** The keyed hash of a PAN, all 32 bytes: the first 16 are its token. */
  readonly hashOf: (pan: string) => Uint8Array;
  readonly cipher: PanCipher;
  /** By which tenants send messages to try things out; null where cards are not demo cards. */
  readonly sandbox: SandboxPort | null;
  /** Version of the key that makes the hashes. */
  readonly tokenVersion: number;
  readonly requestsPerMinute: number;
  /** How often streams look for new events, in ms. */
  readonly pollMs: number;
  /** Keeps the secrets that requests to tenants' endpoints are signed with. */
  readonly secrets: SecretCipher;
  /** Which addresses tenants' endpoints may have. */
  readonly guard: AddressGuard;
  /** Told of what failed, without a secret: to be logged. */
  readonly onFailure: (error: unknown) => void;
}
