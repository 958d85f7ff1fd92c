import type { Command } from 'commander';
import { framingText } from '../../parsers/framing/index.js';
import { type Ranked, rank } from '../../parsers/inspect/index.js';
import { loadDialect } from '../dialect-file.js';
import { EXIT, EXITS_HELP } from './exit-codes.js';
import { allDialects, percent, readPieces } from './message-input.js';
import { dialectHelp } from './message-options.js';
import { runTool, type Streams, write } from './streams.js';

export interface DoctorFlags {
  readonly dialect?: readonly string[];
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Pairs that are shown of those that fit. */
const SHOWN = 5;

export function register(program: Command): void {
  program
    .command('doctor')
    .description('say which dialect and framing fit a capture, and why the others don’t')
    .argument('[file]', 'as for inspect')
    .option('--dialect <name>', dialectHelp('look at this one too, may be given more than once: '), collect)
    .option('--all', 'every pair of dialect and framing')
    .option('--json', 'every pair, as JSON')
    .addHelpText('after', EXITS_HELP)
    .action(async (file: string | undefined, flags: DoctorFlags) => {
      process.exitCode = await runDoctor(process, file, flags);
    });
}

function collect(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, name];
}

/** `holdfast doctor`. @returns the exit code */
export function runDoctor(streams: Streams, file: string | undefined, flags: DoctorFlags): Promise<number> {
  return runTool(streams, async () => {
    const dialects = allDialects();
    for (const name of flags.dialect ?? []) {
      const loaded = await loadDialect(name);
      if (!dialects.includes(loaded)) dialects.push(loaded);
    }
    const ranked = rank(await readPieces(streams, file), dialects);
    const text = flags.json === true ? jsonText(ranked) : flags.all === true ? table(ranked) : report(ranked);
    await write(streams.stdout, `${text}\n`);
    return ranked[0]!.confidence > 0 ? EXIT.fine : EXIT.found;
  });
}

function report(ranked: readonly Ranked[]): string {
  const [best] = ranked as readonly [Ranked, ...Ranked[]];
  const fit = ranked.filter(({ confidence }) => confidence > 0).slice(0, SHOWN);
  const dialects = ranked.filter((one) => one.framing === best.framing && one.confidence === 0);
  const framings = ranked.filter((one) => one.dialect === best.dialect && one.confidence === 0);
  const parts = [fit.length === 0 ? 'Nothing fits.' : `What fits, the best first:\n${table(fit)}`];
  if (fit.length > 0 && dialects.length > 0) {
    parts.push(
      `Other dialects, ${best.framing === null ? 'without a frame' : `framed as ${framingText(best.framing)}`}:\n${table(dialects)}`,
    );
  }
  if (framings.length > 0) parts.push(`Other framings, as ${best.dialect.name}:\n${table(framings)}`);
  if (fit.length === 0 && dialects.length > 0) parts.push(`Other dialects:\n${table(dialects)}`);
  return parts.join('\n\n');
}

function table(rows: readonly Ranked[]): string {
  return rows.map(rowText).join('\n');
}

function rowText({ dialect, framing, confidence, messages, read, failure }: Ranked): string {
  const sure = confidence > 0 ? percent(confidence) : '-';
  const counts = `${read}/${messages}`;
  const name = framing === null ? 'none' : framingText(framing);
  const line = `  ${dialect.name.padEnd(16)} ${name.padEnd(27)} ${sure.padStart(5)} ${counts.padStart(6)}  ${failure?.message ?? ''}`;
  return line.trimEnd();
}

function jsonText(ranked: readonly Ranked[]): string {
  const rows = ranked.map(({ dialect, framing, confidence, messages, read, failure }) => ({
    dialect: dialect.name,
    framing,
    confidence,
    messages,
    read,
    failure:
      failure === null
        ? null
        : { code: failure.code, path: failure.path, offset: failure.offset, rule: failure.rule },
  }));
  return JSON.stringify(rows, null, 2);
}
