import t from 'tap';
import { REFUSAL } from '../../ledger/admit.js';
import { COMMAND, Command } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import { Ledger } from '../../ledger/ledger.js';
import { EMPTY_JOURNAL, TenantLedger } from '../../ledger/tenant-ledger.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { Asking, type Told } from '../../switch/asking.js';
import { CommandQueue } from '../../switch/command-queue.js';
import type { LedgerFailure } from '../../tenants/api/ledger-port.js';
import { EUR, NOON } from '../ledger/one-tenant.js';

const SLICE = 256;

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
    const group = ledger.gathered ? ledger.closeGroup().commands : 0;
    queue.release();
    return group;
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
  const half = open(SLICE);
  const other = open(1, 1);
  queue.decide(false, NOON);
  queue.close();
  ledger.closeGroup();
  queue.refuseCommitting(0);
  ledger.drop(0);
  queue.refuseGathered(0);
  queue.release();
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
