import t from 'tap';
import type { EndpointRow } from '../../../tenants/events/delivery-table.js';
import { Endpoint } from '../../../tenants/events/endpoint.js';
import type { Waiting } from '../../../tenants/events/endpoint-queue.js';

const row: EndpointRow = {
  tenant: 1,
  id: '5bd5a5a2-3a3c-4f3c-9a52-6d2a6d1c7f10',
  url: 'http://127.0.0.1/',
  types: null,
  disabled: null,
  secret: Buffer.alloc(0),
  old_secret: null,
  old_secret_until: null,
  at: new Date(0),
  seq: 0,
  entry: 0,
  ordinal: 0,
  failing_since: null,
  revision: 1,
  head: '0 0',
};
const refused = { status: 500, error: null, retryAfter: 0 };
const AT_ONCE = [0, 0];

t.test(
  'a delivery that failed is not sent again before its outcome was taken to be written down',
  async (t) => {
    const endpoint = new Endpoint(row);
    const delivery: Waiting = { id: 'a', lane: 7, attempts: 0, dueAt: 0 };
    endpoint.queue.add(delivery);
    endpoint.queue.add({ id: 'b', lane: 7, attempts: 0, dueAt: 0 });
    for (const state of ['pending', 'pending', 'dead']) {
      t.equal(endpoint.queue.take(1), delivery);
      t.equal(endpoint.flying, 1);
      t.equal(endpoint.landed(delivery, refused, AT_ONCE, 1), state);
      t.match([endpoint.flying, endpoint.unsettled, endpoint.queue.take(1)], [0, true, null]);
      // What is read anew meanwhile does not bring it back.
      endpoint.queue.reload([{ ...delivery }, { id: 'b', lane: 7, attempts: 0, dueAt: 0 }]);
      t.equal(endpoint.queue.take(1), null);
      t.match(endpoint.settle(), [{ id: 'a', state, status: 500 }]);
      t.same(endpoint.settle(), []);
    }
    t.match([endpoint.queue.take(1), endpoint.queue.take(1)], [{ id: 'b' }, null]);
  },
);
