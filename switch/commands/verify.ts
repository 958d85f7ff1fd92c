import { type Command, InvalidArgumentError } from 'commander';
import { projectionCheck } from '../../ledger/projection/check.js';
import { type Verdict, type VerifySettings, verify } from '../../ledger/verify.js';
import type { Flags } from '../config.js';
import { archiveDirectory, snapshotsOf } from '../database.js';
import { inDatabases } from '../tool-databases.js';
import { loadForTool, toolOptions } from './config-options.js';
import { warnings } from './demo-cards.js';
import { EXIT } from './exit-codes.js';
import { noJournal } from './journal.js';
import { write } from './streams.js';

type Asked = Pick<VerifySettings, 'tenant' | 'since' | 'archive'> & {
  readonly rows?: boolean | undefined;
};

export function register(program: Command): void {
  toolOptions(
    program
      .command('verify')
      .description('prove the journals by replaying them, and the read model by them, while traffic runs'),
  )
    .option('--tenant <name>', 'of this tenant only')
    .option('--since <sequence>', 'from the last snapshot before this row on', sequence)
    .option('--archive <directory>', 'prove what was archived there first')
    .option('--rows', 'compare each authorisation and each entry of the read model as well')
    .option('--json', 'as JSON, a tenant a line', false)
    .addHelpText(
      'after',
      `\nExit codes: ${EXIT.fine} all that was asked for is proved, ${EXIT.found} a row does not fit, or there is no such tenant.`,
    )
    .action(async (flags: Flags & Asked & { json: boolean }) => {
      const { tenant, since, archive, rows, json, ...settings } = flags;
      const text = json ? (verdict: Verdict) => `${JSON.stringify(verdict)}\n` : lines;
      const proved = await run(settings, { tenant, since, archive, rows }, text);
      process.exitCode = proved ? EXIT.fine : EXIT.found;
    });
}

async function run(flags: Flags, asked: Asked, text: (verdict: Verdict) => string): Promise<boolean> {
  const { config, database } = await loadForTool(flags);
  const log = warnings();
  let tenants = 0;
  let faults = 0;
  await inDatabases(config, log, { database, tenant: asked.tenant }, async ({ client, place }) => {
    const archive = asked.archive && archiveDirectory(asked.archive, place.name);
    const snapshots = snapshotsOf(config, log);
    const checks = [projectionCheck({ snapshots, archive, rows: asked.rows })];
    for await (const verdict of verify(client, { ...asked, archive, snapshots, checks })) {
      tenants++;
      if (verdict.fault !== null) faults++;
      await write(process.stdout, text(verdict));
    }
  });
  if (tenants === 0) process.stderr.write(noJournal(asked.tenant));
  return tenants > 0 && faults === 0;
}

function lines(verdict: Verdict): string {
  const { tenant, after, rows, commands, checkpoints, at, seconds, note, fault, advice } = verdict;
  const name = tenant.padEnd(12);
  const noted = note === null ? '' : `${name} ${note}\n`;
  if (fault !== null) return `${noted}${name} NOT PROVED: ${fault}\n${name} ${advice}\n`;
  const until = at === 0 ? '' : ` until ${new Date(at).toISOString()}`;
  const rate = Math.round(commands / Math.max(seconds, 1e-6)).toLocaleString('en');
  const range = after === 0 ? `${rows} rows` : `rows ${after + 1} to ${rows}`;
  const digests = checkpoints === 0 ? '' : `, ${checkpoints} checkpoint${checkpoints === 1 ? '' : 's'}`;
  return `${noted}${name} proved: ${range}, ${commands} commands${digests}${until} (${rate} a second)\n`;
}

/** The number of a row. */
function sequence(text: string): number {
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 0) throw new InvalidArgumentError("it is a row's sequence number.");
  return seq;
}
