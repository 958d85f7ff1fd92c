import type pg from 'pg';
import t, { type Test } from 'tap';
import { askTakeover } from '../../ledger/ask-takeover.js';
import { RESPONSE } from '../../ledger/command.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { INOPERATIVE, RunningLedger } from './running-ledger.js';
import { contentOf } from './state-content.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two'];
/** So long that no lease lapses in a test unless it says so, and no heart beats by itself. */
const NEVER = 600_000;

/** A node of its own in this process; it shares the tenants unless it is told otherwise. */
function open(t: Test, url: string, node: string, settings = {}): Promise<RunningLedger> {
  return RunningLedger.open(t, url, TENANTS, { node, shared: true, leaseTtlMs: NEVER, ...settings });
}

async function until(running: RunningLedger, condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await running.turn();
}

function served(running: RunningLedger): string[] {
  return TENANTS.filter((_, index) => running.ledger.serves(index));
}

/** One node with something in its journals, and one that follows it. */
async function pair(t: Test, settings = {}) {
  const url = await databases.create();
  const first = await open(t, url, 'first', settings);
  for (const tenant of TENANTS.keys()) first.furnish(tenant);
  await first.commit();
  const second = await open(t, url, 'second', settings);
  return { url, first, second };
}

async function reasonOf(url: string, tenant: string, epoch: number): Promise<string | undefined> {
  const [row] = await query<{ reason: string }>(
    url,
    `SELECT reason FROM holdfast.tenure n JOIN holdfast.tenant t ON t.id = n.tenant WHERE t.name = $1 AND epoch = $2`,
    [tenant, epoch],
  );
  return row?.reason;
}

async function lapse(client: pg.Client): Promise<void> {
  await client.query('UPDATE holdfast.lease SET expires_at = clock_timestamp()');
}

t.test('what another node holds is followed, and decides nothing', async (t) => {
  const { first, second } = await pair(t);
  t.same([served(first), served(second)], [TENANTS, []]);
  t.same(second.authorise(0, 1), INOPERATIVE);
  await until(second, () => second.opened.node.holder(1) !== null);
  t.same(second.opened.node.holder(1), { node: 'first', endpoint: '' });
  first.opened.node.listensAt('here:8583');
  await until(second, () => second.opened.node.holder(1)?.endpoint === 'here:8583');
  t.pass('it says where');
});

t.test(
  'a node that ends gives its tenants to the one that follows, which answers repeats alike',
  async (t) => {
    const { url, first, second } = await pair(t);
    const answers = [1, 2, 3].map((key) => first.authorise(0, key));
    t.equal(answers[0]!.code, RESPONSE.approved);
    await first.commit();
    await first.close();
    await until(second, () => served(second).length === 2);
    t.same(await reasonOf(url, 'one', 2), 'released');
    for (const [index, answer] of answers.entries()) {
      t.same(second.authorise(0, index + 1), { ...answer, journalled: false });
    }
    t.equal(second.authorise(0, 4).code, RESPONSE.approved);
    await second.commit();
    t.same(second.fenced, []);
  },
);

t.test('a lease that lapsed is taken; whoever had it finds out by its heart', async (t) => {
  const { url, first, second } = await pair(t);
  first.authorise(0, 1);
  const client = await connected(t, url);
  await lapse(client);
  await until(second, () => served(second).length === 2);
  await until(first, () => served(first).length === 0);
  t.same(await reasonOf(url, 'two', 2), 'lapsed');
  t.equal(second.authorise(0, 1).journalled, true, 'what was in no commit never happened');
  await second.commit();
  await until(first, () => first.opened.node.holder(0)?.node === 'second');
  t.same(first.authorise(0, 1), INOPERATIVE);
});

t.test('whoever was fenced follows, and takes over again with what the other wrote', async (t) => {
  const { url, first, second } = await pair(t);
  first.authorise(0, 1, 70_000);
  const client = await connected(t, url);
  await lapse(client);
  await until(first, () => served(first).length === 0);
  await until(second, () => served(second).length === 2);
  second.authorise(0, 2);
  await second.commit();
  await second.close();
  await until(first, () => served(first).length === 2);
  t.equal(first.authorise(0, 2).journalled, false);
  t.equal(first.authorise(0, 1).journalled, true, 'its own decision of before is forgotten');
  t.equal(contentOf(first.state(1)), contentOf(second.state(1)));
});

t.test('a tenant is handed over on request, and back; nothing that was decided is lost', async (t) => {
  const { url, first, second } = await pair(t);
  const client = await connected(t, url);
  const done = await askTakeover(client, 'two', undefined, 10_000);
  t.match(done, { tenant: 'two', from: 'first', to: 'second', epoch: 2 });
  t.ok(done.releaseMs >= 0 && done.takeMs >= 0 && done.serveMs >= 0);
  t.same([served(first), served(second)], [['one'], ['two']]);

  second.authorise(1, 1);
  const answering = {
    refuse: () => {},
    // As a pipeline does: what gathers is committed first.
    settled: async () => {
      if (second.ledger.gathered) await second.commit();
    },
  };
  second.opened.node.answering = answering;
  t.match(await askTakeover(client, 'two', 'first', 10_000), { from: 'second', to: 'first', epoch: 3 });
  t.same([served(first), served(second)], [TENANTS, []]);
  t.equal(first.authorise(1, 1).journalled, false, 'it was made durable before it was handed over');
});

t.test('what can not be handed over is refused with a reason', async (t) => {
  const { url, first } = await pair(t);
  const client = await connected(t, url);
  const ask = (tenant: string, node?: string) => askTakeover(client, tenant, node, 10_000);
  await t.rejects(ask('three'), { code: 'HF_TAKEOVER_TENANT' });
  await t.rejects(ask('one', 'third'), { code: 'HF_TAKEOVER_NODE', message: /can go to second/ });
  await t.rejects(ask('one', 'first'), { code: 'HF_TAKEOVER_NODE', message: /first has it/ });
  const third = await open(t, url, 'third');
  await t.rejects(ask('one'), { code: 'HF_TAKEOVER_NODE', message: /say which node.*second, third/ });
  await third.close();
  // A node that does not answer in time keeps nothing from going on.
  first.opened.node.answering = { refuse: () => {}, settled: () => new Promise(() => {}) };
  await t.rejects(askTakeover(client, 'one', 'second', 50), { code: 'HF_TAKEOVER_TIME' });
  const { rows } = await client.query('SELECT wanted_by FROM holdfast.lease WHERE wanted_by IS NOT NULL');
  t.same(rows, []);
});

t.test('two nodes have each their own tenants; one that comes back asks for its own', async (t) => {
  const url = await databases.create();
  const one = await open(t, url, 'a', { home: ['one'] });
  const two = await open(t, url, 'b', { home: ['two'] });
  t.same([served(one), served(two)], [['one'], ['two']]);
  for (const [index, running] of [one, two].entries()) {
    running.furnish(index);
    running.authorise(index, 1);
    await running.commit();
  }
  await two.close();
  await until(one, () => served(one).length === 2);
  t.equal(one.authorise(1, 1).journalled, false);
  const again = await open(t, url, 'b', { home: ['two'] });
  await until(again, () => served(again).length === 1);
  t.same([served(one), served(again)], [['one'], ['two']]);
});

t.test('a node that finds a row that does not fit does not take that tenant', async (t) => {
  const { url, first, second } = await pair(t);
  await until(second, () => second.opened.node.holder(0) !== null);
  first.authorise(0, 1);
  first.authorise(1, 1);
  await first.commit();
  await query(url, "UPDATE holdfast.journal SET body = 'bad' WHERE tenant = 1 AND seq = 2");
  first.authorise(0, 2);
  await first.commit();
  // It may have read the row before it was changed; then it is its successor that does not fit.
  const third = await open(t, url, 'third');
  await until(third, () => third.quarantined.length > 0);
  t.same(third.quarantined, ['one']);
  await second.close();
  await first.close();
  await until(third, () => served(third).length > 0);
  t.same(served(third), ['two']);
});

t.test('the time of what is decided, and the leases, are by the clock of the database', async (t) => {
  const real = Date.now;
  // An hour slow: it would hold what has lapsed, and decide in the past.
  Date.now = () => real() - 3_600_000;
  t.teardown(() => {
    Date.now = real;
  });
  const { url, first, second } = await pair(t, { leaseTtlMs: 600 });
  const [row] = await query<{ skew: number }>(
    url,
    'SELECT abs($1::float8 - extract(epoch FROM clock_timestamp()) * 1000)::float8 AS skew',
    [first.opened.clock.now()],
  );
  t.ok(row!.skew < 60_000, 'the clock of the ledger is not an hour slow');
  const [kept] = await query<{ beats: boolean }>(
    url,
    'SELECT bool_and(expires_at > clock_timestamp()) AS beats FROM holdfast.lease',
  );
  t.equal(kept!.beats, true);
  await until(second, async () => (await expiry(url)) > 2 * 600);
  t.same([served(first), served(second)], [TENANTS, []], 'after many leases’ time it still has them');
});

/** How long the first lease has been going on, in ms. */
async function expiry(url: string): Promise<number> {
  const [row] = await query<{ ms: number }>(
    url,
    'SELECT extract(epoch FROM expires_at - taken_at)::float8 * 1000 AS ms FROM holdfast.lease WHERE tenant = 1',
  );
  return row!.ms;
}
