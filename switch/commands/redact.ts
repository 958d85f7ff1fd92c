import type { Command } from 'commander';
import type { PathFilter } from '../../parsers/inspect/index.js';
import { redact } from '../../parsers/redact.js';
import { EXIT } from './exit-codes.js';
import { asList } from './inspect.js';
import { bytesOfLine, eachLine } from './lines.js';
import { findMessages, LineReading } from './message-input.js';
import { filterOf, filters, type MessageFlags, readsMessages } from './message-options.js';
import { openInput, runTool, type Streams, write } from './streams.js';

export interface RedactFlags extends MessageFlags {
  readonly lines?: boolean;
  readonly filter?: PathFilter;
}

export function register(program: Command): void {
  const command = program
    .command('redact')
    .description('write a message that may be passed on, as JSON that build takes: no card data in it');
  filters(readsMessages(command))
    .argument('[file]', 'as for inspect')
    .option('--lines', 'one hexadecimal message a line in, one JSON a line out')
    .action(async (file: string | undefined, flags: RedactFlags) => {
      process.exitCode = await runRedact(process, file, flags);
    });
}

/** `holdfast redact`. @returns the exit code */
export function runRedact(streams: Streams, file: string | undefined, flags: RedactFlags): Promise<number> {
  return runTool(streams, async () => {
    const options = filterOf(flags.filter);
    if (flags.lines === true) {
      const reading = new LineReading(streams, flags);
      await reading.load();
      const failed = await eachLine(openInput(streams, file), file, streams.stdout, (line) => {
        const bytes = bytesOfLine(line);
        const { dialect, framed } = reading.of(bytes);
        return JSON.stringify(redact(bytes, dialect, { ...options, ...framed }));
      });
      return failed > 0 ? EXIT.found : EXIT.fine;
    }
    const { dialect, framed, messages, incomplete } = await findMessages(streams, file, flags);
    const documents = messages.map(({ bytes }) => {
      return JSON.stringify(redact(bytes, dialect, { ...options, ...framed }), null, 2);
    });
    await write(streams.stdout, `${asList(documents)}\n`);
    return incomplete ? EXIT.found : EXIT.fine;
  });
}
