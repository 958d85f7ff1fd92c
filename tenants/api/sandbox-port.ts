/** How a card's number came to the merchant. */
export const ENTRIES = [
  'chip',
  'contactless',
  'contactless_magstripe',
  'magstripe',
  'fallback',
  'manual',
  'ecommerce',
  'credential_on_file',
] as const;
export type Entry = (typeof ENTRIES)[number];

/** What a message may say of itself, by the indicators of a dialect (`docs/dialects.md`). */
export type Indicator =
  | 'incremental'
  | 'estimated'
  | 'partial'
  | 'more'
  | 'strongAuthentication'
  | 'recurring'
  | 'walletToken'
  | 'credentialOnFile';

/** By what a message is told from all others; kept for a request that is carried on, so that it sends the same. */
export interface Stamp {
  /** DE11 as a number from 1 to 999,999. */
  readonly stan: number;
  /** DE7 and DE12, in ms since 1970. */
  readonly at: number;
  /** DE37, twelve digits. */
  readonly reference: string;
}

/** Where the card and the merchant met; of a message about an earlier one only what that is found by. */
export interface PointOfSale {
  /** DE42, DE41, DE18. */
  readonly merchant: string;
  readonly terminal: string;
  readonly category: string;
  /** DE43: null where nothing is to be said. `country` is ISO 3166-1, two letters. */
  readonly acceptor: { readonly name: string; readonly city: string; readonly country: string } | null;
  /** DE19, ISO 3166-1 in digits. */
  readonly country: string | null;
  /** DE22, DE25: null where nothing is to be said. */
  readonly condition: {
    readonly channel: 'pos' | 'contactless' | 'ecommerce' | 'moto' | 'atm';
    readonly entry: Entry;
    readonly pin: boolean;
  } | null;
}

/** The message that another one is about. */
export interface OriginalMessage {
  /** Whether it was an advice. */
  readonly advice: boolean;
  /** DE11 and DE7 (MMDDhhmmss); null where it came by a link that knows messages by DE37. */
  readonly stan: string | null;
  readonly transmitted: string | null;
  /** When it was decided: tells the year. */
  readonly at: Date;
  readonly acquirer: string | null;
  readonly reference: string | null;
  readonly approvalCode: string | null;
  readonly amount: number;
}

/** A message as it is meant, whatever the dialect. Amounts are minor units of `currency`, an ISO 4217 number. */
export interface SimulatedMessage {
  readonly kind: 'authorization' | 'increment' | 'clearing' | 'reversal';
  /** Tells of what was decided elsewhere, and asks for nothing. */
  readonly advice: boolean;
  /** Of an advice: that it was declined there. */
  readonly declined: boolean;
  /** DE3. */
  readonly processingCode: string;
  readonly pan: string;
  /** YYMM */
  readonly expiry: string;
  readonly amount: number;
  readonly currency: string;
  /** Part of `amount`. */
  readonly cashBack: number;
  /** Of a reversal: what stands of the original's amount; 0 of a full one. */
  readonly kept: number;
  readonly indicators: readonly Indicator[];
  readonly place: PointOfSale;
  readonly original: OriginalMessage | null;
}

/** How a message is to be sent. */
export interface Sending {
  /** Name of a link, or of the dialect of one; the first link where neither is given. */
  readonly link: string | undefined;
  readonly dialect: string | undefined;
  readonly stamp: Stamp;
  /** Sends it once more, as its repeat. */
  readonly repeat: boolean;
}

/** The bytes of a message without a frame's neighbours, and what they say; what may not be shown is hidden in both. */
export interface ShownMessage {
  readonly mti: string;
  /** The whole frame in hexadecimal digits. */
  readonly bytes: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A request, and what came back. */
export interface Exchange {
  readonly request: ShownMessage;
  readonly reply: ShownMessage;
  /** From the write to the read that completed the reply. */
  readonly latencyUs: number;
  readonly approved: boolean;
  /** DE39, and what it says. */
  readonly responseCode: string;
  readonly meaning: string;
  readonly approvalCode: string | null;
  /** DE4 of the reply; null where nothing was approved. */
  readonly amount: number | null;
  /** DE54 of the reply: of an inquiry. `currency` in digits. */
  readonly balances: {
    readonly ledger: number;
    readonly available: number;
    readonly currency: string;
  } | null;
}

/** What was sent by which link. */
export interface Sent {
  readonly link: string;
  readonly dialect: string;
  readonly framing: string;
  /** The key by which the ledger knows the message, 12 bytes. */
  readonly key: Buffer;
  /** Whether the ledger has decided it, so that it is in the journal: what could not be read, or committed, is not. */
  readonly decided: boolean;
  /** One, or two where it was repeated. */
  readonly exchanges: readonly [Exchange, ...Exchange[]];
}

/** A processor that speaks to the switch's own listeners, for tenants to try things out; only where cards are demo cards. */
export interface SandboxPort {
  newStamp(): Stamp;
  /**
   * Sends a message to a link over TCP, and waits for the reply.
   * @throws Problem `HF_NOT_POSSIBLE` where the link's dialect can't say it, `HF_NO_ANSWER`, `HF_BUSY`, `HF_UNAVAILABLE`
   */
  send(message: SimulatedMessage, sending: Sending): Promise<Sent>;
}
