import { type Command, InvalidArgumentError } from 'commander';
import { convert } from '../../parsers/convert/convert.js';
import { type Framing, frameMessage, framingOf } from '../../parsers/framing/index.js';
import { inspect } from '../../parsers/inspect/index.js';
import { unframe } from '../../parsers/inspect/inspect.js';
import { loadDialect } from '../dialect-file.js';
import { EXIT, EXITS_HELP } from './exit-codes.js';
import { asList } from './inspect.js';
import { findMessages } from './message-input.js';
import { dialectHelp, type FramingFlag, framingFlag, framingHelp } from './message-options.js';
import { runTool, type Streams, write } from './streams.js';

export interface ConvertFlags {
  readonly from: string;
  readonly to: string;
  readonly framing?: FramingFlag;
  readonly toFraming?: FramingFlag;
  readonly date?: Date;
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function register(program: Command): void {
  program
    .command('convert')
    .description('say a message in another dialect, by what its fields mean; what can’t be said is listed')
    .argument('[file]', 'as for inspect')
    .requiredOption('--from <name>', dialectHelp(''))
    .requiredOption('--to <name>', dialectHelp(''))
    .option('--framing <name>', `of the input: ${framingHelp()}`, framingFlag)
    .option('--to-framing <name>', 'of the output; that of the input when absent', framingFlag)
    .option('--date <date>', 'CCYY-MM-DD that dates without a year are near to; today when absent', dateFlag)
    .option('--json', 'write JSON as inspect does, masked, instead of hexadecimal')
    .option('--strict', `exit with ${EXIT.found} when something was lost`)
    .addHelpText('after', EXITS_HELP)
    .action(async (file: string | undefined, flags: ConvertFlags) => {
      process.exitCode = await runConvert(process, file, flags);
    });
}

/** `holdfast convert`. @returns the exit code */
export function runConvert(streams: Streams, file: string | undefined, flags: ConvertFlags): Promise<number> {
  const { from, to: name, framing, toFraming, date = new Date(), json = false, strict = false } = flags;
  return runTool(streams, async () => {
    const to = await loadDialect(name);
    const found = await findMessages(streams, file, {
      dialect: from,
      ...(framing === undefined ? {} : { framing }),
    });
    const target = targetFraming(toFraming, found.framed.framing);
    let faults = found.incomplete;
    const written: string[] = [];
    for (const { bytes, source } of found.messages) {
      const message = messageIn(bytes, found.framed.framing);
      const converted = convert(message, found.dialect, to, date);
      const frame = target === null ? converted.bytes : frameMessage(target, converted.bytes);
      for (const { path, name: field, rule } of converted.lost) {
        const where = source === '' || found.messages.length === 1 ? '' : `${source}: `;
        streams.stderr.write(`${where}not carried: ${path}${field === '' ? '' : ` ${field}`}: ${rule}\n`);
      }
      if (strict && converted.lost.length > 0) faults = true;
      written.push(
        json
          ? JSON.stringify(inspect(frame, to, target === null ? {} : { framing: target }), null, 2)
          : frame.toString('hex').toUpperCase(),
      );
    }
    await write(streams.stdout, `${json ? asList(written) : written.join('\n')}\n`);
    return faults ? EXIT.found : EXIT.fine;
  });
}

function messageIn(bytes: Uint8Array, framing: Framing | undefined): Uint8Array {
  if (framing === undefined) return bytes;
  const [start, end] = unframe(bytes, framing);
  return bytes.subarray(start, end);
}

function targetFraming(flag: FramingFlag | undefined, source: Framing | undefined): Framing | null {
  if (flag === 'none') return null;
  return flag === undefined ? (source ?? null) : framingOf(flag);
}

function dateFlag(text: string): Date {
  const date = new Date(`${text}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('it is a date, as 2026-06-07.');
  }
  return date;
}
