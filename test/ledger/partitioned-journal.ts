import type pg from 'pg';
import type { Test } from 'tap';
import { type ArchiveSettings, archiveJournal } from '../../ledger/archive.js';
import type { Snapshots } from '../../ledger/beginning.js';
import { connected, type FreshDatabases } from './fresh-databases.js';
import { ALWAYS, proverOf, snapshotsIn } from './proved-journal.js';
import { RunningLedger } from './running-ledger.js';

export const PARTITIONED_TENANTS = ['one', 'two'];
const ALL = { seq: 1_000_000_000 };

/** Two tenants whose journals lie in partitions of eight rows: 20 rows each, proved at row 10 and at the end. */
export async function partitionedJournal(
  t: Test,
  databases: FreshDatabases,
  schedule = ALWAYS,
  atTen: (client: pg.Client, snapshots: Snapshots, url: string) => Promise<void> = async () => {},
) {
  const url = await databases.create();
  const snapshots = await snapshotsIn(t);
  const archive = await snapshotsIn(t);
  const running = await RunningLedger.open(t, url, PARTITIONED_TENANTS);
  const client = await connected(t, url);
  await client.query('DROP TABLE holdfast.journal_0');
  for (const [name, from, to] of [
    ['journal_0', 'MINVALUE', 8],
    ['journal_1', 8, 16],
    ['journal_2', 16, 4_194_304],
  ]) {
    await client.query(
      `CREATE TABLE holdfast.${name} PARTITION OF holdfast.journal FOR VALUES FROM (${from}) TO (${to})`,
    );
  }
  for (const tenant of PARTITIONED_TENANTS.keys()) running.furnish(tenant);
  await running.commit();
  const write = async (until: number, from: number) => {
    for (let key = from; key <= until; key++) {
      running.now += 1000;
      for (const tenant of PARTITIONED_TENANTS.keys()) running.authorise(tenant, key);
      await running.commit();
    }
  };
  await write(10, 2);
  await proverOf(snapshots, PARTITIONED_TENANTS, schedule).prove(client);
  await atTen(client, snapshots, url);
  await write(20, 11);
  await proverOf(snapshots, PARTITIONED_TENANTS, schedule).prove(client);
  const move = (before: ArchiveSettings['before'] = ALL) =>
    drained(archiveJournal(client, { directory: archive.directory, before, snapshots }));
  return { url, client, running, snapshots, archive: archive.directory, move };
}

export async function drained<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
