/** Bytes of a TPDU: an id, two bytes of destination and two of source (ISO 8583 NAC practice; ids 60 and 68 are in use). */
export const TPDU_BYTES = 5;

/** Writes the TPDU of the answer to the one at `request[from]`: its addresses swapped. */
export function swapTpdu(target: Uint8Array, to: number, request: Uint8Array, from: number): void {
  target[to] = request[from]!;
  target[to + 1] = request[from + 3]!;
  target[to + 2] = request[from + 4]!;
  target[to + 3] = request[from + 1]!;
  target[to + 4] = request[from + 2]!;
}
