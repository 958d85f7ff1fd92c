import t from 'tap';
import { REFUSAL } from '../../ledger/admit.js';
import { COMMAND, Command } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import { type JournalGroup, Ledger } from '../../ledger/ledger.js';
import { LEVEL } from '../../ledger/limits/place.js';
import { EMPTY_JOURNAL, TenantLedger } from '../../ledger/tenant-ledger.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { Asking, type Told } from '../../switch/asking.js';
import { CommandQueue } from '../../switch/command-queue.js';
import type { LedgerFailure } from '../../tenants/api/ledger-port.js';
import { EUR, NOON } from '../ledger/one-tenant.js';

const SLICE = 256;
const NOTHING: Pick<JournalGroup, 'commands' | 'rows' | 'tenants'> = { commands: 0, rows: [], tenants: [] };

/** A queue on the ledgers of two tenants, and what it told. */
function queueOf() {
  const tenants = [1, 2].map(
    (tenant) => new TenantLedger(`tenant ${tenant}`, { tenant, epoch: 1 }, new TenantState(), EMPTY_JOURNAL),
  );
  const ledger = new Ledger(tenants, 0, () => {});
  const queue = new CommandQueue(ledger);
  const told: (Told | { readonly failure: LedgerFailure })[] = [];
  /** Asks for so many accounts; returns where its answer will be. */
  const open = (count: number, tenant = 0, kind: number = COMMAND.openAccount) => {
    const commands = new CommandBatch();
    const command = new Command();
    Object.assign(command, { kind, currency: EUR, overdraft: 5 });
    for (let made = 0; made < count; made++) commands.add(command);
    const at = asked++;
    queue.add(new Asking(tenant, commands.body(), (answer) => (told[at] = answer)));
    return at;
  };
  let asked = 0;
  const look = (tenant = 0) => {
    const at = asked++;
    const accounts = { of: 'accountsBelow', below: 2 ** 32, limit: 1 } as const;
    queue.add(new Asking(tenant, accounts, (answer) => (told[at] = answer)));
    return at;
  };
  /** Commits what gathered. */
  const commit = () => {
    queue.close();
    const { commands, rows, tenants } = ledger.gathered ? ledger.closeGroup() : NOTHING;
    queue.release((tenant) => rows[tenants.indexOf(tenant)]?.seq ?? 0);
    return commands;
  };
  return { ledger, queue, told, open, look, commit };
}

t.test('accounts get the next free numbers, and are told when they are durable', (t) => {
  const { queue, told, open, commit } = queueOf();
  const [first, second, other] = [open(2), open(1), open(1, 1)];
  queue.decide(false, NOON);
  t.same(told, [], 'not before');
  t.ok(queue.gathered && queue.has(0) && queue.has(1));
  t.equal(commit(), 4);
  t.match([told[first], told[second], told[other]], [{ made: [0, 1] }, { made: [2] }, { made: [0] }]);
  t.notOk(queue.gathered || queue.waiting || queue.has(0));
  t.end();
});

t.test('thousands are decided slice by slice, a slice a group', (t) => {
  const { queue, told, open, look, commit } = queueOf();
  const many = open(2 * SLICE + 10);
  const behind = look();
  for (const size of [SLICE, SLICE, 10]) {
    t.equal(told[many], undefined);
    queue.decide(false, NOON);
    queue.decide(false, NOON);
    t.equal(commit(), size);
  }
  t.equal((told[many] as { made: Float64Array }).made.at(-1), 2 * SLICE + 9);
  t.same([...(told[behind] as { rows: Float64Array }).rows], [2 * SLICE + 9, EUR, 0, 0, 5, 0]);
  t.end();
});

t.test('a request is told the journal row that it became durable in, the last one of several', (t) => {
  const { queue, told, open, look, commit } = queueOf();
  const [many, other] = [open(SLICE + 10), open(1, 1)];
  const [nothing, seen] = [open(1, 1, COMMAND.credit), look()];
  for (let group = 0; group < 3; group++) {
    queue.decide(false, NOON);
    commit();
  }
  t.match(
    [told[many], told[other], told[nothing]],
    [{ seq: 2 }, { seq: 1 }, { refusals: [REFUSAL.notAskable] }],
  );
  t.notOk('seq' in told[seen]!);
  const later = open(1, 1, COMMAND.credit);
  queue.decide(false, NOON);
  commit();
  t.match(told[later], { seq: 0 }, 'nothing was written');
  t.end();
});

t.test('a request that fits into a group is in one, whatever came before it', (t) => {
  const { queue, told, open, commit } = queueOf();
  const first = open(SLICE - 10);
  const whole = open(20);
  queue.decide(false, NOON);
  t.ok(queue.waiting);
  t.equal(commit(), SLICE - 10);
  t.match([told[first], told[whole]], [{ seq: 1 }, undefined]);
  queue.decide(false, NOON);
  t.equal(commit(), 20);
  t.match(told[whole], { seq: 2 });
  t.end();
});

t.test('rules from outside are admitted where they are a set, and are for somebody', (t) => {
  const { ledger, queue, told, open, commit } = queueOf();
  open(1);
  const program = (rules: readonly object[]) =>
    JSON.stringify({
      version: 1,
      revision: 1,
      calendar: { zone: 'UTC', transitions: [], holidays: [] },
      rules,
    });
  const block = program([{ number: 7, name: 'é'.repeat(40), kind: 'block', scope: 5, window: 0, code: 57 }]);
  const twice = block.replace('"rules":[', `"rules":[${JSON.stringify(JSON.parse(block).rules[0])},`);
  const places = [
    [LEVEL.tenant, 0, block],
    [LEVEL.account, 0, block],
    [LEVEL.account, 1, block],
    [LEVEL.card, 0, block],
    [LEVEL.group, 0, block],
    [LEVEL.tenant, 0, twice],
    [LEVEL.tenant, 0, 'no JSON'],
    [LEVEL.group, 9, ''],
  ] as const;
  const commands = new CommandBatch();
  const command = new Command();
  for (const [level, entity, text] of places) {
    commands.add(Object.assign(command, { kind: COMMAND.setRules, level, entity, program: text }));
  }
  queue.add(new Asking(0, commands.body(), (answer) => (told[1] = answer)));
  queue.decide(false, NOON);
  commit();
  const { none, noSuchPlace, noRules } = REFUSAL;
  t.same((told[1] as { refusals: Uint8Array }).refusals, [
    ...[none, none, noSuchPlace, noSuchPlace, noSuchPlace],
    ...[noRules, noRules, none],
  ]);
  queue.add(new Asking(0, { of: 'rules', account: 0 }, (answer) => (told[2] = answer)));
  queue.decide(false, NOON);
  commit();
  const rules = [{ number: 7, name: 'é'.repeat(40), shadow: false }];
  t.same(JSON.parse((told[2] as { json: string }).json), [
    { level: LEVEL.tenant, entity: 0, revision: 1, rules },
    { level: LEVEL.account, entity: 0, revision: 1, rules },
  ]);
  t.equal(ledger.tenants[0]!.fault, null);
  t.end();
});

t.test('what is refused takes its slice too, and needs no commit', (t) => {
  const { ledger, queue, told, open, commit } = queueOf();
  const many = open(SLICE + 1, 0, COMMAND.issueCard);
  const notAskable = open(1, 0, COMMAND.credit);
  for (let group = 0; group < 2; group++) {
    t.ok(queue.waiting);
    queue.decide(false, NOON);
    t.ok(queue.gathered);
    t.equal(commit(), 0);
  }
  t.ok((told[many] as { refusals: Uint8Array }).refusals.every((one) => one === REFUSAL.noSuchAccount));
  t.match(told[notAskable], { refusals: [REFUSAL.notAskable] });
  t.equal(ledger.tenants[0]!.fault, null);
  t.end();
});

t.test('more than it takes is refused as busy', (t) => {
  const { told, open } = queueOf();
  const first = open(16_000);
  const more = open(1000);
  const fits = open(300);
  t.same([told[first], told[more], told[fits]], [undefined, { failure: 'BUSY' }, undefined]);
  t.end();
});

t.test('a tenant that can’t be served says why, and the others go on', (t) => {
  const { ledger, queue, told, open, commit } = queueOf();
  ledger.quarantine(0, new Error('wrong'));
  const [quarantined, other] = [open(1, 0), open(1, 1)];
  queue.decide(false, NOON);
  commit();
  t.match([told[quarantined], told[other]], [{ failure: 'QUARANTINED' }, { made: [0] }]);
  ledger.drop(1);
  const gone = open(1, 1);
  queue.decide(false, NOON);
  t.same(told[gone], { failure: 'NOT_HELD' });
  t.end();
});

t.test('while nothing can be made durable, nothing is decided', (t) => {
  const { queue, told, open } = queueOf();
  const stalled = open(1);
  queue.decide(true, NOON);
  t.same(told[stalled], { failure: 'STALLED' });
  t.notOk(queue.waiting || queue.gathered);
  t.end();
});

t.test('of a tenant that was taken over it is not known what a half of a request did', (t) => {
  const { ledger, queue, told, open, commit } = queueOf();
  const whole = open(SLICE - 56);
  const half = open(SLICE + 1);
  const other = open(1, 1);
  queue.decide(false, NOON);
  queue.close();
  ledger.closeGroup();
  queue.refuseCommitting(0);
  ledger.drop(0);
  queue.refuseGathered(0);
  queue.release(() => 0);
  t.same([told[whole], told[half]], [{ failure: 'NOT_HELD' }, { failure: 'UNKNOWN' }]);
  queue.decide(false, NOON);
  commit();
  t.match(told[other], { made: [0] });
  t.end();
});

t.test('when the switch is lost, nobody waits for ever', (t) => {
  const { queue, told, open } = queueOf();
  open(1);
  queue.decide(false, NOON);
  queue.close();
  open(1);
  queue.decide(false, NOON);
  open(1);
  queue.failAll();
  t.same(told, Array(3).fill({ failure: 'UNKNOWN' }));
  t.end();
});
