import { type Command, Option } from 'commander';
import type pg from 'pg';
import { ENTRY_COLUMNS, EntryReader, type JournalEntry } from '../../ledger/journal-entry.js';
import { listTenants } from '../../ledger/list-tenants.js';
import { readJournal } from '../../ledger/read-journal.js';
import type { Flags } from '../config.js';
import { inDatabases } from '../tool-databases.js';
import { loadForTool, toolOptions } from './config-options.js';
import { warnings } from './demo-cards.js';
import { EXIT } from './exit-codes.js';
import { registerArchive } from './journal-archive.js';
import { write } from './streams.js';

interface ExportFlags extends Flags {
  readonly tenant?: string;
  readonly format: 'jsonl' | 'csv';
  readonly since: string;
}

export function register(program: Command): void {
  const journal = program.command('journal').description('the journals of the tenants');
  registerArchive(journal);
  toolOptions(
    journal.command('export').description('write every command of the journals, cards by token alone'),
  )
    .option('--tenant <name>', 'of this tenant only')
    .option('--since <sequence>', 'from the row behind this one', '0')
    .addOption(new Option('--format <name>', 'a line an entry').choices(['jsonl', 'csv']).default('jsonl'))
    .action(async ({ tenant, format, since, ...settings }: ExportFlags) => {
      const after = Number(since);
      if (!Number.isSafeInteger(after) || after < 0) {
        process.stderr.write(`--since is a row's sequence number, not '${since}'\n`);
        process.exitCode = EXIT.usage;
        return;
      }
      const found = await exportJournals(settings, tenant, after, format === 'csv');
      if (!found) process.stderr.write(noJournal(tenant));
      process.exitCode = found ? EXIT.fine : EXIT.found;
    });
}

/** What is said when nothing was found to look at. */
export function noJournal(tenant: string | undefined): string {
  return `no journal${tenant === undefined ? '' : ` of tenant ${tenant}`}\n`;
}

async function exportJournals(
  flags: Flags,
  tenant: string | undefined,
  after: number,
  csv: boolean,
): Promise<boolean> {
  const { config, database } = await loadForTool(flags);
  let found = 0;
  if (csv) await write(process.stdout, `${ENTRY_COLUMNS.join(',')}\n`);
  await inDatabases(config, warnings(), { database, tenant }, async ({ client }) => {
    const tenants = await listTenants(client, tenant);
    found += tenants.length;
    for (const { id, name } of tenants) {
      await exportJournal(client, id, name, after, csv ? csvLine : jsonLine);
    }
  });
  return found > 0;
}

async function exportJournal(
  client: pg.Client,
  id: number,
  name: string,
  after: number,
  line: (entry: JournalEntry) => string,
): Promise<void> {
  const reader = new EntryReader();
  for await (const page of readJournal(client, id, after)) {
    for (const row of page) {
      let text = '';
      for (const entry of reader.entriesOf(name, row)) text += line(entry);
      await write(process.stdout, text);
    }
  }
}

function jsonLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** RFC 4180: a value with a comma, a quote or a line end stands in quotes. */
function csvLine(entry: JournalEntry): string {
  const values = ENTRY_COLUMNS.map((column) => {
    const text = String(entry[column] ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${values.join(',')}\n`;
}
