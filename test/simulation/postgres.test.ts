import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { askTakeover } from '../../ledger/ask-takeover.js';
import { Journal, type JournalRow } from '../../ledger/journal.js';
import {
  beat,
  endLapsedSessions,
  forgetNode,
  isFollowing,
  type Lease,
  type LeaseStatus,
  lookAtLeases,
  type NodeIdentity,
  noteServing,
  registerTenants,
  releaseLeases,
  takeLeases,
  wantLeases,
} from '../../ledger/lease.js';
import { listTenants } from '../../ledger/list-tenants.js';
import { readHead, readJournal, readNews } from '../../ledger/read-journal.js';
import { bothServers, type Place } from './both-servers.js';
import { SimulatedClient } from './postgres/client.js';
import { SimulatedPostgres } from './postgres/server.js';
import { recognise } from './postgres/statements.js';
import { Random } from './random.js';
import { Actor, Scheduler } from './scheduler.js';
import { useVirtualTime } from './virtual-time.js';
import { Line } from './wire.js';

/**
 * The simulated Postgres does what the real one does: each of these little histories is run on both, and what the ledger's
 * own functions made of it is compared.
 */

const A: NodeIdentity = { name: 'a', session: 'holdfast a 1', leaseTtlMs: 60_000 };
const B: NodeIdentity = { name: 'b', session: 'holdfast b 1', leaseTtlMs: 60_000 };
/** For locks only a moment: a sixth of it. */
const HASTY: NodeIdentity = { ...B, leaseTtlMs: 300 };

const alike = await bothServers(t);

async function opened(place: Place, tenants: readonly string[] = ['one', 'two']): Promise<pg.Client> {
  const client = await place.connect(A.session);
  await registerTenants(client, tenants);
  return client;
}

/** What does not depend on when it was. */
function standing({ tenant, epoch, node, endpoint, freeForMs, orphaned, wantedBy }: LeaseStatus) {
  return { tenant, epoch, node, endpoint, free: freeForMs >= 0, orphaned, wantedBy };
}

async function look(client: pg.Client, backMs = 600_000) {
  const found = await lookAtLeases(client, [1, 2], backMs);
  return found.map(standing).sort((one, other) => one.tenant - other.tenant);
}

async function take(client: pg.Client, who: NodeIdentity, tenants: readonly number[], orphaned = false) {
  const seen = await lookAtLeases(client, tenants);
  return takeLeases(
    client,
    seen.map(({ tenant, epoch }) => ({ tenant, epoch, orphaned })),
    who,
  );
}

function row(tenant: number, seq: number, epoch: number, mark = 0): JournalRow {
  const [previousHash, hash] = [Buffer.alloc(32, seq), Buffer.alloc(32, seq + 1 + mark)];
  return { tenant, seq, epoch, previousHash, hash, body: Buffer.from(`row ${seq} ${mark}`) };
}

function journalOf(place: Place, client: pg.Client): Journal {
  const connectAnew = (_url: string, _log: unknown, session?: string) => place.connect(session ?? 'holdfast');
  return new Journal(client, { url: '', revive: async () => {}, log: () => {}, connect: connectAnew });
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : 'another error'),
  );
}

async function stored(client: pg.Client, tenant: number) {
  const rows: object[] = [];
  for await (const page of readJournal(client, tenant)) rows.push(...page);
  return rows;
}

alike('tenants get their numbers once', async (place) => {
  const client = await opened(place, ['two', 'one']);
  const again = await registerTenants(client, ["o'three", 'one', 'two']);
  return [
    again,
    await listTenants(client),
    await listTenants(client, 'one'),
    await listTenants(client, 'four'),
  ];
});

alike(
  'a lease is taken once, kept by a beat of its epoch, and free when it was given back',
  async (place) => {
    const client = await opened(place);
    const results: unknown[] = [await look(client)];
    const taken = await take(client, A, [1, 2]);
    results.push(taken, await take(client, B, [1, 2]));
    const beaten = await beat(client, A, { endpoint: 'here:1', follows: true }, [
      ...taken,
      { tenant: 2, epoch: 9 },
    ]);
    results.push(beaten.held, await look(client));
    await releaseLeases(client, [
      { tenant: 1, epoch: 1 },
      { tenant: 2, epoch: 7 },
    ]);
    results.push(await look(client), await take(client, B, [1, 2]), await look(client));
    return results;
  },
);

alike('a lease that lapsed is for whoever is first, and its holder hears of it', async (place) => {
  const client = await opened(place);
  const taken = await take(client, A, [1, 2]);
  await place.lapse();
  const other = await place.connect(B.session);
  const results: unknown[] = [await take(other, B, [1]), await take(other, B, [1])];
  results.push((await beat(client, A, { endpoint: '', follows: false }, taken)).held, await look(other));
  return results;
});

alike(
  'a holder without a session is an orphan, once the server has been up for long enough',
  async (place) => {
    const client = await opened(place);
    await take(client, A, [1]);
    const other = await place.connect(B.session);
    const results: unknown[] = [await look(other, 0), await take(other, B, [1], true)];
    await client.end();
    await place.untilGone(A.session);
    const status = async (backMs: number) => (await look(other, backMs)).find(({ tenant }) => tenant === 1);
    results.push(await status(0), await status(600_000), await take(other, B, [1], true), await status(0));
    return results;
  },
);

alike('sessions of a holder that lapsed are ended, and nobody else’s', async (place) => {
  const client = await opened(place);
  await take(client, A, [1]);
  const other = await place.connect(B.session);
  await endLapsedSessions(other, [1, 2], B);
  const alive = await codeOf(listTenants(client));
  await place.lapse();
  await endLapsedSessions(client, [1, 2], A);
  await endLapsedSessions(other, [1, 2], B);
  await place.untilGone(A.session);
  return [alive, (await codeOf(listTenants(client))) !== 'done', await codeOf(listTenants(other))];
});

alike('a tenant is asked for, and who lives and follows is known', async (place) => {
  const client = await opened(place);
  const [lease] = await take(client, A, [1]);
  await wantLeases(client, [1], 'b');
  const held = await beat(client, A, { endpoint: '', follows: true }, [lease!]);
  const results: unknown[] = [held.held, await isFollowing(client, 'a'), await isFollowing(client, 'b')];
  await beat(client, B, { endpoint: '', follows: false }, []);
  results.push(await isFollowing(client, 'b'), await look(client));
  await forgetNode(client, 'a');
  results.push(await isFollowing(client, 'a'));
  return results;
});

alike('who asks for a tenant is told how it was handed over, or why not', async (place) => {
  const client = await opened(place);
  await take(client, A, [1]);
  const failure = (tenant: string, node?: string) =>
    askTakeover(client, tenant, node, 0).catch((error: Error) => error.message);
  const results: unknown[] = [await failure('none'), await failure('one')];
  await beat(client, B, { endpoint: '', follows: true }, []);
  results.push(await failure('one', 'c'), await failure('one', 'b'), await look(client));
  const asked = askTakeover(client, 'one', undefined, 20_000);
  const other = await place.connect(B.session);
  while ((await look(other))[0]!.wantedBy === null) await delay(1);
  await releaseLeases(other, [{ tenant: 1, epoch: 1 }]);
  const leases = await take(other, B, [1]);
  await noteServing(other, leases);
  const { tenant, from, to, epoch } = await asked;
  return [...results, tenant, from, to, epoch];
});

alike('a change of a lease is told to whoever listens', async (place) => {
  const client = await opened(place);
  const other = await place.connect(B.session);
  let told = 0;
  other.on('notification', () => told++);
  await other.query("SET synchronous_commit = 'off'; LISTEN holdfast_lease");
  await take(client, A, [1, 2]);
  await releaseLeases(client, [{ tenant: 1, epoch: 1 }]);
  await wantLeases(client, [2], 'b');
  while (told < 3) await delay(1);
  await beat(client, A, { endpoint: '', follows: true }, [{ tenant: 2, epoch: 1 }]);
  await listTenants(other);
  return told;
});

alike('rows are written once and read as they were written', async (place) => {
  const client = await opened(place);
  await take(client, A, [1, 2]);
  const journal = journalOf(place, await place.connect(A.session));
  await journal.commit([row(1, 1, 1), row(2, 1, 1)], 1_750_000_000_123);
  await journal.commit([row(1, 2, 1)], 1_750_000_000_124);
  // Sent again, as after an answer that was lost.
  const fenced = await journal.commit([row(1, 2, 1), row(2, 2, 1)], 1_750_000_000_125);
  const { byTenant, more } = await readNews(client, [
    { tenant: 1, seq: 1 },
    { tenant: 2, seq: 0 },
  ]);
  return [fenced, await stored(client, 1), await stored(client, 2), [...byTenant], more];
});

alike('a page of a journal is bounded', async (place) => {
  const client = await opened(place, ['one']);
  await take(client, A, [1]);
  const journal = journalOf(place, await place.connect(A.session));
  for (let seq = 1; seq <= 205; seq++) await journal.commit([row(1, seq, 1)], 1_750_000_000_000 + seq);
  const { byTenant, more } = await readNews(client, [{ tenant: 1, seq: 3 }]);
  const head = await readHead(client, { tenant: 1, epoch: 1 });
  return [
    (await stored(client, 1)).length,
    byTenant.get(1)!.length,
    more,
    head,
    await readHead(client, { tenant: 2, epoch: 1 }),
  ];
});

alike(
  'under an old epoch nothing is written, and of several rows those that are ours still are',
  async (place) => {
    const client = await opened(place);
    await take(client, A, [1, 2]);
    const journal = journalOf(place, await place.connect(A.session));
    await journal.commit([row(1, 1, 1), row(2, 1, 1)], 1_750_000_000_000);
    await place.lapse();
    await take(await place.connect(B.session), B, [1]);
    const fenced = await journal.commit([row(1, 2, 1), row(2, 2, 1)], 1_750_000_000_001);
    const another = await journal.commit([row(2, 2, 1, 7)], 1_750_000_000_002);
    const head = await readHead(client, { tenant: 1, epoch: 1 } as Lease);
    return [fenced, another, await stored(client, 1), await stored(client, 2), head];
  },
);

alike('an insert that waited for the journal goes by the lease as it is then', async (place) => {
  const client = await opened(place);
  await take(client, A, [1]);
  const results: unknown[] = [];
  for (const raise of [undefined, 'raise'] as const) {
    const release = await place.holdJournal();
    const journal = journalOf(place, await place.connect(A.session));
    const commit = journal.commit([row(1, results.length + 1, 1)], 1_750_000_000_000);
    await place.untilBlocked();
    await release(raise);
    results.push(await commit);
  }
  return [results, await stored(client, 1)];
});

alike('who takes leases does not wait for an insert for ever, and has taken nothing then', async (place) => {
  const client = await opened(place);
  await take(client, A, [1]);
  await place.lapse();
  const release = await place.holdJournal();
  const other = await place.connect(B.session);
  const code = await codeOf(take(other, HASTY, [1]));
  const before = await look(client);
  await release();
  return [code, before, await take(other, HASTY, [1])];
});

alike('the same row from two sessions is there once, and each hears that', async (place) => {
  const client = await opened(place);
  await take(client, A, [1]);
  const release = await place.holdJournal();
  const [one, other] = [
    journalOf(place, await place.connect(A.session)),
    journalOf(place, await place.connect(A.session)),
  ];
  const commits = [one.commit([row(1, 1, 1)], 5000), other.commit([row(1, 1, 1)], 5000)];
  await place.untilBlocked();
  await release();
  return [await Promise.all(commits), await stored(client, 1)];
});

t.test('a crash of the server leaves what was on the disk, and nobody’s locks', async (t) => {
  const scheduler = new Scheduler();
  const server = new SimulatedPostgres(scheduler, new Random(1));
  const [actor, line] = [new Actor('test'), new Line(new Random(2), [0.1, 0.3])];
  const open = () =>
    SimulatedClient.connect(server, actor, line, A.session, 0) as unknown as Promise<pg.Client>;
  const outcome: unknown[] = [];
  useVirtualTime(scheduler);
  t.teardown(() => useVirtualTime(null));
  scheduler.after(0, actor, async () => {
    const client = await open();
    client.on('error', () => {});
    await registerTenants(client, ['one']);
    await take(client, A, [1]);
    const journal = new Journal(client, { url: '', revive: async () => {}, log: () => {}, connect: open });
    await journal.commit([row(1, 1, 1)], 5000);
    server.watch.step = (_, statement, step) => {
      if (statement !== 'insert-journal' || step !== 'flush') return;
      server.watch.step = () => {};
      scheduler.after(0, actor, () => server.crash());
      scheduler.after(50, actor, () => server.start());
    };
    const fenced = await journal.commit([row(1, 2, 1)], 6000);
    outcome.push(fenced, journal.settlements, await stored(await open(), 1), server.locks.waited);
  });
  await scheduler.run(5000, () => outcome.length > 0);
  const [fenced, settlements, rows, waited] = outcome;
  t.same([fenced, waited], [[], false]);
  t.ok((settlements as number) > 0);
  t.match(rows, [{ seq: 1 }, { seq: 2 }]);
});

t.test('a statement that is not simulated, or was changed, is an error that shows it', async (t) => {
  t.throws(() => recognise({ text: 'SELECT  1', values: [] }), /SELECT 1$/);
  const text = "SET synchronous_commit = 'off'; LISTEN holdfast_lease";
  t.equal(recognise({ text, values: [] }).name, 'listen');
  t.throws(() => recognise({ text: text.replace('lease', 'leases'), values: [] }), /digest/);
});
