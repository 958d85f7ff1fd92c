import fc from 'fast-check';
import t from 'tap';
import { EndpointQueue, type Waiting } from '../../../tenants/events/endpoint-queue.js';

t.test(
  'whatever fails and is read anew, what is in a lane goes in its order, one at a time, and nothing is lost',
  async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('add' as const), lane: fc.integer({ min: 0, max: 3 }) }),
      },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('done' as const), which: fc.nat(20) }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(20), wait: fc.nat(5) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const queue = new EndpointQueue();
        const left: Waiting[] = [];
        const flying: Waiting[] = [];
        const finished: Waiting[] = [];
        let now = 0;
        let count = 0;
        const take = () => {
          const taken = queue.take(now);
          if (taken === null) return false;
          if (taken.dueAt > now) throw new Error('too early');
          if (flying.some(({ lane }) => lane === taken.lane)) throw new Error('two of a lane');
          const ahead = left.find(({ lane }) => lane === taken.lane);
          if (ahead !== taken) throw new Error('not the first of its lane');
          flying.push(taken);
          return true;
        };
        const finish = (delivery: Waiting) => {
          queue.done(delivery);
          flying.splice(flying.indexOf(delivery), 1);
          left.splice(left.indexOf(delivery), 1);
          finished.push(delivery);
        };
        for (const { kind, ...of } of steps as {
          kind: string;
          lane?: number;
          which?: number;
          wait?: number;
        }[]) {
          now++;
          const landing = flying[(of.which ?? 0) % Math.max(1, flying.length)];
          if (kind === 'add') {
            const added = { id: String(count++), lane: of.lane!, attempts: 0, dueAt: 0 };
            left.push(added);
            queue.add(added);
          } else if (kind === 'take') take();
          else if (kind === 'reload') queue.reload(left);
          else if (landing !== undefined && kind === 'done') finish(landing);
          else if (landing !== undefined) {
            landing.dueAt = now + of.wait!;
            queue.again(landing);
            flying.splice(flying.indexOf(landing), 1);
          }
          if (queue.size !== left.length || queue.flying !== flying.length) throw new Error('miscounted');
        }
        now += 1000;
        do {
          for (const delivery of [...flying]) finish(delivery);
        } while (take());
        if (left.length > 0 || finished.length !== count) throw new Error('some are lost');
      }),
      { seed: 8583 },
    );
  },
);

t.test('what has no lane goes by itself, and what is due first goes first', async (t) => {
  const queue = new EndpointQueue();
  queue.add({ id: 'late', lane: null, attempts: 1, dueAt: 20 });
  queue.add({ id: 'soon', lane: null, attempts: 1, dueAt: 10 });
  t.equal(queue.nextDueAt, 10);
  t.equal(queue.take(9), null);
  t.same([queue.take(20)!.id, queue.take(20)!.id, queue.take(20)], ['soon', 'late', null]);
  t.equal(queue.nextDueAt, Number.POSITIVE_INFINITY);
});
