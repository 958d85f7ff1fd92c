#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { EXIT } from './commands/exit-codes.js';
import { endWithReader } from './commands/streams.js';

/** What each command is, and where. Only the one that is asked for is loaded: the others need a database, or time. */
const COMMANDS = [
  'start',
  'standby',
  'takeover',
  'demo-cards',
  'key',
  'tenant',
  'backtest',
  'verify',
  'journal',
  'projection',
  'send',
  'simulate',
  'inspect',
  'build',
  'diff',
  'redact',
  'validate',
  'doctor',
  'convert',
  'samples',
  'dialect',
] as const;

endWithReader(process.stdout);
const program = new Command('holdfast')
  .description(
    'A card authorisation switch: ISO 8583 over TCP in, a hold durable in Postgres, the answer out; and tools for its messages.',
  )
  .version(await version())
  .showSuggestionAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));

const asked = COMMANDS.filter((name) => name.split('-')[0] === process.argv[2]);
for (const name of asked.length > 0 ? asked : COMMANDS) {
  const { register } = (await import(`./commands/${name}.js`)) as { register(to: Command): void };
  register(program);
}

try {
  await program.parseAsync();
} catch (error) {
  // Every error of ours says in its text what was wrong and where; its stack would say nothing to a user.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT.found;
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
