import type { Checkpoint } from '../../ledger/checkpoint.js';
import type { History } from './history.js';
import type { JournalTableRow } from './postgres/tables.js';

/** What was changed. */
export interface Rotten {
  readonly table: 'journal' | 'checkpoint';
  /** Of the row, or the first of two. */
  readonly seq: number;
  /** Whether it is what a prover compares. */
  readonly told: boolean;
}

/** Changes a tenant's journal or a checkpoint of it as a bad disk or a bad hand does; null where there is none to change. */
export function rot(history: History, tenant: number): Rotten | null {
  const { random, postgres } = history;
  const rows = postgres.tables.journalAfter(tenant, 0, Number.POSITIVE_INFINITY);
  if (rows.length < 2) return null;
  const checkpoints = postgres.tables.checkpointsAfter(tenant, 0);
  const checkpoint = random.chance(0.5) ? checkpoints.at(-1) : random.pick(checkpoints);
  if (checkpoint !== undefined && random.chance(0.3)) return rotCheckpoint(history, tenant, checkpoint);
  const row = random.pick(rows);
  const put = (changed: JournalTableRow, gone = false) =>
    postgres.tamper({ table: 'journal', row: changed, gone });
  const way = random.whole(0, 6);
  history.say(() => `row ${row.seq} of tenant ${tenant} rots in way ${way}`);
  if (way === 0) put({ ...row, body: flipped(row.body, random.next()) });
  else if (way === 1) put({ ...row, hash: flipped(row.hash, random.next()) });
  else if (way === 2) put({ ...row, previousHash: flipped(row.previousHash, random.next()) });
  else if (way === 3) put({ ...row, at: row.at + random.pick([-1, 1, 0.5, 3_600_000]) });
  else if (way === 4) put({ ...row, epoch: row.epoch + 1 });
  // A row less: not the last, which nothing follows that could tell.
  else if (way === 5) put(rows[random.whole(0, rows.length - 2)]!, true);
  else {
    // Two rows change places.
    const at = random.whole(0, rows.length - 2);
    const [one, other] = [rows[at]!, rows[at + 1]!];
    put({ ...one, seq: other.seq });
    put({ ...other, seq: one.seq });
  }
  return { table: 'journal', seq: row.seq, told: true };
}

function rotCheckpoint(history: History, tenant: number, row: Checkpoint): Rotten {
  const { random, postgres } = history;
  const ways: readonly [Partial<Checkpoint>, told: boolean][] = [
    [{ digest: flipped(row.digest, random.next()) }, true],
    [{ hash: flipped(row.hash, random.next()) }, true],
    [{ at: row.at + 1 }, false],
    [{ commands: row.commands + random.pick([-1, 1]) }, false],
  ];
  const [changed, told] = random.pick(ways);
  history.say(() => `the checkpoint at row ${row.seq} of tenant ${tenant} rots: ${Object.keys(changed)}`);
  postgres.tamper({ table: 'checkpoint', row: { tenant, checkpoint: { ...row, ...changed } } });
  return { table: 'checkpoint', seq: row.seq, told };
}

/** With one bit another. */
function flipped(bytes: Buffer, where: number): Buffer {
  const changed = Buffer.from(bytes);
  const bit = Math.floor(where * 8 * bytes.length);
  changed[bit >>> 3]! ^= 1 << (bit & 7);
  return changed;
}
