import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { Test } from 'tap';
import type { Snapshots } from '../../ledger/beginning.js';
import { Prover, type ProverSettings } from '../../ledger/prover.js';
import type { ProofSchedule } from '../../ledger/tenant-prover.js';

/** A directory of a test's own for snapshots or archives, and what was said of those in it. */
export async function snapshotsIn(t: Test): Promise<Snapshots & { readonly said: string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-snapshots-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const said: string[] = [];
  const log = (text: string, error: unknown) =>
    said.push(`${text}: ${error instanceof Error ? error.message : error}`);
  return { directory, log, said };
}

/** A checkpoint and a snapshot after every page in which there was a row. */
export const ALWAYS: ProofSchedule = {
  everyCommands: 1,
  everySeconds: 1000,
  snapshotEveryCommands: 1,
  snapshotEverySeconds: 1000,
};

/** Only checkpoints. */
export const NO_SNAPSHOTS: ProofSchedule = { ...ALWAYS, snapshotEveryCommands: 1_000_000 };

/** A prover that begins anew, and what it found by index of the tenant; `prove` lets it come to the journals' ends. */
export function proverOf(
  snapshots: Snapshots,
  tenants: readonly string[],
  schedule: ProverSettings['schedule'] = ALWAYS,
) {
  const faults = new Map<number, string>();
  const proved = new Map<number, number>();
  const prover = new Prover({
    hotLoad: () => 0,
    url: '',
    tenants,
    schedule,
    snapshots,
    onProgress: (index, { seq }) => proved.set(index, seq),
    onMismatch: (index, { message }) => faults.set(index, message),
  });
  const prove = async (client: pg.Client): Promise<void> => {
    while (await prover.round(client));
  };
  return { prove, faults, proved };
}
