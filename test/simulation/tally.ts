/** What befell histories, so that it is seen whether they met what they are to meet. */
export interface Tally {
  events: number;
  messages: number;
  approvals: number;
  /** Journal rows, and commands in them. */
  rows: number;
  commands: number;
  /** Tenants that were taken, from whomever. */
  takeOvers: number;
  /** Rows that were refused, as their epoch was over. */
  fenced: number;
  /** Commits whose outcome was asked for. */
  settlements: number;
  /** Requests that were undone, as their answer was 91. */
  voids: number;
  /** Processes that ended before their time, and crashes of the database. */
  deaths: number;
  crashes: number;
  /** Requests that were answered 91 by who died or was fenced, and hold money: nobody could undo them. */
  stranded: number;
  /** Checkpoints, snapshots that were written, how often one was read, or left out as it did not prove itself. */
  checkpoints: number;
  snapshots: number;
  opened: number;
  leftOut: number;
  /** Snapshots that a bad disk changed. */
  damaged: number;
}

export function newTally(): Tally {
  return {
    events: 0,
    messages: 0,
    approvals: 0,
    rows: 0,
    commands: 0,
    takeOvers: 0,
    fenced: 0,
    settlements: 0,
    voids: 0,
    deaths: 0,
    crashes: 0,
    stranded: 0,
    checkpoints: 0,
    snapshots: 0,
    opened: 0,
    leftOut: 0,
    damaged: 0,
  };
}

export function addTally(to: Tally, more: Tally): void {
  for (const name of Object.keys(to) as (keyof Tally)[]) to[name] += more[name];
}

export function tellTally(tally: Tally): string {
  return Object.entries(tally)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
