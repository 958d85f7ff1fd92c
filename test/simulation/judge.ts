import { COMMAND, RESPONSE } from '../../ledger/command.js';
import { type Entry, entriesOf } from './entries.js';
import { fingerprintOf, isRequest, type Message, type Reply } from './message.js';
import type { Change, JournalTableRow } from './postgres/tables.js';
import type { SimulatedSwitch } from './simulated-switch.js';
import type { Tally } from './tally.js';

/** What a history can be found wanting in. */
export type Check =
  /** An answer was heard that is not in the journal, or not as it was heard. */
  | 'heard'
  /** A key was decided twice. */
  | 'twice'
  /** A row was written under an epoch that was over. */
  | 'fence'
  /** Rows of a journal do not follow each other. */
  | 'chain'
  /** The journal's commands give other balances than the model says. */
  | 'model'
  /** A book does not sum to zero, or does not say what the accounts do. */
  | 'books'
  /** What a writer has in memory is not what its journal gives. */
  | 'replay'
  /** `verify` was wrong about a journal, or a node took one that does not prove itself. */
  | 'verify'
  /** A prover or a node found wrong what is right, or did not find what is wrong. */
  | 'proof'
  /** The read model is not what the journal gives. */
  | 'projection'
  /** A request was answered 91, and holds money all the same. */
  | 'stranded'
  /** Something is still not answered, or a tenant not served, long after the last fault. */
  | 'liveness'
  /** An error that nobody expected. */
  | 'crash';

/** A row of a journal, and what is in it. */
export interface Judged {
  readonly row: JournalTableRow;
  readonly entries: readonly Entry[];
}

interface Decided {
  readonly entry: Entry;
  readonly epoch: number;
  readonly tenant: number;
  voided: boolean;
}

interface Refusal {
  readonly message: Message;
  readonly by: SimulatedSwitch;
  readonly epoch: number;
}

/** Compares what processors hear with what is in the journals, at the moment that they hear it. */
export class Judge {
  /** Entries of the rows by tenant's number, in the order of their commits. */
  readonly rows = new Map<number, Judged[]>();
  readonly #decided = new Map<string, Decided>();
  readonly #refused: Refusal[] = [];
  /** How often each message was sent to each switch. */
  readonly #sent = new Map<string, number>();
  /** What was sent under each key. */
  readonly #contents = new Map<number, Set<number>>();
  readonly #tally: Tally;
  readonly #fail: (check: Check, text: string) => void;

  constructor(tally: Tally, fail: (check: Check, text: string) => void) {
    this.#tally = tally;
    this.#fail = fail;
  }

  /** Rows can be seen from now on; `epoch` tells a tenant's. */
  committed(changes: readonly Change[], epoch: (tenant: number) => number): void {
    for (const { table, row } of changes) if (table === 'journal') this.#committed(row, epoch(row.tenant));
  }

  sent(message: Message, to: SimulatedSwitch): void {
    const contents = this.#contents.get(message.key) ?? new Set<number>();
    this.#contents.set(message.key, contents.add(fingerprintOf(message)));
    const key = `${message.key} ${to.label}`;
    this.#sent.set(key, (this.#sent.get(key) ?? 0) + 1);
  }

  /** What is heard stands in the journal of that tenant's number, as it was heard; unless it is 91, which says nothing. */
  heard({ message, code, approvalCode, amount }: Reply, from: SimulatedSwitch, tenant: number): void {
    const decided = this.#decided.get(`${tenant} ${message.key}`);
    if (code === RESPONSE.issuerInoperative) {
      if (isRequest(message))
        this.#refused.push({ message, by: from, epoch: from.node!.epoch(message.tenant) });
      return;
    }
    const what = `key ${message.key} was answered ${code} by ${from.label}`;
    // An answer of 94 is not kept, where it is for another message under the key of one.
    const rivals = this.#contents.get(message.key)!.size > 1;
    if (code === RESPONSE.duplicate && rivals) return;
    if (decided === undefined) return this.#fail('heard', `${what}, and is not in the journal`);
    const { entry, voided } = decided;
    if (fingerprintOf(message) !== entry.fingerprint) {
      return this.#fail('heard', `${what}, though another message has that key`);
    }
    if (voided) return this.#fail('heard', `${what}, and was undone`);
    const partly = entry.code === RESPONSE.partiallyApproved;
    const wanted = partly ? entry.billed : -1;
    if (code !== entry.code || approvalCode !== entry.approvalCode || amount !== wanted) {
      const told = `${code}, ${approvalCode}, ${amount}`;
      this.#fail(
        'heard',
        `${what}: ${told} is not ${entry.code}, ${entry.approvalCode}, ${wanted} of the journal`,
      );
    }
  }

  /** That what was refused by who still holds the tenant holds nothing: it was undone, or never decided. */
  checkRefusals(number: (tenant: number) => number, current: (tenant: number) => number): void {
    for (const { message, by, epoch } of this.#refused) {
      const decided = this.#decided.get(`${number(message.tenant)} ${message.key}`);
      if (decided === undefined || decided.voided || decided.entry.fingerprint !== fingerprintOf(message))
        continue;
      if (decided.entry.code !== RESPONSE.approved && decided.entry.code !== RESPONSE.partiallyApproved)
        continue;
      // Another copy of it may have been decided later.
      if (decided.epoch !== epoch || this.#sent.get(`${message.key} ${by.label}`) !== 1) continue;
      // It lost the tenant, or its life, before it could undo what it had decided.
      if (by.ended || current(message.tenant) !== epoch) this.#tally.stranded++;
      else
        this.#fail(
          'stranded',
          `key ${message.key} was answered 91 by ${by.label}, and is approved in the journal`,
        );
    }
  }

  #committed(row: JournalTableRow, current: number): void {
    const { tenant, seq, epoch, previousHash } = row;
    const rows = this.rows.get(tenant) ?? [];
    this.rows.set(tenant, rows);
    const last = rows.at(-1)?.row;
    if (epoch !== current || epoch < (last?.epoch ?? 0)) {
      this.#fail(
        'fence',
        `row ${seq} of tenant ${tenant} was written under epoch ${epoch}, in epoch ${current}`,
      );
    }
    if (seq !== (last?.seq ?? 0) + 1 || !previousHash.equals(last?.hash ?? Buffer.alloc(32))) {
      this.#fail('chain', `row ${seq} of tenant ${tenant} does not follow row ${last?.seq ?? 0}`);
    }
    const entries = entriesOf(row.body);
    rows.push({ row, entries });
    this.#tally.rows++;
    this.#tally.commands += entries.length;
    for (const entry of entries) this.#enter(entry, tenant, epoch);
  }

  #enter(entry: Entry, tenant: number, epoch: number): void {
    const name = `${tenant} ${entry.key}`;
    if (entry.kind === COMMAND.voidRequest) {
      this.#tally.voids++;
      this.#decided.get(name)!.voided = true;
    } else if (entry.key !== 0) {
      if (this.#decided.has(name))
        this.#fail('twice', `key ${entry.key} of tenant ${tenant} was decided twice`);
      this.#decided.set(name, { entry, epoch, tenant, voided: false });
    }
  }
}
