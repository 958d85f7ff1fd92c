import { PARTITION_ROWS } from '../../../ledger/partitions.js';
import type { Transaction } from './session.js';
import type { Result, Statement } from './statements.js';
import type { JournalTableRow, LeaseRow } from './tables.js';

function result(...found: readonly object[]): readonly Result[] {
  return [{ rows: found, rowCount: found.length }];
}

function limitOf(text: string): number {
  return Number(/LIMIT (\d+)/.exec(text)![1]);
}

export function storedRow({ seq, epoch, previousHash, hash, at, body }: JournalTableRow): object {
  return { seq, epoch, previous_hash: previousHash, hash, at, body };
}

/** Statements that change nothing. */
export const readStatements: readonly Statement[] = [
  {
    name: 'look-at-rows',
    digest: '39e2702cccaf',
    run: ({ server: { tables } }, { values }) => {
      const [tenants, seqs, epochs, hashes] = values as [number[], number[], number[], Buffer[]];
      const found = tenants.map((tenant, place) => ({
        there: tables.journalRow(tenant, seqs[place]!)?.hash.equals(hashes[place]!) ?? null,
        ours: tables.leases.get(tenant)?.epoch === epochs[place],
      }));
      return result(...found);
    },
  },
  {
    name: 'tenant-numbers',
    digest: 'bdfac4d5c5d3',
    run: ({ server: { tables } }, { values }) => {
      const [names] = values as [string[]];
      return result(...names.flatMap((name) => tables.tenantOf(name) ?? []));
    },
  },
  {
    name: 'look-at-leases',
    digest: 'ede422462158',
    run: (transaction, { values }) => {
      const [tenants, backMs] = values as [number[], number];
      return result(...leasesOf(transaction, tenants).map((lease) => statusOf(transaction, lease, backMs)));
    },
  },
  {
    name: 'is-following',
    digest: '3fa8faf72c4c',
    run: ({ server }, { values }) => {
      const node = server.tables.nodes.get(values[0] as string);
      return node?.follows && node.expiresAt > server.now() ? result({}) : result();
    },
  },
  {
    name: 'read-journal-to',
    digest: '041dd13719cb',
    run: ({ server: { tables } }, { text }) => {
      const [, tenant, after, end] = /tenant = (\d+) AND seq > (\d+) AND seq <= (\d+)/.exec(text)!;
      const rows = tables.journalAfter(Number(tenant), Number(after), limitOf(text));
      const within = rows.filter(({ seq }) => seq <= Number(end));
      return result(...within.map((row) => ({ tenant: row.tenant, ...storedRow(row) })));
    },
  },
  {
    name: 'read-journal',
    digest: '2214fab6d91b',
    run: ({ server: { tables } }, { text }) => {
      const [, tenant, after] = /tenant = (\d+) AND seq > (\d+)/.exec(text)!;
      const rows = tables.journalAfter(Number(tenant), Number(after), limitOf(text));
      return result(...rows.map((row) => ({ tenant: row.tenant, ...storedRow(row) })));
    },
  },
  {
    name: 'next-rows',
    digest: '7b8ba2c4aefe',
    run: ({ server: { tables } }) =>
      result(
        ...[...tables.tenants.keys()].map((tenant) => {
          const last = tables.journalAfter(tenant, 0, Number.POSITIVE_INFINITY).at(-1);
          return { next: (last?.seq ?? 0) + 1 };
        }),
      ),
  },
  {
    // A history is far too short for a second one.
    name: 'list-partitions',
    digest: '9b8d3617270a',
    run: () => result({ name: 'journal_0', bounds: `FOR VALUES FROM (MINVALUE) TO ('${PARTITION_ROWS}')` }),
  },
  {
    name: 'read-checkpoints',
    digest: '7d05d6fbb538',
    run: ({ server: { tables } }, { values }) => {
      const [tenant, after] = values as [number, number];
      return result(...tables.checkpointsAfter(tenant, after));
    },
  },
  {
    name: 'read-checkpoint',
    digest: '3cf8dc2b525d',
    run: ({ server: { tables } }, { values }) => {
      const found = tables.checkpoints.get(values.join(' '));
      return found === undefined ? result() : result(found.checkpoint);
    },
  },
  {
    name: 'hash-of-row',
    digest: '890457f5ccf3',
    run: ({ server: { tables } }, { values }) => {
      const [tenant, seq] = values as [number, number];
      const row = tables.journalRow(tenant, seq);
      return row === undefined ? result() : result({ hash: row.hash });
    },
  },
  {
    name: 'journal-heads',
    digest: '508a50e01fcd',
    run: ({ server: { tables } }, { values }) => {
      const [tenants, seqs] = values as [number[], number[]];
      const seqOf = (tenant: number, after: number) =>
        tables.journalAfter(tenant, after, Number.POSITIVE_INFINITY).at(-1)?.seq ?? null;
      return result(...tenants.map((tenant, place) => ({ tenant, seq: seqOf(tenant, seqs[place]!) })));
    },
  },
  {
    // Nothing is archived here.
    name: 'read-archived',
    digest: '1c286643bc41',
    run: () => result(),
  },
  {
    name: 'read-news',
    digest: '872a5fc0c10f',
    run: ({ server: { tables } }, { text, values }) => {
      const [tenants, seqs] = values as [number[], number[]];
      const pages = tenants.map((tenant, place) =>
        tables
          .journalAfter(tenant, seqs[place]!, limitOf(text))
          .map((row) => ({ tenant, ...storedRow(row) })),
      );
      return result(...pages.flat());
    },
  },
  {
    name: 'read-head',
    digest: 'ea5511080ee6',
    run: ({ server: { tables } }, { values }) => {
      const [tenant, epoch] = values as [number, number];
      const all = tables.journalAfter(tenant, 0, Number.POSITIVE_INFINITY);
      const head = all.filter((row) => row.epoch <= epoch).at(-1);
      return head === undefined ? result() : result({ seq: head.seq, hash: head.hash, at: head.at });
    },
  },
  {
    name: 'list-tenants',
    digest: '43e0af3b97bd',
    run: ({ server: { tables } }, { values }) => {
      const [name] = values as [string | null];
      const found = [...tables.tenants.values()].filter((tenant) => name === null || tenant.name === name);
      return result(...found.sort((one, other) => (one.name < other.name ? -1 : 1)));
    },
  },
  {
    name: 'holder-of',
    digest: '9dd134df6ec9',
    run: ({ server: { tables } }, { values }) => {
      const lease = tables.leases.get(values[0] as number);
      return lease === undefined ? result() : result({ from: lease.node, epoch: lease.epoch });
    },
  },
  {
    name: 'nodes-that-live',
    digest: '4ab0d1d85d92',
    run: ({ server }) => {
      const found = [...server.tables.nodes.values()].filter(({ expiresAt }) => expiresAt > server.now());
      found.sort((one, other) => (one.name < other.name ? -1 : 1));
      return result(...found.map(({ name, follows }) => ({ name, follows })));
    },
  },
  {
    name: 'steps-of-a-take-over',
    digest: '879035c5c2f8',
    run: ({ server: { tables } }, { values }) => {
      const [tenant, epoch] = values as [number, number];
      const found = [...tables.tenures.values()].filter(
        (tenure) => tenure.tenant === tenant && tenure.epoch > epoch && tenure.servingAt !== null,
      );
      const last = found.sort((one, other) => other.epoch - one.epoch)[0];
      if (last === undefined) return result();
      const { node, wantedAt, freeAt, takenAt, servingAt } = last;
      const free = freeAt ?? takenAt;
      return result({
        to: node,
        epoch: last.epoch,
        releaseMs: Math.max(0, free - (wantedAt ?? takenAt)),
        takeMs: Math.max(0, takenAt - free),
        serveMs: Math.max(0, servingAt! - takenAt),
      });
    },
  },
];

function leasesOf({ server }: Transaction, tenants: readonly number[]): LeaseRow[] {
  return tenants.flatMap((tenant) => server.tables.leases.get(tenant) ?? []);
}

function statusOf({ server }: Transaction, lease: LeaseRow, backMs: number): object {
  const { tenant, epoch, node, expiresAt, session, wantedBy } = lease;
  const now = server.now();
  const alive = [...server.sessions].some(({ applicationName }) => applicationName === session);
  return {
    tenant,
    epoch,
    node,
    endpoint: server.tables.nodes.get(node)?.endpoint ?? '',
    expiresAt,
    freeForMs: now - expiresAt,
    orphaned: now - server.upSince! > backMs && !alive,
    wantedBy,
  };
}
