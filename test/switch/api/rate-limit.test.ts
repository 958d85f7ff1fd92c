import t from 'tap';
import { startTestSwitch } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(60_000);
const system = await startTestSwitch(t, { projector: { enabled: false }, http: { requestsPerMinute: 5 } });

t.test('each key has its own limit, told in headers', async (t) => {
  const lydia = await ApiClient.of(system, 'lydia');
  const qonto = await ApiClient.of(system, 'qonto');
  for (let left = 4; left >= 0; left--) {
    const { status, headers } = await lydia.get('/v1/me');
    t.same(
      [status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')],
      [200, '5', String(left)],
    );
  }
  const over = await lydia.get('/v1/me');
  t.match(over, { status: 429, body: { code: 'HF_RATE_LIMITED', status: 429 } });
  t.match(over.headers.get('content-type'), /^application\/problem\+json/);
  const seconds = Number(over.headers.get('retry-after'));
  t.ok(seconds >= 1 && seconds <= 60);
  t.equal((await qonto.get('/v1/me')).status, 200);
});

t.test('whoever tries keys is kept from it', async (t) => {
  const guesser = new ApiClient(system.running, `hf_test_${'0'.repeat(16)}_${'0'.repeat(64)}`);
  const statuses = new Set<number>();
  for (let guess = 0; guess < 61; guess++) statuses.add((await guesser.get('/v1/me')).status);
  t.same([...statuses], [401, 429]);
});
