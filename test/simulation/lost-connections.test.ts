import type pg from 'pg';
import t, { type Test } from 'tap';
import { askTakeover } from '../../ledger/ask-takeover.js';
import { Decision } from '../../ledger/command.js';
import { ANSWER_MS, Journal } from '../../ledger/journal.js';
import { registerTenants, takeLeases } from '../../ledger/lease.js';
import { LedgerNode } from '../../ledger/node.js';
import { readLag } from '../../ledger/projection/lag.js';
import { Progress } from '../../ledger/projection/progress.js';
import { Projector } from '../../ledger/projection/projector.js';
import { Prover } from '../../ledger/prover.js';
import type { FileSystem } from '../../ledger/snapshot-files.js';
import { commandOf } from '../ledger/commands.js';
import { EUR } from '../ledger/one-tenant.js';
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

function nodeSettings(name: string) {
  const session = `holdfast ${name} 1`;
  return {
    ...SETTINGS,
    session,
    identity: { name, session, leaseTtlMs: 1000 },
    tenants: ['one'],
    shared: true,
    onQuarantine: () => {},
    onChange: () => {},
    onLost: () => {},
    say: () => {},
  };
}

/** A command that is a row of its own, as often as one likes. */
const OPEN = { kind: 'openAccount', currency: EUR } as const;

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

/** A journal that grows while whoever reads it runs: commits a row, and waits until that row was read. */
async function growing(t: Test, place: Place, read: (seq: number) => Promise<boolean>): Promise<void> {
  const node = new LedgerNode({ ...nodeSettings('a'), connect: place.connect });
  await node.start();
  const journal = await Journal.open({ ...SETTINGS, connect: place.connect });
  const reader = place.clients[0]!;
  const decision = new Decision();
  for (let seq = 1; seq <= 2; seq++) {
    // Between two commits its connection vanishes, and nobody tells it.
    if (seq === 2) reader.break('vanished');
    node.ledger.decide(0, commandOf({ ...OPEN, account: seq - 1 }), node.keeper.clock.now(), decision);
    const { rows, at } = node.ledger.closeGroup();
    t.same(await journal.commit(rows, at), []);
    while (!(await read(seq))) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await node.close();
  await journal.close();
}

t.test('a prover whose connection vanished proves on over a new one', async (t) => {
  const place = new Place();
  let proved = 0;
  await place.run(3 * ANSWER_MS, async () => {
    const client = await place.connect();
    await registerTenants(client, ['one']);
    await client.end();
    place.clients.length = 0;
    const prover = new Prover({
      hotLoad: () => 0,
      url: '',
      connect: place.connect,
      tenants: ['one'],
      schedule: { everyCommands: 1, everySeconds: 9, snapshotEveryCommands: 1e6, snapshotEverySeconds: 1e6 },
      snapshots: {
        directory: '/none',
        fileSystem: { readdir: async () => [] } as unknown as FileSystem,
        log: () => {},
      },
      onProgress: (_, { seq }) => {
        proved = seq;
      },
      onMismatch: (_, error) => t.error(error),
    });
    const running = prover.run();
    await untilThere(place);
    await growing(t, place, async (seq) => proved >= seq);
    prover.close();
    await running;
  });
  t.equal(proved, 2);
});

t.test('a projector whose connection vanished goes on over a new one', async (t) => {
  const place = new Place();
  await place.run(5 * ANSWER_MS, async () => {
    const client = await place.connect();
    await registerTenants(client, ['one']);
    await client.end();
    place.clients.length = 0;
    const stop = new AbortController();
    const projector = new Projector({
      url: '',
      connect: place.connect,
      tenants: ['one'],
      progress: new Progress(new Float64Array(Progress.cellsOf(1))),
      pollMs: 50,
      batchBytes: 1000,
      hotLoad: () => 0,
      log: () => {},
    });
    const running = projector.run(stop.signal);
    await untilThere(place);
    const auditor = await place.connect();
    await growing(t, place, async (seq) => (await readLag(auditor))[0]!.seq >= seq);
    stop.abort();
    await running;
    t.match(await readLag(auditor), [{ seq: 2, head: 2 }]);
  });
});

t.test('a node that ends does not wait for the goodbye of a connection that vanished', async (t) => {
  const place = new Place();
  await place.run(ANSWER_MS, async () => {
    const { writer, standby, clients } = await pair(place);
    for (const client of clients.flat()) client.break('vanished');
    await Promise.all([writer.close(), standby.close()]);
  });
  t.ok(place.scheduler.now < ANSWER_MS);
});

/** Until whoever is to be told apart by its connection has it. */
async function untilThere(place: Place): Promise<void> {
  while (place.clients.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A node that holds a tenant and one that follows it, each with its own two connections. */
async function pair(place: Place) {
  const nodes: LedgerNode[] = [];
  for (const name of ['a', 'b']) {
    const node = new LedgerNode({ ...nodeSettings(name), connect: place.connect });
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
