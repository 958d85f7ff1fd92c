import { type Command, InvalidArgumentError } from 'commander';
import type pg from 'pg';
import { type BackTestReport, OUTCOMES, type Sum } from '../../ledger/back-test/outcome.js';
import { type Progress, rowAt, runBackTest } from '../../ledger/back-test/run-back-test.js';
import { LEVEL } from '../../ledger/limits/place.js';
import type { TenantRules } from '../../ledger/limits/tenant-rules.js';
import { listTenants, type TenantId } from '../../ledger/list-tenants.js';
import { readDocument } from '../../tenants/document.js';
import { compileLimits } from '../../tenants/limits/compile.js';
import { moneyText } from '../../tenants/limits/explain.js';
import { CURRENCIES_BY_CODE } from '../../tenants/limits/iso-codes.js';
import { checkLimits } from '../../tenants/limits/limits-document.js';
import { LimitsError } from '../../tenants/limits/limits-error.js';
import type { LimitsDocument } from '../../tenants/limits/schema.js';
import type { Flags } from '../config.js';
import { archiveDirectory, snapshotsOf } from '../database.js';
import { inDatabases } from '../tool-databases.js';
import { loadForTool, toolOptions } from './config-options.js';
import { warnings } from './demo-cards.js';
import { EXIT } from './exit-codes.js';
import { noJournal } from './journal.js';
import { write } from './streams.js';

/** A row of the journal, or a time in ms since 1970. */
type Place = { readonly seq: number } | { readonly at: number };

interface Asked {
  readonly tenant: string;
  readonly draft?: string;
  readonly group?: number;
  readonly currency: string;
  readonly from?: Place;
  readonly to?: Place;
  readonly warmUpFrom?: Place;
  readonly archive?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  toolOptions(
    program
      .command('backtest')
      .description(
        'decide a stretch of a tenant’s journal again by other limits, and say what would come of it',
      ),
  )
    .requiredOption('--tenant <name>', 'whose journal')
    .option('--draft <file>', 'the limits; those that were in force, when absent')
    .option('--group <number>', 'they are for a group of cards, not for all of the tenant’s', number)
    .option('--currency <code>', 'of amounts of which the draft does not say it, as EUR or 978', 'EUR')
    .option(
      '--from <row or time>',
      'first row, or the first one from that time on (default: the first)',
      place,
    )
    .option('--to <row or time>', 'last row, or the last one before that time (default: the last)', place)
    .option('--warm-up-from <row or time>', 'from where the draft counts, without deciding yet', place)
    .option('--archive <directory>', 'where archived partitions are')
    .option('--json', 'as JSON, examples with it', false)
    .addHelpText(
      'after',
      `\nExit codes: ${EXIT.fine} all is decided as before, ${EXIT.found} something is not, ${EXIT.data} the draft can’t be used, or there is no such tenant.`,
    )
    .action(async (flags: Flags & Asked) => {
      const { tenant, draft, group, currency, from, to, warmUpFrom, archive, json, ...settings } = flags;
      const asked = { tenant, draft, group, currency, from, to, warmUpFrom, archive, json } as Asked;
      process.exitCode = await run(settings, asked);
    });
}

async function run(flags: Flags, asked: Asked): Promise<number> {
  const { config, database } = await loadForTool(flags);
  const log = warnings();
  const document = asked.draft === undefined ? undefined : await readDraft(asked.draft);
  if (document === null) return EXIT.data;
  const currency = CURRENCIES_BY_CODE.get(asked.currency)?.number;
  if (currency === undefined) {
    process.stderr.write(`--currency: '${asked.currency}' is no currency\n`);
    return EXIT.data;
  }
  const chosen = { database, tenant: asked.tenant };
  const codes = await inDatabases(config, log, chosen, async ({ client, place }) => {
    const [tenant] = await listTenants(client, asked.tenant);
    if (tenant === undefined) return [];
    try {
      const report = await runBackTest(client, tenant, {
        drafts: (inForce) => draftsOf(document, inForce, currency, asked),
        from: (await rowOf(client, tenant, asked.from)) ?? 1,
        to: await lastOf(client, tenant, asked.to),
        warmUpFrom: await rowOf(client, tenant, asked.warmUpFrom),
        snapshots: snapshotsOf(config, log),
        archive: asked.archive && archiveDirectory(asked.archive, place.name),
        ...(process.stderr.isTTY ? { onProgress: tellProgress } : {}),
      });
      await write(process.stdout, asked.json ? `${JSON.stringify(report)}\n` : textOf(report));
      return [report.differences === 0 ? EXIT.fine : EXIT.found];
    } catch (error) {
      // What the draft says, or the stretch, is what was asked for here.
      if (!(error instanceof RangeError) && !(error instanceof LimitsError)) throw error;
      process.stderr.write(`${error.message}\n`);
      return [EXIT.data];
    }
  });
  const [code] = codes.flat();
  if (code === undefined) process.stderr.write(noJournal(asked.tenant));
  return code ?? EXIT.data;
}

/** The document of a file; null where it is none, which is told. */
async function readDraft(file: string): Promise<LimitsDocument | null> {
  const parsed = await readDocument(file);
  const checked = 'problem' in parsed ? { problems: [parsed.problem] } : checkLimits(parsed.value, file);
  if (!('problems' in checked)) return checked.value;
  for (const { source, path, text } of checked.problems) {
    process.stderr.write(`${source}: ${path === '' ? '' : `${path}: `}${text}\n`);
  }
  return null;
}

/** A draft's rules keep the numbers of those that are in force, by their names. @throws LimitsError */
function draftsOf(
  document: LimitsDocument | undefined,
  inForce: TenantRules,
  currency: number,
  asked: Asked,
) {
  if (document === undefined) return [];
  const [level, entity] = asked.group === undefined ? [LEVEL.tenant, 0] : [LEVEL.group, asked.group];
  const rules = inForce.of(level, entity)?.rules ?? [];
  const known = new Map(rules.map(({ name, number }) => [name, number]));
  const numbers = [...inForce.attached()].flatMap(([, , set]) => set.rules.map(({ number }) => number));
  const { text } = compileLimits(document, {
    level,
    currency,
    year: new Date().getUTCFullYear(),
    revision: 1,
    known,
    above: Math.max(0, ...numbers),
    source: asked.draft!,
  });
  return [{ level, entity, program: text }];
}

async function rowOf(
  client: pg.Client,
  { id }: TenantId,
  place: Place | undefined,
): Promise<number | undefined> {
  if (place === undefined) return undefined;
  return 'seq' in place ? place.seq : rowAt(client, id, place.at);
}

/** Of a time, the row before the first one from then on. */
async function lastOf(
  client: pg.Client,
  tenant: TenantId,
  place: Place | undefined,
): Promise<number | undefined> {
  const row = await rowOf(client, tenant, place);
  return row === undefined || place === undefined || 'seq' in place ? row : row - 1;
}

function tellProgress({ seq, to, messages }: Progress): void {
  process.stderr.write(`\rrow ${seq} of ${to}, ${messages.toLocaleString('en')} authorisations\u001b[K`);
  if (seq >= to) process.stderr.write('\r\u001b[K');
}

const TITLES = {
  approvedAsBefore: 'approved as before',
  declinedAsBefore: 'declined as before',
  newlyDeclined: 'newly declined',
  newlyApproved: 'newly approved',
  otherAmount: 'approved of another amount',
  otherReason: 'declined for another reason',
} as const;

function textOf(report: BackTestReport): string {
  const { tenant, from, to, began, ended, messages, outcomes, rules, examples, seconds } = report;
  const time = (at: number | null) => (at === null ? '' : new Date(at).toISOString());
  const rate = Math.round(messages / Math.max(seconds, 1e-6)).toLocaleString('en');
  const lines = [
    `${tenant}: rows ${from} to ${to}, ${time(began)} to ${time(ended)}`,
    `${messages.toLocaleString('en')} authorisations decided again in ${seconds.toFixed(1)} s (${rate} a second)`,
    ...OUTCOMES.map((outcome) => `  ${TITLES[outcome].padEnd(28)} ${outcomes[outcome].toLocaleString('en')}`),
    `approved before: ${sumText(report.approvedBefore)}`,
    `approved now:    ${sumText(report.approvedAfter)}`,
    ...rules.map(({ name, decided, newly, billedBefore }) => {
      const money = sumText({ messages: newly, billed: billedBefore });
      return `rule '${name}' decided ${decided.toLocaleString('en')}, of which were approved in full before: ${money}`;
    }),
    ...(examples.length === 0 ? [] : ['for example:']),
    ...examples.map(({ outcome, seq, entry, at, mcc, amount, currency, before, after }) => {
      const what = `${moneyText(amount, currency)} at category ${String(mcc).padStart(4, '0')}`;
      const codes = `${digits(before.responseCode)} → ${digits(after.responseCode)}`;
      return `  row ${seq} entry ${entry}, ${time(at)}: ${what}, ${codes} (${TITLES[outcome]})`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function sumText({ messages, billed }: Sum): string {
  const money = Object.entries(billed).map(([currency, amount]) => moneyText(amount, Number(currency)));
  return [messages.toLocaleString('en'), ...money].join(', ');
}

function digits(code: number): string {
  return String(code).padStart(2, '0');
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('it is a number from 1 on.');
  return value;
}

function place(text: string): Place {
  if (/^\d{1,15}$/.test(text)) return { seq: Number(text) };
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('it is a row’s sequence number, or a time as 2026-11-25T12:00Z.');
  return { at };
}
