import { type Command, InvalidArgumentError } from 'commander';
import { DIALECT_NAMES } from '../../parsers/dialects/index.js';
import { IsoError } from '../../parsers/errors.js';
import { FRAMING_NAMES, type FramingSpec, framingFromText } from '../../parsers/framing/index.js';
import { type PathFilter, pathFilter } from '../../parsers/inspect/index.js';
import { EXITS_HELP } from './exit-codes.js';

/** `none` for messages without a frame; absent, it is found by what fits. */
export type FramingFlag = FramingSpec | 'none';

export interface MessageFlags {
  readonly dialect?: string;
  readonly framing?: FramingFlag;
}

/** Options of commands that read messages. */
export function readsMessages(command: Command): Command {
  return command
    .option('--dialect <name>', dialectHelp(''))
    .option('--framing <name>', framingHelp(), framingFlag)
    .addHelpText('after', EXITS_HELP);
}

export function dialectHelp(which: string): string {
  return `${which}${DIALECT_NAMES.join(', ')}, or a file: a dialect, a jPOS packager or a moov specification`;
}

export function framingHelp(): string {
  return `none, ${streamFramingHelp()}`;
}

export function streamFramingHelp(): string {
  return `${FRAMING_NAMES.join(', ')}; with options as length2-header,countsItself or bcd2,tpdu=false`;
}

export function framingFlag(text: string): FramingFlag {
  if (text === 'none') return text;
  return valid(() => framingFromText(text));
}

/** As {@link framingFlag}, where there must be a frame: a stream of messages has no other ends. */
export function streamFramingFlag(text: string): FramingSpec {
  return valid(() => framingFromText(text));
}

/** `--filter 39 --filter 55.9F26`, or `--filter 39,55.9F26`. */
export function filters(command: Command): Command {
  return command.option(
    '--filter <path>',
    'only this field and what is inside it, as 39 or 55.9F26; may be given more than once',
    (text: string, before: readonly string[] = []) =>
      valid(() => pathFilter([...before, ...text.split(',')])!),
  );
}

/** The flag as the library takes it. */
export function filterOf(filter: PathFilter | undefined): { readonly filter?: PathFilter } {
  return filter === undefined ? {} : { filter };
}

/** What is wrong with an option's value is wrong usage. */
function valid<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof IsoError) throw new InvalidArgumentError(`${error.rule}.`);
    throw error;
  }
}
