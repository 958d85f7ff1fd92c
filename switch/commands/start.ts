import type { Command } from 'commander';
import { type Logger, pino } from 'pino';
import type { Flags } from '../config.js';
import type { Config } from '../config-schema.js';
import { type RunningSwitch, startSwitch } from '../start.js';
import { configured, load } from './config-options.js';

/** The process promises to be gone within 10 s of a signal; what hangs then hangs in something else's hands. */
const EXIT_MS = 9500;
const EXIT_LOST = 70;

export function register(program: Command): void {
  switchOptions(program.command('start').description('run the switch')).action(async (flags: Flags) => {
    process.exitCode = await runSwitch(await load(flags));
  });
}

/** Options of the commands that run a switch. */
export function switchOptions(command: Command): Command {
  return configured(command)
    .option('--node <name>', 'name of this node (default that of the machine and the process)')
    .option('--port <port>', 'TCP port of the first link (default 8583; 0 for a free one)')
    .option('--http-port <port>', 'port of /health and /metrics (default 8580; 0 for a free one)')
    .option('--host <host>', 'address to listen on (default 0.0.0.0)')
    .option('--cards-per-tenant <count>', 'demo cards of each tenant (default 1000)')
    .option('--log-level <level>', 'fatal, error, warn, info, debug, trace or silent (default info)');
}

/**
 * Runs a switch until a signal, or until other nodes took all of its tenants over.
 * @returns the exit code
 */
export async function runSwitch(config: Config): Promise<number> {
  const log = pino({ level: config.logLevel }, pino.destination(2));
  const starting = new AbortController();
  const signal = nextSignal();
  signal.then((name) => {
    exitInTime(log);
    starting.abort(new Error(`stopped by ${name} before it was ready`));
  });
  const running = await startSwitch(config, log, starting.signal);
  const { commands, seconds } = running.replayed;
  log.info(
    { commands, seconds, commandsPerSecond: Math.round(commands / Math.max(seconds, 1e-6)) },
    'replayed',
  );
  process.stdout.write(banner(config, running));
  const end = await Promise.race([signal, running.lost.then((error) => ({ error }))]);
  if (typeof end === 'object') {
    log.fatal({ err: end.error }, 'all tenants are lost to other nodes; this one steps down');
    // Nothing that was decided since the last commit may leave, so nothing is drained.
    setTimeout(() => process.exit(EXIT_LOST), EXIT_MS).unref();
    await running.abandon();
    return EXIT_LOST;
  }
  log.info({ signal: end }, 'draining');
  await running.stop();
  log.info('stopped');
  return 0;
}

function exitInTime(log: Logger): void {
  setTimeout(() => {
    log.error('something did not stop in time; it is left to itself');
    process.exit(0);
  }, EXIT_MS).unref();
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve);
  });
}

function banner(config: Config, { ports, httpPort, tenants, node, replayed }: RunningSwitch): string {
  const rate = Math.round(replayed.commands / Math.max(replayed.seconds, 1e-6)).toLocaleString('en');
  const links = config.links.map(
    ({ name, host, dialect }, index) => `  ISO 8583  ${host}:${ports[index]}  ${dialect} (link ${name})`,
  );
  const lines = [
    node.ledger.serving ? 'Holdfast is ready.' : 'Holdfast stands by.',
    '',
    ...links,
    `  HTTP      ${config.http.host}:${httpPort}  /v1 /docs /openapi.json /health/live /health/ready /metrics /status`,
    `  Postgres  ${config.database === undefined ? `embedded, in ${config.dataDirectory}` : 'external'}`,
    `  Tenants   ${tenants.map(({ name, index }) => (node.ledger.serves(index) ? name : `(${name})`)).join(', ')}`,
    `  Replayed  ${replayed.commands.toLocaleString('en')} commands, ${rate} a second`,
    '',
  ];
  if (config.demo && node.ledger.serving) {
    lines.push(
      'Next, in another terminal:',
      '  npx holdfast demo cards --tenant lydia',
      '  npx holdfast demo keys --tenant lydia',
      '  npx holdfast simulate --rate 200 --for 10',
      '',
    );
  }
  return `${lines.join('\n')}\n`;
}
