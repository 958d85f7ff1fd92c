import fc from 'fast-check';
import t from 'tap';
import { RESPONSE } from '../../ledger/command.js';
import { connect } from '../../ledger/journal.js';
import { JournalReader, readJournal } from '../../ledger/read-journal.js';
import { recover } from '../../ledger/recover.js';
import { OPENING, step } from './arbitrary-commands.js';
import type { Asked } from './commands.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { EUR, NOON } from './one-tenant.js';
import { RunningLedger } from './running-ledger.js';
import { contentOf } from './state-content.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two', 'three'];
/** Rows of the first page. */
const PAGE_ROWS = 256;
/** What can't always follow what came before is left out of these histories. */
const steps = step.filter(({ asked }) => !['voidRequest', 'issueCard', 'aliasCard'].includes(asked.kind));

t.test('an empty database opens empty, with every tenant registered', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, TENANTS);
  t.equal(running.replayed, 0);
  t.same(
    running.ledger.tenants.map((tenant) => {
      const { name, lease, fault } = tenant!;
      return { name, lease, fault };
    }),
    TENANTS.map((name, index) => ({ name, lease: { tenant: index + 1, epoch: 1 }, fault: null })),
  );
  t.notOk(running.ledger.gathered);
});

t.test('after a restart the state is the same, answers are repeated, and the journal goes on', async (t) => {
  const url = await databases.create();
  const first = await RunningLedger.open(t, url, TENANTS);
  const answers: { tenant: number; asked: Asked; code: number; approvalCode: number }[] = [];
  let journalled = 0;
  const ask = (tenant: number, asked: Asked): void => {
    const answer = first.ask(tenant, asked);
    if (answer.journalled) journalled++;
    if (answer.journalled && (asked.kind === 'authorise' || asked.kind === 'reverse')) {
      answers.push({ tenant, asked, code: answer.code, approvalCode: answer.approvalCode });
    }
  };
  for (const tenant of TENANTS.keys()) for (const asked of OPENING) ask(tenant, asked);
  for (const [number, { asked, waitMs }] of fc.sample(steps, { seed: 8583, numRuns: 1500 }).entries()) {
    // The third tenant rests: not every group has a row of it.
    ask(number % 7 === 0 ? 2 : number % 2, asked);
    first.now += Math.min(waitMs, 1000);
    if (number % 10 === 9) await first.commit();
  }
  await first.commit();
  const contents = TENANTS.map((_, tenant) => contentOf(first.state(tenant)));
  await first.close();

  const second = await RunningLedger.open(t, url, TENANTS);
  t.equal(second.replayed, journalled);
  t.same(second.quarantined, []);
  for (const [tenant, name] of TENANTS.entries())
    t.equal(contentOf(second.state(tenant)), contents[tenant], name);
  const wrong = answers.filter(({ tenant, asked, code, approvalCode }) => {
    const answer = second.ask(tenant, asked);
    return answer.code !== code || answer.approvalCode !== approvalCode || answer.journalled;
  });
  t.same(wrong, []);
  t.ok(answers.length > 100, `${answers.length} answers were repeated`);

  const [before] = await query<{ seq: string }>(
    url,
    'SELECT max(seq) AS seq FROM holdfast.journal WHERE tenant = 1',
  );
  second.ask(0, { kind: 'credit', account: 0, currency: EUR, amount: 1 });
  const { rows } = await second.commit();
  t.same(
    rows.map(({ tenant, seq, epoch }) => [tenant, seq, epoch]),
    [[1, Number(before!.seq) + 1, 2]],
  );
  await second.close();
  const third = await RunningLedger.open(t, url, TENANTS);
  t.equal(third.replayed, journalled + 1);
  t.same(third.quarantined, []);
});

t.test('time does not go back over a restart, whatever the clock says', async (t) => {
  const url = await databases.create();
  const first = await RunningLedger.open(t, url, ['one']);
  first.furnish(0);
  t.equal((await first.commit()).at, NOON);
  await first.close();
  const second = await RunningLedger.open(t, url, ['one']);
  second.now = NOON - 3_600_000;
  second.authorise(0, 1);
  t.equal((await second.commit()).at, NOON);
});

t.test('a journal is read page by page, and none is lost between pages', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  await running.commit();
  const client = await connect(url, () => {});
  t.teardown(() => client.end());
  for (let rows = 2; rows <= 2 * PAGE_ROWS + 1; rows++) {
    running.authorise(0, rows);
    await running.commit();
    if (![PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, 2 * PAGE_ROWS + 1].includes(rows)) continue;
    const { state, head, commands } = await recover(client, { id: 1, name: 'one' });
    t.equal(contentOf(state), contentOf(running.state(0)));
    t.same([head.seq, commands], [rows, rows + 3]);
  }
});

t.test('a page has about the bytes that are asked for, and grows eight times at most', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  await running.commit();
  for (let row = 2; row <= PAGE_ROWS + 100; row++) {
    running.authorise(0, row);
    await running.commit();
  }
  const client = await connected(t, url);
  const reader = new JournalReader(1, 0);
  const bodies: number[] = [];
  const read = async (pageBytes?: number): Promise<number> => {
    const before = bodies.length;
    for await (const rows of reader.page(client, pageBytes)) {
      for (const { seq, body } of rows) t.equal(bodies.push(body.length), seq);
    }
    return bodies.length - before;
  };
  t.equal(await read(1), PAGE_ROWS, 'nothing is known of the rows yet');
  const rowBytes = bodies.reduce((sum, bytes) => sum + bytes, 0) / PAGE_ROWS;
  t.equal(await read(5.5 * rowBytes), 5);
  t.equal(await read(), 8 * 5);
  t.equal(await read(1), 1);
  t.notOk(reader.ended);
});

t.test('a body that does not fit into one piece of what is read comes whole', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  for (let key = 1; key <= 3000; key++) running.authorise(0, key, 1);
  await running.commit();
  const client = await connected(t, url);
  const { state, commands } = await recover(client, { id: 1, name: 'one' });
  t.equal(commands, 3004);
  t.equal(contentOf(state), contentOf(running.state(0)));
});

t.test('who stops reading in the middle of a page can go on with the connection', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  for (let row = 1; row <= 20; row++) {
    for (let key = 1; key <= 500; key++) running.authorise(0, 1000 * row + key, 1);
    await running.commit();
  }
  const client = await connected(t, url);
  for await (const rows of readJournal(client, 1)) {
    t.equal(rows[0]!.seq, 1);
    break;
  }
  t.same((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
});

t.test('a tenant that is new is registered beside the others', async (t) => {
  const url = await databases.create();
  for (let start = 0; start < 3; start++) {
    const running = await RunningLedger.open(t, url, ['one', 'two']);
    await running.close();
  }
  const running = await RunningLedger.open(t, url, ['two', 'new', 'one']);
  t.same(
    running.ledger.tenants.map((tenant) => tenant!.lease),
    [
      { tenant: 2, epoch: 4 },
      // Numbers are few: a start takes none for those who have one.
      { tenant: 3, epoch: 1 },
      { tenant: 1, epoch: 4 },
    ],
  );
});

t.test('a tenant that breaks an invariant is quarantined until its restart; the others commit', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one', 'two']);
  running.furnish(0);
  running.furnish(1);
  t.equal(running.authorise(0, 1).code, RESPONSE.approved);
  running.ask(0, { kind: 'voidRequest', key: 99 });
  t.same(running.quarantined, ['one']);
  t.equal(running.authorise(0, 2).code, RESPONSE.issuerInoperative);
  t.equal(running.authorise(1, 2).code, RESPONSE.approved);
  await running.commit();
  await running.close();
  const again = await RunningLedger.open(t, url, ['one', 'two']);
  t.same(again.quarantined, []);
  t.equal(again.authorise(0, 1).journalled, false, 'what was decided before is kept');
  t.equal(again.authorise(0, 2).code, RESPONSE.approved);
});

t.test('a database that goes away while the ledger opens is told, not taken for a fault', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  await running.commit();
  await running.close();
  const client = await connected(t, url);
  await client.query('ALTER TABLE holdfast.journal RENAME COLUMN body TO flesh');
  await t.rejects(RunningLedger.open(t, url, ['one']), { code: '42703' });
});
