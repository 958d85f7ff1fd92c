import t from 'tap';
import { Command, Decision, RESPONSE } from '../../ledger/command.js';
import { GENESIS, rowHash } from '../../ledger/hash-chain.js';
import { BodyReader } from '../../ledger/journal-body.js';
import { Ledger } from '../../ledger/ledger.js';
import { EMPTY_JOURNAL, TenantLedger } from '../../ledger/tenant-ledger.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { type Asked, commandOf } from './commands.js';
import { EUR, NOON } from './one-tenant.js';

/** A ledger of so many tenants, to which nothing happened yet, and who was quarantined. */
function ledgerOf(tenants: number, lastAt = 0) {
  const quarantined: string[] = [];
  const all = Array.from({ length: tenants }, (_, index) => {
    const lease = { tenant: index + 1, epoch: 5 };
    return new TenantLedger(`tenant ${index}`, lease, new TenantState(), EMPTY_JOURNAL);
  });
  const ledger = new Ledger(all, lastAt, ({ name }) => quarantined.push(name));
  const ask = (tenant: number, asked: Asked, now = NOON): Decision => {
    const decision = new Decision();
    ledger.decide(tenant, commandOf(asked), now, decision);
    return decision;
  };
  return { ledger, quarantined, ask };
}

const LIMITS: Asked = { kind: 'setLimits', currency: EUR, channels: 1, perTransaction: 9, perDay: 9 };
const unknownCard = (key: number): Asked => ({ kind: 'authorise', token: 1, key, amount: 1 });
const IMPOSSIBLE: Asked = { kind: 'voidRequest', key: 77 };

function keysOf(body: Buffer): number[] {
  const reader = new BodyReader(new Command(), new Decision());
  const keys: number[] = [];
  reader.open(body);
  while (reader.next()) keys.push(reader.command.key[0]!);
  return keys;
}

function keys(...numbers: number[]): number[] {
  return numbers.map((key) => commandOf(unknownCard(key)).key[0]!);
}

t.test('a group has one row for each tenant that something happened to, in one chain each', async (t) => {
  const { ledger, ask } = ledgerOf(3);
  t.notOk(ledger.gathered);
  ask(2, unknownCard(1));
  ask(0, unknownCard(2));
  ask(2, unknownCard(3));
  t.ok(ledger.gathered);
  const first = ledger.closeGroup();
  t.notOk(ledger.gathered);
  t.equal(first.commands, 3);
  t.equal(first.at, NOON);
  t.same(
    first.rows.map(({ tenant, seq, epoch, body }) => ({ tenant, seq, epoch, keys: keysOf(body) })),
    [
      { tenant: 3, seq: 1, epoch: 5, keys: keys(1, 3) },
      { tenant: 1, seq: 1, epoch: 5, keys: keys(2) },
    ],
  );
  ask(2, unknownCard(4), NOON + 1);
  const second = ledger.closeGroup();
  const [before] = first.rows;
  const [row] = second.rows;
  t.same([before!.previousHash, row!.previousHash], [GENESIS, before!.hash]);
  t.equal(row!.seq, 2);
  t.same(row!.hash, rowHash(before!.hash, 3, 2, 5, NOON + 1, row!.body));
});

t.test('what changes nothing is in no group', async (t) => {
  const { ledger, ask } = ledgerOf(1);
  t.same(ledger.closeGroup().rows, []);
  ask(0, unknownCard(1));
  ledger.closeGroup();
  t.equal(ask(0, unknownCard(1)).journalled, false);
  t.notOk(ledger.gathered);
  t.same(ledger.closeGroup().rows, []);
});

t.test('a group has the time of its first command, and never one before the last', async (t) => {
  const { ledger, ask } = ledgerOf(1, NOON);
  ask(0, unknownCard(1), NOON - 5000);
  t.equal(ledger.closeGroup().at, NOON, 'not before the journal’s last');
  ask(0, unknownCard(2), NOON + 10);
  ask(0, unknownCard(3), NOON + 20);
  t.equal(ledger.closeGroup().at, NOON + 10);
  ask(0, unknownCard(4), NOON + 5);
  t.equal(ledger.closeGroup().at, NOON + 10, 'the clock was set back');
});

/** A ledger in which a group of its first tenant gathers, and its second tenant waits for that. */
function arriving() {
  const opened = new Ledger([ledgerOf(1).ledger.tenants[0]!, null], 0, () => {});
  opened.decide(0, commandOf(unknownCard(1)), NOON, new Decision());
  const later = ledgerOf(2, NOON + 1).ledger;
  opened.adopt(new Ledger([null, later.tenants[1]!], NOON + 1, () => {}));
  return opened;
}

t.test('a tenant whose last row is later than a group joins when that is closed, or gone', async (t) => {
  const closed = arriving();
  t.notOk(closed.serves(1), 'the group has its time, which is before that row');
  closed.closeGroup();
  t.ok(closed.serves(1));
  const gone = arriving();
  gone.drop(0);
  t.notOk(gone.gathered, 'nobody will close it');
  t.ok(gone.serves(1));
  const both = arriving();
  both.drop(1);
  both.closeGroup();
  t.notOk(both.serves(1));
});

t.test('a tenant that breaks an invariant is quarantined, the others go on', async (t) => {
  const { ledger, quarantined, ask } = ledgerOf(2);
  ask(0, LIMITS);
  t.match(ask(0, IMPOSSIBLE), {
    responseCode: RESPONSE.issuerInoperative,
    approvalCode: 0,
    journalled: false,
  });
  t.same(quarantined, ['tenant 0']);
  t.match(ledger.tenants[0]!.fault, { code: 'HF_LEDGER_INVARIANT' });
  t.match(ask(0, unknownCard(1)), {
    responseCode: RESPONSE.issuerInoperative,
    approvalCode: 0,
    journalled: false,
  });
  t.same(quarantined, ['tenant 0'], 'told once');
  t.equal(ask(1, unknownCard(1)).responseCode, RESPONSE.noSuchCard);
  const { rows, commands } = ledger.closeGroup();
  t.equal(commands, 2, 'what was decided before it is kept');
  t.same(
    rows.map(({ tenant }) => tenant),
    [1, 2],
  );
});

t.test('a command that is written in no journal quarantines its tenant too', async (t) => {
  const { ledger, quarantined, ask } = ledgerOf(1);
  ask(0, { ...unknownCard(1), currency: 70_000 });
  t.match(ledger.tenants[0]!.fault, { code: 'ERR_OUT_OF_RANGE' });
  t.same(quarantined, ['tenant 0']);
  t.notOk(ledger.gathered);
});

t.test('a row outgrows its buffer, and stays as it is while the next one gathers', async (t) => {
  const { ledger, ask } = ledgerOf(1);
  const numbers = Array.from({ length: 2000 }, (_, key) => key + 1);
  for (const key of numbers) ask(0, unknownCard(key));
  const [row] = ledger.closeGroup().rows;
  t.ok(row!.body.length > 100_000);
  const sent = Buffer.from(row!.body);
  for (const key of numbers) ask(0, unknownCard(key + 5000));
  t.ok(row!.body.equals(sent), 'the row in flight');
  t.same(keysOf(row!.body), keys(...numbers));
  const [next] = ledger.closeGroup().rows;
  t.same(keysOf(next!.body), keys(...numbers.map((key) => key + 5000)));
});
