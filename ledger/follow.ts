import type pg from 'pg';
import { apply } from './apply.js';
import { Command, Decision } from './command.js';
import { rowHash } from './hash-chain.js';
import { InvariantError, invariant } from './invariant-error.js';
import { BodyReader, billedFollows } from './journal-body.js';
import { readJournal, type StoredRow } from './read-journal.js';
import { EMPTY_JOURNAL, type JournalHead } from './tenant-ledger.js';
import { TenantState } from './tenant-state.js';

/** Told of the rows, in their order, as they are proved and applied. */
export interface RowObserver {
  /** A row begins, which follows the one before. */
  began?(row: StoredRow): void;
  /** A command of it was applied, and decided as it is recorded; both are good until the next one. */
  applied?(command: Command, decision: Decision): void;
  /** All of it was applied. */
  ended?(row: StoredRow): void;
}

/**
 * Keeps a tenant's state level with its journal, from any row on: applies what was added, and checks on the way that
 * the rows follow each other, that their hashes chain, that each decision comes out as it was recorded, and that the
 * balances are those that their writer had. Once a row did not fit, the state is not to be used.
 */
export class Follower {
  /** Tenant's number in the database. */
  readonly tenant: number;
  readonly state: TenantState;
  readonly #observer: RowObserver;
  readonly #recorded = new Decision();
  readonly #decision = new Decision();
  readonly #command = new Command();
  readonly #reader = new BodyReader(this.#command, this.#recorded);
  #head: JournalHead;
  /** Of the last row that was applied here. */
  #epoch = 0;
  #commands = 0;

  /**
   * @param state what the rows up to `head` give, as of a snapshot; it is taken over
   */
  constructor(tenant: number, state = new TenantState(), head = EMPTY_JOURNAL, observer: RowObserver = {}) {
    this.tenant = tenant;
    this.state = state;
    this.#head = head;
    this.#observer = observer;
  }

  /** The last row that is in the state. */
  get head(): JournalHead {
    return this.#head;
  }

  /** Commands that were applied here. */
  get commands(): number {
    return this.#commands;
  }

  /**
   * Reads what the journal has after the head, up to row `end`, and applies it.
   * @returns how many rows and commands that were
   * @throws InvariantError that names the first row that does not fit
   */
  async catchUp(
    client: pg.Client,
    end?: number,
  ): Promise<{ readonly rows: number; readonly commands: number }> {
    const from = this.#head.seq;
    const before = this.#commands;
    for await (const rows of readJournal(client, this.tenant, from, end)) this.take(rows);
    return { rows: this.#head.seq - from, commands: this.#commands - before };
  }

  /**
   * Applies the rows that come next.
   * @returns how many commands they held
   * @throws InvariantError that names the first row that does not fit
   */
  take(rows: readonly StoredRow[]): number {
    const before = this.#commands;
    for (const row of rows) {
      checkChain(row, this.#head, this.tenant);
      invariant(row.epoch >= this.#epoch, `row ${row.seq} of the journal is of an epoch that was over`);
      try {
        this.#commands += this.#apply(row);
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        throw new InvariantError(`row ${row.seq} of the journal: ${error.message}`, { cause: error });
      }
      this.#head = { seq: row.seq, hash: row.hash, at: row.at };
      this.#epoch = row.epoch;
      this.#observer.ended?.(row);
    }
    return this.#commands - before;
  }

  #apply(row: StoredRow): number {
    const { body, at } = row;
    const reader = this.#reader;
    const recorded = this.#recorded;
    const decision = this.#decision;
    const commands = reader.open(body);
    this.#observer.began?.(row);
    while (reader.next()) {
      apply(this.state, this.#command, at, decision);
      const same =
        decision.responseCode === recorded.responseCode &&
        decision.approvalCode === recorded.approvalCode &&
        (!reader.tellsBalances || sameBooking(this.#command, decision, recorded)) &&
        (!reader.tellsRules || sameRules(decision, recorded));
      invariant(same, 'it records another decision than its commands give');
      invariant(decision.journalled, 'it records a repeat');
      this.#observer.applied?.(this.#command, decision);
    }
    const { high, low } = this.state.balances;
    invariant(
      !reader.tellsBalances || (high === reader.balancesHigh && low === reader.balancesLow),
      'its writer had other balances than its commands give',
    );
    return commands;
  }
}

/** What was billed is written down where it is not the message's amount. */
function sameBooking(command: Command, decision: Decision, recorded: Decision): boolean {
  if (decision.marks !== recorded.marks) return false;
  if (!billedFollows(command, decision)) return recorded.billed === 0 && recorded.rate === 0;
  // Older rows do not tell of what was converted to nothing.
  if (decision.billed === 0 && recorded.billed === 0 && recorded.rate === 0) return true;
  return decision.billed === recorded.billed && decision.rate === recorded.rate;
}

function sameRules(decision: Decision, recorded: Decision): boolean {
  return decision.rule === recorded.rule && decision.shadowRule === recorded.shadowRule;
}

/** @throws InvariantError when the row is not the next after `head`, or not what it was when it was written */
export function checkChain(row: StoredRow, head: JournalHead, tenant: number): void {
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
