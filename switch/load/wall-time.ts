/**
 * The wall clock as the number of DE7 (MMDDhhmmss, UTC), worked out once a second. The merchants of a load are
 * taken to live on UTC, so DE12 (hhmmss) and DE13 (MMDD) are the parts of DE7.
 */
export class WallTime {
  dateTime = 0;
  #second = -1;

  /** Moves to `epochMs`, milliseconds since 1970. */
  moveTo(epochMs: number): void {
    const second = Math.floor(epochMs / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.dateTime = dateTimeOf(new Date(epochMs));
  }
}

/** DE7 of a moment, as a number. */
export function dateTimeOf(moment: Date): number {
  const date = (moment.getUTCMonth() + 1) * 100 + moment.getUTCDate();
  const time = moment.getUTCHours() * 10_000 + moment.getUTCMinutes() * 100 + moment.getUTCSeconds();
  return date * 1_000_000 + time;
}
