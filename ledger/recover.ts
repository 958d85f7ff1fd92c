import type pg from 'pg';
import { apply } from './apply.js';
import { Command, Decision } from './command.js';
import { rowHash } from './hash-chain.js';
import { InvariantError, invariant } from './invariant-error.js';
import { BodyReader } from './journal-body.js';
import { readJournal, type StoredRow } from './read-journal.js';
import { EMPTY_JOURNAL, type JournalHead } from './tenant-ledger.js';
import { TenantState } from './tenant-state.js';

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
  for await (const page of readJournal(client, tenant)) {
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
  }
  return { state, head, commands };
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
