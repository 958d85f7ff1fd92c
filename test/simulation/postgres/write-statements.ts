import { refusal } from './server.js';
import type { Transaction } from './session.js';
import type { Request, Result, Statement } from './statements.js';
import type { JournalTableRow, LeaseRow } from './tables.js';

const NOTHING: Result = { rows: [], rowCount: 0 };
const LEASE_CHANNEL = 'holdfast_lease';
const HASH_BYTES = 32;
const DAY_MS = 86_400_000;

function result(...found: readonly object[]): Result {
  return { rows: found, rowCount: found.length };
}

/** Statements that change something, or whose session does. */
export const writeStatements: readonly Statement[] = [
  { name: 'insert-journal', digest: '513cb8b17b93', run: insertJournal },
  { name: 'register-tenants', digest: 'ca5d152dda26', run: registerTenants },
  { name: 'take-leases', digest: '2e46615e795d', run: takeLeases },
  { name: 'beat', digest: '0f0bfa07b18b', run: beat },
  { name: 'write-checkpoint', digest: 'f094ed8d8378', run: writeCheckpoint },
  {
    name: 'release-leases',
    digest: 'fdcf275f3a55',
    run: async (transaction, { values }) => {
      const held = await lockHeld(transaction, values[0] as number[], values[1] as number[]);
      for (const row of held)
        changeLease(transaction, { ...row, expiresAt: transaction.server.now(), session: '' });
      transaction.notices.add(LEASE_CHANNEL);
      return [result({ pg_notify: '' })];
    },
  },
  {
    name: 'want-leases',
    digest: 'a00f8379efd7',
    run: async (transaction, { values }) => {
      const [tenants, node] = values as [number[], string];
      for (const tenant of tenants) {
        await transaction.lock(`lease ${tenant}`, 'row');
        const row = transaction.server.tables.leases.get(tenant);
        if (row === undefined) continue;
        changeLease(transaction, { ...row, wantedBy: node, wantedAt: transaction.server.now() });
      }
      transaction.notices.add(LEASE_CHANNEL);
      return [result({ pg_notify: '' })];
    },
  },
  {
    name: 'want-no-more',
    digest: 'fd92f8688658',
    run: async (transaction, { values }) => {
      const [tenant, node] = values as [number, string];
      await transaction.lock(`lease ${tenant}`, 'row');
      const row = transaction.server.tables.leases.get(tenant);
      if (row?.wantedBy === node) changeLease(transaction, { ...row, wantedBy: null });
      return [NOTHING];
    },
  },
  {
    name: 'note-serving',
    digest: '602c427458de',
    run: ({ server, changes }, { values }) => {
      const [tenants, epochs] = values as [number[], number[]];
      for (const [place, tenant] of tenants.entries()) {
        const row = server.tables.tenures.get(`${tenant} ${epochs[place]}`);
        if (row !== undefined) changes.push({ table: 'tenure', row: { ...row, servingAt: server.now() } });
      }
      return [NOTHING];
    },
  },
  {
    name: 'forget-node',
    digest: 'dac87b7e5f6c',
    run: async (transaction, { values }) => {
      const { server } = transaction;
      await transaction.lock(`node ${values[0]}`, 'row');
      for (const row of server.tables.nodes.values()) {
        if (row.name !== values[0] && row.expiresAt >= server.now() - DAY_MS) continue;
        transaction.change({ table: 'node', row, gone: true });
      }
      return [NOTHING];
    },
  },
  {
    name: 'end-lapsed-sessions',
    digest: 'ff9bc38ca7e5',
    run: ({ server }, { values }) => {
      const [tenants, own] = values as [number[], string];
      const lapsed = tenants
        .flatMap((tenant) => server.tables.leases.get(tenant) ?? [])
        .filter(({ session, expiresAt }) => session !== '' && session !== own && expiresAt <= server.now())
        .map(({ session }) => session);
      const ended = [...server.sessions].filter((session) => lapsed.includes(session.applicationName));
      for (const session of ended) session.terminate();
      return [result(...ended.map(() => ({ pg_terminate_backend: true })))];
    },
  },
  {
    name: 'listen',
    digest: '9b809a810324',
    run: ({ session }) => {
      session.synchronousCommit = false;
      session.listening.add(LEASE_CHANNEL);
      return [NOTHING, NOTHING];
    },
  },
];

/** Read committed: the snapshot is of when the table lock was had, and epochs do not change while that is held. */
async function insertJournal(transaction: Transaction, { values }: Request): Promise<readonly Result[]> {
  const [all, at, ...columns] = values as [Buffer, number, string, string, string, string, string];
  const [tenants, seqs, epochs, offsets, lengths] = columns.map(numbers);
  const { server } = transaction;
  await transaction.lock('journal', 'row exclusive');
  const fenced = tenants!.map((tenant, place) => server.tables.leases.get(tenant)?.epoch !== epochs![place]);
  await transaction.work('insert-journal');
  for (const [place, tenant] of tenants!.entries()) {
    const seq = seqs![place]!;
    if (fenced[place]) throw refusal('23502', 'null value in column "epoch" of relation "journal"');
    await transaction.lock(`journal ${tenant} ${seq}`, 'row');
    if (server.tables.journalRow(tenant, seq) !== undefined) {
      throw refusal('23505', 'duplicate key value violates unique constraint "journal_pkey"');
    }
    // `substr` counts from 1.
    const from = offsets![place]! - 1;
    const part = (start: number, length: number) => Buffer.from(all.subarray(start, start + length));
    const row: JournalTableRow = {
      tenant,
      seq,
      epoch: epochs![place]!,
      previousHash: part(from, HASH_BYTES),
      hash: part(from + HASH_BYTES, HASH_BYTES),
      at,
      body: part(from + 2 * HASH_BYTES, lengths![place]!),
    };
    transaction.change({ table: 'journal', row });
  }
  return [NOTHING];
}

/** A second one of a row keeps the digest of the first, where both are of one version. */
async function writeCheckpoint(transaction: Transaction, { values }: Request): Promise<readonly Result[]> {
  const [tenant, seq, at, hash, digest, version, commands] = values as [
    number,
    number,
    number,
    Buffer,
    Buffer,
    number,
    number,
  ];
  const { tables } = transaction.server;
  await transaction.lock(`checkpoint ${tenant} ${seq}`, 'row');
  await transaction.work('write-checkpoint');
  const there = tables.checkpoints.get(`${tenant} ${seq}`)?.checkpoint;
  const checkpoint =
    there === undefined
      ? { seq, at, hash, digest, version, commands }
      : { ...there, digest: there.version === version ? there.digest : digest, version };
  transaction.change({ table: 'checkpoint', row: { tenant, checkpoint } });
  return [result(checkpoint)];
}

async function registerTenants(transaction: Transaction, { text }: Request): Promise<readonly Result[]> {
  await transaction.lock('tenant', 'share row exclusive');
  const { tables } = transaction.server;
  const [, list] = /ARRAY\[([^\]]*)\]/.exec(text)!;
  let id = Math.max(0, ...tables.tenants.keys());
  for (const name of strings(list!)) {
    if (tables.tenantOf(name) !== undefined) continue;
    transaction.change({ table: 'tenant', row: { id: ++id, name } });
    const never = {
      node: '',
      session: '',
      takenAt: transaction.server.now(),
      wantedBy: null,
      wantedAt: null,
    };
    transaction.change({ table: 'lease', row: { tenant: id, epoch: 0, expiresAt: 0, ...never } });
  }
  return [NOTHING, NOTHING, NOTHING];
}

async function takeLeases(transaction: Transaction, { text }: Request): Promise<readonly Result[]> {
  const { server } = transaction;
  const [, timeout] = /lock_timeout = (\d+)/.exec(text)!;
  const [, seen] = /\(VALUES (.*?)\) s \(/s.exec(text)!;
  const [, node, name, ttl] = /node = '(.*?)', session = '(.*?)',\s.*?\+ (\d+(?:\.\d+)?) \* interval/s.exec(
    text,
  )!;
  transaction.synchronousCommit = true;
  transaction.lockTimeoutMs = Number(timeout);
  await transaction.lock('journal', 'exclusive');
  const taken: { tenant: number; epoch: number }[] = [];
  const free = [...seen!.matchAll(/\((\d+), (\d+), (true|false)\)/g)]
    .map(([, tenant, epoch, orphaned]) => ({
      tenant: Number(tenant),
      epoch: Number(epoch),
      orphaned: orphaned === 'true',
    }))
    .sort((one, other) => one.tenant - other.tenant);
  for (const lease of free) {
    if (!isFree(transaction, lease)) continue;
    await transaction.lock(`lease ${lease.tenant}`, 'row');
    // Whoever held the row may have changed it.
    if (!isFree(transaction, lease)) continue;
    const row = server.tables.leases.get(lease.tenant)!;
    const now = server.now();
    const epoch = row.epoch + 1;
    const lapsed = row.expiresAt <= now;
    changeLease(transaction, {
      tenant: row.tenant,
      epoch,
      node: node!,
      session: name!,
      takenAt: now,
      expiresAt: now + Number(ttl),
      wantedBy: null,
      wantedAt: null,
    });
    transaction.change({
      table: 'tenure',
      row: {
        tenant: row.tenant,
        epoch,
        node: node!,
        reason: row.epoch === 0 ? 'new' : row.session === '' ? 'released' : lapsed ? 'lapsed' : 'orphaned',
        wantedAt: row.wantedAt,
        freeAt: row.epoch > 0 && lapsed ? row.expiresAt : null,
        takenAt: now,
        servingAt: null,
      },
    });
    taken.push({ tenant: row.tenant, epoch });
  }
  await transaction.work('take-leases');
  transaction.notices.add(LEASE_CHANNEL);
  return [NOTHING, NOTHING, NOTHING, result(...taken), result({ pg_notify: '' })];
}

function isFree(
  { server }: Transaction,
  seen: { tenant: number; epoch: number; orphaned: boolean },
): boolean {
  const row = server.tables.leases.get(seen.tenant);
  if (row?.epoch !== seen.epoch) return false;
  if (row.expiresAt <= server.now()) return true;
  return (
    seen.orphaned && ![...server.sessions].some(({ applicationName }) => applicationName === row.session)
  );
}

async function beat(transaction: Transaction, { values }: Request): Promise<readonly Result[]> {
  const [name, endpoint, follows, ttl, tenants, epochs] = values as [
    string,
    string,
    boolean,
    number,
    number[],
    number[],
  ];
  const { server } = transaction;
  await transaction.lock(`node ${name}`, 'row');
  const held = await lockHeld(transaction, tenants, epochs);
  const now = server.now();
  transaction.change({ table: 'node', row: { name, endpoint, follows, expiresAt: now + ttl } });
  for (const row of held) changeLease(transaction, { ...row, expiresAt: now + ttl });
  return [result({ now, held: held.map(({ tenant, wantedBy }) => ({ tenant, wantedBy })) })];
}

/** Locks those leases that are held under these epochs, in the order of their tenants. */
async function lockHeld(
  transaction: Transaction,
  tenants: readonly number[],
  epochs: readonly number[],
): Promise<readonly LeaseRow[]> {
  const { tables } = transaction.server;
  const held: LeaseRow[] = [];
  for (const tenant of [...new Set(tenants)].sort((one, other) => one - other)) {
    const isHeld = () =>
      tenants.some((of, place) => of === tenant && tables.leases.get(of)?.epoch === epochs[place]);
    if (!isHeld()) continue;
    await transaction.lock(`lease ${tenant}`, 'row');
    // Whoever held the row may have changed it.
    if (isHeld()) held.push(tables.leases.get(tenant)!);
  }
  return held;
}

function changeLease(transaction: Transaction, row: LeaseRow): void {
  transaction.change({ table: 'lease', row });
}

/** An array as Postgres writes it. */
function numbers(array: string | undefined): number[] {
  return array!.slice(1, -1).split(',').map(Number);
}

/** Literals in a list. */
function strings(list: string): string[] {
  return [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, text]) => text!.replaceAll("''", "'"));
}
