import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Static, Type } from '@sinclair/typebox';
import { CHANNELS } from './channel.js';
import {
  type Checked,
  check,
  DocumentError,
  type Problem,
  type Rule,
  readDocument,
  unreadable,
} from './document.js';
import { SCHEMES } from './hold-schemes.js';
import type { LimitsDocument } from './limits/schema.js';
import { rateNumber } from './rate-number.js';
import { limitsProblems } from './tenant-limits.js';

/** Tenants that ship with the switch, one for each in the demo's story. */
export const PERSONAS_DIRECTORY = fileURLToPath(new URL('./personas', import.meta.url));

/** A tenant's index fits 16 bits in the parsers' records, where 65,535 stands for no tenant. */
const TENANTS_MAX = 65_535;
const EXTENSIONS = ['.json', '.yaml', '.yml'];

const Bin = Type.String({ pattern: '^[0-9]{8}$', expectation: '8 digits in quotes' });
const AmountMinor = Type.Integer({ minimum: 1, maximum: 999_999_999_999 });
const Currency = Type.String({ pattern: '^[0-9]{3}$', expectation: '3 digits in quotes, as "978" for euro' });
const closed = { additionalProperties: false } as const;
const Hours = Type.Integer({ minimum: 1, maximum: 24 * 366 });

const HoldRule = Type.Object(
  {
    mcc: Type.Array(
      Type.String({
        pattern: '^[0-9]{4}(-[0-9]{4})?$',
        expectation: 'a merchant category as "5812", or a range as "3501-3999"',
      }),
      { minItems: 1, maxItems: 1000 },
    ),
    hours: Hours,
    /** Of a hold of an estimated amount; as `hours` when absent. */
    estimateHours: Type.Optional(Hours),
    /** By how much a clearing may exceed its hold; the greater of the two counts. */
    tolerancePercent: Type.Optional(Type.Number({ minimum: 0, maximum: 500 })),
    toleranceMinor: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  },
  closed,
);

const Rate = Type.Object(
  {
    from: Currency,
    to: Currency,
    rate: Type.String({
      pattern: '^[0-9]{1,7}([.][0-9]{1,7})?$',
      expectation: 'a decimal number in quotes, as "0.9234": one major unit of `from` in major units of `to`',
    }),
    /** What the tenant earns by it, on top for a purchase and off for a refund. */
    spreadPercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  },
  closed,
);

/** A limits document, whose form is checked by its own rules: they can say more of what is wrong with it. */
const Limits = Type.Unsafe<LimitsDocument>(Type.Object({}));

const CardGroup = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    /** By which cards say that they are of it; other than 0, which is of none. */
    number: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }),
    rules: Limits,
  },
  closed,
);

/**
 * One tenant's document. `bins` are ranges of the first 8 digits of its PANs, both ends within; amounts are in
 * minor units of `currency` (ISO 4217 number); a day is the switch's UTC day.
 */
export const TenantSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,30}$',
      expectation: 'a lower-case letter, then up to 30 of a-z, 0-9 and -',
    }),
    description: Type.Optional(
      Type.String({ maxLength: 500, expectation: 'text of at most 500 characters' }),
    ),
    bins: Type.Array(Type.Tuple([Bin, Bin]), {
      minItems: 1,
      maxItems: 1000,
      expectation: 'a list of 1 to 1000 pairs, the first and the last BIN of a range',
    }),
    currency: Currency,
    limits: Type.Object(
      {
        perTransactionMinor: AmountMinor,
        perDayMinor: AmountMinor,
        perDayCount: Type.Integer({ minimum: 1, maximum: 65_535 }),
      },
      { additionalProperties: false },
    ),
    channels: Type.Array(Type.Union(CHANNELS.map((channel) => Type.Literal(channel))), {
      minItems: 1,
      maxItems: CHANNELS.length,
      uniqueItems: true,
    }),
    /** How long holds last and what a clearing may exceed them by: by a network's rules, and then by its own. */
    holds: Type.Optional(
      Type.Object(
        {
          scheme: Type.Optional(Type.Union(SCHEMES.map((scheme) => Type.Literal(scheme)))),
          rules: Type.Optional(Type.Array(HoldRule, { maxItems: 1000 })),
        },
        closed,
      ),
    ),
    /** For what a network did not convert to an account's currency. */
    rates: Type.Optional(Type.Array(Rate, { maxItems: 1000 })),
    /** Limits of every kind (docs/limits.md), beside the plain ones above: of all its cards, and of groups of them. */
    rules: Type.Optional(Limits),
    cardGroups: Type.Optional(Type.Array(CardGroup, { maxItems: 1000 })),
    /** Limits of the operator's over all tenants, which come before their own. One tenant at most has them. */
    programme: Type.Optional(Limits),
    /** Least and greatest balance of its demo cards. */
    demoBalanceMinor: Type.Optional(
      Type.Tuple([AmountMinor, AmountMinor], { expectation: 'the least and the greatest amount' }),
    ),
  },
  { additionalProperties: false },
);

export type TenantDocument = Static<typeof TenantSchema>;

/** A tenant as loaded; `index` is its place among the tenants sorted by name, which holds for one start only. */
export interface Tenant extends TenantDocument {
  readonly index: number;
}

/** Tenants that can't be used; codes are `HF_TENANT_` and a {@link Rule}. */
export class TenantError extends DocumentError {
  override readonly name = 'TenantError';
  constructor(first: Problem, ...others: readonly Problem[]) {
    super('HF_TENANT', first, ...others);
  }
}

interface Loaded {
  readonly file: string;
  readonly tenant: TenantDocument;
}

/**
 * Reads every tenant document (`*.json`, `*.yaml`, `*.yml`) of a directory, sorted by tenant name.
 * @throws TenantError with file, field and rule of every problem: a document that breaks the schema, a name
 *   used twice, BIN ranges that overlap, two programmes, no document at all
 */
export async function loadTenants(directory: string): Promise<Tenant[]> {
  const loaded: Loaded[] = [];
  const problems: Problem[] = [];
  for (const file of await documentFiles(directory)) {
    const parsed = await readDocument(file);
    if ('problem' in parsed) {
      problems.push(parsed.problem);
      continue;
    }
    const checked = checkTenant(parsed.value, file);
    if ('problems' in checked) problems.push(...checked.problems);
    else loaded.push({ file, tenant: checked.value });
  }
  problems.push(...sameNames(loaded), ...overlaps(loaded), ...programmes(loaded));
  const [first, ...others] = problems;
  if (first !== undefined) throw new TenantError(first, ...others);
  return loaded
    .map(({ tenant }) => tenant)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((tenant, index) => ({ ...tenant, index }));
}

/** Checks one tenant's document by itself; `source` is its file. */
export function checkTenant(value: unknown, source: string): Checked<TenantDocument> {
  const checked = check(TenantSchema, value, source);
  if ('problems' in checked) return checked;
  const [first, ...others] = contradictions({ file: source, tenant: checked.value });
  return first === undefined ? checked : { problems: [first, ...others] };
}

async function documentFiles(directory: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    throw new TenantError(unreadable(directory, cause));
  }
  const files = names.filter((name) => EXTENSIONS.includes(path.extname(name))).sort();
  if (files.length === 0) {
    throw refusal(
      directory,
      'MISSING',
      `the directory must hold a tenant's document (${EXTENSIONS.join(', ')})`,
    );
  }
  if (files.length > TENANTS_MAX) {
    throw refusal(directory, 'TOO_LARGE', `at most ${TENANTS_MAX} tenants, not ${files.length}`);
  }
  return files.map((name) => path.join(directory, name));
}

function refusal(source: string, rule: Rule, text: string): TenantError {
  return new TenantError({ source, path: '', rule, text });
}

function* contradictions({ file, tenant }: Loaded): Iterable<Problem> {
  for (const [index, [low, high]] of tenant.bins.entries()) {
    if (low > high) yield invalid(file, `bins[${index}]`, `the range ${low}–${high} ends before it begins`);
  }
  for (const [index, rule] of (tenant.holds?.rules ?? []).entries()) {
    for (const [place, range] of rule.mcc.entries()) {
      const [from = '', to = from] = range.split('-');
      if (from > to) {
        yield invalid(
          file,
          `holds.rules[${index}].mcc[${place}]`,
          `the range ${range} ends before it begins`,
        );
      }
    }
  }
  for (const [index, { rate }] of (tenant.rates ?? []).entries()) {
    if (rateNumber(rate) === undefined) {
      yield invalid(file, `rates[${index}].rate`, `${rate} is nothing, or has more than seven digits`);
    }
  }
  yield* limitsProblems(tenant, file);
  const [least, greatest] = tenant.demoBalanceMinor ?? [0, 0];
  if (least > greatest) {
    yield invalid(file, 'demoBalanceMinor', `the least, ${least}, is above the greatest, ${greatest}`);
  }
}

function* sameNames(loaded: readonly Loaded[]): Iterable<Problem> {
  const seen = new Map<string, string>();
  for (const { file, tenant } of loaded) {
    const other = seen.get(tenant.name);
    if (other === undefined) seen.set(tenant.name, file);
    else yield invalid(file, 'name', `'${tenant.name}' is the name of the tenant in ${other} too`);
  }
}

function* programmes(loaded: readonly Loaded[]): Iterable<Problem> {
  const [first, ...others] = loaded.filter(({ tenant }) => tenant.programme !== undefined);
  for (const { file } of others)
    yield invalid(file, 'programme', `only one tenant may have it, and the one in ${first!.file} does`);
}

/** BINs are 8 digits each, so that their order as text is their order as numbers. */
function* overlaps(loaded: readonly Loaded[]): Iterable<Problem> {
  const ranges = loaded
    .flatMap(({ file, tenant }) =>
      tenant.bins.map(([low, high], index) => ({ low, high, file, path: `bins[${index}]` })),
    )
    .sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  let widest = ranges[0];
  for (const range of ranges.slice(1)) {
    if (widest !== undefined && range.low <= widest.high) {
      const other = `${widest.low}–${widest.high} (${widest.path} of ${widest.file})`;
      yield invalid(range.file, range.path, `the range ${range.low}–${range.high} overlaps ${other}`);
    }
    if (widest === undefined || range.high > widest.high) widest = range;
  }
}

function invalid(source: string, place: string, text: string): Problem {
  return { source, path: place, rule: 'INVALID', text };
}
