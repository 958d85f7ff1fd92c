import fc from 'fast-check';
import type pg from 'pg';
import t from 'tap';
import { COMMAND, Command, Decision } from '../../ledger/command.js';
import { BodyReader } from '../../ledger/journal-body.js';
import { OPENING, step } from './arbitrary-commands.js';
import { connected, FreshDatabases } from './fresh-databases.js';
import { RunningLedger } from './running-ledger.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);

/** The entries of all journals as one table, in the order in which they were decided within a tenant. */
const TABLE = `CREATE TEMP TABLE entry (
  tenant int, number int, kind int, account int, token text, key text, original_key text,
  amount numeric, code int, date date)`;

const BALANCES = `
WITH card AS (
  SELECT tenant, token, account FROM entry WHERE kind = ${COMMAND.issueCard}
), hold AS (
  SELECT e.tenant, e.number, e.key, e.token, c.account, e.amount, e.date FROM entry e
  JOIN card c USING (tenant, token) WHERE e.kind = ${COMMAND.authorise} AND e.code = 0
), open AS (
  SELECT * FROM hold h WHERE NOT EXISTS (
    SELECT FROM entry e WHERE e.tenant = h.tenant AND e.number > h.number AND (
      e.kind = ${COMMAND.reverse} AND e.code = 0 AND e.original_key = h.key
      OR e.kind = ${COMMAND.voidRequest} AND e.key = h.key))
)
SELECT a.tenant, a.account,
  (SELECT coalesce(sum(amount), 0) FROM entry c
   WHERE c.tenant = a.tenant AND c.account = a.account AND c.kind = ${COMMAND.credit})::text AS posted,
  (SELECT coalesce(sum(amount), 0) FROM open o WHERE o.tenant = a.tenant AND o.account = a.account)::text AS held,
  (SELECT coalesce(json_agg(d), '[]') FROM (
     SELECT o.token, sum(o.amount)::text AS spent, count(*)::int AS count FROM open o
     WHERE o.tenant = a.tenant AND o.account = a.account AND o.date = $1 GROUP BY o.token) d) AS today
FROM entry a WHERE a.kind = ${COMMAND.openAccount} ORDER BY a.tenant, a.account`;

interface Balance {
  readonly tenant: number;
  readonly account: number;
  readonly posted: string;
  readonly held: string;
  readonly today: readonly { readonly token: string; readonly spent: string; readonly count: number }[];
}

/** Reads every row of the journal with the journal's own reader and puts its entries into the table. */
async function decode(client: pg.Client): Promise<number> {
  const command = new Command();
  const decision = new Decision();
  const reader = new BodyReader(command, decision);
  const { rows } = await client.query<{ tenant: number; date: string; body: Buffer }>(
    "SELECT tenant, (at AT TIME ZONE 'UTC')::date::text AS date, body FROM holdfast.journal ORDER BY tenant, seq",
  );
  const entries: object[] = [];
  for (const { tenant, date, body } of rows) {
    reader.open(body);
    while (reader.next()) {
      const { kind, account, amount } = command;
      entries.push({
        tenant,
        number: entries.length,
        kind,
        account,
        token: command.token.join(),
        key: command.key.join(),
        original_key: command.originalKey.join(),
        amount,
        code: decision.responseCode,
        date,
      });
    }
  }
  await client.query(TABLE);
  await client.query('INSERT INTO entry SELECT * FROM json_populate_recordset(NULL::entry, $1)', [
    JSON.stringify(entries),
  ]);
  return entries.length;
}

t.test('balances, holds and day counters are what SQL adds up from the journal', async (t) => {
  const url = await databases.create();
  const tenants = ['one', 'two', 'three'];
  const running = await RunningLedger.open(t, url, tenants);
  for (const tenant of tenants.keys()) for (const asked of OPENING) running.ask(tenant, asked);
  const history = fc.sample(step, { seed: 8583, numRuns: 6000 });
  const approved: number[] = [];
  for (const [number, { asked, waitMs }] of history.entries()) {
    const tenant = number % tenants.length;
    if (asked.kind === 'issueCard' || asked.kind === 'aliasCard') continue;
    // An authorisation that was approved is voided; others could not be.
    const key = asked.kind === 'voidRequest' ? approved[tenant] : freshKey(asked.key, number);
    if (asked.kind === 'voidRequest' && key === undefined) continue;
    const originalKey = freshKey(asked.originalKey, number);
    const answer = running.ask(tenant, {
      ...asked,
      ...(key === undefined ? {} : { key }),
      ...(originalKey === undefined ? {} : { originalKey }),
    });
    if (asked.kind === 'authorise' && answer.approvalCode !== 0) approved[tenant] = key!;
    if (number % 50 === 49) await running.commit();
    running.now += Math.min(waitMs, 60_000);
  }
  await running.commit();

  const client = await connected(t, url);
  const entries = await decode(client);
  const { rows } = await client.query<Balance>(BALANCES, [new Date(running.now).toISOString().slice(0, 10)]);
  t.equal(rows.length, 9);
  let open = 0;
  for (const { tenant, account, posted, held, today } of rows) {
    const state = running.state(tenant - 1);
    t.equal(String(state.accounts.posted(account)), posted, `posted, account ${account} of ${tenant}`);
    t.equal(String(state.accounts.held(account)), held, `held, account ${account} of ${tenant}`);
    t.equal(BigInt(state.accounts.available(account)), BigInt(posted) - BigInt(held));
    t.ok(BigInt(held) <= BigInt(posted), 'nothing is overdrawn');
    for (const { token, spent, count } of today) {
      const card = state.cardOf(Uint32Array.from(token.split(','), Number));
      t.equal(String(state.cards.daySpent(card)), spent, `spent by a card of ${tenant} today`);
      t.equal(state.cards.dayCount(card), count, `count of a card of ${tenant} today`);
      open += count;
    }
  }
  t.ok(entries > 3000 && open > 20, `${entries} entries, ${open} holds of today`);
});

/** Forty keys at a time, so that some meet again and new ones come. */
function freshKey(key: number | undefined, number: number): number | undefined {
  return key === undefined ? undefined : key + 1000 * Math.floor(number / 300);
}
