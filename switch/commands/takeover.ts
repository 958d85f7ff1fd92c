import type { Command } from 'commander';
import { askTakeover, type HandedOver } from '../../ledger/ask-takeover.js';
import type { Flags } from '../config.js';
import { inDatabases } from '../tool-databases.js';
import { loadForTool, toolOptions } from './config-options.js';
import { warnings } from './demo-cards.js';
import { write } from './streams.js';
import { positive } from './target-options.js';

interface TakeoverFlags extends Omit<Flags, 'node'> {
  readonly tenant: string;
  readonly node?: string;
  readonly wait: number;
  readonly json: boolean;
}

export function register(program: Command): void {
  const description = 'hand a tenant over from the node that holds it to another one, while traffic runs';
  toolOptions(program.command('takeover').description(description))
    .requiredOption('--tenant <name>', 'the tenant')
    .option('--node <name>', 'the node that is to have it; the standby, where there is only one')
    .option('--wait <seconds>', 'how long it may take', positive, 10)
    .option('--json', 'as JSON', false)
    .action(async ({ tenant, node, wait, json, ...flags }: TakeoverFlags) => {
      const { config, database } = await loadForTool(flags);
      const [done] = await inDatabases(config, warnings(), { database, tenant }, ({ client }) =>
        askTakeover(client, tenant, node, 1000 * wait),
      );
      await write(process.stdout, json ? `${JSON.stringify(done)}\n` : text(done!));
    });
}

function text({ tenant, from, to, epoch, releaseMs, takeMs, serveMs }: HandedOver): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return [
    `${tenant} went from ${from === '' ? 'nobody' : from} to ${to}, epoch ${epoch}`,
    `  released after ${ms(releaseMs)}, taken ${ms(takeMs)} later, served ${ms(serveMs)} after that`,
    '',
  ].join('\n');
}
