import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { History, type Outcome } from './history.js';
import { addTally, newTally, type Tally, tellTally } from './tally.js';

/**
 * `npm run simulate -- --seeds 10000 [--from N] [--workers N]`: a history of a bank for each seed. Prints how many a
 * second and what befell them, and of the first that goes wrong all that happened; exits with 1 then. `--seed N` is
 * that one alone, with all that happens in it.
 */

/** Of a history that goes wrong, its end is shown. */
const TRACE_LINES = 300;
/** Seeds that a worker takes at a time. */
const CHUNK = 20;

export interface Simulated {
  readonly seeds: number;
  readonly tally: Tally;
  /** The first that went wrong; null when none did. */
  readonly wrong: Outcome | null;
}

/** Runs seeds one after the other, up to the first that goes wrong. */
export async function simulate(from: number, seeds: number): Promise<Simulated> {
  const tally = newTally();
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await new History(seed).run();
    addTally(tally, outcome.tally);
    if (outcome.violation !== null) return { seeds: seed - from + 1, tally, wrong: outcome };
  }
  return { seeds, tally, wrong: null };
}

/** The same on several threads. What goes wrong first is of the lowest seed all the same. */
async function simulateOn(workers: number, from: number, seeds: number): Promise<Simulated> {
  const tally = newTally();
  let done = 0;
  const found: Outcome[] = [];
  let next = from;
  const work = async (): Promise<void> => {
    const worker = new Worker(fileURLToPath(import.meta.url));
    while (next < from + seeds && found.length === 0) {
      const chunk = [next, Math.min(CHUNK, from + seeds - next)] as const;
      next += chunk[1];
      worker.postMessage(chunk);
      // Rejects when the thread dies.
      const [result] = (await once(worker, 'message')) as [Simulated];
      done += result.seeds;
      addTally(tally, result.tally);
      if (result.wrong !== null) found.push(result.wrong);
      if (done % 1000 < CHUNK) process.stderr.write(`\r${done} seeds`);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: workers }, work));
  process.stderr.write('\r');
  const [wrong = null] = found.sort((one, other) => one.seed - other.seed);
  return { seeds: done, tally, wrong };
}

/** Does a seed again with all that happens in it, and prints its end. */
async function tell(seed: number, lines: number): Promise<boolean> {
  const { violation, trace } = await new History(seed, true).run();
  console.log(trace.slice(-lines).join('\n'));
  console.log(
    `seed ${seed}: ${violation === null ? 'all is well' : `${violation.check}: ${violation.text}`}`,
  );
  return violation === null;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '0' },
      workers: { type: 'string', default: String(availableParallelism()) },
      seed: { type: 'string' },
    },
  });
  if (values.seed !== undefined) {
    process.exitCode = (await tell(Number(values.seed), Number.POSITIVE_INFINITY)) ? 0 : 1;
    return;
  }
  const [from, count, workers] = [Number(values.from), Number(values.seeds), Number(values.workers)];
  const startedAt = performance.now();
  const { seeds, tally, wrong } =
    workers > 1 ? await simulateOn(workers, from, count) : await simulate(from, count);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${seeds} seeds in ${seconds.toFixed(1)} s: ${(seeds / seconds).toFixed(0)} seeds/s`);
  console.log(tellTally(tally));
  if (wrong === null) return;
  process.exitCode = 1;
  if (await tell(wrong.seed, TRACE_LINES)) {
    console.log(`seed ${wrong.seed} is not the same again: it was ${wrong.violation?.text}`);
  } else console.log(`again: npm run simulate -- --seed ${wrong.seed}`);
}

if (!isMainThread) {
  parentPort?.on('message', async ([from, seeds]: [number, number]) => {
    parentPort?.postMessage(await simulate(from, seeds));
  });
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
