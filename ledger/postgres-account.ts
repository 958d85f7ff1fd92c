import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { EmbeddedPostgresError } from './postgres-error.js';

/** The operating system's user that Postgres runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom to run Postgres as, since it refuses to be root: `postgres` where there is such a user, else `nobody`.
 * `undefined` means as ourselves, when we aren't root. Throws HF_POSTGRES_DIRECTORY where neither user exists.
 */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new EmbeddedPostgresError(
    'HF_POSTGRES_DIRECTORY',
    'Postgres does not run as root, and there is no user postgres or nobody to run it as',
  );
}

/**
 * Whether the account reaches every path: enters it where it is a directory or a program, reads it where it is a
 * file. Asks the kernel from a process of that user, so that each parent's mode and any access list count.
 */
export function reaches(account: Account | undefined, paths: readonly string[]): boolean {
  if (account === undefined) return true;
  const script = 'for path; do [ -r "$path" ] || exit 1; [ ! -d "$path" ] || [ -x "$path" ] || exit 1; done';
  const asked = spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], {
    ...account,
    cwd: '/',
    stdio: 'ignore',
  });
  if (asked.error) throw asked.error;
  return asked.status === 0;
}
