import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { ApiClient } from '../api/api-client.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { cardsOf, metricsOf, startTestSwitch, until } from '../running-switch.js';
import { Receiver } from './receiver.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, {
  projector: { pollMs: 5 },
  webhooks: { pollMs: 5, retrySeconds: [0], timeoutMs: 2000 },
});
const lydia = await ApiClient.of(system, 'lydia');
const qonto = await ApiClient.of(system, 'qonto');
const processor = await IsoClient.connect(t, system.port);
const cards = await cardsOf(system, 'lydia');
await until('the read model is filled', async () => {
  const metrics = await metricsOf(system.running);
  return ['lydia', 'qonto'].every(
    (tenant) => metrics.get(`holdfast_projection_lag_rows{tenant="${tenant}"}`) === 0,
  );
});

/** A server of bytes: what it does with a connection is up to the test. */
async function tcp(t: Test, answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    // It is reset by either side.
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function endpoint(url: string, client = lydia): Promise<string> {
  return (await client.post('/v1/webhook-endpoints', { url })).body.id;
}

const remove = (id: string, client = lydia) => client.request('DELETE', `/v1/webhook-endpoints/${id}`);

async function fate(
  id: string,
): Promise<{ state: string; attempts: number; status: number | null; error: string | null }> {
  const { body } = await lydia.get(`/v1/webhook-endpoints/${id}/deliveries`);
  return body.data.find(({ type }: { type: string }) => type === 'webhook_endpoint.test');
}

/** What becomes of a test event that is sent there. */
async function fateOf(url: string) {
  const id = await endpoint(url);
  await lydia.post(`/v1/webhook-endpoints/${id}/test`);
  await until('it is done with', async () => ['dead', 'delivered'].includes((await fate(id))?.state ?? ''));
  const { state, attempts, status, error } = await fate(id);
  await remove(id);
  return { state, attempts, status, error };
}

t.test(
  'an endpoint that answers nothing, garbage or too late, or hangs up, gets its attempts and no more',
  async (t) => {
    const dead = { state: 'dead', attempts: 2, status: null };
    t.same(await fateOf(await tcp(t, () => {})), { ...dead, error: 'timeout' }, 'hangs');
    t.same(await fateOf(await tcp(t, (socket) => socket.resetAndDestroy())), {
      ...dead,
      error: 'connection reset',
    });
    t.same(await fateOf(await tcp(t, (socket) => socket.end('\x16\x03\x01 no HTTP at all\r\n\r\n'))), {
      ...dead,
      error: 'the response is no HTTP',
    });
    const headers = await tcp(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () =>
        socket.write(`x-more: ${'y'.repeat(1000)}\r\n`, () => !socket.destroyed && setImmediate(more));
      more();
    });
    t.same(await fateOf(headers), { ...dead, error: 'the response is no HTTP' }, 'endless headers');
    const closed = await Receiver.start(t);
    await closed.close();
    t.same(await fateOf(closed.url), { ...dead, error: 'connection refused' });
  },
);

t.test('a redirect is not followed', async (t) => {
  const elsewhere = await Receiver.start(t);
  const receiver = await Receiver.start(t, (_, response) => {
    response.writeHead(307, { location: elsewhere.url });
    response.end();
  });
  t.same(await fateOf(receiver.url), { state: 'dead', attempts: 2, status: 307, error: null });
  t.equal(elsewhere.connections, 0);
});

t.test('of an endless answer no more than a little is read', async (t) => {
  let written = 0;
  const url = await tcp(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const more = () => {
      if (socket.destroyed) return;
      written += chunk.length;
      socket.write(chunk, () => setImmediate(more));
    };
    more();
  });
  t.same(await fateOf(url), { state: 'delivered', attempts: 1, status: 200, error: null });
  // What the buffers of both sockets hold, on loopback, at most.
  t.ok(written < 16 * 1024 * 1024, `${written} bytes`);
});

t.test(
  'a hanging endpoint gets few requests at a time, then one, and the other endpoints all of theirs',
  async (t) => {
    const hanging = await Receiver.start(t, () => {});
    const healthy = await Receiver.start(t);
    const theirs = await Receiver.start(t);
    const hangs = await endpoint(hanging.url);
    const works = await endpoint(healthy.url);
    const their = await endpoint(theirs.url, qonto);
    const asked = 40;
    for (let number = 0; number < asked; number++) {
      await processor.request(authorisation(cards[number % cards.length]!, 1 + number));
    }
    const tests = 5;
    for (let number = 0; number < tests; number++) await qonto.post(`/v1/webhook-endpoints/${their}/test`);
    await until('the healthy ones have it all', () => {
      const mine = healthy.received.filter(({ body }) => body.type.startsWith('authorization.'));
      return mine.length >= asked && theirs.received.length >= tests;
    });
    t.equal(new Set(healthy.ids).size, healthy.ids.length, 'each once');
    await until('it has failed a while', () => hanging.received.length > hanging.openMax + 2);
    t.ok(hanging.openMax <= 16, `${hanging.openMax} requests at once`);
    await until('it is asked one at a time', () => hanging.open <= 1);
    t.ok(healthy.connections < healthy.received.length, `${healthy.connections} connections, kept alive`);
    await remove(hangs);
    await remove(works);
    await remove(their, qonto);
  },
);
