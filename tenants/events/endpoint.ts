import type { SecretCipher } from '../outbound/secret-cipher.js';
import { type EndpointRow, noteFailing, type Outcome } from './delivery-table.js';
import { EndpointQueue, type Waiting } from './endpoint-queue.js';
import { type FeedPlace, placeOf } from './feed.js';
import { waitMs } from './retry-schedule.js';
import type { Sent } from './sender.js';

/** After so many failures in a row an endpoint gets one request at a time, until it takes one. */
const FAILURES_MAX = 5;
const HTTP_GONE = 410;

/** An endpoint that is sent to, with what waits for it in memory. */
export class Endpoint {
  readonly queue = new EndpointQueue();
  row: EndpointRow;
  /** The feed behind it as far as it was read. */
  place: FeedPlace;
  /** Whether there may be more of the feed than was read. */
  more = true;
  /** Whether what it has in memory is to be read anew. */
  stale = true;
  /** Why it is to be disabled; null where it is not. */
  verdict: 'gone' | 'failing' | null = null;
  #secrets: readonly { readonly secret: string; readonly until: number }[] = [];
  /** Deliveries with an outcome that is to be written down; until then they are not due again. */
  #landed: { readonly delivery: Waiting; readonly outcome: Outcome }[] = [];
  #failures = 0;
  #failingSince: Date | null;
  #gone = false;

  constructor(row: EndpointRow) {
    this.row = row;
    this.place = placeOf(row);
    this.#failingSince = row.failing_since;
  }

  /** Takes the endpoint over as it is in the table. */
  update(row: EndpointRow, cipher: SecretCipher): void {
    if (row.head !== this.row.head) this.more = true;
    if (row.revision !== this.row.revision) this.stale = true;
    this.row = row;
    if (!this.stale) return;
    const { id, old_secret, old_secret_until } = row;
    this.place = placeOf(row);
    this.more = true;
    this.#gone = false;
    this.#failingSince = row.failing_since;
    const current = { secret: cipher.decrypt(row.secret, id), until: Number.POSITIVE_INFINITY };
    this.#secrets =
      old_secret === null
        ? [current]
        : [current, { secret: cipher.decrypt(old_secret, id), until: old_secret_until?.getTime() ?? 0 }];
  }

  get enabled(): boolean {
    return this.row.disabled === null && !this.#gone && this.verdict === null;
  }

  /** What it is signed with at that time. */
  secretsAt(now: number): readonly string[] {
    return this.#secrets.filter(({ until }) => until > now).map(({ secret }) => secret);
  }

  /** Requests that are under way. */
  get flying(): number {
    return this.queue.flying - this.#landed.length;
  }

  /** Whether there are outcomes to write down. */
  get unsettled(): boolean {
    return this.#landed.length > 0;
  }

  /** Requests that may be added to those under way. @param most in all */
  room(most: number): number {
    return Math.max(0, (this.#failures >= FAILURES_MAX ? 1 : most) - this.flying);
  }

  /**
   * Takes in what came of an attempt.
   * @param schedule waits after the first attempt, the second …, in seconds
   * @returns what becomes of the delivery
   */
  landed(delivery: Waiting, sent: Sent, schedule: readonly number[], now: number): Outcome['state'] {
    const { status, error, retryAfter } = sent;
    const delivered = status !== null && status >= 200 && status < 300;
    delivery.attempts++;
    this.#failures = delivered ? 0 : this.#failures + 1;
    const wait = delivered ? null : waitMs(schedule, delivery.attempts, retryAfter, Math.random());
    const state = delivered ? 'delivered' : wait === null ? 'dead' : 'pending';
    delivery.dueAt = now + (wait ?? 0);
    const outcome: Outcome = { id: delivery.id, state, at: now, nextAt: delivery.dueAt, status, error };
    this.#landed.push({ delivery, outcome });
    if (status === HTTP_GONE) this.#gone = true;
    return state;
  }

  /**
   * What came of attempts since the last time, to be written down now, before any of the deliveries is sent again: so
   * there is one outcome of a delivery at most.
   */
  settle(): readonly Outcome[] {
    const landed = this.#landed;
    this.#landed = [];
    return landed.map(({ delivery, outcome }) => {
      if (outcome.state === 'pending') this.queue.again(delivery);
      else this.queue.done(delivery);
      return outcome;
    });
  }

  /**
   * Finds out whether it is to be disabled, by what came of attempts.
   * @param outcomes of those that are written down now
   * @param hoursMax for which it may fail
   */
  async judge(
    client: Parameters<typeof noteFailing>[0],
    outcomes: readonly Outcome[],
    hoursMax: number,
    now: number,
  ): Promise<void> {
    const since = outcomes.some(({ state }) => state === 'delivered')
      ? null
      : (this.#failingSince ?? new Date(now));
    if (since?.getTime() !== this.#failingSince?.getTime()) {
      await noteFailing(client, this.row, since);
      this.#failingSince = since;
    }
    if (this.row.disabled !== null) return;
    if (this.#gone) this.verdict = 'gone';
    else if (since !== null && now - since.getTime() > hoursMax * 3_600_000) this.verdict = 'failing';
  }

  /** It is disabled, and not sent to from now on. */
  disable(why: 'gone' | 'failing'): void {
    this.verdict = null;
    this.row = { ...this.row, disabled: why };
  }
}
