import { Webhook } from 'standardwebhooks';
import t from 'tap';
import { newSecret, signedHeaders } from '../../../tenants/outbound/signature.js';

t.test('a signature is what another implementation of Standard Webhooks makes and accepts', async (t) => {
  const secret = newSecret();
  t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const now = Date.now();
  const body = '{"type":"hold.expired","data":{"name":"Café"}}';
  const headers = signedHeaders([secret], 'event_1', now, body);
  const theirs = new Webhook(secret);
  t.equal(theirs.sign('event_1', new Date(now), body), headers['webhook-signature']);
  t.same(theirs.verify(body, headers), JSON.parse(body));
  t.throws(() => theirs.verify(body, { ...headers, 'webhook-id': 'event_2' }));
  t.throws(() => theirs.verify(body, signedHeaders([secret], 'event_1', now - 3_600_000, body)));
});

t.test('the example of the specification’s libraries', async (t) => {
  const headers = signedHeaders(
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330_000,
    '{"test": 2432232314}',
  );
  t.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});
