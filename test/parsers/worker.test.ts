import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import t, { type Test } from 'tap';
import { type Batch, KIND, NO_TENANT } from '../../parsers/batch.js';
import { RULE } from '../../parsers/errors.js';
import { parse } from '../../parsers/reader.js';
import { ReplyCompletion } from '../../parsers/reply.js';
import { ReplyValues } from '../../parsers/reply-values.js';
import { MessageView } from '../../parsers/view.js';
import type { ParserData } from '../../parsers/worker.js';
import { build } from '../../parsers/writer.js';
import {
  ascii,
  asciiHex,
  BINS,
  emptyBatch,
  place,
  purchase,
  readOne,
  reversal,
  TOKEN_KEY,
} from './one-message.js';

const DIALECTS = [ascii, asciiHex];
const FRAMES: readonly (readonly [listener: number, frame: Buffer])[] = [
  [0, build(ascii, purchase())],
  [1, build(asciiHex, purchase({ 2: '9999020012345678', 11: '000043' }))],
  [0, Buffer.from('\x16\x03\x01\x02\x00not a card message', 'latin1')],
  [0, Buffer.alloc(0)],
  [1, build(asciiHex, reversal())],
  [0, build(ascii, { mti: '0800', fields: { 7: '0607110000', 11: '000001', 70: '301' } })],
];

function filled(frames: typeof FRAMES): Batch {
  const batch = emptyBatch(8, 4096);
  let offset = 0;
  for (const [index, [listener, frame]] of frames.entries()) {
    place(batch, index, offset, frame);
    batch.columns.listener[index] = listener;
    offset += frame.length;
  }
  batch.count = frames.length;
  return batch;
}

function parserPool(t: Test, batches: readonly Batch[], threads: number): Piscina {
  const workerData: ParserData = {
    shape: batches[0]!.shape,
    batches: batches.map((batch) => batch.shared),
    links: DIALECTS.map(({ dialect }) => ({ dialect, transportBytes: 0, messageKey: 'transmission' })),
    bins: BINS,
    tokenKey: TOKEN_KEY,
  };
  const pool = new Piscina({
    filename: import.meta.resolve('../../parsers/worker.js'),
    workerData,
    minThreads: threads,
    maxThreads: threads,
    atomics: 'sync',
  });
  t.teardown(() => pool.destroy());
  return pool;
}

t.test('a thread parses a whole batch in shared memory, in place', async (t) => {
  const batch = filled(FRAMES);
  t.equal(await parserPool(t, [batch], 1).run(0), undefined, 'nothing crosses but the word that it is done');
  const { columns } = batch;
  const kinds = [KIND.authorise, KIND.authorise, KIND.drop, KIND.drop, KIND.reverse, KIND.network];
  t.same([...columns.kind.subarray(0, FRAMES.length)], kinds);
  t.same([...columns.tenant.subarray(0, FRAMES.length)], [3, 5, NO_TENANT, NO_TENANT, 3, NO_TENANT]);
  t.same([columns.rule[2], columns.rule[3]], [RULE.badMti, RULE.emptyFrame]);
  t.same(
    columns.originalKey.subarray(12, 15),
    columns.key.subarray(0, 3),
    'the reversal is of the first purchase',
  );
  t.same(columns.token.subarray(16, 20), columns.token.subarray(0, 4), 'of the same card');

  const view = new MessageView();
  for (const [index, [listener]] of FRAMES.entries()) {
    if (kinds[index] === KIND.drop) continue;
    const dialect = DIALECTS[listener]!;
    const target = new Uint8Array(1024);
    const completion = new ReplyCompletion(dialect, 0);
    const length = completion.complete(batch, index, new ReplyValues().answer(0, 100_000 + index), target, 0);
    t.ok(parse(view, dialect, target, 0, length), `reply ${index} is a message of its own link's dialect`);
    t.same([view.text(38), view.text(39)], [`10000${index}`, '00']);
  }
});

t.test('a thread makes of a message what this thread makes of it', async (t) => {
  const batch = filled(FRAMES);
  await parserPool(t, [batch], 1).run(0);
  for (const [index, [listener, frame]] of FRAMES.entries()) {
    const alone = readOne(frame, DIALECTS[listener]!).columns;
    for (const name of ['kind', 'tenant', 'rule', 'replyLength', 'key', 'token', 'identifiers'] as const) {
      const width = alone[name].length;
      t.same(
        [...batch.columns[name].subarray(index * width, (index + 1) * width)],
        [...alone[name]],
        `${index}: ${name}`,
      );
    }
  }
});

t.test(
  'batches are parsed by number, on any thread, and a batch parsed again comes out the same',
  async (t) => {
    const batches = [filled(FRAMES), filled(FRAMES.toReversed()), filled([])];
    const pool = parserPool(t, batches, 2);
    await Promise.all([pool.run(1), pool.run(0), pool.run(2)]);
    t.equal(batches[1]!.columns.kind[0], KIND.network);
    t.equal(batches[0]!.columns.kind[0], KIND.authorise);
    t.equal(batches[2]!.columns.replyLength[0], 0, 'an empty batch is left alone');
    const once = batches.map((batch) => Buffer.from(new Uint8Array(batch.shared)));
    await Promise.all([pool.run(0), pool.run(1), pool.run(2)]);
    t.same(
      batches.map((batch) => Buffer.from(new Uint8Array(batch.shared))),
      once,
    );
  },
);

t.test('a thread that is given a dialect which contradicts itself does not start', async (t) => {
  const { dialect } = ascii;
  const contradictory = { ...dialect, fields: { ...dialect.fields, 1: { name: 'Bitmap', length: 8 } } };
  const workerData: ParserData = {
    shape: { messages: 1, bytes: 1 },
    batches: [],
    links: [{ dialect: contradictory, transportBytes: 0, messageKey: 'transmission' }],
    bins: [],
    tokenKey: TOKEN_KEY,
  };
  const worker = new Worker(new URL(import.meta.resolve('../../parsers/worker.js')), { workerData });
  const [error] = await once(worker, 'error');
  t.match(error, { name: 'IsoError', code: 'HF_ISO_DIALECT', path: '1' });
});
