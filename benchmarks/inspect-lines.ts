import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dialectByName } from '../parsers/dialects/index.js';
import { samples } from '../parsers/samples.js';

/** `npm run bench:lines`: lines a second of `holdfast inspect --lines` and others, start of the process included. */

const CLI = fileURLToPath(new URL('../switch/cli.js', import.meta.url));
const LINES = 120_000;
const DIALECTS = ['iso87-ascii', 'iso87-binary', 'mastercard', 'iso2003-binary'];

const file = join(tmpdir(), `holdfast-lines-${process.pid}.hex`);
try {
  for (const name of DIALECTS) {
    await writeLines(name);
    for (const command of ['inspect', 'redact']) {
      const seconds = await run([command, '--lines', '--dialect', name, file]);
      const rate = Math.round(LINES / seconds).toLocaleString('en');
      console.log(`${command.padEnd(8)} ${name.padEnd(15)} ${rate.padStart(8)} lines a second`);
    }
  }
} finally {
  await rm(file, { force: true });
}

/** All samples of a dialect, again and again. */
async function writeLines(name: string): Promise<void> {
  const hex = samples(dialectByName(name)).map(({ bytes }) => bytes.toString('hex'));
  const handle = await open(file, 'w');
  const round = `${hex.join('\n')}\n`;
  for (let line = 0; line < LINES; line += hex.length) await handle.write(round);
  await handle.close();
}

async function run(args: string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${code}`);
  return (performance.now() - start) / 1000;
}
