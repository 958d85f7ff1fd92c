import { type Command, Option } from 'commander';
import { annotate, type InspectOptions, inspect, type PathFilter } from '../../parsers/inspect/index.js';
import { EXIT } from './exit-codes.js';
import { bytesOfLine, eachLine } from './lines.js';
import { findMessages, LineReading } from './message-input.js';
import { filterOf, filters, type MessageFlags, readsMessages } from './message-options.js';
import { openInput, runTool, type Streams, write } from './streams.js';

export interface InspectFlags extends MessageFlags {
  readonly reveal?: boolean;
  readonly json?: boolean;
  readonly lines?: boolean;
  readonly filter?: PathFilter;
  readonly colour?: 'auto' | 'always' | 'never';
}

export function register(program: Command): void {
  const command = program.command('inspect').description('show a message: bytes, fields, values, meanings');
  filters(readsMessages(command))
    .argument(
      '[file]',
      'hexadecimal, binary, a dump, a log line or a packet capture; - or none: standard input',
    )
    .option('--reveal', 'show card numbers, tracks and PIN blocks in clear')
    .option('--json', 'as JSON')
    .option('--lines', 'one hexadecimal message a line in, one JSON a line out')
    .addOption(new Option('--colour <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .action(async (file: string | undefined, flags: InspectFlags) => {
      process.exitCode = await runInspect(process, file, flags);
    });
}

/** `holdfast inspect`. @returns the exit code */
export function runInspect(streams: Streams, file: string | undefined, flags: InspectFlags): Promise<number> {
  const { reveal = false, filter } = flags;
  return runTool(streams, async () => {
    if (reveal) streams.stderr.write('--reveal: what follows holds card data in clear\n');
    const options = { reveal, ...filterOf(filter) };
    if (flags.lines === true) return inspectLines(streams, file, flags, options);
    const { dialect, framed, messages, incomplete } = await findMessages(streams, file, flags);
    let faults = incomplete;
    const shown: string[] = [];
    for (const { bytes, source } of messages) {
      const message = inspect(bytes, dialect, { ...options, ...framed, lenient: true });
      if (message.issues !== undefined) faults = true;
      if (flags.json === true) shown.push(JSON.stringify(message, null, 2));
      else {
        const colour = isColoured(streams, flags.colour ?? 'auto');
        const lines = annotate(bytes, dialect, { ...options, ...framed, colour });
        shown.push([...(messages.length > 1 ? [`${source}:`] : []), ...lines].join('\n'));
      }
    }
    const text = flags.json === true ? asList(shown) : shown.join('\n\n');
    await write(streams.stdout, `${text}\n`);
    return faults ? EXIT.found : EXIT.fine;
  });
}

/** One document, or a list of several. */
export function asList(documents: readonly string[]): string {
  if (documents.length === 1) return documents[0]!;
  return `[\n${documents.join(',\n')}\n]`;
}

function isColoured({ stdout }: Streams, when: 'auto' | 'always' | 'never'): boolean {
  if (when !== 'auto') return when === 'always';
  // https://no-color.org
  return stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
}

async function inspectLines(
  streams: Streams,
  file: string | undefined,
  flags: MessageFlags,
  options: InspectOptions,
): Promise<number> {
  const reading = new LineReading(streams, flags);
  await reading.load();
  const failed = await eachLine(openInput(streams, file), file, streams.stdout, (line) => {
    const bytes = bytesOfLine(line);
    const { dialect, framed } = reading.of(bytes);
    return JSON.stringify(inspect(bytes, dialect, { ...options, ...framed }));
  });
  return failed > 0 ? EXIT.found : EXIT.fine;
}
