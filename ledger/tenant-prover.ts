import type pg from 'pg';
import { beginningOf, readArchived, type Snapshots } from './beginning.js';
import { writeCheckpoint } from './checkpoint.js';
import { Follower } from './follow.js';
import { invariant } from './invariant-error.js';
import type { TenantId } from './list-tenants.js';
import { JournalReader } from './read-journal.js';
import { SnapshotFiles } from './snapshot-files.js';
import { IMAGE_VERSION, stateDigest } from './state-image.js';
import { wholeState } from './whole-state.js';

/** How often checkpoints and snapshots are made; each of them when the first of its two is reached. */
export interface ProofSchedule {
  readonly everyCommands: number;
  readonly everySeconds: number;
  readonly snapshotEveryCommands: number;
  readonly snapshotEverySeconds: number;
}

/** Of all time, checkpoints take one part and what is between them at least so many. */
const REST = 9;
const MS = 1000;

/**
 * Proves one tenant's journal while it grows, on a state of its own, and makes a checkpoint now and then: what the rows
 * give up to there, for whoever proves or recovers later.
 */
export class TenantProver {
  readonly #tenant: TenantId;
  readonly #snapshots: Snapshots;
  readonly #schedule: ProofSchedule;
  readonly #follower: Follower;
  readonly #reader: JournalReader;
  readonly #files: SnapshotFiles;
  /** Commands in the rows before those that were proved here. */
  readonly #before: number;
  #checkpointed: Mark;
  #snapshot: Mark;
  /** Before that there is no checkpoint, in ms of the monotonic clock. */
  #restUntil = 0;

  private constructor(
    tenant: TenantId,
    snapshots: Snapshots,
    schedule: ProofSchedule,
    follower: Follower,
    before: number,
  ) {
    this.#tenant = tenant;
    this.#snapshots = snapshots;
    this.#schedule = schedule;
    this.#follower = follower;
    this.#reader = new JournalReader(tenant.id, follower.head.seq);
    this.#files = new SnapshotFiles(snapshots.directory, tenant.name, snapshots.fileSystem);
    this.#before = before;
    this.#checkpointed = this.#mark();
    this.#snapshot = this.#checkpointed;
  }

  /**
   * Begins at the newest snapshot that proves itself.
   * @throws InvariantError when there is none and the start of the journal is archived
   */
  static async begin(
    client: pg.Client,
    tenant: TenantId,
    snapshots: Snapshots,
    schedule: ProofSchedule,
  ): Promise<TenantProver> {
    const { state, head, commands } = await beginningOf(client, tenant, snapshots);
    return new TenantProver(tenant, snapshots, schedule, new Follower(tenant.id, state, head), commands);
  }

  /** Whether rows that it has not proved yet have left the journal for an archive, as they were proved elsewhere. */
  async isOvertaken(client: pg.Client): Promise<boolean> {
    return (await readArchived(client, this.#tenant.id)).seq > this.seq;
  }

  /** The last row that is proved. */
  get seq(): number {
    return this.#follower.head.seq;
  }

  /** The row of the last checkpoint. */
  get checkpoint(): number {
    return this.#checkpointed.seq;
  }

  /**
   * Proves a page of what the journal has gained; see {@link JournalReader}.
   * @param pageBytes bytes of bodies in it, about
   * @param onProgress told now and then
   * @throws InvariantError that says what does not fit; the prover is not to be used any more
   */
  async proceed(client: pg.Client, pageBytes: number, onProgress: () => void): Promise<void> {
    for await (const rows of this.#reader.page(client, pageBytes)) {
      this.#follower.take(rows);
      onProgress();
    }
  }

  /**
   * Makes a checkpoint when it is time for one, and a snapshot.
   * @throws InvariantError as {@link proceed}
   */
  async checkpointIfDue(client: pg.Client): Promise<void> {
    const { everyCommands, everySeconds } = this.#schedule;
    if (this.#isDue(this.#checkpointed, everyCommands, everySeconds)) await this.#makeCheckpoint(client);
  }

  #mark(): Mark {
    return { seq: this.seq, commands: this.#before + this.#follower.commands, atMs: performance.now() };
  }

  #isDue(last: Mark, everyCommands: number, everySeconds: number): boolean {
    const { seq, commands, atMs } = this.#mark();
    if (seq === last.seq || atMs < this.#restUntil) return false;
    return commands - last.commands >= everyCommands || atMs - last.atMs >= everySeconds * MS;
  }

  /** @throws InvariantError where sums or lists are wrong, or another proof came to another state */
  async #makeCheckpoint(client: pg.Client): Promise<void> {
    const mark = this.#mark();
    const { head, state } = this.#follower;
    wholeState(head.seq, state);
    const digest = stateDigest(state);
    const checkpoint = { ...head, digest, version: IMAGE_VERSION, commands: mark.commands };
    const written = await writeCheckpoint(client, this.#tenant.id, checkpoint);
    invariant(
      written.digest.equals(digest) && written.hash.equals(head.hash),
      `row ${head.seq} of the journal: the state there has another digest than the checkpoint that was made before`,
    );
    this.#checkpointed = { ...mark, atMs: performance.now() };
    const { snapshotEveryCommands, snapshotEverySeconds } = this.#schedule;
    if (this.#isDue(this.#snapshot, snapshotEveryCommands, snapshotEverySeconds)) {
      await this.#writeSnapshot(digest);
      this.#snapshot = this.#checkpointed;
    }
    const nowMs = performance.now();
    this.#restUntil = nowMs + REST * (nowMs - mark.atMs);
  }

  /** A disk that is full must not end the proof. */
  async #writeSnapshot(digest: Buffer): Promise<void> {
    try {
      await this.#files.write(this.seq, this.#follower.state, digest);
    } catch (error) {
      this.#snapshots.log(`no snapshot of ${this.#tenant.name} could be written at row ${this.seq}`, error);
    }
  }
}

interface Mark {
  readonly seq: number;
  readonly commands: number;
  readonly atMs: number;
}
