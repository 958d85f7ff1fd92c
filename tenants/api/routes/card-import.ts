import type { Readable } from 'node:stream';
import { type Static, Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import { CARD_STATUS } from '../../../ledger/command.js';
import { type ApiContext, nameSchema, type Routes, WriteHeaders, writes } from '../api.js';
import { audit } from '../audit.js';
import { CARDS_AT_ONCE, type CardOrder, issueCards } from '../card-issuing.js';
import { expiryOf } from '../expiry.js';
import { csvFields, csvObject, linesOf } from '../import-lines.js';
import { cardName, type ObjectNames } from '../object-names.js';
import { type FieldError, Problem } from '../problem.js';
import { CurrencyIn, MinorIn } from '../schemas.js';
import { fieldErrors, validatorOf } from '../validation.js';
import { CardBody, channelsOf, requirePan } from './cards.js';

/** Lines of one import: its report is in memory until the last one. */
const LINES_MAX = 200_000;
/** Errors of a line that are told. */
const ERRORS_MAX = 5;

const Line = Type.Object(
  {
    account: Type.Optional(nameSchema('acct', 'The account that it draws on; one is opened when absent.')),
    currency: Type.Optional(CurrencyIn),
    overdraft: Type.Optional(MinorIn),
    ...CardBody,
  },
  { additionalProperties: false },
);
const validate = validatorOf({ schema: Line, httpPart: 'body' });

/** What is said of a line. */
type Report =
  | { line: number; status: 'issued'; card: string; account: string; first6: string; last4: string }
  | { line: number; status: 'exists' }
  | { line: number; status: 'refused'; errors: readonly FieldError[] };

interface Pending {
  readonly line: number;
  readonly order: CardOrder;
}

/** Many cards at once, a line each, and a line of report for each. */
export const cardImport: Routes = (app, context) => {
  app.register(async (scope) => {
    for (const type of ['application/x-ndjson', 'text/csv']) {
      scope.addContentTypeParser(type, { bodyLimit: 64 * 1024 * 1024 }, (_request, payload, done) =>
        done(null, payload),
      );
    }
    scope.removeContentTypeParser(['application/json', 'text/plain']);
    scope.post(
      '/cards/import',
      {
        config: { roles: ['cards'], streams: true },
        schema: {
          operationId: 'importCards',
          summary: 'Import many cards',
          description: `A line for each card, NDJSON or CSV with a header: \`account\` (or \`currency\` and \`overdraft\` of
one that is opened for it), \`pan\`, \`exp_month\`, \`exp_year\`, \`status\`, \`channels\`. A line that can’t be is
reported and stops no other; at most ${LINES_MAX.toLocaleString('en')} lines. Sent again, it skips the PANs that exist; with the same
\`Idempotency-Key\`, also the cards whose PAN was generated.`,
          tags: ['Cards'],
          headers: WriteHeaders,
          consumes: ['application/x-ndjson', 'text/csv'],
          body: Type.Unsafe({ type: 'string', description: 'Lines.' }),
          response: {
            ...writes(200, Type.Any(), ''),
            200: {
              description:
                'A line for each: `line`, `status` (`issued`, `exists`, `refused`), and the card or the errors.',
              content: { 'application/x-ndjson': { schema: { type: 'string' } } },
            },
          },
        },
        validatorCompiler: ({ schema, httpPart }) =>
          // The body is a stream, whose lines are checked one by one.
          httpPart === 'body'
            ? () => true
            : validatorOf({ schema, ...(httpPart === undefined ? {} : { httpPart }) }),
      },
      async (request, reply) => {
        const importing = new Importing(context, request, await context.names(request.caller.tenant));
        await importing.run(request.body as Readable, request.headers['content-type'] ?? '');
        return reply.type('application/x-ndjson').send(importing.report());
      },
    );
  });
};

class Importing {
  readonly #context: ApiContext;
  readonly #request: FastifyRequest;
  readonly #names: ObjectNames;
  readonly #reports: Report[] = [];
  #pending: Pending[] = [];

  constructor(context: ApiContext, request: FastifyRequest, names: ObjectNames) {
    this.#context = context;
    this.#request = request;
    this.#names = names;
  }

  /** @throws Problem where it is too much, or the header of CSV can't be read */
  async run(body: Readable, contentType: string): Promise<void> {
    const csv = contentType.startsWith('text/csv');
    let header: readonly string[] | undefined;
    let line = 0;
    for await (const text of linesOf(body)) {
      if (csv && header === undefined) {
        header = csvFields(text);
        if (header === undefined) throw new Problem('HF_INVALID_REQUEST', 'the header is no CSV');
        continue;
      }
      if (++line > LINES_MAX) throw new Problem('HF_TOO_LARGE', `at most ${LINES_MAX} lines`);
      await this.#take(line, header === undefined ? parseJson(text) : parseCsv(header, text));
    }
    await this.#issue();
  }

  report(): string {
    return this.#reports
      .sort((one, other) => one.line - other.line)
      .map((report) => `${JSON.stringify(report)}\n`)
      .join('');
  }

  async #take(line: number, value: unknown): Promise<void> {
    const order = this.#order(line, value);
    if (order === null) return;
    this.#pending.push({ line, order });
    if (this.#pending.length === CARDS_AT_ONCE) await this.#issue();
  }

  /** Null where the line is refused, which is then reported. */
  #order(line: number, value: unknown): CardOrder | null {
    const refuse = (errors: readonly FieldError[]) => {
      this.#reports.push({ line, status: 'refused', errors: errors.slice(0, ERRORS_MAX) });
      return null;
    };
    if (value === undefined) return refuse([{ pointer: '', rule: 'syntax', text: 'must be a whole line' }]);
    if (!validate(value)) return refuse(fieldErrors((validate.errors ?? []) as never, 'body'));
    const { tenant } = this.#request.caller;
    const {
      account,
      currency,
      overdraft = 0,
      pan,
      exp_month,
      exp_year,
      status = 'active',
      channels,
    } = value as Static<typeof Line>;
    const known = currency === undefined ? { numeric: tenant.currency } : this.#context.currencyOf(currency);
    if (known === undefined) {
      return refuse([{ pointer: '/currency', rule: 'iso4217', text: 'must be a currency of ISO 4217' }]);
    }
    try {
      if (pan !== undefined) requirePan(tenant, pan);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refuse(error.errors ?? []);
    }
    const number = account === undefined ? undefined : this.#names.find('acct', tenant.number, account)?.[0];
    if (account !== undefined && number === undefined) return refuse([NO_ACCOUNT]);
    return {
      place: line,
      account: number ?? { currency: Number(known.numeric), overdraft },
      pan: pan ?? null,
      expiry: expiryOf(exp_year, exp_month),
      status: CARD_STATUS[status],
      channels: channelsOf(tenant, channels),
      currency: known.numeric,
    };
  }

  /** Issues what is pending, in one statement and one message. */
  async #issue(): Promise<void> {
    const pending = await this.#withAccounts();
    if (pending.length === 0) return;
    const request = this.#request;
    const { tenant } = request.caller;
    const orders = pending.map(({ order }) => order);
    const issued = await issueCards(this.#context, tenant, request.draw, orders, (client, uuids) =>
      audit(client, request, 'card.imported', cardName(uuids[0]!), {
        cards: uuids.length,
        last: cardName(uuids.at(-1)!),
      }),
    );
    for (const [index, result] of issued.entries()) {
      const { line } = pending[index]!;
      if (result.outcome === 'exists') this.#reports.push({ line, status: 'exists' });
      else if (result.outcome === 'no_account')
        this.#reports.push({ line, status: 'refused', errors: [NO_ACCOUNT] });
      else {
        this.#reports.push({
          line,
          status: 'issued',
          card: cardName(result.uuid),
          account: this.#names.name('acct', tenant.number, result.account),
          first6: result.pan.slice(0, 6),
          last4: result.pan.slice(-4),
        });
      }
    }
  }

  /** What is pending, with the currency of its account, without those whose account there isn't. */
  async #withAccounts(): Promise<readonly Pending[]> {
    const pending = this.#pending;
    this.#pending = [];
    const numbers = pending.flatMap(({ order: { account } }) =>
      typeof account === 'number' ? [account] : [],
    );
    if (numbers.length === 0) return pending;
    const live = await this.#context.ledger.accounts(this.#request.caller.tenant.name, numbers);
    let at = 0;
    return pending.flatMap(({ line, order }) => {
      if (typeof order.account !== 'number') return [{ line, order }];
      const account = live[at++];
      if (!account) {
        this.#reports.push({ line, status: 'refused', errors: [NO_ACCOUNT] });
        return [];
      }
      return [{ line, order: { ...order, currency: String(account.currency).padStart(3, '0') } }];
    });
  }
}

const NO_ACCOUNT: FieldError = { pointer: '/account', rule: 'exists', text: 'there is no such account' };

/** Undefined where it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is wrong with it might quote a PAN.
    return undefined;
  }
}

function parseCsv(header: readonly string[], text: string): unknown {
  const fields = csvFields(text);
  return fields === undefined ? undefined : csvObject(header, fields);
}
