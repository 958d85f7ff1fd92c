import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import t, { type Test } from 'tap';
import { Courier } from '../../../tenants/events/courier.js';
import { Sender } from '../../../tenants/events/sender.js';
import { WebhookBoard } from '../../../tenants/events/webhook-board.js';
import { AddressGuard } from '../../../tenants/outbound/address-guard.js';
import { SecretCipher } from '../../../tenants/outbound/secret-cipher.js';
import { newSecret } from '../../../tenants/outbound/signature.js';
import { connected, FreshDatabases } from '../../ledger/fresh-databases.js';
import { EUR } from '../../ledger/one-tenant.js';
import { project, until } from '../../ledger/projection/projected.js';
import { RunningLedger } from '../../ledger/running-ledger.js';
import { Receiver } from '../../switch/events/receiver.js';

t.setTimeout(60_000);
const databases = await FreshDatabases.start(t);
const cipher = new SecretCipher({ panVersion: 1, panKeys: new Map([[1, randomBytes(32)]]) });

/** A courier that runs beside a test, as a node has it. */
class Node {
  readonly log: string[] = [];
  readonly courier: Courier;
  readonly board = new WebhookBoard(new Float64Array(WebhookBoard.cellsOf(1)));
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(t: Test, url: string, session: string) {
    this.courier = new Courier({
      url,
      session,
      tenants: ['one'],
      indexes: [0],
      currencyOf: () => undefined,
      cipher,
      sender: new Sender({ guard: new AddressGuard(['127.0.0.0/8']), timeoutMs: 1000 }),
      retrySeconds: [0, 0, 0, 0, 0, 0],
      disableAfterHours: 1,
      pollMs: 5,
      board: this.board,
      log: (text, error) => this.log.push(`${text}: ${error}`),
    });
    this.#ended = this.courier.run(this.#stop.signal);
    t.teardown(() => this.stop());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

async function withEndpoint(t: Test, url: string, to: string): Promise<pg.Client> {
  const client = await connected(t, url);
  const { rows } = await client.query<{ id: string }>('SELECT gen_random_uuid() AS id');
  const { id } = rows[0]!;
  await client.query(
    `INSERT INTO holdfast.webhook_endpoint (tenant, id, url, description, types, secret, at, seq, entry, ordinal)
     SELECT id, $1, $2, '', NULL, $3, to_timestamp(0), 0, 0, 0 FROM holdfast.tenant`,
    [id, to, cipher.encrypt(newSecret(), id)],
  );
  return client;
}

t.test(
  'of two nodes one sends, and the other goes on when it is gone; a broken connection loses nothing',
  async (t) => {
    const url = await databases.create();
    const running = await RunningLedger.open(t, url, ['one']);
    running.furnish(0);
    await running.commit();
    const receiver = await Receiver.start(t);
    const client = await withEndpoint(t, url, receiver.url);
    const expected = async (events: number) => {
      await project(t, url, ['one']);
      await until('all came', () => new Set(receiver.ids).size === events);
    };
    const first = new Node(t, url, 'first');
    await project(t, url, ['one']);
    const opening = Number((await client.query('SELECT count(*) FROM holdfast_read.event')).rows[0].count);
    await expected(opening);
    const second = new Node(t, url, 'second');
    running.authorise(0, 1);
    await running.commit();
    await expected(opening + 1);
    t.equal(receiver.ids.length, opening + 1, 'each came once');
    t.equal(second.board.of(0), null, 'the second waits');
    // Its session is gone, its lock with it: whichever takes the tenant goes on.
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'first'",
    );
    running.authorise(0, 2);
    await running.commit();
    await expected(opening + 2);
    await until('it was noticed', () => first.log.length > 0);
    await first.stop();
    running.authorise(0, 3);
    await running.commit();
    await expected(opening + 3);
    await until('it is counted', () => (second.board.of(0)?.delivered ?? 0) > 0);
    await second.stop();
    const left = await client.query("SELECT FROM holdfast.webhook_delivery WHERE state <> 'delivered'");
    t.equal(left.rowCount, 0);
  },
);

t.test('a quarantine is told, behind all that was told before, and before what comes later', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  await running.commit();
  await project(t, url, ['one']);
  const receiver = await Receiver.start(t);
  const client = await withEndpoint(t, url, receiver.url);
  const node = new Node(t, url, 'node');
  node.courier.quarantined(0);
  const types = () => receiver.received.map(({ body }) => body.type);
  await until('it came', () => types().includes('tenant.quarantined'));
  running.authorise(0, 1);
  await running.commit();
  await project(t, url, ['one']);
  await until('the rest came', () => types().some((type) => type.startsWith('authorization.')));
  const { rows } = await client.query<{ type: string }>(
    'SELECT type FROM holdfast.webhook_delivery ORDER BY at, seq, entry, ordinal',
  );
  t.same(
    rows.slice(-2).map(({ type }) => type),
    ['tenant.quarantined', 'authorization.approved'],
  );
  t.same(node.log, []);
});

t.test('many events of many accounts go out at once, in the order of each', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  await running.commit();
  const accounts = 50;
  const first = running.ledger.tenants[0]!.state.accounts.length;
  for (let number = 0; number < accounts; number++) {
    running.ask(0, { kind: 'openAccount', account: first + number, currency: EUR, overdraft: 0 });
  }
  await running.commit();
  const credits = 1000;
  for (let amount = 1; amount <= credits; amount++) {
    running.ask(0, { kind: 'credit', account: first + (amount % accounts), amount, currency: EUR });
    if (amount % 100 === 0) await running.commit();
  }
  await project(t, url, ['one']);
  const receiver = await Receiver.start(t);
  await withEndpoint(t, url, receiver.url);
  const startedAt = performance.now();
  const node = new Node(t, url, 'node');
  const amounts = () =>
    receiver.received
      .filter(({ body }) => body.type === 'funds.credited' && body.data.amount <= credits)
      .map(({ body }) => body.data.amount as number);
  await until('all came', () => amounts().length >= credits);
  t.comment(`${Math.round((1000 * credits) / (performance.now() - startedAt))} a second`);
  for (let lane = 0; lane < accounts; lane++) {
    const ours = amounts().filter((amount) => amount % accounts === lane);
    t.same(
      ours,
      [...ours].sort((a, b) => a - b),
    );
  }
  t.ok(receiver.connections > 1, 'those of different accounts at once');
  t.same(node.log, []);
});
