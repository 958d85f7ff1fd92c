const ZERO = 0x30;

/** Writes `value` as exactly `count` ASCII digits, zero-filled on the left, at `bytes[at]`. */
export function putDigits(bytes: Uint8Array, at: number, count: number, value: number): void {
  let rest = value;
  for (let index = at + count - 1; index >= at; index--) {
    const higher = Math.floor(rest / 10);
    bytes[index] = ZERO + (rest - higher * 10);
    rest = higher;
  }
}
