import type pg from 'pg';
import t from 'tap';
import { askTakeover } from '../../ledger/ask-takeover.js';
import { ANSWER_MS, Journal } from '../../ledger/journal.js';
import { registerTenants, takeLeases } from '../../ledger/lease.js';
import { LedgerNode } from '../../ledger/node.js';
import { SimulatedClient } from './postgres/client.js';
import { SimulatedPostgres } from './postgres/server.js';
import { Random } from './random.js';
import { Actor, Scheduler } from './scheduler.js';
import { useVirtualTime } from './virtual-time.js';
import { Line } from './wire.js';

/**
 * A connection whose other end vanished tells nobody: what is sent is never answered. In virtual time, as nobody wants to
 * wait for it.
 */
class Place {
  readonly scheduler = new Scheduler();
  readonly server = new SimulatedPostgres(this.scheduler, new Random(1));
  readonly actor = new Actor('node');
  readonly clients: SimulatedClient[] = [];
  readonly #line = new Line(new Random(2), [0.1, 0.3]);

  readonly connect = async (
    _url = '',
    _log: unknown = null,
    session = 'holdfast a 1',
    queryTimeoutMs = 0,
  ): Promise<pg.Client> => {
    const client = await SimulatedClient.connect(
      this.server,
      this.actor,
      this.#line,
      session,
      queryTimeoutMs,
    );
    client.on('error', () => {});
    this.clients.push(client);
    return client as unknown as pg.Client;
  };

  /** Runs something to its end, which is to come within that time. */
  async run<T>(withinMs: number, work: () => Promise<T>): Promise<T> {
    useVirtualTime(this.scheduler);
    try {
      let outcome: Promise<T> | null = null;
      let over = false;
      this.scheduler.after(0, this.actor, () => {
        outcome = work().finally(() => {
          over = true;
        });
      });
      await this.scheduler.run(this.scheduler.now + withinMs, () => over);
      if (!over) throw new Error(`it is not over within ${withinMs} ms`);
      return await outcome!;
    } finally {
      useVirtualTime(null);
    }
  }
}

const SETTINGS = { url: '', revive: async () => {}, log: () => {} };
const row = {
  tenant: 1,
  seq: 1,
  epoch: 1,
  previousHash: Buffer.alloc(32),
  hash: Buffer.alloc(32, 1),
  body: Buffer.alloc(0),
};

t.test('a commit whose answer never comes is asked for anew', async (t) => {
  for (const when of ['before', 'while'] as const) {
    const place = new Place();
    const settlements = await place.run(3 * ANSWER_MS, async () => {
      const client = await place.connect();
      await registerTenants(client, ['one']);
      const identity = { name: 'a', session: 'holdfast a 1', leaseTtlMs: 60_000 };
      await takeLeases(client, [{ tenant: 1, epoch: 0, orphaned: false }], identity);
      const journal = await Journal.open({ ...SETTINGS, connect: place.connect });
      const lose = () => place.clients.at(-1)!.break('vanished');
      if (when === 'before') lose();
      else {
        place.server.watch.step = (_, statement, step) => {
          if (statement === 'insert-journal' && step === 'answer')
            place.scheduler.after(0, place.actor, lose);
        };
      }
      t.same(await journal.commit([row], 5000), []);
      return journal.settlements;
    });
    t.equal(settlements, 1);
    t.equal(place.server.tables.journalAfter(1, 0, 9).length, 1, when);
  }
});

/** A node that holds a tenant and one that follows it, each with its own two connections. */
async function pair(place: Place) {
  const nodes: LedgerNode[] = [];
  for (const name of ['a', 'b']) {
    const session = `holdfast ${name} 1`;
    const node = new LedgerNode({
      ...SETTINGS,
      session,
      identity: { name, session, leaseTtlMs: 1000 },
      tenants: ['one'],
      shared: true,
      connect: place.connect,
      onQuarantine: () => {},
      onChange: () => {},
      onLost: () => {},
      say: () => {},
    });
    await node.start();
    nodes.push(node);
  }
  const [writer, standby] = nodes as [LedgerNode, LedgerNode];
  return { writer, standby, clients: [place.clients.slice(0, 2), place.clients.slice(2, 4)] as const };
}

async function untilServed(node: LedgerNode): Promise<void> {
  while (!node.ledger.serves(0)) await new Promise((resolve) => setTimeout(resolve, 10));
}

t.test('a node whose connections all vanished takes over what it follows, over new ones', async (t) => {
  const place = new Place();
  await place.run(4 * ANSWER_MS, async () => {
    const { writer, standby, clients } = await pair(place);
    t.same([writer.ledger.serves(0), standby.ledger.serves(0)], [true, false]);
    for (const client of clients[1]) client.break('vanished');
    await writer.close();
    await untilServed(standby);
    await standby.close();
  });
});

t.test(
  'a node whose connections broke while it needed none hands its tenants over all the same',
  async (t) => {
    const place = new Place();
    await place.run(10_000, async () => {
      const { writer, standby, clients } = await pair(place);
      for (const client of clients[0]) client.break('reset');
      const asking = await place.connect('', null, 'psql');
      t.match(await askTakeover(asking, 'one', 'b', 5000), { from: 'a', to: 'b' });
      await untilServed(standby);
      t.notOk(writer.ledger.serves(0));
      await Promise.all([writer.close(), standby.close()]);
    });
  },
);
