import { type Command, InvalidArgumentError } from 'commander';
import { dialectHelp } from './message-options.js';

/** Where a command sends messages, and in what. */
export interface TargetFlags {
  readonly to: string;
  readonly dialect: string;
}

export function target(command: Command): Command {
  return command
    .option('--to <host:port>', 'the switch', '127.0.0.1:8583')
    .option('--dialect <name>', dialectHelp(''), 'iso87-ascii');
}

export function address(to: string): { host: string; port: number } {
  const at = to.lastIndexOf(':');
  const port = Number(to.slice(at + 1));
  if (at < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError(`--to is HOST:PORT, as 127.0.0.1:8583, not '${to}'`);
  }
  return { host: to.slice(0, at), port };
}

export function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0) || number > 1e9) throw new InvalidArgumentError('it is a number above 0.');
  return number;
}
