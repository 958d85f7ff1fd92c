import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Progress } from './progress.js';
import { Projector, type ProjectorSettings } from './projector.js';

/** What the projector's thread is started with. */
export interface ProjectorData extends Omit<ProjectorSettings, 'progress' | 'hotLoad' | 'log' | 'connect'> {
  /** Of each of the tenants, its place in the progress. */
  readonly indexes: readonly number[];
  /** In shared memory: what a {@link Progress} is made of, and in one cell the load of the hot thread, from 0 to 1. */
  readonly progress: Float64Array;
  readonly hotLoad: Float64Array;
}

/** What it says, each time that something fails. It is told to stop by any message. */
export interface ProjectorTold {
  readonly text: string;
  readonly error: unknown;
}

/** A nice value (0 like all others, 19 the least): cards are answered first. */
const NICE = 10;

const { progress: cells, hotLoad, indexes, ...settings } = workerData as ProjectorData;
const progress = new Progress(cells);
const stop = new AbortController();
const port = parentPort!;
port.once('message', () => stop.abort());
// Linux has priorities by thread, and takes 0 for the one that asks; elsewhere it would be the whole process.
if (process.platform === 'linux') setPriority(0, NICE);

const projector = new Projector({
  ...settings,
  progress: { set: (at, of) => progress.set(indexes[at]!, of) },
  hotLoad: () => hotLoad[0]!,
  log: (text, error) => port.postMessage({ text, error } satisfies ProjectorTold),
});
await projector.run(stop.signal);
port.close();
