import t from 'tap';
import { Sender } from '../../../tenants/events/sender.js';
import { AddressGuard } from '../../../tenants/outbound/address-guard.js';
import { Receiver } from '../../switch/events/receiver.js';

t.setTimeout(30_000);

t.test('nothing is sent to this machine or its network, neither by address nor by name', async (t) => {
  const receiver = await Receiver.start(t);
  const sender = new Sender({ guard: new AddressGuard([]), timeoutMs: 2000 });
  t.teardown(() => sender.close());
  const port = new URL(receiver.url).port;
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1']) {
    for (const scheme of ['http', 'https']) {
      const sent = await sender.send(`${scheme}://${host}:${port}/hook`, {}, '{}');
      t.same(sent, { status: null, error: 'address refused', retryAfter: null }, `${scheme} ${host}`);
    }
  }
  t.equal(receiver.connections, 0);
});

t.test('connections are kept alive, and a receiver may say when to come again', async (t) => {
  const receiver = await Receiver.start(t, (_, response) => {
    response.writeHead(503, { 'retry-after': '120' });
    response.end('later');
  });
  const sender = new Sender({ guard: new AddressGuard(['127.0.0.0/8']), timeoutMs: 2000 });
  t.teardown(() => sender.close());
  for (let number = 0; number < 6; number++) {
    t.same(await sender.send(`${receiver.url}?a=1`, { 'webhook-id': String(number) }, '{"a":1}'), {
      status: 503,
      error: null,
      retryAfter: 120,
    });
  }
  // The second is made while the first is being given back.
  t.ok(receiver.connections <= 2, `${receiver.connections} connections for six requests`);
  t.match(receiver.received[2], { path: '/hook?a=1', body: { a: 1 }, headers: { 'webhook-id': '2' } });
});
