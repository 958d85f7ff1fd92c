const BYTES_FIRST = 4096;

/** Bytes that are being written, in a buffer that grows. What was taken stays; the next goes behind it. */
export class Output {
  bytes: Buffer;
  /** Where what is being written begins, and where it goes on. */
  start = 0;
  at = 0;

  constructor(bytesFirst = BYTES_FIRST) {
    this.bytes = Buffer.allocUnsafeSlow(bytesFirst);
  }

  /** Begins anew, whatever was written since the last {@link take}. */
  begin(): void {
    this.at = this.start;
  }

  /** Makes sure that `count` more bytes fit. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const written = this.at - this.start;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length, 2 * (written + count)));
    this.bytes.copy(grown, 0, this.start, this.at);
    this.bytes = grown;
    this.start = 0;
    this.at = written;
  }

  /** Appends bytes as they are. */
  copy(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(from.subarray(start, end), this.at);
    this.at += end - start;
  }

  /** What was written; nothing is written over it. */
  take(): Buffer {
    const taken = this.bytes.subarray(this.start, this.at);
    this.start = this.at;
    return taken;
  }
}
