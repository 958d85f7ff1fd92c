import type pg from 'pg';
import { ArchiveFiles, readWholeJournal } from './archive-files.js';
import { type Beginning, beginningOf, readArchived, type Snapshots } from './beginning.js';
import { type Checkpoint, readCheckpoints } from './checkpoint.js';
import { Follower } from './follow.js';
import { InvariantError, invariant } from './invariant-error.js';
import { listTenants, type TenantId } from './list-tenants.js';
import type { StoredRow } from './read-journal.js';
import { SnapshotFiles } from './snapshot-files.js';
import { IMAGE_VERSION, stateDigest } from './state-image.js';
import { EMPTY_JOURNAL } from './tenant-ledger.js';
import { TenantState } from './tenant-state.js';
import { wholeState } from './whole-state.js';

/** What the proof of one tenant's journal came to. */
export interface Verdict {
  readonly tenant: string;
  /** The row behind which the proof began: 0, or that of a snapshot. */
  readonly after: number;
  /** The last row that was proved. */
  readonly rows: number;
  /** Commands that were proved. */
  readonly commands: number;
  /** Checkpoints whose digests came out again. */
  readonly checkpoints: number;
  /** Time of the last row, in ms since 1970; 0 without rows. */
  readonly at: number;
  readonly seconds: number;
  /** What is worth knowing besides: why the proof did not begin where it was asked to, what checks found. */
  readonly note: string | null;
  /** The first row that does not fit, and how; null when all do. */
  readonly fault: string | null;
  /** Its sequence number, or that of the row behind which something else does not fit. */
  readonly seq: number | null;
  /** What to do about it. */
  readonly advice: string | null;
}

/** A tenant's journal, proved to its end. */
export interface Proved {
  readonly tenant: TenantId;
  /** The row behind which it was proved: 0, or that of a snapshot. */
  readonly after: number;
  /** Level with the end; it may be taken on to rows that came since. */
  readonly follower: Follower;
}

/** What a check came to: what does not fit and what to do, or what is worth knowing. */
export type Finding =
  | {
      readonly fault: string;
      readonly advice: string;
      /** Of the journal row that it goes by. */
      readonly seq: number;
    }
  | { readonly note: string };

/**
 * What else is to be proved of a tenant.
 * @throws InvariantError when a row that the follower is taken on to does not fit
 */
export type Check = (client: pg.Client, proved: Proved) => Promise<Finding>;

export interface VerifySettings {
  /** Name of the only tenant that is asked for; all when absent. */
  readonly tenant?: string | undefined;
  /** Rows before this one need no proof: begins at the last snapshot before it. */
  readonly since?: number | undefined;
  readonly snapshots?: Snapshots | undefined;
  /** Directory of archived partitions, which are proved first. */
  readonly archive?: string | undefined;
  /** What is proved of each tenant in the end. */
  readonly checks?: readonly Check[];
}

/** What to do about a journal row that does not fit. */
export const RESTORE =
  'Keep this tenant closed. Compare the row with a standby or a backup, restore it from there, and verify again.';
const COMPARE =
  'Keep this tenant closed. Verify on a standby or a backup: if it fits there, the checkpoint was changed here; if not, a row was, with its hashes made anew.';
const BEGIN_ELSEWHERE =
  'Copy a snapshot of the tenant from another node into the directory of snapshots, or give the archive by --archive.';

/**
 * Proves journals by replaying them: sequence, hash chain, every decision and the balances after each row; and at each
 * checkpoint, and in the end, the sums and lists of the whole state; and the digest at each checkpoint. It only reads, so a
 * switch may write meanwhile; what it wrote by the time that the end is reached is proved too.
 */
export async function* verify(client: pg.Client, settings: VerifySettings = {}): AsyncGenerator<Verdict> {
  const { archive } = settings;
  const files = archive === undefined ? null : new ArchiveFiles(archive);
  for (const tenant of await listTenants(client, settings.tenant)) {
    yield await new Verification(client, tenant, settings, files).verdict();
  }
}

class Verification {
  readonly #client: pg.Client;
  readonly #tenant: TenantId;
  readonly #settings: VerifySettings;
  readonly #archive: ArchiveFiles | null;
  readonly #startedAt = performance.now();
  #after = 0;
  #checkpoints = 0;
  #note: string | null = null;
  #advice = RESTORE;
  /** The row that is looked at, where that is not the one behind the last that fits. */
  #suspect: number | null = null;
  #follower: Follower | null = null;

  constructor(client: pg.Client, tenant: TenantId, settings: VerifySettings, archive: ArchiveFiles | null) {
    this.#client = client;
    this.#tenant = tenant;
    this.#settings = settings;
    this.#archive = archive;
  }

  async verdict(): Promise<Verdict> {
    try {
      const follower = await this.#prove();
      for (const check of this.#settings.checks ?? []) {
        const found = await check(this.#client, { tenant: this.#tenant, after: this.#after, follower });
        if ('fault' in found) return this.#say(found.fault, found.seq, found.advice);
        this.#note = this.#note === null ? found.note : `${this.#note}; ${found.note}`;
      }
      return this.#say(null, null, null);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      const next = (this.#follower?.head.seq ?? 0) + 1;
      return this.#say(error.message, this.#suspect ?? next, this.#advice);
    }
  }

  #say(fault: string | null, seq: number | null, advice: string | null): Verdict {
    const head = this.#follower?.head ?? EMPTY_JOURNAL;
    return {
      tenant: this.#tenant.name,
      after: this.#after,
      rows: head.seq,
      commands: this.#follower?.commands ?? 0,
      checkpoints: this.#checkpoints,
      at: head.at,
      seconds: (performance.now() - this.#startedAt) / 1000,
      note: this.#note,
      fault,
      seq,
      advice,
    };
  }

  async #prove(): Promise<Follower> {
    this.#advice = BEGIN_ELSEWHERE;
    const { state, head, commands } = await this.#begin();
    this.#advice = RESTORE;
    this.#after = head.seq;
    // Before the rows are read: each of these has its row by now.
    const checkpoints = [...(await readCheckpoints(this.#client, this.#tenant.id, head.seq))];
    const ended = (row: StoredRow): void => {
      if (row.seq !== checkpoints[0]?.seq) return;
      [this.#suspect, this.#advice] = [row.seq, COMPARE];
      const checkpoint = checkpoints.shift()!;
      compare(checkpoint, row, follower.state, commands + follower.commands);
      if (checkpoint.version === IMAGE_VERSION) this.#checkpoints++;
      [this.#suspect, this.#advice] = [null, RESTORE];
    };
    const follower = new Follower(this.#tenant.id, state, head, { ended });
    this.#follower = follower;
    const journal = readWholeJournal(this.#client, this.#tenant, this.#archive, head.seq);
    for await (const rows of journal) follower.take(rows);
    const [beyond] = checkpoints;
    if (beyond !== undefined) {
      throw new InvariantError(
        `row ${follower.head.seq + 1} of the journal is missing, and all up to row ${beyond.seq}, which was proved once`,
      );
    }
    this.#suspect = follower.head.seq;
    wholeState(follower.head.seq, follower.state);
    this.#suspect = null;
    return follower;
  }

  /** The state to begin at, which is none where the archive is there, or no snapshot is before what is asked for. */
  async #begin(): Promise<Beginning> {
    const { since = 1, snapshots } = this.#settings;
    const { seq: archived } = await readArchived(this.#client, this.#tenant.id);
    const start = { state: new TenantState(), head: EMPTY_JOURNAL, commands: 0 };
    const first = this.#archive === null ? archived : 0;
    if (since > 1 && since > first && snapshots !== undefined) {
      const rows = { first, last: since - 1 };
      const begun = await beginningOf(this.#client, this.#tenant, snapshots, rows).catch(elsewhere);
      if (begun !== null && begun.head.seq > 0) return begun;
    }
    if (archived === 0 || this.#archive !== null) {
      if (since > 1) this.#note = `no snapshot before row ${since} proves itself: proved from the start`;
      return start;
    }
    const seqs =
      snapshots === undefined ? [] : await new SnapshotFiles(snapshots.directory, this.#tenant.name).list();
    const oldest = seqs.findLast((seq) => seq >= archived);
    const last = oldest === undefined ? {} : { last: oldest };
    const begun = await beginningOf(this.#client, this.#tenant, snapshots, last);
    this.#note = `rows 1 to ${archived} are archived: proved from the snapshot of row ${begun.head.seq}; --archive proves all`;
    return begun;
  }
}

/** Where there is no way to begin before a row, there may be one after it. */
function elsewhere(error: unknown): null {
  if (error instanceof InvariantError) return null;
  throw error;
}

/** @throws InvariantError where the row, or the state with it, is not what it was when the checkpoint was made */
function compare(checkpoint: Checkpoint, row: StoredRow, state: TenantState, commands: number): void {
  const { seq, hash, at, digest, version } = checkpoint;
  const at_ = `row ${seq} of the journal`;
  invariant(
    hash.equals(row.hash) && at === row.at,
    `${at_} is not the one that the checkpoint there was made of`,
  );
  invariant(
    commands === checkpoint.commands,
    `${at_}: ${commands} commands lead to it, of the checkpoint's ${checkpoint.commands}`,
  );
  wholeState(seq, state);
  // Of another version of Holdfast there is nothing to compare with.
  invariant(
    version !== IMAGE_VERSION || digest.equals(stateDigest(state)),
    `${at_}: the state there has another digest than the checkpoint, so not all before it is as it was then`,
  );
}
