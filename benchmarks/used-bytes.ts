/**
 * Bytes of everything that is reachable; structures of arrays are outside the heap.
 * @throws Error when Node was not started with --expose-gc
 */
export function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
