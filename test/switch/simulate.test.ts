import t, { type Test } from 'tap';
import { dialectByName } from '../../parsers/dialects/index.js';
import { Deck, type LoadCard } from '../../switch/load/deck.js';
import { Link } from '../../switch/load/link.js';
import { monotonicMs } from '../../switch/load/metronome.js';
import type { LoadProgress } from '../../switch/load/open-loop.js';
import { PersonaTraffic } from '../../switch/load/persona-traffic.js';
import { SeededRandom } from '../../switch/load/random.js';
import { errorCount, Tally } from '../../switch/load/tally.js';
import { WallTime } from '../../switch/load/wall-time.js';
import { progressLine, runSimulate, simulateSummary } from '../../switch/simulate.js';
import { type SeenRequest, startAnsweringHost } from '../benchmarks/answering-host.js';

const TENANTS = ['lydia', 'lunchr', 'xaalys', 'shine', 'somebody-else'];

const CARDS: readonly LoadCard[] = TENANTS.flatMap((tenant, index) =>
  Array.from({ length: 20 }, (_, number) => ({
    tenant,
    pan: `9999010${index}${String(number).padStart(8, '0')}`,
    expiry: '3012',
    currency: '978',
    available: 100_000,
  })),
);

const dialect = dialectByName('iso87-ascii');
const options = { host: '127.0.0.1', dialect, cards: CARDS, rate: 2500, seconds: 0.8, seed: 11 } as const;

/** A steady answer by the STAN, so that a repeat gets what its original got. */
function code({ fields, mti }: SeenRequest): string {
  return mti === '0400' || Number(fields[11]) % 5 !== 0 ? '00' : '51';
}

function originalsOf(seen: readonly SeenRequest[]): ReadonlyMap<string, SeenRequest> {
  const originals = seen.filter(({ mti }) => mti === '0100');
  return new Map(originals.map((request) => [`${request.fields[11]} ${request.fields[32]}`, request]));
}

/** Each reversal names an approval, as it was, and none is named twice; returns how many there are. */
function checkReversals(t: Test, seen: readonly SeenRequest[]): number {
  const originals = originalsOf(seen);
  const reversals = seen.filter(({ mti }) => mti === '0400');
  for (const { fields } of reversals) {
    const original = originals.get(`${fields[90]!.slice(4, 10)} ${fields[32]}`);
    t.equal(original && code(original), '00', 'only an approval is reversed');
    t.equal(original?.fields[2], fields[2]);
    t.equal(original?.fields[4], fields[4]);
    t.equal(`0100${original?.fields[11]}${original?.fields[7]}${fields[32]}00000000000`, fields[90]);
  }
  const named = new Set(reversals.map(({ fields }) => fields[90]));
  t.equal(named.size, reversals.length, 'none is reversed twice');
  return reversals.length;
}

t.test(
  'traffic of the tenants: their merchants and channels, reversals of approvals, true repeats',
  async (t) => {
    const host = await startAnsweringHost((request) => [{ 39: code(request) }]);
    t.teardown(() => host.close());
    const report = await runSimulate({ ...options, port: host.port });
    t.equal(errorCount(report.errors), 0);
    t.equal(report.answered, report.sent);
    t.equal(host.seen.length, report.sent);

    const of = (mti: string) => host.seen.filter((request) => request.mti === mti);
    const tenantOf = ({ fields }: SeenRequest) => TENANTS[Number(fields[2]![7])];
    for (const request of of('0100')) {
      const { fields } = request;
      if (tenantOf(request) === 'lunchr') t.ok(['5812', '5411', '5651'].includes(fields[18]!));
      if (tenantOf(request) === 'shine' && fields[18] === '6011') t.equal(fields[3], '010000');
      if (tenantOf(request) === 'xaalys' && fields[25] === '59') t.equal(fields[22], '812');
    }
    const tenants = new Set(of('0100').map(tenantOf));
    t.same([...tenants].sort(), [...TENANTS].sort(), 'every tenant has traffic');

    checkReversals(t, host.seen);
    const originals = originalsOf(host.seen);
    const repeats = of('0101');
    t.ok(repeats.length > 0);
    for (const { fields } of repeats) {
      t.same(
        originals.get(`${fields[11]} ${fields[32]}`)?.fields,
        fields,
        'a repeat has the content of its original',
      );
    }
  },
);

t.test('one message in twenty means to undo an approval, and four in five can', async (t) => {
  const host = await startAnsweringHost((request) => [{ 39: code(request) }]);
  t.teardown(() => host.close());
  const [tally, wall] = [new Tally(), new WallTime()];
  wall.moveTo(Date.UTC(2026, 10, 25));
  const deck = new Deck(CARDS);
  const { port } = host;
  const link = await Link.connect({
    ...options,
    port,
    deck,
    acquirer: 80_000_000_000,
    index: 0,
    tally,
    wall,
  });
  t.teardown(() => link.close());
  const traffic = new PersonaTraffic(dialect, CARDS, new SeededRandom(options.seed));
  // In lockstep, so that it does not depend on time which approvals are there to be undone.
  for (let sent = 1; sent <= 2000; sent++) {
    traffic.next(link, monotonicMs());
    link.flush();
    while (tally.answered < sent) await new Promise(setImmediate);
  }
  t.equal(errorCount(tally.errors(0, 0)), 0);
  const reversals = checkReversals(t, host.seen);
  t.ok(reversals > 2000 * 0.02 && reversals < 2000 * 0.08, `${reversals}`);
});

t.test('a repeat that gets another answer than its original is an error', async (t) => {
  const host = await startAnsweringHost(({ mti }) => [{ 39: mti === '0101' ? '51' : '00' }]);
  t.teardown(() => host.close());
  const report = await runSimulate({ ...options, port: host.port });
  const repeats = host.seen.filter(({ mti }) => mti === '0101').length;
  // An answer that changed is kept, so that a second repeat of the same request must agree with it.
  t.ok(report.errors.wrongCode > 0 && report.errors.wrongCode <= repeats);
  t.match(simulateSummary(report), /errors: wrongCode \d+/);
});

t.test('progress and summary say counts, codes with meaning and latencies, and no PAN', async (t) => {
  const host = await startAnsweringHost((request) => [{ 39: code(request) }]);
  t.teardown(() => host.close());
  const told: LoadProgress[] = [];
  const report = await runSimulate({
    ...options,
    port: host.port,
    onProgress: (progress) => told.push(progress),
  });
  t.ok(told.length >= 1);
  const line = progressLine(told.at(-1)!, 1);
  t.match(line, /1 s {2}sent \d+ {2}answered \d+ {2}waiting 0 {2}p50 /);
  const summary = simulateSummary(report);
  t.match(summary, / 00 +\d+ +\d+\.\d % {2}approved/);
  t.match(summary, / 51 +\d+ +\d+\.\d % {2}not sufficient funds/);
  t.notMatch(`${line}\n${summary}`, /9999010\d{9}/);
});

t.test('an abort ends the run early with a report', async (t) => {
  const host = await startAnsweringHost();
  t.teardown(() => host.close());
  const abort = new AbortController();
  const run = runSimulate({
    ...options,
    port: host.port,
    seconds: 3600,
    onProgress: () => abort.abort(),
    signal: abort.signal,
  });
  const report = await run;
  t.ok(report.seconds < 60);
  t.equal(report.answered, report.sent);
  t.equal(errorCount(report.errors), 0);
});
