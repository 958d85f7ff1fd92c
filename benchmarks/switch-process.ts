import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Of this build. */
const CLI = fileURLToPath(new URL('../switch/cli.js', import.meta.url));
const CARDS_BYTES_MAX = 256 * 1024 * 1024;
const POLL_MS = 100;

export interface SwitchSettings {
  /** For the data, the configuration and the log of this switch; exists. */
  readonly directory: string;
  readonly tenantsDirectory: string;
  readonly cardsPerTenant: number;
  /** How long it may take until it is ready, in ms: it makes a database and the cards. */
  readonly readyMs: number;
  /** Compiled `switch/cli.js` of another build. */
  readonly cli?: string;
  /** What is in the configuration file besides. */
  readonly config?: object;
}

/** The real switch, started by its own command line. */
export class SwitchProcess {
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    readonly port: number,
    readonly httpPort: number,
    readonly cardsFile: string,
    readonly cardCount: number,
  ) {
    this.#child = child;
  }

  /**
   * Starts a switch on free ports and waits until it is ready; lists its cards into a file.
   * @param onStarted told at once how to stop it, so that a start that fails leaves nothing behind
   * @throws Error with the end of the switch's log when it ends or is not ready in time
   */
  static async start(
    settings: SwitchSettings,
    onStarted: (stop: () => Promise<void>) => void,
  ): Promise<SwitchProcess> {
    const { directory, tenantsDirectory, cardsPerTenant, readyMs, cli = CLI } = settings;
    const [port, httpPort] = [await freePort(), await freePort()];
    const data = path.join(directory, 'data');
    const config = path.join(directory, 'holdfast.json');
    await writeFile(config, JSON.stringify({ ...settings.config, tenantsDirectory }));
    const log = path.join(directory, 'switch.log');
    const words = ['start', '--config', config, '--data-directory', data];
    words.push('--port', String(port), '--http-port', String(httpPort));
    words.push('--cards-per-tenant', String(cardsPerTenant));
    const child = spawn(process.execPath, [cli, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const sink = createWriteStream(log);
    child.stdout.pipe(sink, { end: false });
    child.stderr.pipe(sink, { end: false });
    onStarted(() => stop(child));
    try {
      await ready(child, httpPort, readyMs);
    } catch (cause) {
      throw new Error(`the switch did not start; its log ends:\n${await tail(log)}`, { cause });
    }
    const cardsFile = path.join(directory, 'cards.json');
    const cards = await promisify(execFile)(
      process.execPath,
      [cli, 'demo', 'cards', '--json', '--config', config, '--data-directory', data],
      { maxBuffer: CARDS_BYTES_MAX },
    );
    await writeFile(cardsFile, cards.stdout);
    const count = (JSON.parse(cards.stdout) as unknown[]).length;
    return new SwitchProcess(child, port, httpPort, cardsFile, count);
  }

  /** Drains it: SIGTERM, and SIGKILL when it outlives its own promise. */
  stop(): Promise<void> {
    return stop(this.#child);
  }
}

/** The switch promises to end within 10 s. */
const STOP_MS = 15_000;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(late);
}

async function ready(child: ChildProcess, httpPort: number, limitMs: number): Promise<void> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    }
    if (await answersOk(`http://127.0.0.1:${httpPort}/health/ready`)) return;
    if (performance.now() > untilMs) throw new Error(`it was not ready after ${limitMs} ms`);
    await delay(POLL_MS);
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  return text.slice(-4000);
}
