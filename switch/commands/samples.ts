import { type Command, Option } from 'commander';
import { DIALECT_NAMES } from '../../parsers/dialects/index.js';
import { frameMessage, framingOf } from '../../parsers/framing/index.js';
import { inspect } from '../../parsers/inspect/index.js';
import { SAMPLE_NAMES, type SampleName, samples } from '../../parsers/samples.js';
import { loadDialect } from '../dialect-file.js';
import { EXIT, EXITS_HELP } from './exit-codes.js';
import { asList } from './inspect.js';
import { dialectHelp, type FramingFlag, framingFlag, framingHelp } from './message-options.js';
import { runTool, type Streams, write } from './streams.js';

export interface SamplesFlags {
  readonly dialect?: string;
  readonly framing?: FramingFlag;
  readonly only?: SampleName;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('samples')
    .description('write sample messages in hexadecimal, a line each: the same purchase in every dialect')
    .option('--dialect <name>', dialectHelp('all that are built in when absent: '))
    .option('--framing <name>', framingHelp(), framingFlag)
    .addOption(new Option('--only <name>', 'this one').choices(SAMPLE_NAMES))
    .option('--json', 'as JSON, as inspect shows them')
    .addHelpText('after', EXITS_HELP)
    .action(async (flags: SamplesFlags) => {
      process.exitCode = await runSamples(process, flags);
    });
}

/** `holdfast samples`. @returns the exit code */
export function runSamples(streams: Streams, flags: SamplesFlags): Promise<number> {
  const { framing: flag, only, json = false } = flags;
  const framing = flag === undefined || flag === 'none' ? undefined : framingOf(flag);
  return runTool(streams, async () => {
    const written: string[] = [];
    for (const name of flags.dialect === undefined ? DIALECT_NAMES : [flags.dialect]) {
      const dialect = await loadDialect(name);
      for (const sample of samples(dialect)) {
        if (only !== undefined && sample.name !== only) continue;
        const bytes = framing === undefined ? sample.bytes : frameMessage(framing, sample.bytes);
        const options = framing === undefined ? {} : { framing };
        written.push(
          json
            ? JSON.stringify(inspect(bytes, dialect, options), null, 2)
            : bytes.toString('hex').toUpperCase(),
        );
      }
    }
    await write(streams.stdout, `${json ? asList(written) : written.join('\n')}\n`);
    return EXIT.fine;
  });
}
