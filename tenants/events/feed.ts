import type pg from 'pg';

/** Where an event stands among its tenant's: time of the journal row in ms since 1970, the row, command and event in it. */
export interface FeedPlace {
  readonly at: number;
  readonly seq: number;
  readonly entry: number;
  readonly ordinal: number;
}

/** Before every event. */
export const BEGINNING: FeedPlace = { at: 0, seq: 0, entry: 0, ordinal: 0 };
/** `entry` of what is behind all commands of its journal row, as no journal tells it; a row never has so many. */
export const NOTICE_ENTRY = 2_147_483_647;

/** An event as the read model has it, of any type; what one has no such is null. */
export interface EventRow {
  readonly at: Date;
  /** When it happened, where that is not `at`. */
  readonly created: Date | null;
  readonly seq: number;
  readonly entry: number;
  readonly ordinal: number;
  readonly type: string;
  /** Number in the ledger, and its UUID. */
  readonly card: number | null;
  readonly card_id: string | null;
  readonly account: number | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly about_seq: number | null;
  readonly about_entry: number | null;
  /** Whether what it is about is an authorisation that held. */
  readonly about_hold: boolean;
  readonly detail: Readonly<Record<string, unknown>> | null;
  /** Of a message: its kind; the rest is null where this is. */
  readonly kind: string | null;
  readonly response_code: string;
  readonly approval_code: string | null;
  readonly rule: number | null;
  readonly merchant_amount: number | null;
  readonly merchant_currency: string | null;
  readonly cashback: number | null;
  readonly mcc: string | null;
  readonly entry_mode: string | null;
  readonly card_entry: string | null;
  readonly channel: string | null;
  readonly traits: readonly string[];
  readonly stan: string | null;
  readonly rrn: string | null;
  readonly acquirer: string | null;
  readonly terminal: string | null;
  readonly merchant: string | null;
  readonly acceptor: string | null;
  readonly country: string | null;
  readonly flags: readonly string[];
  readonly marks: readonly string[];
}

/** What a feed is narrowed to; null for everything. */
export interface FeedFilter {
  readonly types: readonly string[] | null;
  /** Number of the card in the ledger. */
  readonly card: number | null;
  /** Whose notices are told besides those for all, as a UUID. */
  readonly endpoint: string | null;
}

/** A stretch of the feed, the oldest first. */
export interface FeedPage {
  readonly events: readonly EventRow[];
  /** Up to where it was looked: the next stretch begins behind it. */
  readonly end: FeedPlace;
  /** Whether there was more to look at. */
  readonly more: boolean;
}

/** Events that are looked at in one statement, whatever the filter leaves of them. */
const SCANNED_MAX = 2000;

const APPROVED = "('00', '10')";
const TYPE_OF_MESSAGE = `CASE a.kind
    WHEN 'authorisation' THEN CASE WHEN a.response_code IN ${APPROVED} THEN 'authorization.approved' ELSE 'authorization.declined' END
    WHEN 'clearing' THEN CASE WHEN a.response_code IN ${APPROVED} THEN 'transaction.cleared' ELSE 'transaction.declined' END
    WHEN 'reversal' THEN CASE WHEN a.response_code IN ${APPROVED} THEN 'authorization.reversed' ELSE 'reversal.declined' END
    ELSE 'authorization.voided' END`;
const NULLS = `NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::text, NULL::bigint, NULL::text,
    NULL::text, NULL::text, NULL::text, '{}'::text[], NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
    NULL::text, '{}'::text[], '{}'::text[]`;

/** A message, an event of the journal that is none, or a notice, each with the same columns. */
const MESSAGES = `SELECT a.at, NULL::timestamptz AS created, a.seq, a.entry, 0 AS ordinal, ${TYPE_OF_MESSAGE} AS type, a.card,
    a.account, a.billed AS amount, a.billed_currency::text AS currency, a.original_seq AS about_seq,
    a.original_entry AS about_entry, NULL::json AS detail, a.kind, a.response_code::text AS response_code,
    a.approval_code::text AS approval_code, a.rule, a.amount AS merchant_amount, a.currency::text AS merchant_currency,
    a.cashback, a.mcc::text AS mcc, a.entry_mode::text AS entry_mode, a.card_entry, a.channel, a.traits, a.stan::text AS stan,
    a.rrn, a.acquirer, a.terminal, a.merchant, a.acceptor, a.country::text AS country, a.flags, a.marks
  FROM holdfast_read.authorisation a WHERE a.tenant = $1`;
const EVENTS = `SELECT e.at, NULL::timestamptz, e.seq, e.entry, e.ordinal, e.type, e.card, e.account, e.amount,
    e.currency::text, e.about_seq, e.about_entry, e.detail, ${NULLS}
  FROM holdfast_read.event e WHERE e.tenant = $1`;
// Not before the tables are as far as they were when it came.
const NOTICES = `SELECT n.at, n.created_at, n.seq, ${NOTICE_ENTRY}, n.id, n.type, NULL::int, NULL::int, NULL::bigint,
    NULL::text, NULL::bigint, NULL::int, n.detail::json, ${NULLS}
  FROM holdfast.notice n WHERE n.tenant = $1
    AND n.seq <= (SELECT p.seq FROM holdfast_read.position p WHERE p.tenant = $1)`;

const PLACE = '($2::timestamptz, $3::bigint, $4::int, $5::int)';
const NAMED = `SELECT f.at, f.created, f.seq::float8 AS seq, f.entry, f.ordinal, f.type, f.card, f.account,
    f.amount::float8 AS amount, f.currency, f.about_seq::float8 AS about_seq, f.about_entry, h.tenant IS NOT NULL AS about_hold,
    f.detail, f.kind, f.response_code, f.approval_code, f.rule::float8 AS rule,
    f.merchant_amount::float8 AS merchant_amount, f.merchant_currency, f.cashback::float8 AS cashback, f.mcc, f.entry_mode,
    f.card_entry, f.channel, f.traits, f.stan, f.rrn, f.acquirer, f.terminal, f.merchant, f.acceptor, f.country, f.flags,
    f.marks`;
const HOLDS = `LEFT JOIN holdfast_read.hold h ON h.tenant = $1 AND h.seq = f.about_seq AND h.entry = f.about_entry`;

/** @param ofCard whether there is one to narrow it to: then by the indexes of cards */
function pageText(ofCard: boolean): string {
  const card = (alias: string) => (ofCard ? `AND ${alias}.card = $9::int` : 'AND $9::int IS NULL');
  return `WITH scanned AS MATERIALIZED (
      (${MESSAGES} AND (a.at, a.seq, a.entry) > ($2::timestamptz, $3::bigint, $4::int) ${card('a')}
       ORDER BY a.at, a.seq, a.entry LIMIT $6)
      UNION ALL
      (${EVENTS} AND (e.at, e.seq, e.entry, e.ordinal) > ${PLACE} ${card('e')}
       ORDER BY e.at, e.seq, e.entry, e.ordinal LIMIT $6)
      UNION ALL
      (${NOTICES} AND (n.at, n.seq, ${NOTICE_ENTRY}, n.id) > ${PLACE} AND (n.endpoint IS NULL OR n.endpoint = $8::uuid)
       ${ofCard ? 'AND false' : ''} ORDER BY n.at, n.seq, n.id LIMIT $6)
      ORDER BY at, seq, entry, ordinal LIMIT $6
    ), counted AS (
      SELECT s.*, row_number() OVER (ORDER BY at, seq, entry, ordinal) AS n, count(*) OVER () AS scanned,
        $7::text[] IS NULL OR type = ANY ($7) OR type = '${TEST_TYPE}' AS wanted
      FROM scanned s
    )
    ${NAMED}, f.scanned::int AS scanned, f.wanted
    FROM counted f ${HOLDS}
    WHERE f.wanted OR f.n = f.scanned
    ORDER BY f.at, f.seq, f.entry, f.ordinal LIMIT $10`;
}

/** What an endpoint is sent on request, whichever types it takes. */
export const TEST_TYPE = 'webhook_endpoint.test';

/**
 * The events behind a place. As `holdfast_tenant_api`, with the tenant set.
 * @param tenant its number in the database
 * @param limit events at most; where a filter leaves few, there may be fewer although more follow
 */
export async function readFeed(
  client: pg.ClientBase,
  tenant: number,
  after: FeedPlace,
  { types, card, endpoint }: FeedFilter,
  limit: number,
): Promise<FeedPage> {
  const scan = types === null ? limit : Math.max(limit, SCANNED_MAX);
  // The indexes have the order of the feed; a bitmap of all that is left, sorted, is what a planner without statistics of a
  // new month's partition takes instead.
  await client.query('SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off');
  const { rows } = await client.query<Scanned>({
    name: card === null ? 'read-feed' : 'read-feed-of-card',
    text: pageText(card !== null),
    values: [
      tenant,
      new Date(after.at).toISOString(),
      after.seq,
      after.entry,
      after.ordinal,
      scan,
      types,
      endpoint,
      card,
      limit + 1,
    ],
  });
  const wanted = rows.filter((row) => row.wanted);
  const events = await withCardIds(client, wanted.slice(0, limit));
  const cut = wanted.length > limit;
  const last = cut ? events.at(-1) : rows.at(-1);
  const more = cut || (rows[0]?.scanned ?? 0) === scan;
  return { events, end: last === undefined ? after : placeOf(last), more };
}

/** The event at that place of the journal, if there is one. */
export async function findEvent(
  client: pg.ClientBase,
  tenant: number,
  seq: number,
  entry: number,
  ordinal: number,
): Promise<EventRow | undefined> {
  const one =
    entry === NOTICE_ENTRY
      ? `SELECT * FROM (${NOTICES} AND n.id = $4) n
          (at, created, seq, entry, ordinal, type, card, account, amount, currency, about_seq, about_entry, detail, kind,
           response_code, approval_code, rule, merchant_amount, merchant_currency, cashback, mcc, entry_mode, card_entry,
           channel, traits, stan, rrn, acquirer, terminal, merchant, acceptor, country, flags, marks)
         WHERE seq = $2 AND entry = $3`
      : `${MESSAGES} AND a.seq = $2 AND a.entry = $3 AND $4 = 0
         UNION ALL ${EVENTS} AND e.seq = $2 AND e.entry = $3 AND e.ordinal = $4`;
  const { rows } = await client.query<Unnamed>(`${NAMED} FROM (${one}) f ${HOLDS}`, [
    tenant,
    seq,
    entry,
    ordinal,
  ]);
  return (await withCardIds(client, rows))[0];
}

type Unnamed = Omit<EventRow, 'card_id'>;
type Scanned = Unnamed & { readonly scanned: number; readonly wanted: boolean };

/** By a statement of its own: a view that is a barrier of security is not joined by an index. */
async function withCardIds(client: pg.ClientBase, rows: readonly Unnamed[]): Promise<readonly EventRow[]> {
  const cards = new Set(rows.map(({ card }) => card).filter((card) => card !== null));
  if (cards.size === 0) return rows.map((row) => ({ ...row, card_id: null }));
  const found = await client.query<{ card: number; id: string | null }>({
    name: 'card-ids',
    text: 'SELECT card, id FROM holdfast_read.masked_card WHERE card = ANY ($1::int[])',
    values: [[...cards]],
  });
  const ids = new Map(found.rows.map(({ card, id }) => [card, id]));
  return rows.map((row) => ({ ...row, card_id: row.card === null ? null : (ids.get(row.card) ?? null) }));
}

/** Of an event, or of what notes one. */
export function placeOf({
  at,
  seq,
  entry,
  ordinal,
}: Pick<EventRow, 'at' | 'seq' | 'entry' | 'ordinal'>): FeedPlace {
  return { at: at.getTime(), seq, entry, ordinal };
}
