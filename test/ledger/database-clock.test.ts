import t from 'tap';
import { DatabaseClock } from '../../ledger/database-clock.js';

/** What the clock says, less the monotonic one, in ms. */
function offsetOf(clock: DatabaseClock): number {
  return Math.round(clock.now() - performance.now());
}

t.test('the first reading is taken as the middle of its way there and back', async (t) => {
  const clock = new DatabaseClock();
  clock.read(1_000_000, 100, 140);
  t.equal(Math.abs(offsetOf(clock) - (1_000_000 - 120)) <= 1, true);
  t.ok(Number.isInteger(clock.now()));
});

t.test('a later one moves it only as far as it was wrong', async (t) => {
  const clock = new DatabaseClock();
  clock.read(1_000_000, 100, 140);
  const first = offsetOf(clock);
  clock.read(1_000_500, 100, 2000);
  t.ok(Math.abs(offsetOf(clock) - first) <= 1, 'one that took long proves nothing');
  clock.read(1_000_000 + 5000, 100, 102);
  t.ok(Math.abs(offsetOf(clock) - (1_005_000 - 102)) <= 1, 'set forward: to the least that it can be');
  clock.read(1_000_000 - 5000, 100, 102);
  t.ok(Math.abs(offsetOf(clock) - (995_000 - 100)) <= 1, 'set back: to the most');
});
