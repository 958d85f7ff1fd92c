import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs a script of this folder in a process of its own: its configuration goes in as JSON in the first
 * argument, its report comes back as JSON on standard output; standard error is passed through.
 *
 * @param script file name of the compiled script, as `./load-generator.js`
 * @throws Error when the process fails or reports no JSON
 */
export async function runJsonProcess<Report>(script: string, config: unknown): Promise<Report> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Report;
}

/** The configuration of a script that {@link runJsonProcess} runs. */
export function jsonArgument<Config>(): Config {
  const text = process.argv[2];
  if (text === undefined) throw new Error('the first argument is the configuration as JSON');
  return JSON.parse(text) as Config;
}
