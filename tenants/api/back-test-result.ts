import type { BackTestReport, Example, Sum } from '../../ledger/back-test/outcome.js';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { lettersOf } from './currency.js';
import { cardName } from './object-names.js';
import { ruleNames } from './rule-names.js';

/** Bytes of a token, the first of a card's hash. */
const TOKEN_BYTES = 16;
const HASH_BYTES = 32;

/**
 * What a back-test found, as the API shows it: cards by their names, which say nothing, and no token.
 * @param drafted names of the tried rules, by number
 */
export async function backTestResult(
  context: ApiContext,
  tenant: CallerTenant,
  report: BackTestReport,
  drafted: ReadonlyMap<number, string>,
) {
  const { currencyOf, database, ledger } = context;
  const names = await context.names(tenant);
  const { cards, nameOf } = await database.forTenant(tenant, async (client) => {
    const wanted = report.examples.flatMap(({ seq, before, after }) =>
      [before.rule, after.rule].filter((rule) => rule !== 0).map((number) => ({ number, seq })),
    );
    const found = await client.query<{ token: string; id: string }>(
      `SELECT token, c.id FROM unnest($2::text[]) AS token JOIN holdfast.card c ON c.tenant = $1
         AND c.hash BETWEEN decode(rpad(token, $3, '0'), 'hex') AND decode(rpad(token, $3, 'f'), 'hex')`,
      [
        tenant.number,
        [...new Set(report.examples.map(({ token }) => token.slice(0, 2 * TOKEN_BYTES)))],
        2 * HASH_BYTES,
      ],
    );
    return {
      cards: new Map(found.rows.map(({ token, id }) => [token, cardName(id)])),
      nameOf: await ruleNames(ledger, client, tenant, wanted),
    };
  });
  const billed = (amounts: Sum['billed']) =>
    Object.entries(amounts).map(([currency, amount]) => ({
      currency: lettersOf(currencyOf, currency),
      amount,
    }));
  const sum = ({ messages, billed: amounts }: Sum) => ({ messages, billed: billed(amounts) });
  const told = (
    { responseCode, billed: amount, rule }: Example['before'],
    seq: number,
    isDraft: boolean,
  ) => ({
    response_code: String(responseCode).padStart(2, '0'),
    billed: amount,
    rule: rule === 0 ? null : rule,
    name:
      rule === 0 ? null : ((isDraft ? drafted.get(rule) : undefined) ?? nameOf({ number: rule, seq }).name),
  });
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const { outcomes } = report;
  return {
    from_sequence: report.from,
    to_sequence: report.to,
    began: time(report.began),
    ended: time(report.ended),
    messages: report.messages,
    differences: report.differences,
    outcomes: {
      approved_as_before: outcomes.approvedAsBefore,
      declined_as_before: outcomes.declinedAsBefore,
      newly_declined: outcomes.newlyDeclined,
      newly_approved: outcomes.newlyApproved,
      other_amount: outcomes.otherAmount,
      other_reason: outcomes.otherReason,
    },
    approved_before: sum(report.approvedBefore),
    approved_after: sum(report.approvedAfter),
    rules: report.rules.map(({ rule, name, decided, newly, billedBefore }) => ({
      rule,
      name: drafted.get(rule) ?? (name === String(rule) ? null : name),
      decided,
      approved_in_full_before: { messages: newly, billed: billed(billedBefore) },
    })),
    examples: report.examples.map(
      ({ seq, entry, at, outcome, token, mcc, amount, currency, before, after }) => ({
        authorization: names.name('auth', tenant.number, seq, entry),
        card: cards.get(token.slice(0, 2 * TOKEN_BYTES)) ?? null,
        sequence: seq,
        at: time(at)!,
        outcome: outcome.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        category_code: String(mcc).padStart(4, '0'),
        amount,
        currency: lettersOf(currencyOf, currency),
        before: told(before, seq, false),
        after: told(after, seq, true),
      }),
    ),
    seconds: report.seconds,
  };
}
