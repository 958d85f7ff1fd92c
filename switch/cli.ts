#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import { DIALECT_NAMES, dialectByName } from '../parsers/dialects/index.js';
import { type Flags, loadConfig } from './config.js';
import type { Config } from './config-schema.js';
import { type ListedCard, listDemoCards } from './demo-cards.js';
import type { LoadCard } from './load/deck.js';
import { errorCount } from './load/tally.js';
import {
  completeMessage,
  exitCodeOfError,
  exitCodeOfReply,
  maskMessage,
  messageFromFlags,
  messageFromJson,
  messageText,
  runSend,
  SEND_EXIT,
} from './send.js';
import { progressLine, runSimulate, simulateSummary } from './simulate.js';
import { runStart } from './start-command.js';

/** BSD's sysexits: the command was used wrongly, or could not do its work. */
const EXIT_USAGE = 64;
const EXIT_FAILURE = 1;

const program = new Command('holdfast')
  .description(
    'A card authorisation switch: ISO 8583 over TCP in, a hold durable in Postgres, the answer out.',
  )
  .version(await version())
  .showSuggestionAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));

configured(program.command('start').description('run the switch'))
  .option('--port <port>', 'TCP port of the first link (default 8583; 0 for a free one)')
  .option('--http-port <port>', 'port of /health and /metrics (default 8580; 0 for a free one)')
  .option('--host <host>', 'address to listen on (default 0.0.0.0)')
  .option('--cards-per-tenant <count>', 'demo cards of each tenant (default 1000)')
  .option('--log-level <level>', 'fatal, error, warn, info, debug, trace or silent (default info)')
  .action(async (flags: Flags) => {
    const config = await load(flags);
    process.exitCode = await runStart(config, pino({ level: config.logLevel }, pino.destination(2)));
  });

const demo = program.command('demo').description('the demo tenants and their cards');
configured(demo.command('cards').description('list the demo cards, in clear: test BINs only'))
  .option('--tenant <name>', 'of this tenant only')
  .option('--declined', 'the cards that are made to be declined, with the response code', false)
  .option('--json', 'as JSON', false)
  .action(async (flags: Flags & { tenant?: string; declined: boolean; json: boolean }) => {
    const { tenant, declined, json, ...settings } = flags;
    const config = await load(settings);
    const cards = await listDemoCards(config, { tenant, declined }, warnings());
    await print(json ? `${JSON.stringify(cards)}\n` : cards.map(cardLine).join(''));
  });

target(program.command('send').description('send one message and show the reply, masked'))
  .argument('[mti]', 'message type, as 0100')
  .argument('[fields...]', 'fields as NUMBER=VALUE, as 4=1250')
  .option('--message <json>', 'the message as {"mti":"0100","fields":{"2":"…"}}, or - to read it from stdin')
  .option('--header <bytes>', 'bytes of the length header, 2 or 4', headerBytes, 2)
  .option('--timeout <ms>', 'how long to wait for the reply', positive, 5000)
  .option('--exact', 'add nothing: no DE7, DE11, DE12 … where they are missing', false)
  .option('--json', 'show the reply as JSON', false)
  .addHelpText('after', sendExits())
  .action(async (mti: string | undefined, fields: string[], options: SendFlags) => {
    process.exitCode = await send(mti, fields, options);
  });

target(
  configured(program.command('simulate').description('send traffic like that of the tenants’ cardholders')),
)
  .option('--rate <messages>', 'messages a second', positive, 200)
  .option('--for <seconds>', 'how long', positive, 10)
  .option('--tenant <name>', 'with the cards of this tenant only')
  .option('--cards <file>', 'cards to use, as `demo cards --json` lists them')
  .option('--seed <number>', 'of the traffic', positive, 1)
  .action(async (options: SimulateFlags) => {
    process.exitCode = await simulate(options);
  });

try {
  await program.parseAsync();
} catch (error) {
  // Every error of ours says in its text what was wrong and where; its stack would say nothing to a user.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT_FAILURE;
}

interface TargetFlags {
  readonly to: string;
  readonly dialect: string;
}

interface SendFlags extends TargetFlags {
  readonly message?: string;
  readonly header: 2 | 4;
  readonly timeout: number;
  readonly exact: boolean;
  readonly json: boolean;
}

interface SimulateFlags extends TargetFlags, Flags {
  readonly rate: number;
  readonly for: number;
  readonly tenant?: string;
  readonly cards?: string;
  readonly seed: number;
}

function configured(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, JSON or YAML')
    .option('--data-directory <directory>', 'embedded Postgres and keys (default .holdfast)')
    .option('--database <url>', 'an external Postgres instead of the embedded one');
}

function target(command: Command): Command {
  return command
    .option('--to <host:port>', 'the switch', '127.0.0.1:8583')
    .addOption(
      new Option('--dialect <name>', 'of the messages').choices(DIALECT_NAMES).default('iso87-ascii'),
    );
}

function load(flags: Flags): Promise<Config> {
  return loadConfig({ flags, environment: process.env, cwd: process.cwd() });
}

function warnings() {
  return pino({ level: 'warn' }, pino.destination(2));
}

async function send(mti: string | undefined, fields: string[], options: SendFlags): Promise<number> {
  const dialect = dialectByName(options.dialect);
  try {
    const given =
      options.message === undefined
        ? messageFromFlags(mti ?? '', fields)
        : messageFromJson(options.message === '-' ? await readStdin() : options.message);
    const message = options.exact ? given : completeMessage(given, new Date());
    const { reply, roundTripMs } = await runSend({
      ...address(options.to),
      dialect,
      message,
      timeoutMs: options.timeout,
      headerBytes: options.header,
    });
    const text = options.json
      ? JSON.stringify(maskMessage(dialect, reply))
      : `${messageText(dialect, reply)}\n  ${roundTripMs.toFixed(2)} ms`;
    await print(`${text}\n`);
    return exitCodeOfReply(reply);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return exitCodeOfError(error);
  }
}

async function simulate(options: SimulateFlags): Promise<number> {
  const { rate, for: seconds, tenant, cards: file, seed, to, dialect, ...settings } = options;
  const cards: readonly LoadCard[] =
    file === undefined
      ? await listDemoCards(await load(settings), { tenant, declined: false }, warnings())
      : (JSON.parse(await readFile(file, 'utf8')) as LoadCard[]);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const live = process.stdout.isTTY;
  const report = await runSimulate({
    ...address(to),
    dialect: dialectByName(dialect),
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
  await print(`${live ? '\n' : ''}${simulateSummary(report)}\n`);
  return errorCount(report.errors) === 0 ? 0 : EXIT_FAILURE;
}

function address(to: string): { host: string; port: number } {
  const at = to.lastIndexOf(':');
  const port = Number(to.slice(at + 1));
  if (at < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError(`--to is HOST:PORT, as 127.0.0.1:8583, not '${to}'`);
  }
  return { host: to.slice(0, at), port };
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0) || number > 1e9) throw new InvalidArgumentError('it is a number above 0.');
  return number;
}

function headerBytes(text: string): number {
  if (text !== '2' && text !== '4') throw new InvalidArgumentError('it is 2 or 4.');
  return Number(text);
}

function cardLine({ tenant, pan, expiry, available, currency, declines, channel, note }: ListedCard): string {
  const line = `${tenant.padEnd(10)} ${pan} ${expiry} ${String(available).padStart(12)} ${currency}`;
  return declines === undefined ? `${line}\n` : `${line}  ${declines} on ${channel}: ${note}\n`;
}

function sendExits(): string {
  const { approved, declined, usage, noAnswer, malformedReply } = SEND_EXIT;
  return `
Exit codes: ${approved} approved, ${declined} declined, ${usage} wrong usage, ${noAnswer} no answer, ${malformedReply} unreadable reply.

Example: holdfast send 0100 2=9999010212345678 3=000000 4=1250 14=3105 49=978`;
}

async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
}

/** Resolves when the text has left, so that a pipe that is slow loses nothing at exit. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
