/**
 * The database's time between two readings of it, by the monotonic clock of this process. So all nodes share one
 * clock, and what a node's own is set to decides nothing.
 */
export class DatabaseClock {
  /** Database's time in ms since 1970, less the monotonic clock’s; not a number until there was a reading. */
  #offsetMs = Number.NaN;

  /**
   * A reading: the database said `at` (ms since 1970) between two moments of the monotonic clock, in ms. The clock
   * moves only as far as the reading proves it wrong, so a reading that took long does no harm.
   */
  read(at: number, sentAt: number, receivedAt: number): void {
    const [least, most] = [at - receivedAt, at - sentAt];
    if (Number.isNaN(this.#offsetMs)) this.#offsetMs = (least + most) / 2;
    else this.#offsetMs = Math.min(Math.max(this.#offsetMs, least), most);
  }

  /** In whole ms since 1970. */
  now(): number {
    return Math.floor(performance.now() + this.#offsetMs);
  }
}
