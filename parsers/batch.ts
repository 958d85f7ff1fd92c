/**
 * What a message asks for, as the worker understood it.
 * `drop` gets no answer; `formatError` is answered 30 and `unsupported` 12 without the ledger.
 */
export const KIND = {
  drop: 0,
  authorise: 1,
  reverse: 2,
  network: 3,
  formatError: 4,
  unsupported: 5,
  /** Class 2: money that moves, by itself or as the completion of a hold. */
  clear: 6,
} as const;

/** What a message says besides what it asks for; bits of `flags`. */
export const FLAG = {
  /** Tells what was decided elsewhere (function 2 of the MTI). */
  advice: 1,
  /** An advice whose DE39 says that it was declined there. */
  declined: 2,
  /** Raises the hold of its original. */
  incremental: 4,
  /** The final amount is not known yet. */
  estimated: 8,
  /** The terminal takes an approval of a part of the amount. */
  partial: 16,
  /** A clearing that is not the last one of its original. */
  more: 32,
  /** No original is named in DE90 or DE56: `originalKey` is a guess from the message's own elements, or zeros. */
  unnamed: 64,
} as const;

/** Where the card and the merchant met; bits, so that a set of channels is a mask. */
export const CHANNEL = { pos: 1, contactless: 2, ecommerce: 4, moto: 8, atm: 16 } as const;

/** How the card's number was read, the same for all editions; `point-of-service.ts` has the codes of each. */
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

/** What a message says of the card, its holder and how they were made sure of; bits of `traits`. */
export const TRAIT = {
  cardPresent: 1,
  cardholderPresent: 2,
  /** 3-D Secure with full authentication, or a PIN with a chip (two factors, as PSD2 has them). */
  strongAuthentication: 4,
  /** A PIN was given, to the chip or in the message. */
  pin: 8,
  /** One of a series that the cardholder agreed to once. */
  recurring: 16,
  /** The number stands for the card in a wallet. */
  walletToken: 32,
  credentialOnFile: 64,
} as const;

/** The tenant of a PAN that no tenant's BIN range covers. */
export const NO_TENANT = 0xffff;

/** Bytes of `identifiers` for each message: DE37 (12), DE41 (8), DE42 (15), one spare, space-filled. */
export const IDENTIFIER_BYTES = 36;

/** Bytes of `acceptor` for each message: the first of DE43. */
export const ACCEPTOR_BYTES = 40;

/** Words of a card token (leftmost 128 bits of the PAN's HMAC) and of a message key. */
export const TOKEN_WORDS = 4;
export const KEY_WORDS = 3;

export interface BatchShape {
  /** Greatest number of messages. */
  readonly messages: number;
  /** Greatest sum of frame lengths, in bytes. */
  readonly bytes: number;
}

/** Columns of a batch: name, bytes an element, elements a message. */
const COLUMNS = {
  receivedAt: [Float64Array, 1],
  amount: [Float64Array, 1],
  billing: [Float64Array, 1],
  cashback: [Float64Array, 1],
  kept: [Float64Array, 1],
  acquirer: [Float64Array, 1],
  connection: [Uint32Array, 1],
  frameOffset: [Uint32Array, 1],
  frameLength: [Uint32Array, 1],
  processingCode: [Uint32Array, 1],
  fingerprint: [Uint32Array, 1],
  rate: [Uint32Array, 1],
  approvalCode: [Uint32Array, 1],
  refusedAt: [Uint32Array, 1],
  token: [Uint32Array, TOKEN_WORDS],
  key: [Uint32Array, KEY_WORDS],
  originalKey: [Uint32Array, KEY_WORDS],
  tenant: [Uint16Array, 1],
  replyLength: [Uint16Array, 1],
  replySplit: [Uint16Array, 1],
  replyAmount: [Uint16Array, 1],
  replyBalances: [Uint16Array, 1],
  currency: [Uint16Array, 1],
  billingCurrency: [Uint16Array, 1],
  expiry: [Uint16Array, 1],
  mcc: [Uint16Array, 1],
  entryMode: [Uint16Array, 1],
  traits: [Uint16Array, 1],
  country: [Uint16Array, 1],
  networkCode: [Uint16Array, 1],
  kind: [Uint8Array, 1],
  repeat: [Uint8Array, 1],
  listener: [Uint8Array, 1],
  channel: [Uint8Array, 1],
  flags: [Uint8Array, 1],
  rule: [Uint8Array, 1],
  refusedField: [Uint8Array, 1],
  replyBitmap: [Uint8Array, 1],
  replyAmountDigits: [Uint8Array, 1],
  entry: [Uint8Array, 1],
  identifiers: [Uint8Array, IDENTIFIER_BYTES],
  acceptorLength: [Uint8Array, 1],
  acceptor: [Uint8Array, ACCEPTOR_BYTES],
} as const;

type Columns = { readonly [K in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[K][0]> };

/**
 * An object that has every key from the start: one that is given them one by one is kept as a hash table by the engine,
 * and each access to a column would be a search in it.
 */
const EMPTY_COLUMNS = JSON.stringify(Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, null])));

const COLUMN_WIDTHS = Object.entries(COLUMNS).map(
  ([name, [, width]]) => [name as keyof typeof COLUMNS, width] as const,
);

/** Bytes of shared memory that a batch of that shape takes. */
export function batchByteLength(shape: BatchShape): number {
  let columns = 0;
  for (const [type, width] of Object.values(COLUMNS))
    columns += type.BYTES_PER_ELEMENT * width * shape.messages;
  return 8 + columns + 2 * shape.bytes;
}

/**
 * A batch of messages in shared memory: the hot thread fills frames, a worker fills the rest, and nothing
 * crosses the thread boundary as an object.
 *
 * ```
 * count │ columns of 8-, 4-, 2- and 1-byte elements │ frames ──────────▶ │ replies ─────────▶
 *                      frame i at frameOffset[i] ────┘                    │
 *                      its reply, never longer, at the same offset here ──┘
 * ```
 *
 * A reply is complete but for DE38, DE39 and DE54, which the decision fills in: the bytes before `replySplit[i]` go
 * before the first two, those from `replyBalances[i]` on behind the last; DE4 is rewritten where it stands, its
 * `replyAmountDigits[i]` digits from `replyAmount[i]` on (0: the reply has none). Written by the hot thread:
 * `receivedAt` (ms), `connection`, `listener`, `frameOffset`, `frameLength`; by the worker: all else.
 *
 * | column | what it has |
 * |---|---|
 * | `amount`, `currency` | DE4 in minor units, ISO 4217 number; 0 where a reversal or an inquiry has none |
 * | `billing`, `billingCurrency` | DE6 in minor units, and its currency; 0 for none |
 * | `rate` | DE10, eight digits of which the first counts the decimals; 0 for none |
 * | `cashback` | part of `amount` that is cash: DE54 of amount type 40, in its currency; 0 for none |
 * | `approvalCode` | DE38 of the request, 1 to 999,999; of one with letters a hash in that range; 0 for none |
 * | `kept` | what a reversal lets stand of its original, in minor units; −1 when nothing, and of other kinds |
 * | `flags` | bits of {@link FLAG} |
 * | `expiry` | YYMM or 0 |
 * | `entryMode` | first three digits of DE22 where it is digits (1987); else 0 |
 * | `entry`, `traits` | one of {@link ENTRY}; bits of {@link TRAIT} |
 * | `country` | where the merchant is, else its acquirer; ISO 3166-1 number, 0 where nobody says |
 * | `acquirer` | DE32, up to eleven digits; 0 for none |
 * | `acceptor` | DE43 in ISO/IEC 8859-1 without the spaces behind it, its first `acceptorLength` bytes; no PAN in clear |
 * | `refusedAt` | byte offset from the start of the message |
 *
 * Of the worker's columns, every message has `kind`, `tenant`, `repeat`, `rule`, `refusedField`, `refusedAt` and
 * those of the reply; `network` has `networkCode` too, `authorise`, `clear` and `reverse` all the others. What a
 * kind does not have is left over from the batch before.
 */
export class Batch {
  readonly columns: Columns;
  readonly frames: Uint8Array;
  readonly replies: Uint8Array;
  readonly #count: Int32Array;

  constructor(
    readonly shared: SharedArrayBuffer,
    readonly shape: BatchShape,
  ) {
    this.#count = new Int32Array(shared, 0, 1);
    let at = 8;
    const columns: Record<string, unknown> = JSON.parse(EMPTY_COLUMNS);
    for (const [name, [type, width]] of Object.entries(COLUMNS)) {
      const length = width * shape.messages;
      columns[name] = new (type as new (buffer: SharedArrayBuffer, at: number, length: number) => unknown)(
        shared,
        at,
        length,
      );
      at += type.BYTES_PER_ELEMENT * length;
    }
    this.columns = columns as Columns;
    this.frames = new Uint8Array(shared, at, shape.bytes);
    this.replies = new Uint8Array(shared, at + shape.bytes, shape.bytes);
  }

  /** Messages in the batch. */
  get count(): number {
    return this.#count[0]!;
  }

  set count(count: number) {
    this.#count[0] = count;
  }
}

/**
 * Copies a parsed message and its prepared reply to the place `at` of another batch, whose reply goes to `offset`. The
 * frame itself is not needed any more.
 */
export function copyMessage(from: Batch, index: number, to: Batch, at: number, offset: number): void {
  for (const [name, width] of COLUMN_WIDTHS) {
    const source = from.columns[name];
    const target = to.columns[name];
    for (let part = 0; part < width; part++) target[at * width + part] = source[index * width + part]!;
  }
  const start = from.columns.frameOffset[index]!;
  const length = from.columns.replyLength[index]!;
  for (let byte = 0; byte < length; byte++) to.replies[offset + byte] = from.replies[start + byte]!;
  to.columns.frameOffset[at] = offset;
}
