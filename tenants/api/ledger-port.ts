import type { CommandBatch } from '../../ledger/command-batch.js';
import type { RulesInForce } from '../../ledger/limits/limits-look.js';
import type { Remaining } from '../../ledger/limits/remaining.js';

/** Why the ledger of a tenant can't be asked, or did not answer. */
export type LedgerFailure =
  /** The switch is not ready yet, or stops. */
  | 'STARTING'
  /** More was asked than is taken at once. */
  | 'BUSY'
  /** Another node holds the tenant. */
  | 'NOT_HELD'
  | 'QUARANTINED'
  /** Nothing can be made durable at the moment. */
  | 'STALLED'
  /** There was no answer: some of it may have been done. */
  | 'UNKNOWN';

/** The ledger did not answer. Nothing was done, unless `failure` is `UNKNOWN`. */
export class LedgerUnavailableError extends Error {
  override readonly name = 'LedgerUnavailableError';
  constructor(readonly failure: LedgerFailure) {
    super(`the ledger can't be asked: ${failure}`);
  }
}

/** What became of commands, by their places. */
export interface Decided {
  /** One of `REFUSAL`; what is refused was not decided. */
  readonly refusals: Uint8Array;
  /** DE39 as a number. */
  readonly responseCodes: Uint8Array;
  /** The number of the account or the card that was made. */
  readonly made: Float64Array;
  /** The journal row in which they became durable, the last one of several; 0 where nothing did. */
  readonly seq: number;
}

/** Of which rules are asked: those for a card, by token, or an account, by number; or those of the tenant and its groups. */
export type RulesFor =
  | { readonly card: Uint32Array }
  | { readonly account: number }
  | { readonly card?: never; readonly account?: never };

/** An account as it is now; amounts in minor units of `currency`, an ISO 4217 number; `holder` 0 for nobody. */
export interface LiveAccount {
  readonly account: number;
  readonly currency: number;
  readonly posted: number;
  readonly held: number;
  readonly overdraft: number;
  readonly holder: number;
}

/**
 * A card, or a second number of one, as it is now: `currency` its account's, `status` one of `CARD_STATUS`, `expiry` YYMM,
 * `channels` a mask, `group` 0 for none, `parent` the number of the card that a second number is for, −1 of a card;
 * `previousExpiry` 0 where it was not renewed.
 */
export interface LiveCard {
  readonly card: number;
  readonly account: number;
  readonly currency: number;
  readonly status: number;
  readonly expiry: number;
  readonly channels: number;
  readonly group: number;
  readonly parent: number;
  readonly previousExpiry: number;
}

/**
 * The way to the ledgers, by name of the tenant. What it answers is durable. Every call throws
 * LedgerUnavailableError when there is no answer.
 */
export interface LedgerPort {
  /**
   * Has commands decided, in their order, with the others of the next commits; no more than 256 become durable in one
   * journal row.
   */
  decide(tenant: string, commands: CommandBatch): Promise<Decided>;
  /** Null where there is none of that number. */
  accounts(tenant: string, numbers: readonly number[]): Promise<readonly (LiveAccount | null)[]>;
  /** The accounts with the greatest numbers below that, the greatest first. */
  accountsBelow(tenant: string, below: number, limit: number): Promise<readonly LiveAccount[]>;
  /** By token; null where there is none. */
  cards(tenant: string, tokens: readonly Uint32Array[]): Promise<readonly (LiveCard | null)[]>;
  /** The rules that are in force, level by level. */
  rules(tenant: string, whom?: RulesFor): Promise<readonly RulesInForce[]>;
  /** What remains of every limit for a card, by token. */
  remaining(tenant: string, card: Uint32Array): Promise<readonly Remaining[]>;
}
