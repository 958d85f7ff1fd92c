import t from 'tap';
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
