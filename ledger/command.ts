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
  /** 0100, 0120: places a hold, raises one, asks, or declines. */
  authorise: 6,
  /** 0400, 0420: releases a hold or credits what was cleared, or keeps a late authorisation from placing a hold. */
  reverse: 7,
  /** Undoes a request that was answered 91, because its commit was not in time. */
  voidRequest: 8,
  /** 0200, 0220: books a transaction, against its hold where it has one. */
  clear: 9,
  /** Time went on: holds whose time is up expire, messages outside their window are forgotten. */
  advanceTime: 10,
  /** How long holds of a range of merchant categories last, and by how much a clearing may exceed them. */
  setHoldRule: 11,
  /** The tenant's rate from one currency to another; 0 takes it back. */
  setRate: 12,
  /** A card's status, channels, expiry and group, from now on. */
  changeCard: 13,
  /** A second number for a card, as a wallet's token: with an expiry, a status and channels of its own. */
  issueToken: 14,
  /** Money into an account or out of it, decided once for each key. */
  postFunds: 15,
  /** Money from one account to another, likewise. */
  transferFunds: 16,
  setOverdraft: 17,
  /** Who holds an account. */
  setHolder: 18,
  /** The rules of a level of the tenant, an empty text for none: see `ledger/limits/`. */
  setRules: 20,
  /** A hold's time is taken to have come: in a sandbox, where nobody waits for days. */
  expireHold: 21,
} as const;

/** Where a card stands; `card-status.ts` has what follows from it. The numbers stand in the journal as well. */
export const CARD_STATUS = {
  active: 0,
  /** By the tenant. */
  blocked: 1,
  /** By its holder, for a while. */
  frozen: 2,
  /** Issued, and not activated yet. */
  inactive: 3,
  lost: 4,
  stolen: 5,
  closed: 6,
  /** Before its expiry date. */
  expired: 7,
} as const;

/** Which way {@link COMMAND.postFunds} moves money, as the account sees it. */
export const DIRECTION = { out: 0, in: 1 } as const;

/** What a message says about itself; bits. */
export const FLAG = {
  /** Tells what was decided elsewhere, and asks for nothing (ISO 8583:1987 clause 4.1.2, function 2). */
  advice: 1,
  /** An advice of what was declined elsewhere. */
  declined: 2,
  /** Raises the hold of an authorisation before it. */
  incremental: 4,
  /** The amount is an estimate; the hold may have to last longer. */
  estimated: 8,
  /** The terminal can take less than it asked for. */
  partial: 16,
  /** A clearing after which more of the same authorisation come. */
  more: 32,
  /** Names no original. */
  unnamed: 64,
} as const;

/** How the card's number was read, whatever the edition of ISO 8583. */
export const ENTRY = {
  unknown: 0,
  manual: 1,
  magstripe: 2,
  chip: 3,
  contactless: 4,
  /** Contactless, with the data of the stripe. */
  contactlessMagstripe: 5,
  ecommerce: 6,
  credentialOnFile: 7,
  /** Typed in or read from the stripe, as the chip could not be read. */
  fallback: 8,
} as const;

/** What a message says of the card, its holder and how they were made sure of; bits. */
export const TRAIT = {
  cardPresent: 1,
  cardholderPresent: 2,
  /** 3-D Secure with full authentication, or a PIN with a chip. */
  strongAuthentication: 4,
  pin: 8,
  /** One of a series that the cardholder agreed to once. */
  recurring: 16,
  /** The number stands for the card in a wallet. */
  walletToken: 32,
  credentialOnFile: 64,
} as const;

/** How a message was booked where that was out of the ordinary; bits. */
export const MARK = {
  /** Another amount than the message's was billed: `billed` at `rate`. */
  converted: 1,
  /** Booked without an authorisation. */
  forced: 2,
  /** Booked after its hold had expired or was released. */
  late: 4,
  /** Above what the hold and its tolerance cover; what is above is in suspense. */
  overTolerance: 8,
  /** Its authorisation was found by what they have in common, not by its key. */
  matchedByScore: 16,
  /** Less was approved than was asked for. */
  partial: 32,
  /** The account could not pay it: it is in stand-in debt. */
  indebted: 64,
} as const;

/** DE39 as numbers (ISO 8583:1987 annex A.9). */
export const RESPONSE = {
  approved: 0,
  partiallyApproved: 10,
  invalidTransaction: 12,
  invalidAmount: 13,
  noSuchCard: 14,
  originalNotFound: 25,
  formatError: 30,
  lostCard: 41,
  stolenCard: 43,
  insufficientFunds: 51,
  expiredCard: 54,
  notPermittedToCardholder: 57,
  notPermittedToTerminal: 58,
  exceedsAmountLimit: 61,
  restrictedCard: 62,
  exceedsCountLimit: 65,
  cardNotActive: 78,
  issuerInoperative: 91,
  duplicate: 94,
} as const;

/**
 * Why a message was decided as `verdict` says, where the tenant was asked for a decision of its own; the numbers stand in
 * the journal.
 */
export const ASKED = {
  no: 0,
  answered: 1,
  /** These are decided as the tenant's fallback says. */
  timedOut: 2,
  failed: 3,
  /** It had failed too often just before, so it was not asked. */
  circuitOpen: 4,
  /** Too many others were being asked. */
  overloaded: 5,
} as const;

export const TOKEN_WORDS = 4;
export const KEY_WORDS = 3;
/** DE37 (12 characters), DE41 (8), DE42 (15), space-filled. */
export const IDENTIFIER_BYTES = 35;
/** DE43 at most: name, city and country of 1987, the first of a longer one. */
export const ACCEPTOR_BYTES = 40;
/** {@link Command.kept} of a reversal of everything. */
export const KEPT_NOTHING = -1;
/** Hours for which a message's key is remembered where nobody says otherwise. */
export const WINDOW_HOURS = 168;

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
  /** Of a rule: the first merchant category that it is for. */
  mcc = 0;
  entryMode = 0;
  /** See {@link FLAG}. */
  flags = 0;
  /** One of {@link ENTRY}, and bits of {@link TRAIT}. */
  entry: number = ENTRY.unknown;
  traits = 0;
  /** Where the merchant is, ISO 3166-1; 0 where nobody says. */
  country = 0;
  /** DE32; 0 for none. */
  acquirer = 0;
  /** How long the message's key is remembered, in hours. */
  windowHours = WINDOW_HOURS;
  /** DE6, in minor units of `billingCurrency`; 0 when the network did not convert. */
  billing = 0;
  /** DE51. Of a rate: the currency it leads to. */
  billingCurrency = 0;
  /** As DE10 has it: the first of eight digits says how many of the others are decimals. */
  rate = 0;
  /** Of a rate: decimal places of the minor unit of `billingCurrency` less those of `currency` (ISO 4217). */
  exponents = 0;
  /** Of a rate: what the tenant adds, in hundredths of a per cent. */
  spread = 0;
  /** Part of `amount` that is paid out in cash (DE54, amount type 40). */
  cashback = 0;
  /** DE38 that the message names as its authorisation's; 0 when none. */
  approvalCode = 0;
  /** What a reversal lets stand of the amount; {@link KEPT_NOTHING} of a full one. */
  kept = KEPT_NOTHING;
  /** By how much an account may be overdrawn. */
  overdraft = 0;
  /** Of a card: the group that it is in; 0 for none. */
  group = 0;
  /** Of an account: the number of who holds it; 0 for nobody. */
  holder = 0;
  /** Of funds: one of {@link DIRECTION}; where they come from or go to, one of `BOOK`. */
  direction: number = DIRECTION.out;
  book = 0;
  /** Of funds: 1 where the account may be overdrawn beyond its line; else 0. */
  mayOverdraw = 0;
  /** Of a transfer: the account that it goes to. */
  counterAccount = 0;
  /** One of {@link ASKED}: whether the tenant was asked for a decision of its own, and how that ended. */
  asked = 0;
  /** DE39 of what the tenant, or its fallback, decided. */
  verdict = 0;
  /** Of an approval: at most so much of `amount`. */
  verdictAmount = 0;
  /** How long the tenant was waited for. */
  askedMs = 0;
  /** Of rules: one of `LEVEL`, and the number of the group, holder, account or card that they are for; else 0. */
  level = 0;
  entity = 0;
  /** The rules, see `Program`. */
  program = '';
  /** Of a rule: the last merchant category that it is for. */
  mccTo = 0;
  /** Of a rule: minutes for which a hold lasts, and one of an estimated amount. */
  holdMinutes = 0;
  estimateMinutes = 0;
  /** Of a rule: by how much a clearing may exceed its hold, in hundredths of a per cent and in minor units. */
  tolerance = 0;
  toleranceAmount = 0;
  readonly token = new Uint32Array(TOKEN_WORDS);
  /** Of an alias, or of a second number: a token of the card that it is for. */
  readonly originalToken = new Uint32Array(TOKEN_WORDS);
  readonly key = new Uint32Array(KEY_WORDS);
  /** The key of the authorisation that the message is about; zeros where it names none. */
  readonly originalKey = new Uint32Array(KEY_WORDS);
  /** The identifiers by words of four bytes, the last of which has one to spare: to be compared at once. */
  readonly identifierWords = new Uint32Array(Math.ceil(IDENTIFIER_BYTES / 4));
  readonly identifiers = new Uint8Array(this.identifierWords.buffer, 0, IDENTIFIER_BYTES);
  /** DE43 in ISO/IEC 8859-1, its first `acceptorLength` bytes; 0 for none. */
  readonly acceptor = new Uint8Array(ACCEPTOR_BYTES);
  acceptorLength = 0;

  /** Makes a message's members those of one that says nothing special. */
  plain(): void {
    this.flags = 0;
    this.entry = ENTRY.unknown;
    this.traits = 0;
    this.country = 0;
    this.acquirer = 0;
    this.acceptorLength = 0;
    this.asked = ASKED.no;
    this.verdict = 0;
    this.verdictAmount = 0;
    this.askedMs = 0;
    this.windowHours = WINDOW_HOURS;
    this.billing = 0;
    this.billingCurrency = 0;
    this.rate = 0;
    this.cashback = 0;
    this.approvalCode = 0;
    this.kept = KEPT_NOTHING;
    for (let word = 0; word < KEY_WORDS; word++) this.originalKey[word] = 0;
  }
}

export function isAdvice(command: Command): boolean {
  return (command.flags & FLAG.advice) !== 0;
}

/** Whether a message is an advice of what was declined elsewhere. */
export function tellsOfDecline(command: Command): boolean {
  return isAdvice(command) && (command.flags & FLAG.declined) !== 0;
}

/** Whether DE39 is an approval, of all that was asked for or of a part. */
export function isApproval(responseCode: number): boolean {
  return responseCode === RESPONSE.approved || responseCode === RESPONSE.partiallyApproved;
}

/** What `apply` decided; filled again for each command. */
export class Decision {
  /** DE39. */
  responseCode = 0;
  /** DE38 as a number of six digits; 0 when there is none. */
  approvalCode = 0;
  /** Number of the rule that decided, and of the first shadow rule that would have; 0 for none. */
  rule = 0;
  shadowRule = 0;
  /** Of a message: the card whose number it came with, be it a card's or a second one's; −1 where that is unknown. */
  presented = -1;
  /** Whether the command changed the state and must be in the journal; a repeat does not. */
  journalled = false;
  /** See {@link MARK}. */
  marks = 0;
  /** What the cardholder's account is charged or held by, in minor units of its currency. */
  billed = 0;
  /** The rate behind `billed`, as DE10 has it; 0 when nothing was converted. */
  rate = 0;
  /** The tenant's part of `billed`, for converting. */
  spread = 0;
  /** DE4 of the reply where less was approved than was asked for; −1 else. */
  approvedAmount = -1;
  /** Of an inquiry: the account's currency, 0 of anything else; and what DE54 says. */
  balanceCurrency = 0;
  availableBalance = 0;
  ledgerBalance = 0;
  /** Of time going on: whether there is more to expire than one command may do. */
  unfinished = false;

  clear(): void {
    this.responseCode = RESPONSE.approved;
    this.approvalCode = 0;
    this.presented = -1;
    this.rule = 0;
    this.shadowRule = 0;
    this.journalled = true;
    this.marks = 0;
    this.billed = 0;
    this.rate = 0;
    this.spread = 0;
    this.approvedAmount = -1;
    this.balanceCurrency = 0;
    this.unfinished = false;
  }
}
