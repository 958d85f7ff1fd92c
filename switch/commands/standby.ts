import type { Command } from 'commander';
import type { Flags } from '../config.js';
import { load } from './config-options.js';
import { runSwitch, switchOptions } from './start.js';

export function register(program: Command): void {
  const description = 'run a switch that follows what other nodes hold, and takes it over when they are gone';
  switchOptions(program.command('standby').description(description)).action(async (flags: Flags) => {
    process.exitCode = await runSwitch({ ...(await load(flags)), tenants: [], shared: true });
  });
}
