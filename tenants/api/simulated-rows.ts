import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { eventOf } from '../events/event.js';
import { findEvent } from '../events/feed.js';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { lettersOf } from './currency.js';
import type { ObjectNames } from './object-names.js';
import { notFound } from './problem.js';

/** How long the read model is waited for; it is a fifth of a second behind where the machine has something to spare. */
const READ_MODEL_MS = 10_000;
/** Between two looks, twice as long each time. */
const POLL_MS_FIRST = 10;
const POLL_MS_MAX = 250;
/** Messages have a key for themselves within so long before they are asked for. */
const RECENT = '1 hour';

/** An authorization that a message is to be about. */
export interface OriginalRow {
  readonly at: Date;
  readonly key: Buffer;
  readonly stan: string | null;
  readonly transmitted: string | null;
  readonly acquirer: string | null;
  /** Number in the ledger. */
  readonly card: number;
  readonly uuid: string;
  readonly processing_code: string;
  readonly mcc: string;
  readonly rrn: string | null;
  readonly terminal: string | null;
  readonly merchant: string | null;
  readonly country: string | null;
  readonly approval_code: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly flags: string[];
}

/** @throws Problem `HF_NOT_FOUND` where there is none, or none of a card of the tenant's */
export async function findOriginal(
  client: pg.ClientBase,
  tenant: number,
  seq: number,
  entry: number,
): Promise<OriginalRow> {
  const { rows } = await client.query<OriginalRow>(
    `SELECT a.at, a.key, a.stan, a.transmitted, a.acquirer, a.card, m.id AS uuid, a.processing_code, a.mcc, a.rrn, a.terminal,
       a.merchant, a.country, a.approval_code, a.amount, a.currency, a.flags
     FROM holdfast_read.authorisation a JOIN holdfast_read.masked_card m ON m.tenant = a.tenant AND m.card = a.card
     WHERE a.tenant = $1 AND a.seq = $2 AND a.entry = $3 AND a.kind = 'authorisation' AND m.id IS NOT NULL`,
    [tenant, seq, entry],
  );
  const [row] = rows;
  if (row === undefined) throw notFound();
  return row;
}

interface BookedRow {
  readonly seq: string;
  readonly entry: number;
  readonly at: Date;
  readonly kind: string;
  readonly response_code: string;
  readonly billed: string | null;
  readonly billed_currency: string | null;
  readonly flags: string[];
  readonly marks: string[];
}

interface PostingRow {
  readonly from_book: string;
  readonly to_book: string;
  readonly account: number | null;
  readonly amount: string;
  readonly currency: string;
}

/** What the journal has of a message, by its card's number and its key; null where that did not come in time. */
export async function bookedOf(
  context: ApiContext,
  names: ObjectNames,
  tenant: CallerTenant,
  card: number,
  key: Buffer,
) {
  const find = () =>
    context.database.forTenant(tenant, async (client) => {
      const { rows } = await client.query<BookedRow>(
        `SELECT seq, entry, at, kind, response_code, billed, billed_currency, flags, marks
         FROM holdfast_read.authorisation
         WHERE tenant = $1 AND card = $2 AND at > now() - interval '${RECENT}' AND key = $3 AND kind <> 'void'`,
        [tenant.number, card, key],
      );
      const [row] = rows;
      if (row === undefined) return null;
      const postings = await client.query<PostingRow>(
        `SELECT from_book, to_book, account, amount, currency FROM holdfast_read.entry
         WHERE tenant = $1 AND at = $2 AND seq = $3 AND entry = $4 ORDER BY posting`,
        [tenant.number, row.at, row.seq, row.entry],
      );
      // Of a message there is one.
      const event = await findEvent(client, tenant.number, Number(row.seq), row.entry, 0);
      return { row, postings: postings.rows, event };
    });
  const found = await inTime(find);
  if (found === null) return null;
  const { row, postings, event } = found;
  const letters = (currency: string) => lettersOf(context.currencyOf, currency);
  return {
    authorization: names.name('auth', tenant.number, Number(row.seq), row.entry),
    events:
      event === undefined ? [] : [eventOf({ names, currencyOf: context.currencyOf }, tenant.number, event)],
    booked: {
      created: row.at.toISOString(),
      kind: row.kind,
      response_code: row.response_code,
      amount: row.billed === null ? null : Number(row.billed),
      currency: row.billed_currency === null ? null : letters(row.billed_currency),
      flags: row.flags,
      marks: row.marks,
      postings: postings.map(({ from_book, to_book, account, amount, currency }) => ({
        from: from_book,
        to: to_book,
        account: account === null ? null : names.name('acct', tenant.number, account),
        amount: Number(amount),
        currency: letters(currency),
      })),
    },
  };
}

/** Asks until there is something; null when that takes too long. */
export async function inTime<T>(find: () => Promise<T | null>): Promise<T | null> {
  const deadline = performance.now() + READ_MODEL_MS;
  for (let pause = POLL_MS_FIRST; ; pause = Math.min(2 * pause, POLL_MS_MAX)) {
    const found = await find();
    if (found !== null || performance.now() > deadline) return found;
    await delay(pause);
  }
}
