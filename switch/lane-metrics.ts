import { Counter, Gauge, type Registry } from 'prom-client';
import type { LaneCounters, LaneScalar } from './lane-counters.js';
import { MODES } from './mode.js';

const COUNTED: Readonly<Record<string, readonly [LaneScalar, help: string]>> = {
  holdfast_database_commits_total: ['commits', 'Commits to a database.'],
  holdfast_database_commands_journalled_total: ['commandsJournalled', 'Commands made durable in a database.'],
  holdfast_database_settlements_total: [
    'settlements',
    'Times that a lost connection or an unknown commit was settled with a database.',
  ],
  holdfast_database_moved_total: [
    'moved',
    'Messages that waited elsewhere than in the ring, as a database was slow and the ring short of room.',
  ],
};

/** Names what each database did and does for Prometheus, by the place of its lane. */
export function nameByDatabase(registry: Registry, databases: readonly string[], lanes: LaneCounters): void {
  const registers = [registry];
  for (const [name, [scalar, help]] of Object.entries(COUNTED)) {
    new Counter({
      name,
      help,
      labelNames: ['database'],
      registers,
      collect() {
        this.reset();
        for (const [place, database] of databases.entries()) this.inc({ database }, lanes.get(place, scalar));
      },
    });
  }
  new Gauge({
    name: 'holdfast_database_mode',
    help: 'What the switch does with a database: 1 for the mode it is in; starting until it can be reached.',
    labelNames: ['database', 'mode'],
    registers,
    collect() {
      for (const [place, database] of databases.entries()) {
        for (const mode of MODES) this.set({ database, mode }, lanes.mode(place) === mode ? 1 : 0);
      }
    },
  });
}
