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
} as const;

/** Where the card and the merchant met; bits, so that a set of channels is a mask. */
export const CHANNEL = { pos: 1, contactless: 2, ecommerce: 4, moto: 8, atm: 16 } as const;

/** The tenant of a PAN that no tenant's BIN range covers. */
export const NO_TENANT = 0xffff;

/** Bytes of `identifiers` for each message: DE37 (12), DE41 (8), DE42 (15), one spare, space-filled. */
export const IDENTIFIER_BYTES = 36;

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
  connection: [Uint32Array, 1],
  frameOffset: [Uint32Array, 1],
  frameLength: [Uint32Array, 1],
  processingCode: [Uint32Array, 1],
  fingerprint: [Uint32Array, 1],
  refusedAt: [Uint32Array, 1],
  token: [Uint32Array, TOKEN_WORDS],
  key: [Uint32Array, KEY_WORDS],
  originalKey: [Uint32Array, KEY_WORDS],
  tenant: [Uint16Array, 1],
  replyLength: [Uint16Array, 1],
  replySplit: [Uint16Array, 1],
  currency: [Uint16Array, 1],
  expiry: [Uint16Array, 1],
  mcc: [Uint16Array, 1],
  entryMode: [Uint16Array, 1],
  networkCode: [Uint16Array, 1],
  kind: [Uint8Array, 1],
  repeat: [Uint8Array, 1],
  listener: [Uint8Array, 1],
  channel: [Uint8Array, 1],
  rule: [Uint8Array, 1],
  refusedField: [Uint8Array, 1],
  replyBitmap: [Uint8Array, 1],
  identifiers: [Uint8Array, IDENTIFIER_BYTES],
} as const;

type Columns = { readonly [K in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[K][0]> };

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
 * A reply is complete but for DE38 and DE39, which the decision fills in: the bytes before `replySplit[i]` go
 * before them, the rest after. Written by the hot thread: `receivedAt` (ms), `connection`, `listener`,
 * `frameOffset`, `frameLength`; by the worker: all else. `amount` is in minor units of `currency` (ISO 4217
 * number), `expiry` is YYMM or 0, `refusedAt` is a byte offset from the MTI.
 *
 * Of the worker's columns, every message has `kind`, `tenant`, `repeat`, `rule`, `refusedField`, `refusedAt`,
 * `replyLength`, `replySplit` and `replyBitmap`; `network` has `networkCode` too, `authorise` and `reverse` all the others.
 * What a kind does not have is left over from the batch before.
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
    const columns: Record<string, unknown> = {};
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
