import type pg from 'pg';
import { countryLetters } from '../limits/iso-codes.js';
import type { ApiContext } from './api.js';
import { lettersOf } from './currency.js';
import { cardName, type ObjectNames, tokenName } from './object-names.js';
import type { RuleAt, RuleName } from './rule-names.js';

/** An authorisation of the read model, with its hold and its card. */
export interface AuthorizationRow {
  readonly seq: string;
  readonly entry: number;
  readonly at: Date;
  /** `at` in full. */
  readonly place: string;
  readonly card: string | null;
  readonly account: number | null;
  readonly response_code: string;
  readonly approval_code: string | null;
  readonly status: string;
  readonly billed: string | null;
  readonly billed_currency: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly merchant: string | null;
  readonly terminal: string | null;
  readonly mcc: string | null;
  readonly acceptor: string | null;
  readonly country: string | null;
  readonly channel: string | null;
  readonly card_entry: string | null;
  readonly traits: string[];
  readonly rule: string | null;
  readonly shadow_rule: string | null;
  readonly asked: string | null;
  /** UUID and status of the wallet token that it came with. */
  readonly token: string | null;
  readonly token_status: string | null;
  readonly entry_mode: string | null;
  readonly stan: string | null;
  readonly rrn: string | null;
  readonly acquirer: string | null;
  readonly flags: string[];
  readonly marks: string[];
}

const APPROVED = "('00', '10')";

/** Authorisations with what has become of them. */
const AUTHORIZATIONS = `SELECT a.tenant, a.seq, a.entry, a.at, a.at::text AS place, m.id AS card, a.card AS card_number, a.account,
    a.response_code, a.approval_code, a.billed, a.billed_currency, a.amount, a.currency, a.merchant, a.terminal, a.mcc,
    a.acceptor, a.country, a.channel, a.entry_mode, a.card_entry, a.traits, a.stan, a.rrn, a.acquirer, a.flags, a.marks,
    a.rule, a.shadow_rule, a.asked, w.id AS token, p.status AS token_status,
    CASE WHEN a.response_code NOT IN ${APPROVED} THEN 'declined'
      WHEN h.status = 'held' THEN 'pending' WHEN h.status = 'cleared' THEN 'closed'
      WHEN h.status = 'released' THEN 'reversed' ELSE coalesce(h.status, 'none') END AS status
  FROM holdfast_read.authorisation a
  LEFT JOIN holdfast_read.hold h ON h.tenant = a.tenant AND h.seq = a.seq AND h.entry = a.entry
  LEFT JOIN holdfast_read.masked_card m ON m.tenant = a.tenant AND m.card = a.card
  LEFT JOIN holdfast_read.card p ON p.tenant = a.tenant AND p.card = a.presented
  LEFT JOIN holdfast.card w ON w.tenant = a.tenant AND substr(w.hash, 1, 16) = p.token
  WHERE a.kind = 'authorisation'`;

export const AUTHORIZATION_STATUSES = [
  'declined',
  'pending',
  'closed',
  'reversed',
  'expired',
  'none',
] as const;

/** What a list is narrowed to; undefined for everything. */
export interface AuthorizationFilter {
  /** Number of the card in the ledger. */
  readonly card: number | undefined;
  readonly status: string | undefined;
  readonly from: string | undefined;
  /** Excluded. */
  readonly to: string | undefined;
}

/** The newest first, those behind `place` where that is given. */
export async function listAuthorizations(
  client: pg.ClientBase,
  tenant: number,
  { card, status, from, to }: AuthorizationFilter,
  limit: number,
  place: readonly (string | number)[],
): Promise<readonly AuthorizationRow[]> {
  const { rows } = await client.query<AuthorizationRow>(
    `SELECT * FROM (${AUTHORIZATIONS}) a
     WHERE tenant = $1 AND ($3::timestamptz IS NULL OR (at, seq, entry) < ($3, $4::bigint, $5::int))
       AND ($6::int IS NULL OR card_number = $6) AND ($7::text IS NULL OR status = $7)
       AND ($8::timestamptz IS NULL OR at >= $8) AND ($9::timestamptz IS NULL OR at < $9)
     ORDER BY at DESC, seq DESC, entry DESC LIMIT $2`,
    [
      tenant,
      limit,
      place[0] ?? null,
      place[1] ?? null,
      place[2] ?? null,
      card ?? null,
      status ?? null,
      from ?? null,
      to ?? null,
    ],
  );
  return rows;
}

/** The one of that row and place in the journal. */
export async function findAuthorization(
  client: pg.ClientBase,
  tenant: number,
  seq: number,
  entry: number,
): Promise<AuthorizationRow | undefined> {
  const { rows } = await client.query<AuthorizationRow>(
    `SELECT * FROM (${AUTHORIZATIONS}) a WHERE tenant = $1 AND seq = $2 AND entry = $3`,
    [tenant, seq, entry],
  );
  return rows[0];
}

/** The rules that an authorisation's decision names. */
export function rulesOf({ seq, rule, shadow_rule }: AuthorizationRow): readonly RuleAt[] {
  const numbers = [rule, shadow_rule].filter((number) => number !== null);
  return numbers.map((number) => ({ number: Number(number), seq: Number(seq) }));
}

/**
 * An authorization of the API.
 * @param nameOf names of rules, see `ruleNames`
 */
export function authorizationOf(
  { currencyOf }: ApiContext,
  names: ObjectNames,
  tenant: number,
  row: AuthorizationRow,
  nameOf: (rule: RuleAt) => RuleName,
) {
  const decided = (number: string | null) =>
    number === null ? { name: null, reason: null } : nameOf({ number: Number(number), seq: Number(row.seq) });
  const shadow = decided(row.shadow_rule);
  const letters = (numeric: string | null) => (numeric === null ? null : lettersOf(currencyOf, numeric));
  return {
    id: names.name('auth', tenant, Number(row.seq), row.entry),
    object: 'authorization' as const,
    created: row.at.toISOString(),
    card: row.card === null ? null : cardName(row.card),
    account: row.account === null ? null : names.name('acct', tenant, row.account),
    approved: row.status !== 'declined',
    status: row.status,
    response_code: row.response_code,
    approval_code: row.approval_code,
    amount: row.billed === null ? null : Number(row.billed),
    currency: letters(row.billed_currency),
    merchant_amount: row.amount === null ? null : Number(row.amount),
    merchant_currency: letters(row.currency),
    merchant: {
      id: row.merchant,
      terminal: row.terminal,
      category_code: row.mcc,
      descriptor: row.acceptor === null || row.acceptor === '' ? null : row.acceptor,
      country: row.country === null ? null : countryLetters(Number(row.country)),
    },
    channel: row.channel,
    entry_mode: row.entry_mode,
    card_entry: row.card_entry,
    traits: row.traits,
    wallet_token: row.token === null ? null : { id: tokenName(row.token), status: row.token_status! },
    network: { stan: row.stan, rrn: row.rrn, acquirer: row.acquirer },
    decision: {
      rule: row.rule === null ? null : Number(row.rule),
      ...decided(row.rule),
      shadow_rule: row.shadow_rule === null ? null : Number(row.shadow_rule),
      shadow_name: shadow.name,
      shadow_reason: shadow.reason,
      asked: row.asked,
    },
    flags: row.flags,
    marks: row.marks,
  };
}
