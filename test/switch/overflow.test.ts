import fc from 'fast-check';
import t from 'tap';
import { BatchRing } from '../../switch/batch-ring.js';
import { Overflow } from '../../switch/overflow.js';
import { messageOf } from '../../switch/reply-group.js';

const COUNT = 2;
const MESSAGES = 3;
const BYTES = 30;
/** Rings that fit into an overflow. */
const RINGS = 4;

function newRing(): BatchRing {
  return new BatchRing({
    shape: { messages: MESSAGES, bytes: BYTES },
    count: COUNT,
    parsing: () => 0,
    parseHere: () => {},
    hereMax: 0,
    parse: async () => {},
    onParsed: () => {},
    onFailure: () => {},
    onRoom: () => {},
  });
}

/** Puts a parsed message into the first batch of the ring; what stands for it in all that is copied is `id`. */
function put(ring: BatchRing, id: number, length: number): number {
  const [batch] = ring.batches;
  const { columns } = batch!;
  columns.amount[0] = id;
  columns.tenant[0] = id % 7;
  columns.key.set([id, id + 1, id + 2]);
  columns.frameOffset[0] = 0;
  columns.frameLength[0] = length;
  columns.replyLength[0] = length;
  batch!.replies.fill(id % 251, 0, length);
  return messageOf(0, 0);
}

function holds(ring: BatchRing, message: number, id: number, length: number): boolean {
  const { columns, replies } = ring.batches[message >>> 16]!;
  const index = message & 0xffff;
  const at = columns.frameOffset[index]!;
  const reply = replies.subarray(at, at + length);
  return (
    columns.amount[index] === id &&
    columns.tenant[index] === id % 7 &&
    columns.key[3 * index + 2] === id + 2 &&
    columns.replyLength[index] === length &&
    reply.every((byte) => byte === id % 251)
  );
}

t.test('what is moved stays as it was until it is answered, and its place is used again', (t) => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ move: fc.integer({ min: 1, max: BYTES }) }),
      fc.record({ answer: fc.nat({ max: 50 }) }),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const ring = newRing();
      const overflow = new Overflow(ring);
      const waiting: { message: number; id: number; length: number }[] = [];
      let id = 0;
      for (const step of all) {
        if ('move' in step) {
          const message = overflow.take(put(ring, ++id, step.move));
          if (message < 0) {
            if (waiting.length < RINGS * COUNT) return false;
          } else waiting.push({ message, id, length: step.move });
        } else if (waiting.length > 0) {
          const [answered] = waiting.splice(step.answer % waiting.length, 1);
          ring.answered(answered!.message >>> 16, 1);
        }
        if (!waiting.every(({ message, id, length }) => holds(ring, message, id, length))) return false;
        if (ring.idle !== (waiting.length === 0)) return false;
      }
      return ring.batches.length <= COUNT + 1 + RINGS * COUNT;
    }),
  );
  t.end();
});

t.test('while it says that it has room, there is room for all of the ring', (t) => {
  const ring = newRing();
  const overflow = new Overflow(ring);
  let moved = 0;
  for (; overflow.hasRoom; moved++) t.ok(overflow.take(put(ring, moved, BYTES / MESSAGES)) >= 0);
  for (let more = 0; more < COUNT * MESSAGES; more++) {
    t.ok(overflow.take(put(ring, moved + more, BYTES / MESSAGES)) >= 0, `message ${more} of the ring`);
  }
  t.end();
});
