import type pg from 'pg';
import { type ArchiveFiles, readWholeJournal } from '../archive-files.js';
import { beginningOf, readArchived, type Snapshots } from '../beginning.js';
import { KEY_WORDS } from '../command.js';
import { invariant } from '../invariant-error.js';
import type { TenantId } from '../list-tenants.js';
import { RECORD } from '../record.js';
import type { TenantState } from '../tenant-state.js';
import { inTransaction } from '../transaction.js';
import { readWords, rowsOf } from './cursor.js';
import { RecordOrigins } from './record-origins.js';
import { TenantProjection } from './tenant-projection.js';

/** Where a projection can begin, besides the start of the journal. */
export interface ProjectionSources {
  readonly snapshots: Snapshots | undefined;
  /** Null where what is archived is not at hand. */
  readonly archive: ArchiveFiles | null;
}

/**
 * A projection of a tenant that is level with its tables: from the newest snapshot that is not ahead of them, and what
 * the journal has from there on.
 *
 * @param seq the journal row up to which the tables are filled
 * @param onRows told now and then while rows are replayed; it may throw
 * @throws InvariantError when a row does not fit, or there is nothing to begin at
 */
export async function beginProjection(
  client: pg.Client,
  tenant: TenantId,
  seq: number,
  { snapshots, archive }: ProjectionSources,
  onRows: () => void,
): Promise<TenantProjection> {
  const archived = archive === null ? (await readArchived(client, tenant.id)).seq : 0;
  invariant(
    seq >= archived,
    `rows ${seq + 1} to ${archived} of the journal are archived: holdfast projection rebuild --archive reads them`,
  );
  const begun = await beginningOf(client, tenant, snapshots, { first: archived, last: seq });
  const origins = await restoreOrigins(client, tenant.id, begun.state, begun.head.seq);
  const projection = new TenantProjection(tenant, begun, origins);
  for await (const rows of readWholeJournal(client, tenant, archive, begun.head.seq, seq)) {
    onRows();
    projection.replay(rows);
  }
  invariant(projection.seq === seq, `row ${projection.seq + 1} of the journal is missing`);
  return projection;
}

/** Of messages under one key, which was used again after its window, the last comes first. */
const MESSAGES = `SELECT key, seq::float8 AS seq, entry FROM holdfast_read.authorisation
  WHERE tenant = $1 AND seq <= $2 AND kind <> 'void' ORDER BY at DESC, seq DESC, entry DESC`;

/**
 * Which entry of the journal each record of a state came from, as the tables have it.
 * @param seq the journal row that the state is level with
 * @throws InvariantError when the tables lack a message that the state has
 */
async function restoreOrigins(
  client: pg.Client,
  tenant: number,
  { records }: TenantState,
  seq: number,
): Promise<RecordOrigins> {
  const origins = new RecordOrigins();
  let left = records.size;
  // No message made these.
  for (let record = 0; record < records.length; record++) {
    const status = records.status(record);
    if (status === RECORD.blocked || status === RECORD.funds) left--;
  }
  const key = new Uint32Array(KEY_WORDS);
  await inTransaction(client, async () => {
    if (left === 0) return;
    const messages = rowsOf<{ key: Buffer; seq: number; entry: number }>(client, MESSAGES, [tenant, seq]);
    for await (const message of messages) {
      const record = records.find(readWords(message.key, key));
      if (record < 0 || records.status(record) === RECORD.blocked || origins.seq(record) !== 0) continue;
      origins.set(record, message.seq, message.entry);
      if (--left === 0) return;
    }
  });
  invariant(left === 0, `the read model lacks ${left} messages of the journal up to row ${seq}: rebuild it`);
  return origins;
}
