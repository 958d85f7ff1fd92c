import t from 'tap';
import { BOOK } from '../../../ledger/books.js';
import { CARD_STATUS, DIRECTION } from '../../../ledger/command.js';
import { resetProjection } from '../../../ledger/projection/reset.js';
import { connected, FreshDatabases, query } from '../fresh-databases.js';
import { EUR } from '../one-tenant.js';
import { RunningLedger } from '../running-ledger.js';
import { contents, project } from './projected.js';

t.setTimeout(60_000);
const databases = await FreshDatabases.start(t);
const DAY_MS = 86_400_000;

t.test(
  'what no message tells is told once: accounts, cards, money, limits, and holds that expire',
  async (t) => {
    const url = await databases.create();
    const running = await RunningLedger.open(t, url, ['one']);
    running.furnish(0);
    await running.commit();
    running.authorise(0, 1);
    running.authorise(0, 2);
    await running.commit();
    const held = await query(url, 'SELECT max(seq)::int AS seq FROM holdfast.journal');
    running.now += 8 * DAY_MS;
    running.ask(0, { kind: 'advanceTime' });
    await running.commit();
    t.same(await project(t, url, ['one']), []);
    const told = () =>
      query(
        url,
        `SELECT seq::int, entry, ordinal, type, card, account, amount::int, currency, about_seq::int AS about, about_entry
       FROM holdfast_read.event ORDER BY at, seq, entry, ordinal`,
      );
    const rows = await told();
    const expired = rows.filter(({ type }) => type === 'hold.expired');
    const place = { card: 0, account: 0, currency: String(EUR), amount: 1000, about: held[0]!.seq };
    t.match(
      expired.map(({ ordinal }) => ordinal),
      [1, 2],
    );
    t.match(
      expired.sort((a, b) => Number(a.about_entry) - Number(b.about_entry)),
      [
        { ...place, about_entry: 1 },
        { ...place, about_entry: 2 },
      ],
    );
    const types = new Set(rows.map(({ type }) => type));
    for (const type of ['account.created', 'card.created', 'funds.credited']) t.ok(types.has(type), type);
    const before = await contents(url);
    const client = await connected(t, url);
    await resetProjection(client);
    t.same(await query(url, 'SELECT seq::int, (high > 0) AS high FROM holdfast_read.position'), [
      { seq: 0, high: true },
    ]);
    t.same(await project(t, url, ['one']), []);
    t.same(await contents(url), before, 'a rebuild tells the same');
  },
);

t.test('cards that change, second numbers, and funds that move; not what was refused', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  running.ask(0, { kind: 'openAccount', account: 1, currency: EUR });
  await running.commit();
  const card = { expiry: 2612, channels: 31 };
  const funds = { account: 0, currency: EUR, windowHours: 24 };
  const { funding } = BOOK;
  running.ask(0, { kind: 'changeCard', token: 1, ...card, status: CARD_STATUS.frozen });
  running.ask(0, { kind: 'issueToken', token: 2, originalToken: 1, ...card });
  running.ask(0, { kind: 'changeCard', token: 2, ...card, status: CARD_STATUS.closed });
  running.ask(0, { kind: 'setOverdraft', account: 1, overdraft: 500 });
  running.ask(0, {
    kind: 'postFunds',
    ...funds,
    ...key(1),
    amount: 700,
    direction: DIRECTION.in,
    book: funding,
  });
  running.ask(0, {
    kind: 'postFunds',
    ...funds,
    ...key(2),
    amount: 300,
    direction: DIRECTION.out,
    book: funding,
  });
  running.ask(0, { kind: 'transferFunds', ...funds, ...key(3), counterAccount: 1, amount: 200 });
  running.ask(0, { kind: 'transferFunds', ...funds, ...key(4), counterAccount: 1, amount: 1e12 });
  const seq = running.ledger.tenants[0]!.entries;
  t.equal(seq, 8, 'all of them are journalled');
  await running.commit();
  t.same(await project(t, url, ['one']), []);
  const rows = await query(
    url,
    `SELECT type, card, account, amount::int, detail->>'status' AS status, detail->'second_number' AS second
     FROM holdfast_read.event WHERE seq = (SELECT max(seq) FROM holdfast.journal) ORDER BY entry, ordinal`,
  );
  t.match(rows, [
    { type: 'card.updated', card: 0, account: 0, status: 'frozen', second: null },
    { type: 'card_token.created', card: 0, account: 0, status: 'active' },
    { type: 'card.updated', card: 0, account: 0, status: 'closed', second: true },
    { type: 'account.updated', account: 1 },
    { type: 'funds.credited', account: 0, amount: 700 },
    { type: 'funds.debited', account: 0, amount: 300 },
    { type: 'funds.debited', account: 0, amount: 200 },
    { type: 'funds.credited', account: 1, amount: 200 },
  ]);
  t.equal(rows.length, 8);
});

/** A key of a movement of funds. */
function key(number: number) {
  return { key: number, keyClass: 15, fingerprint: number };
}
