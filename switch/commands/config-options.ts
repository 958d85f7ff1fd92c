import type { Command } from 'commander';
import { type Flags, loadConfig } from '../config.js';
import { type Config, DATABASE_NAME } from '../config-schema.js';

/** Options of commands that work with a switch's configuration. */
export function configured(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, JSON or YAML')
    .option('--data-directory <directory>', 'embedded Postgres and keys (default .holdfast)')
    .option('--database <url>', 'an external Postgres instead of the embedded one');
}

/** Options of tools, which work on all of the configured databases, or on one. */
export function toolOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, JSON or YAML')
    .option('--data-directory <directory>', 'embedded Postgres and keys (default .holdfast)')
    .option(
      '--database <name or url>',
      'one of the configured databases alone; or an external Postgres instead of the embedded one',
    );
}

/** The configuration for a tool, and the name of the one database that it is to work on. */
export async function loadForTool(
  flags: Flags,
): Promise<{ readonly config: Config; readonly database: string | undefined }> {
  if (flags.database === undefined || !DATABASE_NAME.test(flags.database)) {
    return { config: await load(flags), database: undefined };
  }
  const { database, ...others } = flags;
  return { config: await load(others), database };
}

/** The configuration that the flags, the environment and its file give. */
export function load(flags: Flags): Promise<Config> {
  return loadConfig({ flags, environment: process.env, cwd: process.cwd() });
}
