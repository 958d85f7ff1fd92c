import type { Command } from 'commander';
import type { IsoError } from '../../parsers/errors.js';
import { asIssue, type PathFilter } from '../../parsers/inspect/index.js';
import { unframe } from '../../parsers/inspect/inspect.js';
import { isAsked } from '../../parsers/inspect/path-filter.js';
import { parse } from '../../parsers/reader.js';
import { isOfProfile, validate } from '../../parsers/validate.js';
import { MessageView } from '../../parsers/view.js';
import { EXIT } from './exit-codes.js';
import { findMessages } from './message-input.js';
import { filters, type MessageFlags, readsMessages } from './message-options.js';
import { runTool, type Streams, write } from './streams.js';

export interface ValidateFlags extends MessageFlags {
  readonly strict?: boolean;
  readonly json?: boolean;
  readonly filter?: PathFilter;
}

export function register(program: Command): void {
  const command = program.command('validate').description('list all that is wrong with a message');
  filters(readsMessages(command))
    .argument('[file]', 'as for inspect')
    .option('--strict', 'also what the profile of its message type asks for and forbids')
    .option('--json', 'as JSON')
    .action(async (file: string | undefined, flags: ValidateFlags) => {
      process.exitCode = await runValidate(process, file, flags);
    });
}

/** `holdfast validate`. @returns the exit code */
export function runValidate(
  streams: Streams,
  file: string | undefined,
  flags: ValidateFlags,
): Promise<number> {
  const { strict = false, json = false, filter } = flags;
  return runTool(streams, async () => {
    const { dialect, framed, messages, incomplete } = await findMessages(streams, file, flags);
    const view = new MessageView();
    view.issues = [];
    let faults = incomplete;
    const shown: string[] = [];
    for (const { bytes, source } of messages) {
      const [start, end] = framed.framing === undefined ? [0, bytes.length] : unframe(bytes, framed.framing);
      parse(view, dialect, bytes, start, end);
      const issues = validate(view).filter(
        (issue) => (strict || !isOfProfile(issue)) && (issue.path === '' || isAsked(filter, issue.path)),
      );
      if (issues.length > 0) faults = true;
      const mti = view.mti < 0 ? '' : String(view.mti).padStart(4, '0');
      shown.push(
        json
          ? JSON.stringify({ source, dialect: dialect.name, mti, issues: issues.map(asIssue) })
          : issuesText(source, mti, strict && dialect.dialect.profiles?.[mti] === undefined, issues),
      );
    }
    await write(streams.stdout, `${shown.join('\n')}\n`);
    return faults ? EXIT.found : EXIT.fine;
  });
}

function issuesText(source: string, mti: string, unknown: boolean, issues: readonly IsoError[]): string {
  const where = source === '' ? '' : `${source}: `;
  const note = unknown && mti !== '' ? ' (the dialect has no profile of it)' : '';
  if (issues.length === 0) return `${where}${mti} is valid${note}`;
  return issues.map(({ message }) => `${where}${message}`).join('\n');
}
