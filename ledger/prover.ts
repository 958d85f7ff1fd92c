import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Snapshots } from './beginning.js';
import { goodbye } from './goodbye.js';
import { InvariantError } from './invariant-error.js';
import { ANSWER_MS, connect, type JournalSettings } from './journal.js';
import { listTenants, type TenantId } from './list-tenants.js';
import { ensurePartitions } from './partitions.js';
import { PAGE_BYTES } from './read-journal.js';
import { Rest } from './rest.js';
import { type ProofSchedule, TenantProver } from './tenant-prover.js';

/** Between two looks at journals that do not grow. */
const POLL_MS = 1000;
/** Shorter rests are not worth a timer. */
const SLEEP_MS_LEAST = 1;
/** See {@link Rest}: the thread gives way to all others, but the server, which it asks for pages, to nobody. */
const REST_TIMES_MAX = 50;
const SHORTER_MAX = 256;
const PARTITIONS_MS = 30_000;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 10_000;

/** How far a tenant's journal is proved. */
export interface Progress {
  /** Row up to which it is, and that of the last checkpoint. */
  readonly seq: number;
  readonly checkpoint: number;
  /** Rows that were there and not proved yet when that was looked at last. */
  readonly lagRows: number;
  /** Time at which all of `seq` was proved, in ms since 1970. */
  readonly at: number;
}

export interface ProverSettings {
  readonly url: string;
  /** `application_name` of its connection; `holdfast` when absent. */
  readonly session?: string;
  /** How its connection is made; by {@link connect} when absent. */
  readonly connect?: JournalSettings['connect'];
  /** Names of the tenants; their indexes are their places here. */
  readonly tenants: readonly string[];
  /** Null to prove nothing: then only the journal's partitions are made ahead. */
  readonly schedule: ProofSchedule | null;
  readonly snapshots: Snapshots;
  /** How busy the thread is that answers cards, from 0 to 1. */
  readonly hotLoad: () => number;
  readonly onProgress: (index: number, progress: Progress) => void;
  /** Told once of a tenant whose journal, or what it gives, is wrong; it is proved no further. */
  readonly onMismatch: (index: number, error: InvariantError) => void;
}

/** A newest row's number by tenant, in one round trip however many there are. */
const HEADS = {
  name: 'journal-heads',
  text: `SELECT t.tenant, (SELECT j.seq FROM holdfast.journal j WHERE j.tenant = t.tenant AND j.seq > t.seq
      ORDER BY j.seq DESC LIMIT 1)::float8 AS seq
    FROM unnest($1::smallint[], $2::bigint[]) AS t (tenant, seq)`,
} as const;

/** Proves the journals of all tenants all the time, over a connection of its own, and keeps partitions ahead of them. */
export class Prover {
  readonly #settings: ProverSettings;
  readonly #rest: Rest;
  readonly #closing = new AbortController();
  /** By index; null where one was wrong. */
  readonly #provers = new Map<number, TenantProver | null>();
  #ids: readonly TenantId[] = [];
  #partitionsAtMs = Number.NEGATIVE_INFINITY;

  constructor(settings: ProverSettings) {
    this.#settings = settings;
    this.#rest = new Rest({ hotLoad: settings.hotLoad, timesMax: REST_TIMES_MAX, shorterMax: SHORTER_MAX });
  }

  /** Goes on until it is closed, whatever becomes of the database. */
  async run(): Promise<void> {
    const { url, session, snapshots, connect: dial = connect } = this.#settings;
    let pause = RETRY_MS_FIRST;
    while (!this.#closed) {
      try {
        const client = await dial(url, snapshots.log, session, ANSWER_MS);
        try {
          for (pause = RETRY_MS_FIRST; !this.#closed; )
            if (!(await this.round(client))) await this.#sleep(POLL_MS);
        } finally {
          await goodbye(client);
        }
      } catch (error) {
        if (this.#closed) return;
        snapshots.log('proving the journals is interrupted', error);
        await this.#sleep(pause);
        pause = Math.min(2 * pause, RETRY_MS_MAX);
      }
    }
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * Proves a page of what each journal has gained since the last round.
   * @returns whether there is more; else what comes meanwhile is better read at once, a moment later
   */
  async round(client: pg.Client): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs - this.#partitionsAtMs >= PARTITIONS_MS) {
      await ensurePartitions(client);
      this.#partitionsAtMs = nowMs;
    }
    if (this.#settings.schedule === null) return false;
    await this.#begin(client);
    const heads = await this.#heads(client);
    let more = false;
    for (const [index, prover] of this.#provers) {
      if (prover === null || this.#closed) continue;
      const head = heads.get(index) ?? prover.seq;
      const startedAtMs = performance.now();
      await this.#orMismatch(client, index, async () => {
        if (await this.#proceed(client, index, prover, head)) more = true;
      });
      await this.#sleep(this.#rest.after(performance.now() - startedAtMs));
    }
    return more;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #sleep(ms: number): Promise<void> {
    if (ms < SLEEP_MS_LEAST) return;
    try {
      await delay(ms, undefined, { signal: this.#closing.signal });
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  /** Begins on those tenants that are in the database by now. */
  async #begin(client: pg.Client): Promise<void> {
    const { tenants, snapshots, schedule } = this.#settings;
    if (this.#provers.size === tenants.length) return;
    this.#ids = await listTenants(client);
    for (const [index, name] of tenants.entries()) {
      const tenant = this.#ids.find((known) => known.name === name);
      if (tenant === undefined || this.#provers.has(index)) continue;
      await this.#orMismatch(client, index, async () => {
        this.#provers.set(index, await TenantProver.begin(client, tenant, snapshots, schedule!));
      });
    }
  }

  /** The last rows of those journals that have grown, by index. */
  async #heads(client: pg.Client): Promise<ReadonlyMap<number, number>> {
    const proving = [...this.#provers].flatMap(([index, prover]) =>
      prover === null ? [] : { index, prover },
    );
    const { rows } = await client.query<{ tenant: number; seq: number | null }>({
      ...HEADS,
      values: [proving.map(({ index }) => this.#idOf(index)), proving.map(({ prover }) => prover.seq)],
    });
    const seqs = new Map(rows.map(({ tenant, seq }) => [tenant, seq]));
    return new Map(
      proving.flatMap(({ index }) => {
        const seq = seqs.get(this.#idOf(index)) ?? null;
        return seq === null ? [] : [[index, seq] as const];
      }),
    );
  }

  #idOf(index: number): number {
    const name = this.#settings.tenants[index];
    return this.#ids.find((known) => known.name === name)!.id;
  }

  async #proceed(client: pg.Client, index: number, prover: TenantProver, head: number): Promise<boolean> {
    const tell = (): void => {
      const { seq, checkpoint } = prover;
      this.#settings.onProgress(index, { seq, checkpoint, lagRows: Math.max(0, head - seq), at: Date.now() });
    };
    if (head > prover.seq) await prover.proceed(client, this.#rest.portion(PAGE_BYTES), tell);
    await prover.checkpointIfDue(client);
    tell();
    return head > prover.seq;
  }

  async #orMismatch(client: pg.Client, index: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      if (await this.#provers.get(index)?.isOvertaken(client)) {
        // It begins anew, at a snapshot.
        this.#provers.delete(index);
        return;
      }
      this.#provers.set(index, null);
      this.#settings.onMismatch(index, error);
    }
  }
}
