import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Completes `dist` after the compiler: brings the files that the program reads besides its code, removes what
 * came from sources that are gone (a deleted test would run on), and makes the command executable.
 */

/** Folders and the kind of file to bring from each. */
const ASSETS = [
  ['tenants/personas', '.yaml'],
  ['ledger', '.sql'],
  ['ledger/migrations', '.sql'],
  ['parsers/dialects', '.json'],
] as const;
const COMMAND = 'switch/cli.js';
/** What the compiler makes of one `.ts` file. */
const COMPILED = /\.(js|js\.map|d\.ts)$/;

const dist = dirname(fileURLToPath(import.meta.url));
const root = dirname(dist);

removeStale('');
for (const [folder, extension] of ASSETS) copy(folder, extension);
if (existsSync(join(dist, COMMAND))) chmodSync(join(dist, COMMAND), 0o755);

/**
 * The compiler's own record (`.tsbuildinfo`) needs no care: it forgot a source when the source went, and compiles
 * it as new should it come back.
 */
function removeStale(folder: string): void {
  for (const entry of readdirSync(join(dist, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (path === '.tsbuildinfo') continue;
    if (!existsSync(join(root, sourceOf(path)))) rmSync(join(dist, path), { recursive: true });
    else if (entry.isDirectory()) removeStale(path);
  }
}

/** Where a path in `dist` comes from: the source it was compiled from, or for folders and assets its namesake. */
function sourceOf(path: string): string {
  return path.replace(COMPILED, '.ts');
}

function copy(folder: string, extension: string): void {
  const source = join(root, folder);
  if (!existsSync(source)) return;
  for (const name of readdirSync(source)) {
    if (extname(name) === extension) cpSync(join(source, name), join(dist, folder, name));
  }
}
