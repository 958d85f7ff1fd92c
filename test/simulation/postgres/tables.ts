import type { Checkpoint } from '../../../ledger/checkpoint.js';
import type { ReadRow, ReadTable } from './read-model.js';

export interface TenantRow {
  readonly id: number;
  readonly name: string;
}

/** Times in ms since 1970, by the clock of the server. */
export interface LeaseRow {
  readonly tenant: number;
  readonly epoch: number;
  readonly node: string;
  readonly session: string;
  readonly takenAt: number;
  readonly expiresAt: number;
  readonly wantedBy: string | null;
  readonly wantedAt: number | null;
}

export interface NodeRow {
  readonly name: string;
  readonly endpoint: string;
  readonly follows: boolean;
  readonly expiresAt: number;
}

export interface TenureRow {
  readonly tenant: number;
  readonly epoch: number;
  readonly node: string;
  readonly reason: string;
  readonly wantedAt: number | null;
  readonly freeAt: number | null;
  readonly takenAt: number;
  readonly servingAt: number | null;
}

export interface JournalTableRow {
  readonly tenant: number;
  readonly seq: number;
  readonly epoch: number;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  readonly at: number;
  readonly body: Buffer;
}

/** What `ledger/checkpoint.ts` writes. */
export interface CheckpointRow {
  readonly tenant: number;
  readonly checkpoint: Checkpoint;
}

interface Rows {
  tenant: TenantRow;
  lease: LeaseRow;
  node: NodeRow;
  tenure: TenureRow;
  journal: JournalTableRow;
  checkpoint: CheckpointRow;
  read: ReadRow;
}
export type TableName = keyof Rows;

/** A row that a transaction wrote; null where it deleted it. */
export type Change = { [Name in TableName]: { table: Name; row: Rows[Name]; gone?: boolean } }[TableName];

/** The schema `holdfast`, as far as the ledger's statements see it. Rows are never changed, only replaced. */
export class Tables {
  readonly tenants = new Map<number, TenantRow>();
  readonly leases = new Map<number, LeaseRow>();
  readonly nodes = new Map<string, NodeRow>();
  /** By tenant and epoch. */
  readonly tenures = new Map<string, TenureRow>();
  /** By tenant, then by sequence number. */
  readonly journals = new Map<number, Map<number, JournalTableRow>>();

  /** By tenant and sequence number. */
  readonly checkpoints = new Map<string, CheckpointRow>();
  /** By table of the read model, then by key. */
  readonly #readModel = new Map<ReadTable, Map<string, ReadRow>>();

  apply({ table, row, gone }: Change): void {
    switch (table) {
      case 'tenant':
        return put(this.tenants, row.id, row, gone);
      case 'lease':
        return put(this.leases, row.tenant, row, gone);
      case 'node':
        return put(this.nodes, row.name, row, gone);
      case 'tenure':
        return put(this.tenures, `${row.tenant} ${row.epoch}`, row, gone);
      case 'journal':
        return put(this.#journal(row.tenant), row.seq, row, gone);
      case 'read':
        return put(this.#read(row.table), row.key, row, gone);
      case 'checkpoint':
        return put(this.checkpoints, `${row.tenant} ${row.checkpoint.seq}`, row, gone);
    }
  }

  tenantOf(name: string): TenantRow | undefined {
    return [...this.tenants.values()].find((tenant) => tenant.name === name);
  }

  journalRow(tenant: number, seq: number): JournalTableRow | undefined {
    return this.journals.get(tenant)?.get(seq);
  }

  /** A tenant's checkpoints behind `after` in their order. */
  checkpointsAfter(tenant: number, after: number): Checkpoint[] {
    const all = [...this.checkpoints.values()].filter((row) => row.tenant === tenant);
    const checkpoints = all.map(({ checkpoint }) => checkpoint).filter(({ seq }) => seq > after);
    return checkpoints.sort((one, other) => one.seq - other.seq);
  }

  /** A tenant's rows behind `after` in their order, at most so many. */
  journalAfter(tenant: number, after: number, limit: number): JournalTableRow[] {
    const journal = this.#journal(tenant);
    const rows: JournalTableRow[] = [];
    for (let seq = after + 1; rows.length < limit && journal.has(seq); seq++) rows.push(journal.get(seq)!);
    if (rows.length === limit || after + rows.length === journal.size) return rows;
    // Rows that were deleted, or renumbered, leave gaps.
    const all = [...journal.values()].filter(({ seq }) => seq > after);
    return all.sort((one, other) => one.seq - other.seq).slice(0, limit);
  }

  readRow(table: ReadTable, key: string): ReadRow | undefined {
    return this.#readModel.get(table)?.get(key);
  }

  readRows(table: ReadTable): Iterable<ReadRow> {
    return this.#read(table).values();
  }

  #read(table: ReadTable): Map<string, ReadRow> {
    let rows = this.#readModel.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.#readModel.set(table, rows);
    }
    return rows;
  }

  #journal(tenant: number): Map<number, JournalTableRow> {
    let journal = this.journals.get(tenant);
    if (journal === undefined) {
      journal = new Map();
      this.journals.set(tenant, journal);
    }
    return journal;
  }
}

function put<Key, Row>(rows: Map<Key, Row>, key: Key, row: Row, gone = false): void {
  if (gone) rows.delete(key);
  else rows.set(key, row);
}
