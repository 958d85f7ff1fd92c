import type { Command } from 'commander';
import { type Flags, loadConfig } from '../config.js';
import type { Config } from '../config-schema.js';

/** Options of commands that work with a switch's configuration. */
export function configured(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, JSON or YAML')
    .option('--data-directory <directory>', 'embedded Postgres and keys (default .holdfast)')
    .option('--database <url>', 'an external Postgres instead of the embedded one');
}

/** The configuration that the flags, the environment and its file give. */
export function load(flags: Flags): Promise<Config> {
  return loadConfig({ flags, environment: process.env, cwd: process.cwd() });
}
