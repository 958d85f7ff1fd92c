import { type SpawnOptions, spawn } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Streams } from '../../../switch/commands/streams.js';

export const CLI = fileURLToPath(new URL('../../../switch/cli.js', import.meta.url));

/** What a command said, and its exit code. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

class Kept extends Writable {
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/** Runs a command in this process, with an input of its own. */
export async function runTool(
  input: string | Uint8Array | readonly Uint8Array[],
  command: (streams: Streams) => Promise<number>,
): Promise<Said> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const chunks = typeof input === 'string' || input instanceof Uint8Array ? [Buffer.from(input)] : input;
  const code = await command({ stdin: Readable.from(chunks), stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

/** Runs the program itself. */
export function holdfast(
  args: readonly string[],
  input: string | Uint8Array = '',
  options: SpawnOptions = {},
): Promise<Said> {
  const child = spawn(process.execPath, [CLI, ...args], { ...options, stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  // What does not read on closes its end.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
  });
}
