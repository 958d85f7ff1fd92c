import pg from 'pg';
import type { Test } from 'tap';
import { apply } from '../../../ledger/apply.js';
import { Command, Decision } from '../../../ledger/command.js';
import { BodyReader } from '../../../ledger/journal-body.js';
import { listTenants } from '../../../ledger/list-tenants.js';
import { compareProjection, projectedSeq } from '../../../ledger/projection/compare.js';
import { readLag } from '../../../ledger/projection/lag.js';
import { Progress } from '../../../ledger/projection/progress.js';
import { Projector, type ProjectorSettings } from '../../../ledger/projection/projector.js';
import { readJournal } from '../../../ledger/read-journal.js';
import { TenantState } from '../../../ledger/tenant-state.js';

const POLL_MS = 5;
const DEADLINE_MS = 60_000;

/** A projector that runs beside a test. */
export class RunningProjector {
  /** What it had to say. */
  readonly log: string[] = [];
  readonly progress: Progress;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(
    t: Test,
    readonly url: string,
    readonly tenants: readonly string[],
    settings: Partial<ProjectorSettings> = {},
  ) {
    this.progress = new Progress(new Float64Array(Progress.cellsOf(tenants.length)));
    const projector = new Projector({
      url,
      tenants,
      progress: this.progress,
      pollMs: POLL_MS,
      batchBytes: 4096,
      hotLoad: () => 0,
      log: (text, error) => this.log.push(`${text}: ${error}`),
      ...settings,
    });
    this.#ended = projector.run(this.#stop.signal);
    t.teardown(() => this.stop());
  }

  /** Waits until the tables have all that the journals have. */
  async caughtUp(): Promise<void> {
    await withClient(this.url, async (client) => {
      const lacks = async () => (await readLag(client, this.tenants)).some(({ seq, head }) => seq < head);
      await until('the read model is filled', async () => !(await lacks()));
    });
  }

  /** Waits until it has loaded something. */
  async moved(): Promise<void> {
    const seqs = () => this.tenants.reduce((sum, _, index) => sum + (this.progress.of(index)?.seq ?? 0), 0);
    await until('it is begun', () => this.progress.of(0) !== null);
    const before = seqs();
    await until('it goes on', () => seqs() > before);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

/** Fills the tables by a projector that is then stopped. */
export async function project(
  t: Test,
  url: string,
  tenants: readonly string[],
  settings: Partial<ProjectorSettings> = {},
): Promise<readonly string[]> {
  const projector = new RunningProjector(t, url, tenants, settings);
  await projector.caughtUp();
  await projector.stop();
  return projector.log;
}

/** What compares tables and journal, by tenant as `verify` does it; differences only. */
export async function differences(url: string): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const found = await differencesIn(client);
    await client.query('COMMIT');
    return found;
  });
}

/** Within a transaction of level REPEATABLE READ. */
export async function differencesIn(client: pg.Client): Promise<readonly string[]> {
  const found: string[] = [];
  for (const tenant of await listTenants(client)) {
    const seq = await projectedSeq(client, tenant.id);
    const difference = await compareProjection(client, await replay(client, tenant.id, seq), tenant.id);
    if (difference !== null) found.push(`tenant ${tenant.name}, ${difference.text}`);
  }
  return found;
}

/** A tenant's state up to a row of its journal. */
export async function replay(client: pg.Client, tenant: number, upTo: number): Promise<TenantState> {
  const state = new TenantState();
  const command = new Command();
  const decision = new Decision();
  const reader = new BodyReader(command, new Decision());
  for await (const page of readJournal(client, tenant)) {
    for (const row of page) {
      if (row.seq > upTo) return state;
      reader.open(row.body);
      while (reader.next()) apply(state, command, row.at, decision);
    }
  }
  return state;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const TABLES = [
  'position',
  'account',
  'card',
  'authorisation',
  'hold',
  'entry',
  'book',
  'transfer',
  'event',
] as const;

/** Rows of each table and a digest of what is in them, in whatever order. */
export async function contents(url: string): Promise<Readonly<Record<string, string>>> {
  return withClient(url, async (client) => {
    const found: Record<string, string> = {};
    for (const table of TABLES) {
      const { rows } = await client.query<{ told: string }>(
        `SELECT count(*) || ' ' || coalesce(md5(string_agg(r::text, E'\\n' ORDER BY r::text)), '') AS told
         FROM holdfast_read.${table} r`,
      );
      found[table] = rows[0]!.told;
    }
    return found;
  });
}
