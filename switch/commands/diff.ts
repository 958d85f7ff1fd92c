import type { Command } from 'commander';
import { type Compared, type Difference, type DiffSide, diff } from '../../parsers/diff.js';
import { IsoError } from '../../parsers/errors.js';
import type { PathFilter } from '../../parsers/inspect/index.js';
import { EXIT } from './exit-codes.js';
import { findMessages } from './message-input.js';
import { dialectHelp, filterOf, filters, type MessageFlags, readsMessages } from './message-options.js';
import { runTool, type Streams, write } from './streams.js';

export interface DiffFlags extends MessageFlags {
  readonly dialectB?: string;
  readonly reveal?: boolean;
  readonly json?: boolean;
  readonly filter?: PathFilter;
}

export function register(program: Command): void {
  const command = program.command('diff').description('show where two messages differ, field by field');
  filters(readsMessages(command))
    .argument('<a>', 'a file with one message, as for inspect; - for standard input')
    .argument('<b>', 'the other')
    .option('--dialect-b <name>', dialectHelp('of the second, where it has another: '))
    .option('--reveal', 'show card numbers, tracks and PIN blocks in clear')
    .option('--json', 'as JSON')
    .action(async (a: string, b: string, flags: DiffFlags) => {
      process.exitCode = await runDiff(process, a, b, flags);
    });
}

/** `holdfast diff`. @returns the exit code */
export function runDiff(streams: Streams, a: string, b: string, flags: DiffFlags): Promise<number> {
  const { reveal = false, filter, dialectB, ...first } = flags;
  return runTool(streams, async () => {
    if (reveal) streams.stderr.write('--reveal: what follows holds card data in clear\n');
    const second = dialectB === undefined ? first : { ...first, dialect: dialectB };
    const left = await one(streams, a, first);
    const differences = diff(left, await one(streams, b, second), { reveal, ...filterOf(filter) });
    if (flags.json === true) await write(streams.stdout, `${JSON.stringify(differences, null, 2)}\n`);
    else await write(streams.stdout, differences.map(differenceText).join(''));
    return differences.length > 0 ? EXIT.found : EXIT.fine;
  });
}

async function one(streams: Streams, file: string, flags: MessageFlags): Promise<Compared> {
  const { dialect, framed, messages } = await findMessages(streams, file, flags);
  if (messages.length > 1)
    throw new IsoError('HF_ISO_INPUT', '', -1, `${messages.length} messages, where one is compared`);
  return { bytes: messages[0]!.bytes, dialect, ...framed };
}

const PATH_WIDTH = 9;

function differenceText({ path, name, a, b }: Difference): string {
  const head = `${path.padEnd(PATH_WIDTH)} ${name}\n`;
  return `${head}${sideText('-', a)}${sideText('+', b)}`;
}

function sideText(mark: string, side: DiffSide | null): string {
  if (side === null) return '';
  const meaning = side.meaning === '' ? '' : `  (${side.meaning})`;
  // Control characters must not steer the terminal.
  return `  ${mark} ${side.value}${meaning}`.replace(/\p{Cc}/gu, '.').concat('\n');
}
