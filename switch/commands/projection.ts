import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type pg from 'pg';
import { ArchiveFiles } from '../../ledger/archive-files.js';
import { readArchived } from '../../ledger/beginning.js';
import { InvariantError } from '../../ledger/invariant-error.js';
import { listTenants, type TenantId } from '../../ledger/list-tenants.js';
import { type Lag, readLag } from '../../ledger/projection/lag.js';
import { Progress } from '../../ledger/projection/progress.js';
import { Projector } from '../../ledger/projection/projector.js';
import { resetProjection } from '../../ledger/projection/reset.js';
import type { Flags } from '../config.js';
import { DEFAULT_DATABASE } from '../config-schema.js';
import { archiveDirectory, snapshotsOf } from '../database.js';
import { inDatabases } from '../tool-databases.js';
import { loadForTool, toolOptions } from './config-options.js';
import { warnings } from './demo-cards.js';
import { EXIT } from './exit-codes.js';
import { noJournal } from './journal.js';
import { write } from './streams.js';

const LOOK_MS = 200;

interface ProjectionFlags extends Flags {
  readonly tenant?: string;
}

export function register(program: Command): void {
  const projection = program
    .command('projection')
    .description('the read model: tables that are filled from the journals');
  toolOptions(projection.command('status').description('how far each tenant’s tables are'))
    .option('--tenant <name>', 'of this tenant only')
    .option('--json', 'as JSON, a tenant a line', false)
    .action(async ({ tenant, json, ...settings }: ProjectionFlags & { readonly json: boolean }) => {
      const found = await status(settings, tenant, json ? (lag) => `${JSON.stringify(lag)}\n` : line);
      process.exitCode = found ? EXIT.fine : EXIT.found;
    });
  toolOptions(
    projection
      .command('rebuild')
      .description('empty the tables and fill them again, while the switch runs or by this command alone'),
  )
    .option('--tenant <name>', 'of this tenant only')
    .option('--archive <directory>', 'where the rows are that were archived')
    .action(async ({ tenant, archive, ...settings }: ProjectionFlags & { readonly archive?: string }) => {
      process.exitCode = (await rebuild(settings, tenant, archive)) ? EXIT.fine : EXIT.found;
    });
}

async function status(
  flags: Flags,
  tenant: string | undefined,
  text: (lag: Lag) => string,
): Promise<boolean> {
  const { config, database } = await loadForTool(flags);
  let found = 0;
  await inDatabases(config, warnings(), { database, tenant }, async ({ client }) => {
    const lags = await readLag(client, tenant === undefined ? undefined : [tenant]);
    for (const lag of lags) await write(process.stdout, text(lag));
    found += lags.length;
  });
  if (found === 0) process.stderr.write(noJournal(tenant));
  return found > 0;
}

async function rebuild(
  flags: Flags,
  tenant: string | undefined,
  given: string | undefined,
): Promise<boolean> {
  const { config, database } = await loadForTool(flags);
  const log = warnings();
  let found = 0;
  const whole = await inDatabases(config, log, { database, tenant }, async ({ client, url, place }) => {
    const tenants = await listTenants(client, tenant);
    if (tenants.length === 0) return true;
    found += tenants.length;
    const archive = given && archiveDirectory(given, place.name);
    for (const asked of tenants) {
      const lack = await lackOf(client, asked, archive);
      if (lack === null) continue;
      const where = place.name === DEFAULT_DATABASE ? '' : ` in database ${place.name}`;
      process.stderr.write(`nothing is changed${where}: ${asked.name} can't be filled again: ${lack}\n`);
      return false;
    }
    await resetProjection(client, tenant === undefined ? undefined : tenants[0]!.id);
    const names = tenants.map(({ name }) => name);
    const goals = await readLag(client, names);
    // Where a switch runs, its projector has the locks, and this one waits beside it.
    const stop = new AbortController();
    let failed = false;
    const projector = new Projector({
      ...config.projector,
      url,
      tenants: names,
      snapshots: snapshotsOf(config, log).directory,
      archive,
      progress: new Progress(new Float64Array(Progress.cellsOf(names.length))),
      hotLoad: () => 0,
      log: (text, error) => {
        failed = true;
        process.stderr.write(`${text}: ${error instanceof Error ? error.message : String(error)}\n`);
      },
    });
    const projecting = projector.run(stop.signal);
    try {
      while (!failed && !(await isFilled(client, goals))) await delay(LOOK_MS);
    } finally {
      stop.abort();
      await projecting;
    }
    for (const lag of await readLag(client, names)) await write(process.stdout, line(lag));
    return !failed;
  });
  if (found === 0) process.stderr.write(noJournal(tenant));
  return found > 0 && whole.every((done) => done);
}

/** Why the rows of a tenant that were archived can't be read again; null when they can, or there are none. */
async function lackOf(
  client: pg.Client,
  tenant: TenantId,
  archive: string | undefined,
): Promise<string | null> {
  const { seq } = await readArchived(client, tenant.id);
  if (seq === 0) return null;
  if (archive === undefined) {
    return `rows 1 to ${seq} of its journal are archived; --archive says where they are`;
  }
  try {
    // Before the first row comes, all files have proved themselves.
    for await (const _ of new ArchiveFiles(archive).rows(client, tenant, 0)) break;
    return null;
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    return error.message;
  }
}

/** Whether the tables have what the journals had when their filling began. */
async function isFilled(client: pg.Client, goals: readonly Lag[]): Promise<boolean> {
  const seqs = new Map((await readLag(client)).map(({ id, seq }) => [id, seq]));
  return goals.every(({ id, head }) => seqs.get(id)! >= head);
}

function line({ name, seq, head, nextAt }: Lag): string {
  const behind =
    nextAt === null
      ? 'nothing is missing'
      : `${head - seq} rows behind, ${((Date.now() - nextAt) / 1000).toFixed(1)} s`;
  return `${name.padEnd(12)} row ${seq} of ${head}: ${behind}\n`;
}
