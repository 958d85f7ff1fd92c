import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import t from 'tap';
import { readCheckpoint, readCheckpoints, writeCheckpoint } from '../../ledger/checkpoint.js';
import { Decision } from '../../ledger/command.js';
import { Journal } from '../../ledger/journal.js';
import { registerTenants, takeLeases } from '../../ledger/lease.js';
import { Ledger } from '../../ledger/ledger.js';
import { compareProjection, type Difference } from '../../ledger/projection/compare.js';
import { readLag } from '../../ledger/projection/lag.js';
import { Progress } from '../../ledger/projection/progress.js';
import { Projector } from '../../ledger/projection/projector.js';
import { resetProjection } from '../../ledger/projection/reset.js';
import { Prover } from '../../ledger/prover.js';
import type { FileSystem } from '../../ledger/snapshot-files.js';
import { EMPTY_JOURNAL, TenantLedger } from '../../ledger/tenant-ledger.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { inTransaction } from '../../ledger/transaction.js';
import { type Asked, commandOf } from '../ledger/commands.js';
import { EUR } from '../ledger/one-tenant.js';
import { FURNISHING, SHOP } from './bank.js';
import { bothServers, type Place } from './both-servers.js';

/** Provers and projectors on the simulated Postgres find what they find on the real one: see `postgres.test.ts`. */

const alike = await bothServers(t);

const AT = 1_750_000_000_000;
const ONE = { id: 1, name: 'one' };
const PURCHASE: Asked = {
  kind: 'authorise',
  key: 7,
  token: 1,
  amount: 1000,
  currency: EUR,
  mcc: SHOP.mcc,
};

/** A tenant with a journal that grows by a row for each list of commands. */
class Bank {
  readonly state = new TenantState();
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  #at = AT;

  private constructor(journal: Journal) {
    const lease = { tenant: 1, epoch: 1 };
    this.#journal = journal;
    this.#ledger = new Ledger([new TenantLedger('one', lease, this.state, EMPTY_JOURNAL)], 0, () => {});
  }

  static async open(place: Place): Promise<{ bank: Bank; client: pg.Client }> {
    const client = await place.connect('psql');
    await registerTenants(client, ['one']);
    const identity = { name: 'a', session: 'holdfast a 1', leaseTtlMs: 60_000 };
    await takeLeases(client, [{ tenant: 1, epoch: 0, orphaned: false }], identity);
    const settings = { url: '', revive: async () => {}, log: () => {} };
    const bank = new Bank(new Journal(await place.connect('holdfast a 1'), settings));
    for (const command of FURNISHING) await bank.#commit([command]);
    return { bank, client };
  }

  async write(...asked: readonly Asked[]): Promise<void> {
    if (asked.length === 0) return;
    await this.#commit(asked.map(commandOf));
  }

  async #commit(commands: readonly ReturnType<typeof commandOf>[]): Promise<void> {
    const decision = new Decision();
    this.#at += 1000;
    for (const command of commands) this.#ledger.decide(0, command, this.#at, decision);
    const { rows, at } = this.#ledger.closeGroup();
    await this.#journal.commit(rows, at);
  }
}

/** Fills the read model until it is level with the journal. */
async function project(place: Place, client: pg.Client): Promise<void> {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const projector = new Projector({
    url: '',
    connect: (_url, _log, session) => place.connect(session!),
    tenants: ['one'],
    progress: new Progress(new Float64Array(Progress.cellsOf(1))),
    pollMs: 1,
    batchBytes: 200,
    hotLoad: () => 0,
    log: (text, error) => failures.push(text, error),
  });
  const running = projector.run(stop.signal);
  while ((await readLag(client, ['one'])).some(({ seq, head }) => seq < head) && failures.length === 0)
    await delay(5);
  stop.abort();
  await running;
  if (failures.length > 0) throw new Error('it is not projected', { cause: failures });
}

function difference(client: pg.Client, { state }: Bank): Promise<Difference | null> {
  return inTransaction(client, () => compareProjection(client, state, ONE.id));
}

alike('a checkpoint of one version keeps its digest, and hash and time in any case', async (place) => {
  const client = await place.connect('psql');
  await registerTenants(client, ['one', 'two']);
  const bytes = (mark: number) => Buffer.alloc(32, mark);
  const checkpoint = (seq: number, mark: number, version = 1) => ({
    seq,
    at: AT + seq,
    hash: bytes(mark),
    digest: bytes(mark + 1),
    version,
    commands: 9,
  });
  const results: unknown[] = [];
  for (const [tenant, seq, mark, version] of [
    [1, 5, 1],
    [1, 5, 2],
    [1, 3, 4],
    [2, 5, 6],
    [1, 5, 8, 2],
  ] as const)
    results.push(await writeCheckpoint(client, tenant, checkpoint(seq, mark, version)));
  results.push(await readCheckpoint(client, 1, 5), await readCheckpoint(client, 1, 4));
  return [...results, await readCheckpoints(client, 1, 0), await readCheckpoints(client, 1, 3)];
});

alike('a prover goes as far as each journal, and leaves a checkpoint there', async (place) => {
  const { bank, client } = await Bank.open(place);
  const found: unknown[] = [];
  for (const more of [[], [PURCHASE]]) {
    await bank.write(...more);
    // A new one each time: one that made a checkpoint a moment ago rests from that.
    const prover = new Prover({
      hotLoad: () => 0,
      url: '',
      tenants: ['one', 'none'],
      schedule: { everyCommands: 1, everySeconds: 9, snapshotEveryCommands: 1e6, snapshotEverySeconds: 1e6 },
      snapshots: {
        directory: '/none',
        fileSystem: { readdir: async () => [] } as unknown as FileSystem,
        log: () => {},
      },
      onProgress: (index, { seq, checkpoint }) => found.push([index, seq, checkpoint]),
      onMismatch: (index, { message }) => found.push([index, message]),
    });
    found.push(await prover.round(client), await prover.round(client));
  }
  return [found, (await readCheckpoints(client, 1, 0)).map(({ seq, digest }) => [seq, digest])];
});

alike('the read model is what the journal gives, also when it is filled anew', async (place) => {
  const { bank, client } = await Bank.open(place);
  await bank.write(PURCHASE, { ...PURCHASE, key: 8 });
  const results: unknown[] = [await readLag(client), await difference(client, bank)];
  await project(place, client);
  results.push(await readLag(client), await difference(client, bank));
  await bank.write({ ...PURCHASE, kind: 'reverse', key: 9, originalKey: 8 }, { ...PURCHASE, key: 10 });
  results.push(await difference(client, bank));
  await project(place, client);
  results.push(await difference(client, bank));
  await resetProjection(client, 1);
  results.push(await readLag(client), await difference(client, bank));
  await project(place, client);
  return [...results, await difference(client, bank)];
});

alike('what a transaction did is undone when it fails, or its session ends', async (place) => {
  const { bank, client } = await Bank.open(place);
  await project(place, client);
  const other = await place.connect('other');
  const codes: unknown[] = [];
  const attempt = (text: string, values: unknown[] = []) =>
    other.query(text, values).then(
      () => codes.push('done'),
      (error: { code: string }) => codes.push(error.code),
    );
  const empty = 'DELETE FROM holdfast_read.account WHERE tenant = $1';
  await attempt('BEGIN');
  await attempt(empty, [1]);
  await attempt('ROLLBACK');
  codes.push(await difference(client, bank));
  await attempt('BEGIN');
  await attempt(empty, [1]);
  await attempt('COMMIT');
  codes.push(await difference(client, bank));
  // Holds the position when it ends; whoever waits for that goes on.
  await attempt('BEGIN');
  await attempt(
    'UPDATE holdfast_read.position SET seq = 0, at = NULL WHERE $1::smallint IS NULL OR tenant = $1',
    [1],
  );
  const reset = resetProjection(client, 1);
  await place.untilBlocked();
  await other.end();
  await reset;
  await project(place, client);
  return [...codes, await difference(client, bank)];
});
