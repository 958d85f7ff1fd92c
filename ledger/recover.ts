import type pg from 'pg';
import { apply } from './apply.js';
import { Command, Decision } from './command.js';
import { rowHash } from './hash-chain.js';
import { InvariantError, invariant } from './invariant-error.js';
import { BodyReader } from './journal-body.js';
import { EMPTY_JOURNAL, type JournalHead } from './tenant-ledger.js';
import { TenantState } from './tenant-state.js';

/** Rows read at a time; the next ones are on their way while these are applied. */
const PAGE_ROWS = 200;

const PAGE = `SELECT seq::float8 AS seq, epoch::float8 AS epoch, previous_hash, hash,
    (extract(epoch FROM at) * 1000)::float8 AS at, body
  FROM holdfast.journal WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE_ROWS}`;

interface StoredRow {
  readonly seq: number;
  readonly epoch: number;
  readonly previous_hash: Buffer;
  readonly hash: Buffer;
  readonly at: number;
  readonly body: Buffer;
}

/** A tenant's state as its journal tells it. */
export interface Recovered {
  readonly state: TenantState;
  readonly head: JournalHead;
  /** Commands that were applied. */
  readonly commands: number;
}

/**
 * Rebuilds a tenant's state from its journal alone, and checks on the way that the rows follow each other, that
 * their hashes chain, and that each decision comes out as it was recorded.
 *
 * @param tenant its number in the database
 * @throws InvariantError that names the first row that does not fit
 */
export async function recover(client: pg.Client, tenant: number): Promise<Recovered> {
  const state = new TenantState();
  const recorded = new Decision();
  const decision = new Decision();
  const command = new Command();
  const reader = new BodyReader(command, recorded);
  let head = EMPTY_JOURNAL;
  let commands = 0;
  let page = await readPage(client, tenant, head.seq);
  while (page.length > 0) {
    const next = readPage(client, tenant, page[page.length - 1]!.seq);
    // Awaited below; a failure must not count as unhandled while this page is being applied.
    next.catch(() => {});
    for (const row of page) {
      checkChain(row, head, tenant);
      try {
        commands += reader.open(row.body);
        while (reader.next()) {
          apply(state, command, row.at, decision);
          const same =
            decision.responseCode === recorded.responseCode &&
            decision.approvalCode === recorded.approvalCode;
          invariant(same, 'it records another decision than its commands give');
          invariant(decision.journalled, 'it records a repeat');
        }
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        throw new InvariantError(`row ${row.seq} of the journal: ${error.message}`, { cause: error });
      }
      head = { seq: row.seq, hash: row.hash, at: row.at };
    }
    page = await next;
  }
  return { state, head, commands };
}

async function readPage(client: pg.Client, tenant: number, after: number): Promise<readonly StoredRow[]> {
  const { rows } = await client.query<StoredRow>({
    name: 'read-journal',
    text: PAGE,
    values: [tenant, after],
  });
  return rows;
}

function checkChain(row: StoredRow, head: JournalHead, tenant: number): void {
  invariant(row.seq === head.seq + 1, `row ${head.seq + 1} of the journal is missing`);
  invariant(row.previous_hash.equals(head.hash), `row ${row.seq} of the journal follows another row`);
  // Else they are no numbers that a row is written with, and can't be hashed.
  invariant(
    Number.isSafeInteger(row.at) && row.at >= head.at,
    `row ${row.seq} of the journal has a wrong time`,
  );
  invariant(
    Number.isSafeInteger(row.epoch) && row.epoch > 0,
    `row ${row.seq} of the journal has a wrong epoch`,
  );
  const hash = rowHash(row.previous_hash, tenant, row.seq, row.epoch, row.at, row.body);
  invariant(row.hash.equals(hash), `row ${row.seq} of the journal is not what it was when it was written`);
}
