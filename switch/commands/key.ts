import { type Command, InvalidArgumentError, Option } from 'commander';
import { listTenants } from '../../ledger/list-tenants.js';
import { migrate } from '../../ledger/migrate.js';
import { newKey, ROLES, type Role } from '../../tenants/api/api-key.js';
import { addKey } from '../../tenants/api/key-table.js';
import type { Flags } from '../config.js';
import { inDatabases } from '../tool-databases.js';
import { loadForTool, toolOptions } from './config-options.js';
import { warnings } from './demo-cards.js';
import { write } from './streams.js';

const MS_A_DAY = 86_400_000;

interface KeyFlags extends Flags {
  readonly tenant?: string;
  readonly role: Role;
  readonly name: string;
  readonly expiresIn?: number;
  readonly json: boolean;
}

export function register(program: Command): void {
  const key = program.command('key').description('keys for the HTTP API');
  toolOptions(key.command('create').description('make an API key, which is shown this once'))
    .option('--tenant <name>', 'the tenant; an operator’s key has none')
    .addOption(new Option('--role <role>', 'what it may do').choices([...ROLES, 'operator']).default('admin'))
    .option('--name <name>', 'what it is for', 'made on the command line')
    .option('--expires-in <days>', 'after which it is not in force any more', days)
    .option('--json', 'as JSON', false)
    .action(async ({ tenant, role, name, expiresIn, json, ...flags }: KeyFlags) => {
      if ((role === 'operator') !== (tenant === undefined)) {
        throw new InvalidArgumentError('a key is for a --tenant, or else of --role operator');
      }
      const { config, database } = await loadForTool(flags);
      const made = newKey(config.demo ? 'test' : 'live');
      const expiresAt = expiresIn === undefined ? undefined : new Date(Date.now() + MS_A_DAY * expiresIn);
      if (tenant === undefined && database !== undefined) {
        throw new InvalidArgumentError('an operator’s key is in the first database');
      }
      // A tenant's keys are where the tenant is, an operator's in the first database.
      const chosen = { database, tenant, first: tenant === undefined };
      await inDatabases(config, warnings(), chosen, async ({ client }) => {
        await migrate(client);
        const number = tenant === undefined ? null : await tenantNumber(client, tenant);
        await addKey(client, { key: made, tenant: number, role, name, expiresAt });
      });
      const told = { id: `key_${made.id}`, tenant: tenant ?? null, role, secret: made.text };
      await write(process.stdout, json ? `${JSON.stringify(told)}\n` : `${made.text}\n`);
    });
}

async function tenantNumber(client: Parameters<typeof listTenants>[0], name: string): Promise<number> {
  const [found] = await listTenants(client, name);
  if (found === undefined) throw new Error(`no journal of tenant ${name}; a switch makes it at its start`);
  return found.id;
}

function days(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 36_500) return value;
  throw new InvalidArgumentError('a whole number of days, 1 to 36500');
}
