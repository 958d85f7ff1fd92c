import t, { type Test } from 'tap';
import { dialectByName } from '../../parsers/dialects/index.js';
import { uniformChoice } from '../../switch/load/choice.js';
import { Deck, type LoadCard } from '../../switch/load/deck.js';
import { type LoadReport, type OpenLoopOptions, runOpenLoop } from '../../switch/load/open-loop.js';
import { SeededRandom } from '../../switch/load/random.js';
import { codeNumber } from '../../switch/load/requests.js';
import { errorCount } from '../../switch/load/tally.js';
import { purchaseTraffic } from '../../switch/load/traffic.js';
import { type AnsweringHost, APPROVE, type Behaviour, startAnsweringHost } from './answering-host.js';

const CARDS: readonly LoadCard[] = Array.from({ length: 50 }, (_, index) => ({
  tenant: 'lydia',
  pan: `99990102${String(index).padStart(8, '0')}`,
  expiry: '3012',
  currency: '978',
  available: 100_000,
}));

interface Run {
  readonly report: LoadReport;
  readonly host: AnsweringHost;
}

async function drive(
  t: Test,
  behave: Behaviour,
  options: Partial<OpenLoopOptions>,
  during?: (host: AnsweringHost) => void,
): Promise<Run> {
  const host = await startAnsweringHost(behave);
  t.teardown(() => host.close());
  const dialect = dialectByName('iso87-ascii');
  const deck = new Deck(CARDS);
  const random = new SeededRandom(7);
  const traffic = purchaseTraffic(dialect, 16, uniformChoice(random, deck.count), random, codeNumber('00'));
  let began = false;
  const report = await runOpenLoop(
    {
      host: '127.0.0.1',
      port: host.port,
      dialect,
      deck,
      rate: 500,
      seconds: 0.4,
      warmupSeconds: 0,
      connections: 3,
      spread: 'constant',
      seed: 7,
      acquirer: 60_000_000_000,
      graceMs: 300,
      ...options,
    },
    {
      next(link, intendedMs) {
        traffic.next(link, intendedMs);
        if (began) return;
        began = true;
        during?.(host);
      },
    },
  );
  return { report, host };
}

t.test(
  'a host that answers all right: every arrival of the schedule is sent, answered and right',
  async (t) => {
    const { report, host } = await drive(t, APPROVE, {});
    t.equal(report.sent, 200);
    t.equal(report.answered, 200);
    t.same(report.codes, { '00': 200 });
    t.equal(errorCount(report.errors), 0);
    t.equal(host.seen.length, 200);
    t.ok(report.latencyUs.p50 >= report.sendDelayUs.p50, 'latency holds the delay of sending');
  },
);

t.test('the arrivals of a Poisson schedule come at the same mean rate', async (t) => {
  const { report } = await drive(t, APPROVE, { spread: 'poisson', rate: 2000, seconds: 0.5 });
  t.ok(report.sent > 850 && report.sent < 1150, `${report.sent} near 1000`);
  t.equal(report.answered, report.sent);
});

t.test(
  'no two requests share STAN, transmission time and acquirer; each card is one of the deck',
  async (t) => {
    const { host } = await drive(t, APPROVE, { rate: 2000 });
    const keys = new Set(host.seen.map(({ fields }) => `${fields[11]} ${fields[7]} ${fields[32]}`));
    t.equal(keys.size, host.seen.length);
    t.equal(new Set(host.seen.map(({ fields }) => fields[32])).size, 3, 'one acquirer for each connection');
    t.equal(new Set(host.seen.map(({ fields }) => fields[37])).size, host.seen.length, 'RRNs differ');
    const pans = new Set(CARDS.map(({ pan }) => pan));
    t.ok(
      host.seen.every(({ fields }) => pans.has(fields[2]!) && fields[14] === '3012' && fields[49] === '978'),
    );
  },
);

t.test('a stall of the host shows in the latency of all that was due meanwhile', async (t) => {
  const { report } = await drive(t, APPROVE, { seconds: 0.6, graceMs: 2000 }, (host) => host.stall(300));
  t.equal(report.sent, 300, 'arrivals go on during the stall');
  t.equal(report.answered, 300);
  // Half of the arrivals were due while the host slept: a closed loop would show one slow reply, or three.
  t.ok(report.latencyUs.max >= 250_000, `max ${report.latencyUs.max} µs`);
  t.ok(report.latencyUs.p90 >= 150_000, `p90 ${report.latencyUs.p90} µs`);
});

t.test('a lost reply is missing', async (t) => {
  const { report } = await drive(t, ({ count }) => (count % 20 === 3 ? [] : [{}]), {});
  t.equal(report.errors.missing, 10);
  t.equal(errorCount(report.errors), 10);
});

t.test('a reply that comes twice is doubled', async (t) => {
  const { report } = await drive(t, ({ count }) => (count === 5 ? [{}, {}] : [{}]), {});
  t.equal(report.errors.doubled, 1);
  t.equal(report.answered, 200);
  t.equal(errorCount(report.errors), 1);
});

t.test('a reply with another response code than expected is a wrong code', async (t) => {
  const { report } = await drive(t, ({ count }) => [count < 4 ? { 39: '51' } : {}], {});
  t.equal(report.errors.wrongCode, 4);
  t.same(report.codes, { '00': 196, '51': 4 });
});

t.test('a reply of another request is found by its RRN, its amount or its acquirer', async (t) => {
  const wrong = [{ 37: '990000000000' }, { 4: '000000000001' }, { 32: '60000099999' }];
  const { report } = await drive(t, ({ count }) => [wrong[count] ?? {}], {});
  t.equal(report.errors.wrongEcho, 3);
  t.equal(errorCount(report.errors), 3);
});

t.test('a reply to nothing that was asked is unknown, and its request is missing', async (t) => {
  const { report } = await drive(t, ({ count }) => [count === 0 ? { 11: '700000' } : {}], {});
  t.equal(report.errors.unknown, 1);
  t.equal(report.errors.missing, 1);
});

t.test('a connection that the host closes is counted, and so is what it left unanswered', async (t) => {
  const { report } = await drive(
    t,
    ({ count }) => (count < 30 ? [{}] : []),
    { seconds: 0.4 },
    (host) => setTimeout(() => host.hangUp(), 100),
  );
  t.equal(report.errors.disconnected, 3);
  t.equal(report.sent + report.errors.unsent, 200, 'no arrival is forgotten');
  t.equal(report.answered + report.errors.missing, report.sent);
});

t.test('the warm-up is checked but not timed', async (t) => {
  let delayed = 0;
  const { report } = await drive(t, APPROVE, { warmupSeconds: 0.7, seconds: 0.3, graceMs: 1000 }, (host) => {
    delayed++;
    host.stall(500);
  });
  t.equal(delayed, 1);
  t.equal(report.sent, 500);
  t.ok(report.latencyUs.max < 400_000, `max ${report.latencyUs.max} µs`);
});

t.test('no host at all is refused with a code', async (t) => {
  const host = await startAnsweringHost();
  await host.close();
  const deck = new Deck(CARDS);
  const dialect = dialectByName('iso87-ascii');
  const run = runOpenLoop(
    {
      host: '127.0.0.1',
      port: host.port,
      dialect,
      deck,
      rate: 1,
      seconds: 1,
      warmupSeconds: 0,
      connections: 1,
      spread: 'constant',
      seed: 1,
      acquirer: 1,
      graceMs: 0,
    },
    { next() {} },
  );
  await t.rejects(run, { code: 'HF_LOAD_CONNECT' });
});

t.test('an empty deck is refused with a code', async (t) => {
  t.throws(() => new Deck([]), { code: 'HF_LOAD_CARDS' });
});
