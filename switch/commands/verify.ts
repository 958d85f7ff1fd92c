import type { Command } from 'commander';
import { type Verdict, verify } from '../../ledger/verify.js';
import type { Flags } from '../config.js';
import { withDatabase } from '../database.js';
import { configured, load } from './config-options.js';
import { warnings } from './demo-cards.js';
import { EXIT } from './exit-codes.js';
import { noJournal } from './journal.js';
import { write } from './streams.js';

export function register(program: Command): void {
  configured(
    program.command('verify').description('prove the journals by replaying them, while traffic runs'),
  )
    .option('--tenant <name>', 'of this tenant only')
    .option('--json', 'as JSON, a tenant a line', false)
    .addHelpText(
      'after',
      `\nExit codes: ${EXIT.fine} all that was asked for is proved, ${EXIT.found} a row does not fit, or there is no such tenant.`,
    )
    .action(async (flags: Flags & { tenant?: string; json: boolean }) => {
      const { tenant, json, ...settings } = flags;
      const proved = await run(settings, tenant, json ? (verdict) => `${JSON.stringify(verdict)}\n` : line);
      process.exitCode = proved ? EXIT.fine : EXIT.found;
    });
}

async function run(
  flags: Flags,
  tenant: string | undefined,
  text: (verdict: Verdict) => string,
): Promise<boolean> {
  return withDatabase(await load(flags), warnings(), async (client) => {
    let tenants = 0;
    let faults = 0;
    for await (const verdict of verify(client, tenant)) {
      tenants++;
      if (verdict.fault !== null) faults++;
      await write(process.stdout, text(verdict));
    }
    if (tenants === 0) process.stderr.write(noJournal(tenant));
    return tenants > 0 && faults === 0;
  });
}

function line({ tenant, rows, commands, at, seconds, fault }: Verdict): string {
  if (fault !== null) return `${tenant.padEnd(12)} NOT PROVED: ${fault}\n`;
  const until = at === 0 ? '' : ` until ${new Date(at).toISOString()}`;
  const rate = Math.round(commands / Math.max(seconds, 1e-6)).toLocaleString('en');
  return `${tenant.padEnd(12)} proved: ${rows} rows, ${commands} commands${until} (${rate} a second)\n`;
}
