import { execFileSync } from 'node:child_process';
import os from 'node:os';

/** Where the figures come from. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly memoryGiB: number;
  readonly node: string;
  readonly commit: string;
  readonly command: string;
}

export function describeMachine(root: string, command: string): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    kernel: `${os.type()} ${os.release()}`,
    memoryGiB: Math.round((os.totalmem() / 2 ** 30) * 10) / 10,
    node: process.version,
    commit: commitOf(root),
    command,
  };
}

/** Short hash of HEAD, and whether the tree differs from it; a copy without its history has none. */
function commitOf(root: string): string {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ' with local changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
