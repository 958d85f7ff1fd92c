import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import t from 'tap';
import {
  cutFrames,
  FRAMING_NAMES,
  type Framing,
  type FramingOptions,
  FramingSchema,
  framingByName,
  framingOf,
} from '../../../parsers/framing/index.js';
import { holds } from '../property.js';

type Variant = readonly [name: (typeof FRAMING_NAMES)[number], options: FramingOptions];
const OPTIONS: readonly FramingOptions[] = [
  {},
  { tpdu: true },
  { tpdu: false },
  { countsItself: true },
  { polls: 'ignore' },
];
const variants: readonly Variant[] = FRAMING_NAMES.flatMap((name) => {
  const options = name === 'stx-etx' ? [{}, { binary: true }] : OPTIONS;
  return options.map((option): Variant => [name, option]);
});
const anyFraming = fc.constantFrom(...variants).map(([name, options]) => framingByName(name, options));
const anyMessage = fc.uint8Array({ minLength: 1, maxLength: 90 });

/** Frames of all the messages that the framing can carry, one after the other. */
function stream(framing: Framing, messages: readonly Uint8Array[]): readonly [Buffer, Uint8Array[]] {
  const kept: Uint8Array[] = [];
  const bytes = Buffer.alloc(messages.length * 128);
  let at = 0;
  for (const message of messages) {
    framing.address(bytes, at);
    bytes.set(message, at + framing.headBytes);
    const total = framing.finish(bytes, at, message.length);
    if (total < 0) continue;
    kept.push(message);
    at += total;
  }
  return [bytes.subarray(0, at), kept];
}

t.test('messages come out of the stream as they went in', (t) => {
  holds(
    t,
    fc.property(anyFraming, fc.array(anyMessage, { maxLength: 8 }), (framing, messages) => {
      const [bytes, sent] = stream(framing, messages);
      const { frames, rest, lost } = cutFrames(framing, bytes);
      const received = frames.map(({ messageAt, messageBytes }) =>
        Buffer.from(bytes.subarray(messageAt, messageAt + messageBytes)).toString('hex'),
      );
      return (
        !lost &&
        rest === bytes.length &&
        received.join() === sent.map((message) => Buffer.from(message).toString('hex')).join()
      );
    }),
    3000,
  );
  t.end();
});

t.test('bytes at random are measured without reading past their end, the same in one piece or many', (t) => {
  holds(
    t,
    fc.property(anyFraming, fc.uint8Array({ maxLength: 40 }), (framing, garbage) => {
      const padded = new Uint8Array(garbage.length + 8).fill(0x03);
      padded.set(garbage);
      let resume = 0;
      let measured = 0;
      for (let end = 0; end <= garbage.length && measured === 0; end++) {
        measured = framing.measure(padded, 0, end, resume);
        resume = framing.resume;
        // The same bytes without anything behind them.
        if (framing.measure(garbage.slice(0, end), 0, end) !== measured) return false;
      }
      return measured >= -1 && framing.measure(padded, 0, garbage.length) >= -1;
    }),
    5000,
  );
  t.end();
});

t.test('a delimited frame that arrives byte by byte is looked through once', (t) => {
  const framing = framingByName('stx-etx', { binary: true });
  const reads = { count: 0 };
  const bytes = Buffer.alloc(20_000, 0x41);
  bytes[0] = 0x02;
  const counted = new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads.count++;
      return Reflect.get(target, key);
    },
  });
  let resume = 0;
  for (let end = 0; end <= bytes.length; end++) {
    if (framing.measure(counted, 0, end, resume) !== 0) t.fail('there is no end');
    resume = framing.resume;
  }
  t.ok(reads.count <= 4 * bytes.length, `${reads.count} reads of ${bytes.length} bytes`);
  t.end();
});

t.test('a configuration names a framing, with or without options', (t) => {
  for (const name of FRAMING_NAMES) t.ok(Value.Check(FramingSchema, name), name);
  const spec = { name: 'length2-header' as const, tpdu: '6000010000', countsItself: true };
  t.ok(Value.Check(FramingSchema, spec));
  t.equal(framingOf(spec).headBytes, 7);
  t.equal(framingOf('vml').headBytes, 4);
  t.notOk(Value.Check(FramingSchema, 'length3'));
  t.notOk(Value.Check(FramingSchema, { name: 'length2', tpdu: '60' }));
  t.notOk(Value.Check(FramingSchema, { name: 'length2', digits: 4 }));
  t.end();
});
