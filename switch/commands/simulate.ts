import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Flags } from '../config.js';
import { listDemoCards } from '../demo-cards.js';
import { loadDialect } from '../dialect-file.js';
import type { LoadCard } from '../load/deck.js';
import { errorCount } from '../load/tally.js';
import { progressLine, runSimulate, simulateSummary } from '../simulate.js';
import { configured, load } from './config-options.js';
import { warnings } from './demo-cards.js';
import { EXIT } from './exit-codes.js';
import { write } from './streams.js';
import { address, positive, type TargetFlags, target } from './target-options.js';

interface SimulateFlags extends TargetFlags, Flags {
  readonly rate: number;
  readonly for: number;
  readonly tenant?: string;
  readonly cards?: string;
  readonly seed: number;
}

export function register(program: Command): void {
  const description = 'send traffic like that of the tenants’ cardholders';
  target(configured(program.command('simulate').description(description)))
    .option('--rate <messages>', 'messages a second', positive, 200)
    .option('--for <seconds>', 'how long', positive, 10)
    .option('--tenant <name>', 'with the cards of this tenant only')
    .option('--cards <file>', 'cards to use, as `demo cards --json` lists them')
    .option('--seed <number>', 'of the traffic', positive, 1)
    .action(async (flags: SimulateFlags) => {
      process.exitCode = await simulate(flags);
    });
}

async function simulate(flags: SimulateFlags): Promise<number> {
  const { rate, for: seconds, tenant, cards: file, seed, to, dialect, ...settings } = flags;
  const cards: readonly LoadCard[] =
    file === undefined
      ? await listDemoCards(await load(settings), { tenant, declined: false }, warnings())
      : (JSON.parse(await readFile(file, 'utf8')) as LoadCard[]);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const live = process.stdout.isTTY;
  const report = await runSimulate({
    ...address(to),
    dialect: await loadDialect(dialect),
    cards,
    rate,
    seconds,
    seed,
    signal: stop.signal,
    onProgress: (progress) => {
      const line = progressLine(progress, seconds);
      process.stdout.write(live ? `\r\x1b[K${line}` : `${line}\n`);
    },
  });
  await write(process.stdout, `${live ? '\n' : ''}${simulateSummary(report)}\n`);
  return errorCount(report.errors) === 0 ? EXIT.fine : EXIT.found;
}
