import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { microsecondHistogram, type Percentiles, percentilesOf } from '../switch/load/tally.js';

const BLOCK_BYTES = 4096;
const WARMUP = 50;

/**
 * What the disk under `directory` takes to make an appended 4 KiB durable (`fdatasync`): the floor of every
 * commit, so a figure of one machine can be read on another.
 */
export async function probeFsync(directory: string, appends: number): Promise<Percentiles> {
  const file = path.join(directory, 'fsync-probe');
  const histogram = microsecondHistogram();
  const block = Buffer.alloc(BLOCK_BYTES, 0x5a);
  const handle = await open(file, 'w');
  try {
    for (let index = 0; index < WARMUP + appends; index++) {
      const fromMs = performance.now();
      await handle.write(block);
      await handle.datasync();
      if (index >= WARMUP) histogram.recordValue(Math.round((performance.now() - fromMs) * 1000));
    }
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
  return percentilesOf(histogram);
}
