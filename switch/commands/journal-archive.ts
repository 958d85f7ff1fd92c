import { type Command, InvalidArgumentError } from 'commander';
import { type ArchiveSettings, archiveJournal } from '../../ledger/archive.js';
import { migrate } from '../../ledger/migrate.js';
import type { Flags } from '../config.js';
import { archiveDirectory, snapshotsOf } from '../database.js';
import { inDatabases } from '../tool-databases.js';
import { loadForTool, toolOptions } from './config-options.js';
import { warnings } from './demo-cards.js';
import { write } from './streams.js';

interface ArchiveFlags extends Flags {
  readonly before: ArchiveSettings['before'];
  readonly to: string;
}

export function registerArchive(journal: Command): void {
  toolOptions(
    journal
      .command('archive')
      .description('move the oldest partitions of the journal into files, which verify --archive proves'),
  )
    .requiredOption('--before <when>', 'whose rows all come before that time, or sequence number', boundary)
    .requiredOption('--to <directory>', 'where the files go')
    .addHelpText(
      'after',
      '\nA partition stays until every tenant is proved to its end and has a snapshot from there on to begin at,\nand its read model, where one was begun, has the rows.',
    )
    .action(async ({ before, to, ...settings }: ArchiveFlags) => {
      const { config, database } = await loadForTool(settings);
      const log = warnings();
      let partitions = 0;
      await inDatabases(config, log, { database }, async ({ client, place }) => {
        await migrate(client);
        const directory = archiveDirectory(to, place.name);
        const asked = { directory, before, snapshots: snapshotsOf(config, log) };
        for await (const { partition, file, bytes, tenants } of archiveJournal(client, asked)) {
          partitions++;
          const rows = tenants.reduce((sum, part) => sum + part.rows, 0);
          await write(process.stdout, `${partition}: ${rows} rows, ${bytes} bytes in ${file}\n`);
        }
      });
      if (partitions === 0) await write(process.stdout, 'no partition lies wholly before that\n');
    });
}

/** A sequence number, or a date or time as ISO 8601 has it. */
function boundary(text: string): ArchiveSettings['before'] {
  if (/^\d{1,15}$/.test(text)) return { seq: Number(text) };
  const at = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at)) return { at };
  throw new InvalidArgumentError('it is a sequence number, or a date as 2026-01-31.');
}
