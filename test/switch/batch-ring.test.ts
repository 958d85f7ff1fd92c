import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Piscina } from 'piscina';
import t from 'tap';
import { type Batch, KIND } from '../../parsers/batch.js';
import { BatchRing, type BatchRingSettings } from '../../switch/batch-ring.js';
import type { DyingData } from './dying-worker.js';
import { until } from './running-switch.js';

const PARSERS = 2;

/** A ring whose parsers end when they are told to, and all that it did. */
class Bench {
  readonly ring: BatchRing;
  /** Frames as they came out, in order. */
  readonly out: string[] = [];
  /** Batches that came out, with the messages in each, not answered yet. */
  readonly open: { which: number; messages: number }[] = [];
  readonly failures: boolean[] = [];
  rooms = 0;
  /** Parses under way, oldest first. */
  readonly parses: { which: number; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(count: number, messages: number, bytes: number, settings: Partial<BatchRingSettings> = {}) {
    this.ring = new BatchRing({
      shape: { messages, bytes },
      count,
      parsing: () => PARSERS,
      parseHere: () => {},
      hereMax: 0,
      parse: (which) =>
        new Promise((resolve, reject) => {
          this.parses.push({ which, resolve, reject });
        }),
      onParsed: (batch, which) => {
        for (let index = 0; index < batch.count; index++) this.out.push(frameOf(batch, index));
        this.open.push({ which, messages: batch.count });
      },
      onFailure: (_error, givenUp) => this.failures.push(givenUp),
      onRoom: () => {
        this.rooms++;
      },
      ...settings,
    });
  }

  append(frame: string): boolean {
    const bytes = Buffer.from(`..${frame}`);
    return this.ring.append(7, 1, bytes, 2, frame.length, 1000);
  }

  /** Ends a parse, and lets the ring go on. */
  async finish(at: number, error?: Error): Promise<void> {
    const [parse] = this.parses.splice(at, 1);
    if (error === undefined) parse!.resolve();
    else parse!.reject(error);
    await turn();
  }
}

function frameOf(batch: Batch, index: number): string {
  const at = batch.columns.frameOffset[index]!;
  return Buffer.from(batch.frames.subarray(at, at + batch.columns.frameLength[index]!)).toString();
}

/** Lets the event loop go round once. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

t.test('batches come out in the order of arrival, in whichever order they are parsed', async (t) => {
  const bench = new Bench(4, 2, 64);
  for (const frame of ['a', 'b', 'c', 'd']) t.ok(bench.append(frame));
  await bench.finish(1);
  t.same(bench.out, [], 'the second waits for the first');
  await bench.finish(0);
  t.same(bench.out, ['a', 'b', 'c', 'd']);
  const { columns } = bench.ring.batches[bench.open[0]!.which]!;
  t.same([columns.connection[0], columns.listener[0], columns.receivedAt[0]], [7, 1, 1000]);
});

t.test('a batch leaves when the loop has turned, and grows while all parsers are busy', async (t) => {
  const bench = new Bench(4, 10, 64);
  for (const frame of ['a', 'b', 'c', 'd', 'e']) {
    bench.append(frame);
    await turn();
  }
  t.equal(bench.parses.length, PARSERS, 'the third goes on filling');
  await bench.finish(0);
  t.equal(bench.parses.length, PARSERS, 'and leaves when a parser has time');
  await bench.finish(0);
  await bench.finish(0);
  t.same(
    bench.open.map(({ messages }) => messages),
    [1, 1, 3],
  );
});

t.test('a frame that does not fit begins the next batch', async (t) => {
  const bench = new Bench(4, 10, 8);
  for (const frame of ['12345', '123', '1', '12345678']) t.ok(bench.append(frame));
  await turn();
  while (bench.parses.length > 0) await bench.finish(0);
  t.same(bench.out, ['12345', '123', '1', '12345678']);
  t.same(
    bench.open.map(({ messages }) => messages),
    [2, 1, 1],
  );
});

t.test('without a free batch nothing is taken in, until one is answered wholly', async (t) => {
  const bench = new Bench(2, 2, 64);
  for (const frame of ['a', 'b', 'c', 'd']) t.ok(bench.append(frame));
  t.notOk(bench.append('e'));
  t.notOk(bench.ring.hasRoom);
  await bench.finish(0);
  await bench.finish(0);
  const [first, second] = [bench.open[0]!, bench.open[1]!];
  bench.ring.answered(first.which, 1);
  t.notOk(bench.append('e'), 'one of its messages still needs it');
  t.equal(bench.rooms, 0);
  bench.ring.answered(first.which, 1);
  t.equal(bench.rooms, 1);
  bench.ring.answered(second.which, 2);
  t.equal(bench.rooms, 1, 'told once, when room came');
  t.ok(bench.ring.idle);
  t.ok(bench.append('e'));
  t.notOk(bench.ring.idle);
});

t.test('a parse that fails is tried again; after the third time its messages are dropped', async (t) => {
  const bench = new Bench(3, 1, 64);
  bench.append('a');
  bench.append('b');
  await bench.finish(0, new Error('died'));
  t.same(bench.failures, [false]);
  await bench.finish(0);
  t.same(bench.out, [], 'the second waits for the first, which is tried again');
  await bench.finish(0);
  t.same(bench.out, ['a', 'b']);

  const { columns } = bench.ring.batches[2]!;
  columns.kind[0] = KIND.authorise;
  columns.rule[0] = 5;
  bench.append('c');
  for (let attempt = 0; attempt < 3; attempt++) await bench.finish(0, new Error('died'));
  t.same(bench.failures, [false, false, false, true]);
  t.equal(bench.open.at(-1)!.which, 2);
  t.same([columns.kind[0], columns.rule[0]], [KIND.drop, 0]);
});

t.test('whatever happens in whichever order, each frame comes out once, whole, in its turn', async (t) => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ append: fc.string({ maxLength: 12, unit: 'grapheme-ascii' }) }) },
    { weight: 3, arbitrary: fc.record({ finish: fc.nat(), fails: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ answer: fc.nat() }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const bench = new Bench(3, 4, 24);
      const taken: string[] = [];
      for (const next of steps) {
        if ('append' in next) {
          if (bench.append(next.append)) taken.push(next.append);
          else if (bench.ring.hasRoom) return false;
        } else if ('finish' in next && bench.parses.length > 0) {
          // Two in a row for one batch at most, so that none is given up.
          const failing = next.fails && bench.failures.length < 2;
          await bench.finish(next.finish % bench.parses.length, failing ? new Error('died') : undefined);
        } else if ('answer' in next && bench.open.length > 0) {
          const open = bench.open[next.answer % bench.open.length]!;
          bench.ring.answered(open.which, 1);
          open.messages--;
          if (open.messages === 0) bench.open.splice(bench.open.indexOf(open), 1);
        }
      }
      await turn();
      while (bench.parses.length > 0) await bench.finish(0);
      for (const { which, messages } of bench.open) bench.ring.answered(which, messages);
      return bench.ring.idle && bench.out.join('|') === taken.join('|');
    }),
    { numRuns: 300 },
  );
  t.pass();
});

t.test('a thread that dies of a batch is replaced, and the batch is parsed again', async (t) => {
  const deaths = [0, 1, 0, 2, 0];
  const attempts = new SharedArrayBuffer(4 * deaths.length);
  const pool = new Piscina<number, void>({
    filename: fileURLToPath(new URL('./dying-worker.js', import.meta.url)),
    minThreads: 2,
    maxThreads: 2,
    concurrentTasksPerWorker: 1,
    atomics: 'sync',
    workerData: { attempts, deaths } satisfies DyingData,
  });
  t.teardown(() => pool.destroy());
  const bench = new Bench(deaths.length, 1, 64, { parse: (which) => pool.run(which) });
  for (const frame of ['a', 'b', 'c', 'd', 'e']) t.ok(bench.append(frame));
  await until('all are parsed', () => bench.out.length === deaths.length);
  t.same(bench.out, ['a', 'b', 'c', 'd', 'e']);
  t.same([...new Int32Array(attempts)], [1, 2, 1, 3, 1]);
  t.same(bench.failures, [false, false, false]);
});
