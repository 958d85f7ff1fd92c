const TWO_32 = 0x1_0000_0000;

/**
 * Writes 8 bytes, big-endian, without a bigint, which would be garbage; returns where they end.
 * @param value a safe integer, not below 0
 * @throws RangeError when it is below 0
 */
export function writeUInt64(target: Buffer, at: number, value: number): number {
  return target.writeUInt32BE(value >>> 0, target.writeUInt32BE(Math.floor(value / TWO_32), at));
}
