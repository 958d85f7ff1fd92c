/**
 * The framings, by the layout of what stands around a message on the wire.
 *
 * ```
 * length2            LL ‖ message                        big-endian, counts what follows (Postilion)
 * length2-inclusive  LL ‖ message                        counts itself too (Amex)
 * length2-header     LL ‖ TPDU ‖ message                 (NAC)
 * length4            LLLL ‖ message
 * length2-reserved2  LL 00 00 ‖ message                  zero length: a poll, echoed (VAP, CS)
 * reserved2-length2  00 00 LL ‖ message                  zero length: a poll, echoed (GICC)
 * ascii2 … ascii6    N decimal digits ‖ message          zero length: a keep-alive
 * hex4               4 hexadecimal digits ‖ message
 * bcd2               4 packed digits ‖ TPDU ‖ message    (NCC)
 * base24             LL ‖ message ‖ 03                   counts the 03; zero length: a poll, echoed
 * stx-etx            02 ‖ message ‖ 03 ‖ LRC
 * vml                LL 00 F ‖ message                   F: 2x a session message, echoed (Visa message length)
 * ```
 */
export const FRAMING_NAMES = [
  'length2',
  'length2-inclusive',
  'length2-header',
  'length4',
  'length2-reserved2',
  'reserved2-length2',
  'ascii2',
  'ascii3',
  'ascii4',
  'ascii5',
  'ascii6',
  'hex4',
  'bcd2',
  'base24',
  'stx-etx',
  'vml',
] as const;
export type FramingName = (typeof FRAMING_NAMES)[number];

/** What a frame without a message is: a poll to be sent back, one to be passed over, or an empty message. */
export const POLLS = ['echo', 'ignore', 'message'] as const;
export type Polls = (typeof POLLS)[number];

/** What differs between peers of one framing; what is absent is as the framing's own users have it. */
export interface FramingOptions {
  /**
   * A transport header (TPDU: id, destination, source) of 5 bytes before each message; ten hexadecimal digits
   * are the one that our own requests go out with.
   */
  readonly tpdu?: boolean | string;
  /** The length counts its own bytes. */
  readonly countsItself?: boolean;
  readonly polls?: Polls;
  /** stx-etx: messages may hold the byte 03. */
  readonly binary?: boolean;
}

/**
 * Cuts a byte stream into frames and puts messages into frames. One object serves any number of connections: what
 * it finds is in its fields until the next call, and nothing is allocated for a frame.
 *
 * A stream whose framing is lost cannot be found again (any two bytes are a length), so that the caller closes the
 * connection; the greatest frame length is the caller's to check, by the result of {@link measure} or, while that
 * is 0, by the bytes it holds.
 */
export interface Framing {
  readonly name: FramingName;
  /** Bytes before and after a message. */
  readonly headBytes: number;
  readonly tailBytes: number;
  /** Of the bytes before a message, the last so many are a transport header: 0 or 5. */
  readonly transportBytes: number;
  /** Whether polls are to be sent back as they came. */
  readonly echoesPolls: boolean;
  /** The frame measured last: bytes of its message, which stands {@link headBytes} after the frame's start. */
  readonly messageBytes: number;
  /** The frame measured last is a poll: there is nothing in it for a parser. */
  readonly poll: boolean;
  /** After {@link measure} said 0: what to call it with when more bytes of that frame are there. */
  readonly resume: number;

  /**
   * Looks at `bytes[at, end)`, where a frame begins.
   *
   * @param resume {@link Framing.resume} of the last call for this frame, 0 for the first: so that a delimited
   *   frame is looked through once, however it arrives
   * @returns bytes of the whole frame, which may be more than are there; 0 while that can't be said; −1 when the
   *   framing is lost. Frames that are checked at their end are so when all their bytes are there.
   */
  measure(bytes: Uint8Array, at: number, end: number, resume?: number): number;

  /**
   * Completes a frame whose message of `length` bytes stands at `target[at + headBytes]`, its transport header
   * before it.
   *
   * @returns bytes of the whole frame, or −1 when the framing can't carry such a message
   */
  finish(target: Uint8Array, at: number, length: number): number;

  /** Writes the transport header of a request of ours to the frame at `target[at]`; nothing where there is none. */
  address(target: Uint8Array, at: number): void;

  /** Writes the transport header of the answer to the frame at `request[requestAt]`: its addresses swapped. */
  addressReply(target: Uint8Array, at: number, request: Uint8Array, requestAt: number): void;
}
