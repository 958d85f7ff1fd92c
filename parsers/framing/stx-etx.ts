import type { Framing } from './framing.js';

const STX = 0x02;
const ETX = 0x03;

/**
 * STX, message, ETX and a longitudinal redundancy check (ISO 1155): the exclusive or of all bytes after STX, ETX
 * included. Nothing is escaped (no DLE), so that the byte 03 needs a rule. By default messages are text and have
 * none: the first 03 ends the frame, and a wrong LRC after it loses the framing. With `binary`, a 03 ends the frame
 * only where the byte after it is the LRC of what came before. A message in which that is so by chance, of one in
 * 256 that hold a 03, can't be sent: {@link finish} says so before it goes out. A frame with a wrong LRC then has no
 * end, and the caller loses the framing where it grows too long.
 */
export class StxEtxFraming implements Framing {
  readonly name = 'stx-etx';
  readonly headBytes = 1;
  readonly tailBytes = 2;
  readonly transportBytes = 0;
  readonly echoesPolls = false;
  readonly poll = false;
  messageBytes = 0;
  /** Bytes that need no second look, times 256, and the exclusive or of them. */
  resume = 0;
  readonly #binary: boolean;

  constructor(binary: boolean) {
    this.#binary = binary;
  }

  measure(bytes: Uint8Array, at: number, end: number, resume = 0): number {
    this.resume = 0;
    if (end <= at) return 0;
    if (bytes[at] !== STX) return -1;
    let check = resume & 0xff;
    for (let index = at + Math.max(1, resume >>> 8); index < end; index++) {
      const byte = bytes[index]!;
      if (byte === ETX) {
        // Whether this is the end, the byte after it says.
        if (index + 1 === end) return this.#wait(index - at, check);
        if (bytes[index + 1] === (check ^ ETX)) {
          this.messageBytes = index - at - 1;
          return index + 2 - at;
        }
        if (!this.#binary) return -1;
      }
      check ^= byte;
    }
    return this.#wait(end - at, check);
  }

  finish(target: Uint8Array, at: number, length: number): number {
    const end = at + 1 + length;
    target[at] = STX;
    target[end] = ETX;
    let check = 0;
    for (let index = at + 1; index < end; index++) {
      const byte = target[index]!;
      check ^= byte;
      if (byte === ETX && (!this.#binary || target[index + 1] === check)) return -1;
    }
    target[end + 1] = check ^ ETX;
    return length + 3;
  }

  address(): void {}

  addressReply(): void {}

  #wait(scanned: number, check: number): 0 {
    this.resume = scanned * 256 + check;
    return 0;
  }
}
