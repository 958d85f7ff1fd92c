import type { Command } from 'commander';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { readDocument } from '../../parsers/document.js';
import { IsoError } from '../../parsers/errors.js';
import { type Framing, frameMessage, framingFromText, framingOf } from '../../parsers/framing/index.js';
import { build } from '../../parsers/writer.js';
import { loadDialect } from '../dialect-file.js';
import { EXIT, EXITS_HELP } from './exit-codes.js';
import { eachLine } from './lines.js';
import {
  dialectHelp,
  type FramingFlag,
  framingFlag,
  framingHelp,
  type MessageFlags,
} from './message-options.js';
import { openInput, readInput, runTool, type Streams, write } from './streams.js';

export interface BuildFlags extends MessageFlags {
  readonly lines?: boolean;
}

export function register(program: Command): void {
  program
    .command('build')
    .description('write a message, as inspect --json shows it or with values alone, in hexadecimal')
    .argument('[file]', '{"mti":"0100","fields":{"2":"…"}}, or a list of such; - or none: standard input')
    .option('--dialect <name>', dialectHelp('that of the document when absent: '))
    .option('--framing <name>', `that of the document when absent: ${framingHelp()}`, framingFlag)
    .option('--lines', 'one JSON a line in, one hexadecimal message a line out')
    .addHelpText('after', EXITS_HELP)
    .action(async (file: string | undefined, flags: BuildFlags) => {
      process.exitCode = await runBuild(process, file, flags);
    });
}

/** `holdfast build`. @returns the exit code */
export function runBuild(streams: Streams, file: string | undefined, flags: BuildFlags): Promise<number> {
  return runTool(streams, async () => {
    if (flags.lines === true) {
      if (flags.dialect === undefined)
        throw new IsoError('HF_ISO_UNKNOWN_DIALECT', '', -1, '--lines needs --dialect');
      const dialect = await loadDialect(flags.dialect);
      const convert = (line: string) => hexOf(jsonOf(line), flags.framing, dialect);
      const failed = await eachLine(openInput(streams, file), file, streams.stdout, convert);
      return failed > 0 ? EXIT.found : EXIT.fine;
    }
    const given = jsonOf((await readInput(streams, file)).toString('utf8'));
    const hex: string[] = [];
    for (const one of Array.isArray(given) ? given : [given]) {
      hex.push(hexOf(one, flags.framing, await dialectOf(one, flags)));
    }
    await write(streams.stdout, `${hex.join('\n')}\n`);
    return EXIT.fine;
  });
}

async function dialectOf(document: unknown, flags: BuildFlags): Promise<CompiledDialect> {
  const name = flags.dialect ?? readDocument(document).dialect;
  if (name !== undefined) return loadDialect(name);
  throw new IsoError('HF_ISO_UNKNOWN_DIALECT', '', -1, 'the document names none: --dialect says which');
}

function hexOf(document: unknown, flag: FramingFlag | undefined, dialect: CompiledDialect): string {
  const { message, framing } = readDocument(document);
  const bytes = build(dialect, message);
  const chosen = framed(flag, framing);
  return (chosen === null ? bytes : frameMessage(chosen, bytes)).toString('hex').toUpperCase();
}

function framed(flag: FramingFlag | undefined, named: string | undefined): Framing | null {
  if (flag === 'none' || (flag === undefined && named === undefined)) return null;
  return framingOf(flag ?? framingFromText(named!));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a PAN.
    throw new IsoError('HF_ISO_DOCUMENT', '', -1, 'it is not JSON');
  }
}
