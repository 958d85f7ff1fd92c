import t from 'tap';
import { RETRY_SECONDS, waitMs } from '../../../tenants/events/retry-schedule.js';

t.test('the schedule is the one of Standard Webhooks, ten attempts over three days', async (t) => {
  const sum = RETRY_SECONDS.reduce((total, seconds) => total + seconds, 0);
  t.equal(RETRY_SECONDS.length, 9);
  t.equal(sum, 75 * 3600 + 35 * 60 + 5);
  t.equal(waitMs(RETRY_SECONDS, 1, null, 0), 5000);
  t.equal(waitMs(RETRY_SECONDS, 9, null, 0), 86_400_000);
  t.equal(waitMs(RETRY_SECONDS, 10, null, 0), null);
});

t.test('a wait is longer by a tenth at most, or as long as the receiver asks, within a day', async (t) => {
  t.equal(waitMs([10], 1, null, 1), 11_000);
  t.equal(waitMs([10], 1, 60, 0.5), 60_000);
  t.equal(waitMs([10], 1, 999_999, 0), 86_400_000);
});
