import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { stringify } from 'yaml';
import { readDocument } from '../../tenants/document.js';
import { checkTenant, type TenantDocument } from '../../tenants/tenant.js';
import { tenantDifferences } from '../../tenants/tenant-differences.js';
import { EXIT } from './exit-codes.js';
import { type Streams, write } from './streams.js';
import { type ApiFlags, SwitchApi, SwitchApiError } from './switch-api.js';

export interface ApplyFlags extends ApiFlags {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly note?: string;
}

interface Configuration {
  readonly tenant: string;
  readonly settings: Omit<TenantDocument, 'rules' | 'cardGroups'>;
  readonly rules: TenantDocument['rules'] | null;
  readonly card_groups: NonNullable<TenantDocument['cardGroups']>;
}

/**
 * `holdfast tenant apply`: makes the limits of a tenant's file those in force in a switch that runs, after showing what
 * will be other.
 * @returns the exit code; of a dry run as of diff(1), 1 where there are differences
 */
export async function runTenantApply(streams: Streams, file: string, flags: ApplyFlags): Promise<number> {
  const parsed = await readDocument(file);
  const checked = 'problem' in parsed ? { problems: [parsed.problem] } : checkTenant(parsed.value, file);
  if ('problems' in checked) {
    for (const { source, path, text } of checked.problems) {
      streams.stderr.write(`${source}: ${path === '' ? '' : `${path}: `}${text}\n`);
    }
    return checked.problems.some(({ rule }) => rule === 'UNREADABLE') ? EXIT.input : EXIT.data;
  }
  return toldOf(streams, () => apply(streams, checked.value, flags));
}

/** `holdfast tenant export`: writes the file of what is in force, which applied again changes nothing. */
export async function runTenantExport(streams: Streams, flags: ApiFlags): Promise<number> {
  return toldOf(streams, async () => {
    const { configuration } = await read(new SwitchApi(flags));
    await write(streams.stdout, stringify(documentOf(configuration)));
    return EXIT.fine;
  });
}

async function apply(streams: Streams, document: TenantDocument, flags: ApplyFlags): Promise<number> {
  const api = new SwitchApi(flags);
  const { configuration, etag } = await read(api);
  if (configuration.tenant !== document.name) {
    throw new SwitchApiError(`the file is of tenant ${document.name}, the key of ${configuration.tenant}`);
  }
  const { rules, cardGroups, ...settings } = document;
  const others = tenantDifferences(configuration.settings, settings);
  if (others.length > 0) {
    const lines = others.map((line) => `  ${line}\n`).join('');
    streams.stderr.write(`not applied, as only a start of the switch with its file changes them:\n${lines}`);
  }
  const body = {
    ...(rules === undefined ? {} : { rules }),
    ...(cardGroups === undefined ? {} : { cardGroups }),
    ...(flags.note === undefined ? {} : { note: flags.note }),
  };
  const ifMatch = etag === null ? {} : { 'if-match': etag };
  const put = async (query: string, headers: Readonly<Record<string, string>>) => {
    const answer = await api.request('PUT', `/v1/configuration${query}`, body, headers);
    return answer.body as { readonly differences: readonly string[]; readonly sequence: number | null };
  };
  const { differences } = await put('?dry_run=true', ifMatch);
  await write(streams.stdout, differences.map((line) => `${line}\n`).join(''));
  if (flags.dryRun) return differences.length === 0 ? EXIT.fine : EXIT.found;
  if (differences.length > 0 && !flags.yes && !(await agreed(streams, configuration.tenant))) {
    streams.stderr.write('nothing was changed\n');
    return EXIT.found;
  }
  const { sequence } = await put('', { ...ifMatch, 'idempotency-key': randomUUID() });
  const said = sequence === null ? 'nothing to change' : `in force from journal row ${sequence} on`;
  await write(streams.stdout, `${configuration.tenant}: ${said}\n`);
  return EXIT.fine;
}

async function read(
  api: SwitchApi,
): Promise<{ readonly configuration: Configuration; readonly etag: string | null }> {
  const { body, etag } = await api.request('GET', '/v1/configuration');
  return { configuration: body as unknown as Configuration, etag };
}

function documentOf({ settings, rules, card_groups }: Configuration): TenantDocument {
  return {
    ...settings,
    ...(rules === null || rules === undefined ? {} : { rules }),
    ...(card_groups.length === 0 ? {} : { cardGroups: card_groups }),
  };
}

/** Whether somebody at a terminal agrees; where there is nobody, it takes `--yes`. */
async function agreed({ stdin, stderr }: Streams, tenant: string): Promise<boolean> {
  if (!(stdin as Readable & { readonly isTTY?: boolean }).isTTY) {
    stderr.write('to change this without a terminal, say --yes\n');
    return false;
  }
  const lines = createInterface({ input: stdin, output: stderr as Writable });
  try {
    return /^y(es)?$/i.test((await lines.question(`change this for ${tenant}? (yes/no) `)).trim());
  } finally {
    lines.close();
  }
}

async function toldOf(streams: Streams, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    // What the switch says is what was asked for here.
    if (!(error instanceof SwitchApiError)) throw error;
    streams.stderr.write(`${error.message}\n`);
    return EXIT.data;
  }
}
