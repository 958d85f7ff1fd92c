import t from 'tap';
import { CuttingProxy } from '../../ledger/cutting-proxy.js';
import { FreshDatabases } from '../../ledger/fresh-databases.js';
import { authorisation, type PackageMessage, reversalOf } from '../iso-client.js';
import { get, metricsOf, stall, until } from '../running-switch.js';
import { amount, clearingOf, DE60, incrementOf, repeatOf } from './messages.js';
import { inquiry, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
/** Long enough for all of a test's messages to be there before the first is late. */
const COMMIT_TIMEOUT_MS = 800;
const databases = await FreshDatabases.start(t);
const proxy = await CuttingProxy.start(t, await databases.create());
proxy.within = 'insert-journal';
const system = await TimedSwitch.start(t, { database: proxy.url, commitTimeoutMs: COMMIT_TIMEOUT_MS });
const WHOLE = { ledger: 100_000, available: 100_000 };

async function ready(): Promise<boolean> {
  return (await get(system.running, '/health/ready')).status === 200;
}

async function count(name: string): Promise<number> {
  return (await metricsOf(system.running)).get(`holdfast_${name}_total`)!;
}

/** Asks while the database commits nothing; it does again when all are answered. */
async function askStalled(messages: readonly PackageMessage[]): Promise<readonly string[]> {
  const release = await stall(await system.database());
  try {
    const replies = await system.client.requestAll(messages);
    const commits = await count('commits');
    await release();
    await until('what was stalled is committed', async () => (await count('commits')) > commits);
    await until('it is ready again', ready);
    return replies.map((reply) => reply[39]!);
  } finally {
    await release();
  }
}

t.test('91 for requests of every kind, which are undone as if they had never come', async (t) => {
  const [card, tipped, parts] = [system.card(), system.card(), system.card()];
  const [poor, bought, refunded] = [system.card(), system.card(), system.card()];
  const estimate = authorisation(card, 20_000, { 18: '7011', 60: DE60.estimated });
  const meal = authorisation(tipped, 30_000, { 18: '5812' });
  const order = authorisation(parts, 40_000);
  for (const message of [estimate, meal, order]) await system.ask(message);
  const before = await system.books();
  const undone = await count('voids');
  const requests = [
    incrementOf(estimate, 5000),
    incrementOf(estimate, 90_000, { 60: DE60.incrementalPartial }),
    clearingOf(meal, 33_000, { 0: '0200' }),
    clearingOf(order, 10_000, { 0: '0200', 60: DE60.more }),
    authorisation(poor, 120_000, { 60: DE60.partial }),
    authorisation(bought, 50_000, { 0: '0200' }),
    authorisation(refunded, 60_000, { 0: '0200', 3: '200000' }),
    authorisation(bought, 0),
    inquiry(bought),
  ];
  t.same(new Set(await askStalled(requests)), new Set(['91']));
  for (const request of requests) {
    t.equal(await system.codeOf(repeatOf(request)), '91', 'which stays the answer');
    t.equal((await system.entriesOf(request)).length, 2, 'it was decided, and undone');
  }
  t.equal((await count('voids')) - undone, requests.length);
  for (const one of [poor, bought, refunded]) t.same(await system.money(one), WHOLE);
  t.same(await system.money(card), { ledger: 100_000, available: 80_000 });
  t.same(await system.money(tipped), { ledger: 100_000, available: 70_000 }, 'the hold is there again');
  t.same(await system.money(parts), { ledger: 100_000, available: 60_000 });
  t.same(await system.books(), before);

  t.equal(await system.codeOf(clearingOf(meal, 33_000, { 0: '0200' })), '00', 'and can be cleared');
  t.equal(await system.codeOf(clearingOf(order, 40_000, { 0: '0200' })), '00');
  t.equal(await system.codeOf(incrementOf(estimate, 5000)), '00');
  t.same(await system.money(tipped), { ledger: 67_000, available: 67_000 });
  t.same(await system.money(parts), { ledger: 60_000, available: 60_000 });
  t.same(await system.money(card), { ledger: 100_000, available: 75_000 });
});

t.test(
  '91 for advices and reversals, which stand: their repeats are told so, and nothing is doubled',
  async (t) => {
    const [cleared, forced, advised] = [system.card(), system.card(), system.card()];
    const [reversed, refunded, blocked] = [system.card(), system.card(), system.card()];
    const [order, gone] = [authorisation(cleared, 30_000), authorisation(reversed, 20_000)];
    for (const message of [order, gone]) await system.ask(message);
    const never = authorisation(blocked, 1000);
    const undone = await count('voids');
    const advices = [
      clearingOf(order, 25_000),
      authorisation(forced, 10_000, { 0: '0220' }),
      authorisation(advised, 120_000, { 0: '0120' }),
      reversalOf(gone, { 0: '0420' }),
      authorisation(refunded, 5000, { 0: '0220', 3: '200000' }),
      reversalOf(never),
    ];
    t.same(new Set(await askStalled(advices)), new Set(['91']));
    for (const advice of advices) {
      t.equal(await system.codeOf(repeatOf(advice)), '00');
      t.equal((await system.entriesOf(advice)).length, 1);
    }
    t.equal(await count('voids'), undone, 'nothing was undone');
    t.equal(await system.codeOf(never), '12');
    t.same(await system.money(cleared), { ledger: 75_000, available: 75_000 });
    t.same(await system.money(forced), { ledger: 90_000, available: 90_000 });
    t.same(await system.money(advised), { ledger: 100_000, available: -20_000 });
    t.same(await system.money(reversed), WHOLE);
    t.same(await system.money(refunded), { ledger: 105_000, available: 105_000 });
    t.same(await system.money(blocked), WHOLE);
  },
);

t.test('advices of a request that is undone stand all the same', async (t) => {
  const [cleared, raised] = [system.card(), system.card()];
  const [order, estimate] = [authorisation(cleared, 30_000), authorisation(raised, 20_000)];
  const clearing = clearingOf(order, 30_000);
  const increment = incrementOf(estimate, 5000, { 0: '0120' });
  t.same(new Set(await askStalled([order, clearing, estimate, increment])), new Set(['91']));
  for (const request of [order, estimate]) t.equal(await system.codeOf(repeatOf(request)), '91');
  for (const advice of [clearing, increment]) t.equal(await system.codeOf(repeatOf(advice)), '00');
  t.same(await system.money(cleared), { ledger: 70_000, available: 70_000 });
  t.same(await system.money(raised), { ledger: 100_000, available: 95_000 });
});

t.test('what comes while nothing is committed is not decided, nor remembered', async (t) => {
  const card = system.card();
  const release = await stall(await system.database());
  const first = system.ask(authorisation(card, 1000));
  t.equal((await first)[39], '91');
  const late = [
    authorisation(card, 2000, { 0: '0200' }),
    authorisation(card, 3000, { 0: '0220' }),
    reversalOf(authorisation(card, 4000)),
  ];
  t.same(
    (await system.client.requestAll(late)).map((reply) => reply[39]),
    ['91', '91', '91'],
  );
  await release();
  await until('it is ready again', ready);
  for (const message of late) {
    t.equal((await system.entriesOf(message)).length, 0);
    t.equal(await system.codeOf(repeatOf(message)), '00');
  }
  t.same(await system.money(card), { ledger: 95_000, available: 95_000 });
});

t.test('a repeat that waits for the same commit gets the same answer, amount and code', async (t) => {
  const card = system.card();
  const request = authorisation(card, 120_000, { 60: DE60.partial });
  const clearing = clearingOf(request, 100_000);
  const asked = [request, repeatOf(request), repeatOf(request), clearing, repeatOf(clearing)];
  const release = await stall(await system.database());
  const answers = system.client.requestAll(asked);
  await release();
  const [first, ...others] = await answers;
  t.match(first, { 39: '10', 4: amount(100_000), 38: /^\d{6}$/ });
  for (const repeat of others.slice(0, 2)) t.match(repeat, { 39: '10', 4: amount(100_000), 38: first![38] });
  t.same(
    others.slice(2).map((reply) => reply[39]),
    ['00', '00'],
  );
  t.same(await system.money(card), { ledger: 0, available: 0 });
});

for (const cut of ['before', 'inside', 'answer'] as const) {
  t.test(`a connection that breaks ${cut} a commit books each message once`, async (t) => {
    const [card, forced] = [system.card(), system.card()];
    const held = authorisation(card, 40_000, { 60: DE60.estimated });
    await system.ask(held);
    const messages = [
      incrementOf(held, 5000),
      clearingOf(held, 10_000, { 60: DE60.more }),
      clearingOf(held, 20_000, { 0: '0200' }),
      authorisation(forced, 7000, { 0: '0220' }),
    ];
    const before = await count('settlements');
    proxy.cuts.push(cut);
    const replies = await system.client.requestAll(messages);
    t.same(
      replies.map((reply) => reply[39]),
      messages.map(() => '00'),
    );
    t.ok((await count('settlements')) > before, 'the outcome was asked for');
    for (const message of messages) {
      t.equal(await system.codeOf(repeatOf(message)), '00');
      t.equal((await system.entriesOf(message)).length, 1);
    }
    t.same(await system.money(card), { ledger: 70_000, available: 70_000 });
    t.same(await system.money(forced), { ledger: 93_000, available: 93_000 });
  });
}

t.test('the journal proves itself', (t) => system.prove(t));
