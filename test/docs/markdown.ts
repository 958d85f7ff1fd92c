import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Examples in Markdown that are run. In a block of `console`, lines that begin with `$ ` are commands, `> ` continues
 * one, and what follows is their output, both streams. A block of `js` is a program; the block of `text` right after
 * it, if there is one, is what it prints.
 */

const CLI = fileURLToPath(new URL('../../switch/cli.js', import.meta.url));
const LIBRARY = new URL('../../parsers/index.js', import.meta.url).href;
const CONSOLE = /^```console\n([\s\S]*?)^```$/gm;
const PROGRAM = /^```js\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm;
const END = '\u0001';

/** The root of the project, where `docs` and `README.md` are. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A page with the outputs of its examples as they are now. */
export async function withOutputs(markdown: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'holdfast-docs-'));
  try {
    const commands = [...markdown.matchAll(CONSOLE)].map(([, body]) => commandsOf(body!));
    const outputs = await runCommands(directory, commands.flat());
    const programs: string[] = [];
    for (const [, program] of markdown.matchAll(PROGRAM))
      programs.push(await runProgram(directory, program!));
    return markdown
      .replace(CONSOLE, () => {
        const shown = commands.shift()!.map((command) => prompt(command) + outputs.shift()!);
        return `\`\`\`console\n${shown.join('')}\`\`\``;
      })
      .replace(PROGRAM, (_, program: string) => {
        const output = programs.shift()!;
        return `\`\`\`js\n${program}\`\`\`${output === '' ? '' : `\n\n\`\`\`text\n${output}\`\`\``}`;
      });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** How many commands and programs a page has. */
export function exampleCount(markdown: string): number {
  const commands = [...markdown.matchAll(CONSOLE)].flatMap(([, body]) => commandsOf(body!));
  return commands.length + [...markdown.matchAll(PROGRAM)].length;
}

function commandsOf(body: string): string[] {
  const commands: string[] = [];
  let open = false;
  for (const line of body.split('\n')) {
    if (line.startsWith('$ ')) {
      commands.push(line.slice(2));
      open = true;
    } else if (open && line.startsWith('> ')) commands.push(`${commands.pop()!}\n${line.slice(2)}`);
    else open = false;
  }
  return commands;
}

function prompt(command: string): string {
  return `$ ${command.replaceAll('\n', '\n> ')}\n`;
}

/**
 * All commands of a page in one shell, so that a file that one writes is there for the next.
 * @returns what each printed, both streams
 */
export async function runCommands(directory: string, commands: readonly string[]): Promise<string[]> {
  if (commands.length === 0) return [];
  const bin = path.join(directory, '.bin');
  await mkdir(bin);
  await writeFile(path.join(bin, 'holdfast'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  await chmod(path.join(bin, 'holdfast'), 0o755);
  const script = commands.map((command) => `${command}\nprintf '${END}'`).join('\n');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' };
  const output = await run('bash', ['-c', `exec 2>&1\n${script}`], directory, env);
  const outputs = output.split(END).slice(0, -1);
  if (outputs.length !== commands.length) throw new Error(`the shell ended after ${outputs.length} commands`);
  return outputs;
}

async function runProgram(directory: string, program: string): Promise<string> {
  const file = path.join(directory, 'example.mjs');
  await writeFile(file, program.replaceAll("'holdfast/parsers'", `'${LIBRARY}'`));
  return run(process.execPath, [file], directory, process.env);
}

function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      // A shell ends as its last command did, which may be to find a fault.
      if (error !== null && command !== 'bash') reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

const GENERATED = /(<!-- made: (\w+) -->\n\n)[\s\S]*?(\n\n<!-- end -->)/g;

/** A page with the parts that are made from the program as they are now: `<!-- made: NAME -->` to `<!-- end -->`. */
export function withMade(markdown: string, made: Readonly<Record<string, () => string>>): string {
  return markdown.replace(GENERATED, (_, head: string, name: string, tail: string) => {
    const make = made[name];
    if (make === undefined) throw new Error(`nothing makes ${name}`);
    return head + make() + tail;
  });
}

export function readPage(name: string): Promise<string> {
  return readFile(path.join(ROOT, name), 'utf8');
}
