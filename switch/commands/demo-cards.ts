import type { Command } from 'commander';
import { pino } from 'pino';
import type { Flags } from '../config.js';
import { type ListedCard, listDemoCards, listDemoKeys } from '../demo-cards.js';
import { configured, load } from './config-options.js';
import { write } from './streams.js';

export function register(program: Command): void {
  const demo = program.command('demo').description('the demo tenants and their cards');
  configured(demo.command('cards').description('list the demo cards, in clear: test BINs only'))
    .option('--tenant <name>', 'of this tenant only')
    .option('--declined', 'the cards that are made to be declined, with the response code', false)
    .option('--json', 'as JSON', false)
    .action(async (flags: Flags & { tenant?: string; declined: boolean; json: boolean }) => {
      const { tenant, declined, json, ...settings } = flags;
      const config = await load(settings);
      const cards = await listDemoCards(config, { tenant, declined }, warnings());
      await write(process.stdout, json ? `${JSON.stringify(cards)}\n` : cards.map(cardLine).join(''));
    });
  configured(demo.command('keys').description('list the demo tenants’ keys for the HTTP API, in clear'))
    .option('--tenant <name>', 'of this tenant only')
    .option('--json', 'as JSON', false)
    .action(async (flags: Flags & { tenant?: string; json: boolean }) => {
      const { tenant, json, ...settings } = flags;
      const keys = await listDemoKeys(await load(settings), tenant);
      const line = ({ tenant, key }: { tenant: string; key: string }) => `${tenant.padEnd(10)} ${key}\n`;
      await write(process.stdout, json ? `${JSON.stringify(keys)}\n` : keys.map(line).join(''));
    });
}

/** What a command that is not the switch itself has to say goes to standard error. */
export function warnings() {
  return pino({ level: 'warn' }, pino.destination(2));
}

function cardLine({ tenant, pan, expiry, available, currency, declines, channel, note }: ListedCard): string {
  const line = `${tenant.padEnd(10)} ${pan} ${expiry} ${String(available).padStart(12)} ${currency}`;
  return declines === undefined ? `${line}\n` : `${line}  ${declines} on ${channel}: ${note}\n`;
}
