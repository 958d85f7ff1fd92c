import t from 'tap';
import { newSeed } from './seed.js';
import { runTakeovers } from './takeover.js';

t.setTimeout(120_000);

t.test(
  'a writer is killed, or stands still, under load: the standby takes over and nothing is lost',
  async (t) => {
    const report = await runTakeovers(t, {
      rate: 500,
      seed: newSeed(t),
      leaseTtlMs: 1000,
      faults: ['stop', 'kill'],
      log: (line) => t.comment(line),
    });
    t.same(report.violations, []);
    t.equal(report.rounds.length, 2);
    t.ok(report.approved > 500, `${report.approved} of ${report.sent} were approved`);
  },
);
