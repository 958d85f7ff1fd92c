import t from 'tap';
import { type BenchResult, renderReport, spliceReport } from '../../benchmarks/report.js';
import { held, judge } from '../../benchmarks/verdict.js';
import type { LoadReport } from '../../switch/load/open-loop.js';

const LATENCY = { p50: 600, p90: 900, p99: 2300, p999: 5000, max: 9000 };

function load(rate: number, changes: Partial<LoadReport> = {}): LoadReport {
  return {
    rate,
    seconds: 10,
    connections: 8,
    sent: rate * 10,
    answered: rate * 10,
    achievedRate: rate,
    latencyUs: LATENCY,
    sendDelayUs: { ...LATENCY, p50: 160 },
    codes: { '00': rate * 10 },
    errors: {
      unknown: 0,
      doubled: 0,
      wrongCode: 0,
      wrongEcho: 0,
      malformed: 0,
      missing: 0,
      unsent: 0,
      disconnected: 0,
    },
    backlogs: 0,
    cpuCores: 0.3,
    ...changes,
  };
}

t.test('a rate is held when all replies are right, on time and as many as asked', async (t) => {
  t.ok(held(load(1000)));
  t.notOk(held(load(1000, { errors: { ...load(1).errors, missing: 1 } })), 'one is missing');
  t.notOk(held(load(1000, { latencyUs: { ...LATENCY, p99: 50_000 } })), 'p99 is at the limit');
  t.notOk(held(load(1000, { achievedRate: 980 })), 'too few in the measured seconds');
});

t.test('verdicts against the targets', async (t) => {
  const good = { bestRate: 60_000, quietP50Us: 600, peerBestPerSecond: 15_000, peerSingleP50Us: 240 };
  const met = (input: typeof good | { quietP50Us: null }) =>
    judge({ ...good, ...input }).map(({ met }) => met);
  t.same(met({ ...good }), [true, true, true]);
  t.same(met({ ...good, bestRate: 29_900 }), [false, true, true]);
  t.same(met({ ...good, peerBestPerSecond: 45_000 }), [true, false, true]);
  t.same(met({ ...good, quietP50Us: 721 }), [true, true, false]);
  t.same(met({ quietP50Us: null }), [true, true], 'no verdict without the measurement');
});

t.test('the report replaces what stands between its marks and leaves the rest', async (t) => {
  const fresh = spliceReport(null, 'one');
  t.match(fresh, /^# Benchmarks\n/);
  t.match(fresh, '<!-- bench:begin -->\none\n<!-- bench:end -->\n');
  const edited = `${fresh.replace('# Benchmarks', '# Measured')}\n## Profile\n\nby hand\n`;
  t.equal(spliceReport(edited, 'two'), edited.replace('one', 'two'));
  t.equal(spliceReport('by hand\n', 'one'), 'by hand\n\n<!-- bench:begin -->\none\n<!-- bench:end -->\n');
});

t.test(
  'the report names machine, versions, commit and command, and every rate that was driven',
  async (t) => {
    const peer = {
      driver: 'pgbench (PostgreSQL) 15.18',
      postgres: { version: '18.4', settings: { fsync: 'on' } },
      singlePerSecond: 3900,
      singleLatencyUs: LATENCY,
      byClients: [{ clients: 32, perSecond: 18_500 }],
      bestPerSecond: 18_500,
      bestClients: 32,
    };
    const result: BenchResult = {
      machine: {
        date: '2026-01-02',
        cpu: 'A Processor',
        cores: 2,
        kernel: 'Linux 6.1',
        memoryGiB: 7.8,
        node: 'v20.1.0',
        commit: 'abcdef012345',
        command: 'npm run bench',
      },
      fsyncUs: LATENCY,
      cards: 180_000,
      fixed: [load(1000), load(50_000)],
      tries: [load(65_000, { errors: { ...load(1).errors, missing: 1200 } })],
      bestRate: 50_000,
      peer,
      verdicts: judge({ bestRate: 50_000, quietP50Us: 600, peerBestPerSecond: 18_500, peerSingleP50Us: 240 }),
    };
    const text = renderReport(result);
    const facts = [
      '2026-01-02',
      'A Processor, 2 cores',
      'Linux 6.1',
      '7.8 GiB',
      'v20.1.0',
      '18.4',
      '`fsync = on`',
    ];
    facts.push('abcdef012345', '`npm run bench`', peer.driver, '**50,000 a second**', '1,200 wrong');
    for (const fact of facts) t.ok(text.includes(fact), fact);
    t.match(text, '| 1,000 | 1,000 | 0.60 | 2.30 | 5.00 | 9.00 | 0.16 | all right |');
    t.match(text, '| 32 | 18,500 |');
  },
);

t.test('two reports stand in one document, each between its own marks', async (t) => {
  const first = spliceReport(null, 'the switch');
  const both = spliceReport(first, 'the codec', 'codec');
  t.match(
    both,
    /bench:begin -->\nthe switch\n<!-- bench:end -->\n\n<!-- codec:begin -->\nthe codec\n<!-- codec:end/,
  );
  const again = spliceReport(spliceReport(both, 'another codec', 'codec'), 'another switch');
  t.equal(again, both.replace('the codec', 'another codec').replace('the switch', 'another switch'));
});
