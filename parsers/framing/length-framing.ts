import type { Framing, FramingName, Polls } from './framing.js';
import { swapTpdu, TPDU_BYTES } from './tpdu.js';

/** How a length is written. */
export const LENGTH = { binary: 0, ascii: 1, hex: 2, bcd: 3 } as const;

/** A framing whose frames begin with their length. */
export interface LengthLayout {
  readonly name: FramingName;
  readonly kind: number;
  /** Where the length begins, and its bytes. */
  readonly lengthAt: number;
  readonly lengthBytes: number;
  /** Bytes before the message or its transport header. The ones that are not the length are zeros. */
  readonly fixedBytes: number;
  /** Bytes that the length counts besides what follows it. */
  readonly counted: number;
  /** A byte 03 follows the message, and is counted. */
  readonly etx: boolean;
  /** Byte 3 holds flags; the high digit 2 says that the frame is about the session. */
  readonly flags: boolean;
  readonly polls: Polls;
  readonly transport: Uint8Array | null;
}

const ETX = 0x03;
const FLAGS_AT = 3;
const SESSION = 2;
const DIGIT_0 = 0x30;
const LETTER_A = 0x41;

/** Frames that begin with their length: all but stx-etx. */
export class LengthFraming implements Framing {
  readonly name: FramingName;
  readonly headBytes: number;
  readonly tailBytes: number;
  readonly transportBytes: number;
  readonly echoesPolls: boolean;
  readonly resume = 0;
  messageBytes = 0;
  poll = false;
  readonly #layout: LengthLayout;
  /** The greatest length that can be written. */
  readonly #most: number;

  constructor(layout: LengthLayout) {
    const { kind, lengthBytes } = layout;
    this.#layout = layout;
    this.name = layout.name;
    this.transportBytes = layout.transport === null ? 0 : TPDU_BYTES;
    this.headBytes = layout.fixedBytes + this.transportBytes;
    this.tailBytes = layout.etx ? 1 : 0;
    this.echoesPolls = layout.polls === 'echo';
    const base = [256, 10, 16, 100][kind]!;
    this.#most = base ** lengthBytes - 1;
  }

  measure(bytes: Uint8Array, at: number, end: number): number {
    const { fixedBytes, lengthAt, lengthBytes, counted, flags, polls } = this.#layout;
    if (end - at < fixedBytes) return 0;
    const length = this.#read(bytes, at + lengthAt);
    const body = length - counted;
    if (length < 0 || body < 0) return -1;
    let session = false;
    for (let byte = 0; byte < fixedBytes; byte++) {
      if (byte >= lengthAt && byte < lengthAt + lengthBytes) continue;
      const value = bytes[at + byte]!;
      if (flags && byte === FLAGS_AT) session = value >> 4 === SESSION;
      else if (value !== 0) return -1;
    }
    const total = fixedBytes + body;
    // Without a byte to count there is no 03 either.
    const empty = body === 0 && (polls !== 'message' || this.tailBytes > 0);
    this.poll = empty || session;
    this.messageBytes = body;
    if (this.poll || body === 0) return total;
    this.messageBytes -= this.transportBytes + this.tailBytes;
    if (this.messageBytes < 0) return -1;
    if (this.tailBytes > 0 && end - at >= total && bytes[at + total - 1] !== ETX) return -1;
    return total;
  }

  finish(target: Uint8Array, at: number, length: number): number {
    const { fixedBytes, lengthAt, counted, etx } = this.#layout;
    const body = this.transportBytes + length + this.tailBytes;
    if (body + counted > this.#most) return -1;
    if (fixedBytes > this.#layout.lengthBytes) target.fill(0, at, at + fixedBytes);
    this.#write(target, at + lengthAt, body + counted);
    if (etx) target[at + fixedBytes + body - 1] = ETX;
    return fixedBytes + body;
  }

  address(target: Uint8Array, at: number): void {
    const { transport, fixedBytes } = this.#layout;
    if (transport !== null) target.set(transport, at + fixedBytes);
  }

  addressReply(target: Uint8Array, at: number, request: Uint8Array, requestAt: number): void {
    if (this.transportBytes === 0) return;
    const { fixedBytes } = this.#layout;
    swapTpdu(target, at + fixedBytes, request, requestAt + fixedBytes);
  }

  /** The length at `bytes[at]`, or −1 where it is none. */
  #read(bytes: Uint8Array, at: number): number {
    const { kind, lengthBytes } = this.#layout;
    let length = 0;
    for (let index = at; index < at + lengthBytes; index++) {
      const byte = bytes[index]!;
      if (kind === LENGTH.binary) length = length * 256 + byte;
      else if (kind === LENGTH.ascii) {
        if (byte < DIGIT_0 || byte > DIGIT_0 + 9) return -1;
        length = length * 10 + byte - DIGIT_0;
      } else if (kind === LENGTH.bcd) {
        if (byte >> 4 > 9 || (byte & 0x0f) > 9) return -1;
        length = length * 100 + (byte >> 4) * 10 + (byte & 0x0f);
      } else {
        const digit = hexDigit(byte);
        if (digit < 0) return -1;
        length = length * 16 + digit;
      }
    }
    return length;
  }

  #write(target: Uint8Array, at: number, length: number): void {
    const { kind, lengthBytes } = this.#layout;
    let rest = length;
    for (let index = at + lengthBytes - 1; index >= at; index--) {
      if (kind === LENGTH.binary) {
        target[index] = rest % 256;
        rest = Math.floor(rest / 256);
      } else if (kind === LENGTH.ascii) {
        target[index] = DIGIT_0 + (rest % 10);
        rest = Math.floor(rest / 10);
      } else if (kind === LENGTH.bcd) {
        target[index] = (Math.floor((rest % 100) / 10) << 4) | (rest % 10);
        rest = Math.floor(rest / 100);
      } else {
        const digit = rest & 0x0f;
        target[index] = digit < 10 ? DIGIT_0 + digit : LETTER_A + digit - 10;
        rest >>>= 4;
      }
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= DIGIT_0 && byte <= DIGIT_0 + 9) return byte - DIGIT_0;
  const letter = byte & 0xdf;
  return letter >= LETTER_A && letter < LETTER_A + 6 ? letter - LETTER_A + 10 : -1;
}
