import { EventEmitter, once } from 'node:events';
import t, { type Test } from 'tap';
import { LastingThread } from '../../switch/lasting-thread.js';

t.setTimeout(30_000);

/** Runs a script as a thread; what it tells and how it dies are events. */
function start(t: Test, script: string, stopMs: number) {
  const events = new EventEmitter();
  const thread = new LastingThread<string, string>({
    script: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    data: 'given',
    onTold: (told) => events.emit('told', told),
    onDied: (error) => events.emit('died', error),
    stopMs,
  });
  t.teardown(() => thread.stop());
  return { thread, events };
}

const HEAD = "import { parentPort, workerData } from 'node:worker_threads';";

t.test('a thread that dies is started again, with what it was given', async (t) => {
  const { thread, events } = start(
    t,
    `${HEAD} parentPort.postMessage(workerData); setTimeout(() => { throw new Error('broken') }, 10);`,
    0,
  );
  t.same(await once(events, 'told'), ['given']);
  const [error] = await once(events, 'died');
  t.match(error, { message: 'broken' });
  t.same(await once(events, 'told'), ['given']);
  await thread.stop();
});

t.test('a thread may end what it does', async (t) => {
  const { thread, events } = start(
    t,
    `${HEAD} parentPort.postMessage('up'); parentPort.once('message', () => { parentPort.postMessage('ended'); parentPort.close(); });`,
    20_000,
  );
  await once(events, 'told');
  const ended = once(events, 'told');
  await thread.stop();
  t.same(await ended, ['ended']);
});

t.test('one that does not is ended all the same', async (t) => {
  const { thread, events } = start(t, `${HEAD} parentPort.postMessage('up'); for (;;);`, 10);
  await once(events, 'told');
  await t.resolves(thread.stop());
});
