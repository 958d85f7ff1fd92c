import type { Command } from 'commander';
import { LEVEL } from '../../ledger/limits/place.js';
import { type Problem, readDocument } from '../../tenants/document.js';
import { compileLimits } from '../../tenants/limits/compile.js';
import { differencesOf } from '../../tenants/limits/differences.js';
import { explainLimits } from '../../tenants/limits/explain.js';
import { CURRENCIES_BY_CODE } from '../../tenants/limits/iso-codes.js';
import { checkLimits } from '../../tenants/limits/limits-document.js';
import { LimitsError } from '../../tenants/limits/limits-error.js';
import type { LimitsDocument } from '../../tenants/limits/schema.js';
import { checkTenant, type TenantDocument } from '../../tenants/tenant.js';
import { tenantDifferences } from '../../tenants/tenant-differences.js';
import { limitsOf } from '../../tenants/tenant-limits.js';
import { EXIT } from './exit-codes.js';
import { type Streams, write } from './streams.js';
import { type ApiFlags, apiOptions } from './switch-api.js';
import { type ApplyFlags, runTenantApply, runTenantExport } from './tenant-apply.js';

interface TenantFlags {
  readonly currency?: string;
}

export function register(program: Command): void {
  const tenant = program.command('tenant').description('documents of tenants, and of limits');
  inCurrency(tenant.command('check <files...>'))
    .description('say what is wrong with documents, and in plain English what each of their rules means')
    .action(async (files: readonly string[], flags: TenantFlags) => {
      process.exitCode = await runTenantCheck(process, files, flags);
    });
  inCurrency(tenant.command('diff <before> <after>'))
    .description('say in words what is other in the second document')
    .action(async (before: string, after: string, flags: TenantFlags) => {
      process.exitCode = await runTenantDiff(process, before, after, flags);
    });
  apiOptions(tenant.command('apply <file>'))
    .description('make the limits of a tenant’s file those in force in a switch that runs, all at once')
    .option('--dry-run', 'only say what would be other', false)
    .option('--yes', 'ask nobody', false)
    .option('--note <text>', 'why, kept with the versions')
    .action(async (file: string, flags: ApplyFlags) => {
      process.exitCode = await runTenantApply(process, file, flags);
    });
  apiOptions(tenant.command('export'))
    .description('write the file of what is in force in a switch that runs')
    .action(async (flags: ApiFlags) => {
      process.exitCode = await runTenantExport(process, flags);
    });
}

function inCurrency(command: Command): Command {
  return command.option(
    '--currency <code>',
    'of amounts in a limits document by itself, as EUR or 978',
    'EUR',
  );
}

/** A document of either kind that is right. */
type Read =
  | { readonly tenant: TenantDocument }
  | { readonly limits: LimitsDocument; readonly currency: number };

type Tried = Read | { readonly problems: readonly Problem[] };

/** `holdfast tenant check`. @returns the exit code */
export async function runTenantCheck(
  streams: Streams,
  files: readonly string[],
  flags: TenantFlags,
): Promise<number> {
  let code: number = EXIT.fine;
  for (const file of files) {
    const read = await readEither(file, flags);
    if ('problems' in read) {
      code = failed(streams, read.problems);
      continue;
    }
    const [lines, warnings] = 'tenant' in read ? checkedTenant(read.tenant, file) : checkedLimits(read, file);
    await write(streams.stdout, lines.map((line) => `${line}\n`).join(''));
    for (const warning of warnings) streams.stderr.write(`${file}: warning: ${warning}\n`);
    if (warnings.length > 0 && code === EXIT.fine) code = EXIT.found;
  }
  return code;
}

/** `holdfast tenant diff`. @returns the exit code: as of diff(1), 1 where there are differences */
export async function runTenantDiff(
  streams: Streams,
  before: string,
  after: string,
  flags: TenantFlags,
): Promise<number> {
  const [old, now] = [await readEither(before, flags), await readEither(after, flags)];
  const problems = [old, now].flatMap((read) => ('problems' in read ? read.problems : []));
  if ('problems' in old || 'problems' in now) return failed(streams, problems);
  let lines: readonly string[];
  if ('tenant' in old && 'tenant' in now) lines = tenantDifferences(old.tenant, now.tenant);
  else if ('limits' in old && 'limits' in now) lines = differencesOf(old.limits, now.limits, now.currency);
  else {
    streams.stderr.write('one is a document of a tenant, the other of limits\n');
    return EXIT.data;
  }
  await write(streams.stdout, lines.map((line) => `${line}\n`).join(''));
  return lines.length === 0 ? EXIT.fine : EXIT.found;
}

function failed(streams: Streams, problems: readonly Problem[]): number {
  for (const { source, path, text } of problems) {
    streams.stderr.write(`${source}: ${path === '' ? '' : `${path}: `}${text}\n`);
  }
  return problems.some(({ rule }) => rule === 'UNREADABLE') ? EXIT.input : EXIT.data;
}

async function readEither(file: string, { currency: code = 'EUR' }: TenantFlags): Promise<Tried> {
  const parsed = await readDocument(file);
  if ('problem' in parsed) return { problems: [parsed.problem] };
  const { value } = parsed;
  // A document of limits has rules and no BINs.
  if (typeof value !== 'object' || value === null || 'bins' in value || !('rules' in value)) {
    const checked = checkTenant(value, file);
    return 'problems' in checked ? checked : { tenant: checked.value };
  }
  const currency = CURRENCIES_BY_CODE.get(code)?.number;
  if (currency === undefined) {
    return {
      problems: [{ source: '--currency', path: '', rule: 'INVALID', text: `'${code}' is no currency` }],
    };
  }
  const checked = checkLimits(value, file);
  if ('problems' in checked) return checked;
  try {
    compile(checked.value, currency, file);
  } catch (error) {
    // What contradicts itself is what was asked for here.
    if (error instanceof LimitsError) return { problems: error.problems };
    throw error;
  }
  return { limits: checked.value, currency };
}

type Shown = readonly [lines: readonly string[], warnings: readonly string[]];

function checkedLimits({ limits, currency }: Extract<Read, { limits: unknown }>, file: string): Shown {
  const { warnings } = compile(limits, currency, file);
  return [[`${file}: ${counted(limits)}`, ...explained(limits, currency)], warnings];
}

function checkedTenant(tenant: TenantDocument, file: string): Shown {
  const currency = Number(tenant.currency);
  const lines = [`${file}: tenant ${tenant.name}`];
  const warnings: string[] = [];
  for (const { place, level, document } of limitsOf(tenant)) {
    lines.push(`${place}: ${counted(document)}`, ...explained(document, currency));
    warnings.push(...compile(document, currency, file, level).warnings);
  }
  return [lines, warnings];
}

function counted({ rules }: LimitsDocument): string {
  return rules.length === 1 ? 'one rule' : `${rules.length} rules`;
}

function explained(document: LimitsDocument, currency: number): readonly string[] {
  return explainLimits(document, currency).map(({ name, sentence }) => `  ${name}: ${sentence}`);
}

function compile(document: LimitsDocument, currency: number, source: string, level: number = LEVEL.tenant) {
  const year = new Date().getUTCFullYear();
  return compileLimits(document, { level, currency, year, revision: 1, source });
}
