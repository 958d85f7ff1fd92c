import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Dialect } from '../../parsers/dialect.js';
import { type DialectRow, dialectRows, diffDialects, messageRow } from '../../parsers/dialect-table.js';
import { IsoError } from '../../parsers/errors.js';
import { importFile, importProblems, loadDialect, loadDocument } from '../dialect-file.js';
import { EXIT, EXITS_HELP } from './exit-codes.js';
import { allDialects } from './message-input.js';
import { runTool, type Streams, write } from './streams.js';

export interface ImportFlags {
  readonly name?: string;
  readonly out?: string;
  readonly edition?: Dialect['version'];
}

export function register(program: Command): void {
  const dialect = program.command('dialect').description('dialect documents: import, check, show, compare');
  dialect
    .command('import')
    .description('write a jPOS packager (XML) or moov specification (JSON, YAML) as a dialect')
    .argument('<file>', 'the packager or specification')
    .option('--name <name>', 'of the dialect; the file’s when absent')
    .option('-o, --out <file>', 'where to; standard output when absent')
    .addOption(
      new Option('--edition <year>', 'of ISO 8583, where field 12 does not tell').choices([
        '1987',
        '1993',
        '2003',
      ]),
    )
    .addHelpText('after', EXITS_HELP)
    .action(async (file: string, flags: ImportFlags) => {
      process.exitCode = await runImport(process, file, flags);
    });
  dialect
    .command('check')
    .description('say all that is wrong with dialect files')
    .argument('<files...>', 'dialects, packagers or specifications')
    .addHelpText('after', EXITS_HELP)
    .action(async (files: readonly string[]) => {
      process.exitCode = await runCheck(process, files);
    });
  dialect
    .command('show')
    .description('list the fields of a dialect, with every default filled in')
    .argument('[name]', 'a built-in’s name, or a file; none: list the built-in ones')
    .option('--json', 'the whole document, with what it extends')
    .addHelpText('after', EXITS_HELP)
    .action(async (name: string | undefined, flags: { readonly json?: boolean }) => {
      process.exitCode = await runShow(process, name, flags);
    });
  dialect
    .command('diff')
    .description('show what two dialects have otherwise')
    .argument('<a>', 'a built-in’s name, or a file')
    .argument('<b>', 'the other')
    .option('--json', 'as JSON')
    .addHelpText('after', EXITS_HELP)
    .action(async (a: string, b: string, flags: { readonly json?: boolean }) => {
      process.exitCode = await runDialectDiff(process, a, b, flags);
    });
}

/** `holdfast dialect import`. @returns the exit code: {@link EXIT.found} where a field was left out or not looked into */
export function runImport(
  streams: Streams,
  file: string,
  { name, out, edition }: ImportFlags,
): Promise<number> {
  return runTool(streams, async () => {
    const version = edition === undefined ? {} : { version: edition };
    const imported = await importFile(file, { name: name ?? path.parse(file).name, ...version });
    for (const line of importProblems(file, imported)) streams.stderr.write(`${line}\n`);
    const text = `${JSON.stringify(imported.document, null, 2)}\n`;
    if (out === undefined || out === '-') await write(streams.stdout, text);
    else await writeFile(out, text);
    return imported.mapped === imported.fields ? EXIT.fine : EXIT.found;
  });
}

/** `holdfast dialect check`. @returns the exit code */
export async function runCheck(streams: Streams, files: readonly string[]): Promise<number> {
  let code: number = EXIT.fine;
  for (const file of files) {
    try {
      const compiled = await loadDialect(file, (line) => streams.stderr.write(`${line}\n`));
      const count = compiled.table.fields.filter((field) => field !== undefined).length;
      await write(
        streams.stdout,
        `${file}: ${compiled.name}, ISO 8583:${compiled.dialect.version}, ${count} fields\n`,
      );
    } catch (error) {
      // What is wrong with a file is what was asked for; the others are looked at all the same.
      if (!(error instanceof IsoError)) throw error;
      await write(streams.stdout, `${file}: ${error.message}\n`);
      code = EXIT.found;
    }
  }
  return code;
}

/** `holdfast dialect show`. @returns the exit code */
export function runShow(
  streams: Streams,
  name: string | undefined,
  { json = false }: { json?: boolean },
): Promise<number> {
  return runTool(streams, async () => {
    if (name === undefined) {
      const lines = allDialects().map(({ name, dialect }) => `${name.padEnd(15)}  ${dialect.description}\n`);
      await write(streams.stdout, lines.join(''));
      return EXIT.fine;
    }
    if (json) {
      await write(streams.stdout, `${JSON.stringify(await loadDocument(name), null, 2)}\n`);
      return EXIT.fine;
    }
    const dialect = await loadDialect(name);
    const { version, header, mti, bitmap, indicators } = messageRow(dialect);
    const head = [
      `${dialect.name}: ${dialect.dialect.description}`,
      `ISO 8583:${version}; header ${header}; MTI ${mti}; bitmap ${bitmap}`,
      ...(indicators === '' ? [] : [`indicators: ${indicators}`]),
      '',
    ];
    await write(streams.stdout, `${[...head, ...dialectRows(dialect).map(rowText)].join('\n')}\n`);
    return EXIT.fine;
  });
}

function rowText({ path, name, content, encoding, prefix, class: meaning, inside }: DialectRow): string {
  const indent = '  '.repeat(path.split('.').length - 1);
  const columns = [
    path.padEnd(9),
    content.padEnd(11),
    encoding.padEnd(11),
    prefix.padEnd(9),
    [meaning, inside]
      .filter((word) => word !== '')
      .join(', ')
      .padEnd(16),
    indent + name,
  ];
  return columns.join('  ').trimEnd();
}

/** `holdfast dialect diff`. @returns the exit code */
export function runDialectDiff(
  streams: Streams,
  a: string,
  b: string,
  { json = false }: { json?: boolean },
): Promise<number> {
  return runTool(streams, async () => {
    const differences = diffDialects(await loadDialect(a), await loadDialect(b));
    const text = json
      ? `${JSON.stringify(differences, null, 2)}\n`
      : differences
          .map(({ path, name, what, a, b }) =>
            `${path.padEnd(9)} ${name}, ${what}: ${a || 'none'} → ${b || 'none'}`.trim().concat('\n'),
          )
          .join('');
    await write(streams.stdout, text);
    return differences.length > 0 ? EXIT.found : EXIT.fine;
  });
}
