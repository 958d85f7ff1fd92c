/**
 * Everything that changes a tenant's ledger, or its later decisions, is one of these; the numbers stand in the
 * journal, so they never change their meaning.
 */
export const COMMAND = {
  /** The tenant's limits and channels, from now on. */
  setLimits: 1,
  openAccount: 2,
  /** A card that draws on an account. */
  issueCard: 3,
  /** A second token for a card: after the key of the tokens was rotated. */
  aliasCard: 4,
  /** Money in: raises an account's posted balance. */
  credit: 5,
  /** 0100: places a hold, or declines. */
  authorise: 6,
  /** 0400: releases a hold, or keeps a late authorisation from placing one. */
  reverse: 7,
  /** Undoes an authorisation that was answered 91, because its commit was not in time. */
  voidAuthorisation: 8,
} as const;

export const CARD_STATUS = { active: 0, blocked: 1 } as const;

/** DE39 as numbers (ISO 8583:1987 annex A.9). */
export const RESPONSE = {
  approved: 0,
  invalidTransaction: 12,
  noSuchCard: 14,
  formatError: 30,
  insufficientFunds: 51,
  expiredCard: 54,
  notPermittedToCardholder: 57,
  notPermittedToTerminal: 58,
  exceedsAmountLimit: 61,
  restrictedCard: 62,
  exceedsCountLimit: 65,
  issuerInoperative: 91,
  duplicate: 94,
} as const;

export const TOKEN_WORDS = 4;
export const KEY_WORDS = 3;
/** DE37 (12 characters), DE41 (8), DE42 (15), space-filled; carried for readers of the journal. */
export const IDENTIFIER_BYTES = 35;

/**
 * One command, filled again for each message: which members count is up to `kind` (see `docs/journal.md`).
 * Amounts are minor units of `currency`, an ISO 4217 number; `expiry` is YYMM, 0 when not given; `channels` is
 * a set of bits (1 POS, 2 contactless, 4 e-commerce, 8 MOTO, 16 ATM).
 */
export class Command {
  kind = 0;
  amount = 0;
  currency = 0;
  account = 0;
  expiry = 0;
  /** Of an authorisation: the one it came through. Of a card or limits: all that are allowed. */
  channels = 0;
  status = 0;
  perTransaction = 0;
  perDay = 0;
  perDayCount = 0;
  /** What must be the same for a message of the same key to be a repeat. */
  fingerprint = 0;
  processingCode = 0;
  mcc = 0;
  entryMode = 0;
  readonly token = new Uint32Array(TOKEN_WORDS);
  /** The alias's card. */
  readonly originalToken = new Uint32Array(TOKEN_WORDS);
  readonly key = new Uint32Array(KEY_WORDS);
  /** Of a reversal: the authorisation's. */
  readonly originalKey = new Uint32Array(KEY_WORDS);
  readonly identifiers = new Uint8Array(IDENTIFIER_BYTES);
}

/** What `apply` decided; filled again for each command. */
export class Decision {
  /** DE39. */
  responseCode = 0;
  /** DE38 as a number of six digits; 0 when there is none. */
  approvalCode = 0;
  /** Whether the command changed the state and must be in the journal; a repeat does not. */
  journalled = false;
}
