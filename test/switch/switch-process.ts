import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

const CLI = fileURLToPath(new URL('../../switch/cli.js', import.meta.url));
const READY = /^Holdfast (is ready|stands by)\.$/m;

/** How a process ended, and all that it said. */
export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** `holdfast start` in a process of its own. */
export interface SwitchProcess {
  readonly child: ChildProcess;
  /** Of the first link; -1 when it ended before it was ready. */
  readonly port: number;
  readonly httpPort: number;
  readonly ended: Promise<Ended>;
}

/** Runs `holdfast` with those arguments; killed with the test if it runs on. */
export function holdfast(
  t: Test,
  args: readonly string[],
  onStdout: (text: string) => void = () => {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const { HOLDFAST_CONFIG: _, ...env } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onStdout(stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal!, stdout, stderr }));
  });
  return { child, ended };
}

/** Starts a switch with what `holdfast start` is given; resolves when it is ready, or has ended without. */
export async function startProcess(
  t: Test,
  args: readonly string[],
  command: 'start' | 'standby' = 'start',
): Promise<SwitchProcess> {
  let ready: (banner: string) => void = () => {};
  const banner = new Promise<string>((resolve) => {
    ready = resolve;
  });
  const { child, ended } = holdfast(t, [command, ...args], (stdout) => {
    if (READY.test(stdout) && stdout.includes('Replayed')) ready(stdout);
  });
  const text = await Promise.race([banner, ended.then(() => '')]);
  const port = (name: string) => Number(new RegExp(`${name} +\\S+:(\\d+)`).exec(text)?.[1] ?? -1);
  return { child, port: port('ISO 8583'), httpPort: port('HTTP'), ended };
}
