import type pg from 'pg';
import { LEVEL } from '../../ledger/limits/place.js';
import { type CompileOptions, compileLimits } from './compile.js';
import { checkLimits } from './limits-document.js';
import { LimitsError } from './limits-error.js';
import { FIRST_KEPT_NUMBER, FIRST_PROGRAMME_NUMBER } from './replacement.js';
import type { LimitsDocument } from './schema.js';

/** What rules are attached to: a tenant's number in the database, one of `LEVEL`, and the number of an entity of it. */
export interface LimitPlace {
  readonly tenant: number;
  readonly level: number;
  readonly entity: number;
}

/** Draft: never in force. Shadow, active: in force now, deciding or only reporting. Retired: once in force. */
export type VersionState = 'draft' | 'shadow' | 'active' | 'retired';

export interface LimitVersion extends LimitPlace {
  readonly version: number;
  readonly document: LimitsDocument;
  /** As it was written; null where it came as a value. */
  readonly source: string | null;
  readonly numbers: Readonly<Record<string, number>>;
  readonly author: string;
  readonly note: string;
  readonly at: Date;
  readonly state: VersionState;
  /** The journal row from which on it was in force last. */
  readonly seq: bigint | null;
  /** Each time that it was in force, the earliest first. */
  readonly spans: readonly Span[];
  /** What people call the group that it is for. */
  readonly label: string | null;
}

/** Journal rows in which a version is in force: from one on, and before another, which is null as long as it is. */
export interface Span {
  readonly shadow: boolean;
  readonly from: number;
  readonly to: number | null;
  readonly author: string;
  readonly at: string;
}

export interface Draft {
  readonly document: unknown;
  readonly source?: string;
  readonly author: string;
  readonly note?: string;
  /** What people call the group that it is for. */
  readonly label?: string;
}

/** What a version is compiled by, that does not stand in it: the tenant's currency, and this year. */
export type CompiledBy = Pick<CompileOptions, 'currency' | 'year'>;

/** What is to be sent as a command `setRules`, and then marked. */
export interface Promotion extends LimitPlace {
  readonly version: number;
  readonly shadow: boolean;
  /** The text of the command; empty where none of the rules is in force. */
  readonly program: string;
}

/**
 * Saves a document as the next version of its place: a draft.
 * @param client in a transaction, which keeps others from the same place until it ends
 * @throws LimitsError where it is no limits document, or contradicts itself
 */
export async function saveDraft(
  client: pg.ClientBase,
  place: LimitPlace,
  { document, source, author, note = '', label }: Draft,
  by: CompiledBy,
): Promise<LimitVersion> {
  const checked = checkLimits(document, 'limits');
  if ('problems' in checked) throw new LimitsError(...checked.problems);
  const { tenant, level, entity } = place;
  await lockVersions(client, tenant);
  const [last] = (
    await client.query<{ version: number; numbers: Record<string, number> }>(
      `SELECT version, numbers FROM holdfast.limit_version
       WHERE tenant = $1 AND level = $2 AND entity = $3 ORDER BY version DESC LIMIT 1`,
      [tenant, level, entity],
    )
  ).rows;
  const version = (last?.version ?? 0) + 1;
  const { text, numbers } = compileLimits(checked.value, {
    ...by,
    level,
    revision: version,
    known: new Map(Object.entries(last?.numbers ?? {})),
    above: await greatestNumber(client, place),
  });
  await client.query(
    `INSERT INTO holdfast.limit_version (tenant, level, entity, version, document, source, program, numbers, author, note, label)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[tenant, level, entity, version, JSON.stringify(checked.value), source ?? null, text],
      ...[JSON.stringify(Object.fromEntries(numbers)), author, note, label ?? null],
    ],
  );
  await client.query(
    `INSERT INTO holdfast.limit_rule (tenant, number, level, entity, name)
     SELECT $1, number, $2, $3, name FROM unnest($4::bigint[], $5::text[]) AS new (number, name)
     ON CONFLICT (tenant, number) DO NOTHING`,
    [tenant, level, entity, [...numbers.values()], [...numbers.keys()]],
  );
  return (await readVersion(client, place, version))!;
}

/** Keeps others from changing what a tenant's versions are, and which is in force, until the transaction ends. */
export async function lockVersions(client: pg.ClientBase, tenant: number): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('holdfast.limit_version'), $1)`, [tenant]);
}

/** The greatest number that rules of a tenant have, or those of its programme. */
async function greatestNumber(client: pg.ClientBase, { tenant, level }: LimitPlace): Promise<number> {
  const isProgramme = level === LEVEL.programme;
  const { rows } = await client.query<{ greatest: string | null }>(
    `SELECT max(value::bigint) AS greatest
     FROM holdfast.limit_version CROSS JOIN jsonb_each_text(numbers)
     WHERE tenant = $1 AND (level = $2) = $3`,
    [tenant, LEVEL.programme, isProgramme],
  );
  const first = isProgramme ? FIRST_PROGRAMME_NUMBER : FIRST_KEPT_NUMBER;
  return Math.max(first - 1, Number(rows[0]?.greatest ?? 0));
}

const VERSIONS = `
  SELECT v.tenant, v.level, v.entity, v.version, v.document, v.source, v.numbers, v.author, v.note, v.at, v.label,
    v.at::text AS place, p.seq, coalesce(p.spans, '[]') AS spans,
    CASE
      WHEN l.version IS NOT NULL THEN CASE WHEN l.shadow THEN 'shadow' ELSE 'active' END
      WHEN p.seq IS NOT NULL THEN 'retired'
      ELSE 'draft'
    END AS state
  FROM holdfast.limit_version v
  LEFT JOIN LATERAL (
    SELECT version, shadow FROM holdfast.limit_promotion
    WHERE tenant = v.tenant AND level = v.level AND entity = v.entity ORDER BY seq DESC, entry DESC LIMIT 1
  ) l ON l.version = v.version
  LEFT JOIN LATERAL (
    SELECT max(seq) AS seq, jsonb_agg(jsonb_build_object(
      'shadow', shadow, 'from', seq, 'to', until, 'author', author, 'at', at) ORDER BY seq) AS spans
    FROM (
      SELECT version, shadow, seq, author, at, lead(seq) OVER (ORDER BY seq, entry) AS until
      FROM holdfast.limit_promotion WHERE tenant = v.tenant AND level = v.level AND entity = v.entity
    ) promotion WHERE version = v.version
  ) p ON true
  WHERE v.tenant = $1`;
const OF_PLACE = `${VERSIONS} AND v.level = $2 AND v.entity = $3`;

type Row = Omit<ListedVersion, 'entity' | 'seq'> & { readonly entity: string; readonly seq: string | null };

/** A version with its time in full, as a list needs it to go on behind it. */
export interface ListedVersion extends LimitVersion {
  readonly place: string;
}

function versionOf({ entity, seq, ...row }: Row): ListedVersion {
  return { ...row, entity: Number(entity), seq: seq === null ? null : BigInt(seq) };
}

/** Versions of a place, the newest first: those before `before`, if it is given. */
export async function listVersions(
  client: pg.ClientBase,
  { tenant, level, entity }: LimitPlace,
  { before, limit = 100 }: { readonly before?: number; readonly limit?: number } = {},
): Promise<readonly LimitVersion[]> {
  const { rows } = await client.query<Row>(
    `${OF_PLACE} AND ($4::int IS NULL OR v.version < $4) ORDER BY v.version DESC LIMIT $5`,
    [tenant, level, entity, before ?? null, limit],
  );
  return rows.map(versionOf);
}

/**
 * Versions of a tenant, the newest first: behind `behind`, if it is given, which is the time in full, level, entity and
 * version of the one before.
 */
export async function listAllVersions(
  client: pg.ClientBase,
  tenant: number,
  {
    level,
    entity,
    limit,
    behind,
  }: {
    readonly level?: number | undefined;
    readonly entity?: number | undefined;
    readonly limit: number;
    readonly behind?: readonly (string | number)[] | undefined;
  },
): Promise<readonly ListedVersion[]> {
  const { rows } = await client.query<Row>(
    `${VERSIONS} AND ($2::int IS NULL OR v.level = $2) AND ($3::bigint IS NULL OR v.entity = $3)
       AND ($5::timestamptz IS NULL OR (v.at, v.level, v.entity, v.version) < ($5, $6::int, $7::bigint, $8::int))
     ORDER BY v.at DESC, v.level DESC, v.entity DESC, v.version DESC LIMIT $4`,
    [tenant, level ?? null, entity ?? null, limit, ...[0, 1, 2, 3].map((at) => behind?.[at] ?? null)],
  );
  return rows.map(versionOf);
}

/** The versions that are in force, of the places up to a level; each level by number. */
export async function versionsInForce(
  client: pg.ClientBase,
  tenant: number,
  greatestLevel: number,
): Promise<readonly LimitVersion[]> {
  const { rows } = await client.query<Row>(
    `${VERSIONS} AND v.level <= $2 AND l.version IS NOT NULL ORDER BY v.level, v.entity`,
    [tenant, greatestLevel],
  );
  return rows.map(versionOf);
}

/** One version; undefined where there is none, or none that the client's role sees. */
export async function readVersion(
  client: pg.ClientBase,
  { tenant, level, entity }: LimitPlace,
  version: number,
): Promise<LimitVersion | undefined> {
  const { rows } = await client.query<Row>(`${OF_PLACE} AND v.version = $4`, [
    tenant,
    level,
    entity,
    version,
  ]);
  return rows.map(versionOf)[0];
}

/**
 * What puts a version in force, with tables of time zone and holidays from that year on. Nothing is so until the ledger
 * has taken it, and {@link markPromoted} says from which row on.
 * @param shadow whether all of its rules only report
 */
export function promotionOf(version: LimitVersion, shadow: boolean, by: CompiledBy): Promotion {
  const { tenant, level, entity, document } = version;
  const known = new Map(Object.entries(version.numbers));
  const { text, program } = compileLimits(document, {
    ...by,
    level,
    revision: version.version,
    known,
    shadow,
  });
  const place = { tenant, level, entity, version: version.version };
  return { ...place, shadow, program: program.rules.length === 0 ? '' : text };
}

/** The version that was in force before the one that is now, for a way back; undefined where there was none. */
export async function versionBefore(
  client: pg.ClientBase,
  place: LimitPlace,
): Promise<LimitVersion | undefined> {
  const { tenant, level, entity } = place;
  const { rows } = await client.query<{ version: number | null }>(
    `SELECT version FROM holdfast.limit_promotion
     WHERE tenant = $1 AND level = $2 AND entity = $3 AND version IS DISTINCT FROM (
       SELECT version FROM holdfast.limit_promotion
       WHERE tenant = $1 AND level = $2 AND entity = $3 ORDER BY seq DESC, entry DESC LIMIT 1
     )
     ORDER BY seq DESC, entry DESC LIMIT 1`,
    [tenant, level, entity],
  );
  const version = rows[0]?.version ?? undefined;
  return version === undefined ? undefined : readVersion(client, place, version);
}

/** The command that put a version in force: its journal row, its place in it, and who asked for it. */
export interface InForceFrom {
  readonly shadow?: boolean;
  readonly seq: bigint;
  readonly entry?: number;
  readonly author: string;
}

/**
 * Writes down from which command on a version is in force; told again of the same command, it changes nothing.
 * @param version null where there are to be no rules
 */
export async function markPromoted(
  client: pg.ClientBase,
  { tenant, level, entity }: LimitPlace,
  version: number | null,
  { shadow = false, seq, entry = 0, author }: InForceFrom,
): Promise<void> {
  await client.query(
    `INSERT INTO holdfast.limit_promotion (tenant, level, entity, seq, entry, version, shadow, author)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (tenant, level, entity, seq, entry) DO NOTHING`,
    [tenant, level, entity, seq, entry, version, shadow, author],
  );
}
