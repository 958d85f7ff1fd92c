import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { COMMAND, Command, RESPONSE } from '../../../ledger/command.js';
import { CommandBatch } from '../../../ledger/command-batch.js';
import { type ApiContext, named, nameSchema, type Routes, WriteHeaders, writes } from '../api.js';
import { audit } from '../audit.js';
import { authorizationOf, findAuthorization } from '../authorization-rows.js';
import { notPossible, PROBLEM_TYPE, Problem, ProblemSchema } from '../problem.js';
import type { Indicator, PointOfSale, SimulatedMessage } from '../sandbox-port.js';
import { AuthorizationSchema } from '../schemas.js';
import {
  AdviceOrder,
  AuthorizationOrder,
  ClearingOrder,
  IncrementOrder,
  InquiryOrder,
  ReversalOrder,
  SimulationSchema,
} from '../simulate-schemas.js';
import { inTime } from '../simulated-rows.js';
import {
  messageAbout,
  originalOf,
  type SendingBody,
  simulate,
  type UsedCard,
  useCard,
  useOriginal,
} from '../simulation.js';

const tags = ['Sandbox'];
const Simulation = named(SimulationSchema);
const config = { roles: ['cards', 'funds', 'limits'] } as const;
const ById = Type.Object({ id: nameSchema('auth', 'The authorization.') });

/** Processing codes (DE3): goods, goods with cash, cash, a question about the balance. */
const GOODS = '000000';
const GOODS_WITH_CASH = '090000';
const CASH = '010000';
const BALANCE = '310000';
/** Merchant categories (ISO 18245): miscellaneous retail, and a cash machine. */
const RETAIL = '5999';
const CASH_MACHINE = '6011';
const USUAL_ENTRY = {
  pos: 'chip',
  contactless: 'contactless',
  ecommerce: 'ecommerce',
  moto: 'manual',
  atm: 'chip',
} as const;

type About = Awaited<ReturnType<typeof useOriginal>>;

/** Responses of a route that sends a message. */
function sends(description: string) {
  const late = {
    description: 'The message got no reply in time; it may have been decided.',
    content: { [PROBLEM_TYPE.split(';')[0]!]: { schema: named(ProblemSchema) } },
  };
  return { ...writes(200, Simulation, description), 504: late };
}

/** What is there only where cards are demo cards: messages that are put through the switch's own listeners. */
export const simulations: Routes = (app, context) => {
  const { sandbox, database, ledger } = context;
  // In production there is no such path.
  if (sandbox === null) return;

  app.post(
    '/simulate/authorizations',
    {
      config,
      schema: {
        operationId: 'simulateAuthorization',
        summary: 'Authorise with a card',
        description: 'Sends an authorisation (x100) to a listener of the switch, as an acquirer does.',
        tags,
        headers: WriteHeaders,
        body: AuthorizationOrder,
        response: sends('What went, what came, and what was booked.'),
      },
    },
    async (request) => {
      const { body } = request;
      const { amount, cash_back = 0 } = body;
      if (cash_back > amount) throw notPossible('/cash_back', 'maximum', 'it must be a part of the amount');
      const card = await useCard(context, request, body.card, 'simulation.authorization');
      const message: SimulatedMessage = {
        ...plain(context, card, body),
        processingCode: body.channel === 'atm' ? CASH : cash_back > 0 ? GOODS_WITH_CASH : GOODS,
        amount,
        cashBack: cash_back,
        indicators: indicatorsOf(body),
      };
      return simulate(context, sandbox, request, card, message, body, null);
    },
  );

  app.post(
    '/simulate/inquiries',
    {
      config,
      schema: {
        operationId: 'simulateInquiry',
        summary: 'Ask for the balance, or whether a card is good',
        tags,
        headers: WriteHeaders,
        body: InquiryOrder,
        response: sends('What went, and what came.'),
      },
    },
    async (request) => {
      const { body } = request;
      const card = await useCard(context, request, body.card, 'simulation.inquiry');
      const processingCode = body.type === 'verification' ? GOODS : BALANCE;
      const message = { ...plain(context, card, body), processingCode };
      return simulate(context, sandbox, request, card, message, body, null);
    },
  );

  /** A message about an authorization; `messageOf` makes it of what is asked. */
  const about = <T extends TSchema>(
    what: string,
    summary: string,
    description: string,
    body: T,
    messageOf: (body: Static<T>, about: About) => SimulatedMessage,
  ) =>
    app.post(
      `/simulate/authorizations/:id/${what}`,
      {
        config,
        schema: {
          operationId: `simulate${what[0]!.toUpperCase()}${what.slice(1)}`,
          summary,
          description,
          tags,
          headers: WriteHeaders,
          params: ById,
          body,
          response: sends('What went, what came, and what was booked.'),
        },
      },
      async (request) => {
        const { id } = request.params;
        const body = request.body as Static<T> & SendingBody;
        const found = await useOriginal(context, request, id, `simulation.${what}`);
        const message = messageOf(body, found);
        // An advice is an authorization of its own.
        const ofItself = message.kind === 'authorization';
        return simulate(context, sandbox, request, found.card, message, body, ofItself ? null : id);
      },
    );

  about(
    'increment',
    'Raise an authorization',
    'Sends a further authorisation that names it as its original.',
    IncrementOrder,
    ({ amount, advice = false }, found) =>
      messageAbout(found, {
        kind: 'increment',
        amount: amount ?? Number(found.row.amount),
        advice,
        indicators: ['incremental'],
      }),
  );

  about(
    'clear',
    'Clear an authorization',
    'Sends a clearing (x220, x200) that names it as its original.',
    ClearingOrder,
    ({ amount, advice = true, final = true }, found) =>
      messageAbout(found, {
        kind: 'clearing',
        amount: amount ?? Number(found.row.amount),
        advice,
        indicators: final ? [] : ['more'],
      }),
  );

  about(
    'reverse',
    'Reverse an authorization',
    'Sends a reversal (x400, x420) that names it as its original, of all or of a part.',
    ReversalOrder,
    ({ amount, advice = false }, found) => {
      const whole = Number(found.row.amount);
      if (amount !== undefined && amount > whole) {
        throw notPossible('/amount', 'maximum', 'it must be a part of what was authorised');
      }
      return messageAbout(found, {
        kind: 'reversal',
        amount: whole,
        kept: whole - (amount ?? whole),
        advice,
      });
    },
  );

  about(
    'advice',
    'Tell what the network decided in our place',
    'Sends an advice (x120) of the same purchase, as a network does when it stood in. It is an authorization of its own.',
    AdviceOrder,
    ({ amount, declined = false }, found) =>
      messageAbout(found, {
        kind: 'authorization',
        amount: amount ?? Number(found.row.amount),
        advice: true,
        declined,
      }),
  );

  app.post(
    '/simulate/authorizations/:id/expire',
    {
      config,
      schema: {
        operationId: 'simulateExpiry',
        summary: 'Have the time of a hold come',
        description:
          'ISO 8583 has no message for it: the ledger is told to take its time as come, by a command of the journal.',
        tags,
        headers: WriteHeaders,
        params: ById,
        response: writes(200, named(AuthorizationSchema), 'The authorization.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { id } = request.params;
      const row = await originalOf(context, tenant, id);
      const commands = new CommandBatch();
      const command = new Command();
      command.kind = COMMAND.expireHold;
      for (let word = 0; word < command.key.length; word++)
        command.key[word] = row.key.readUInt32BE(4 * word);
      commands.add(command);
      const { attempt } = request;
      // A try before this one may have come as far as the ledger.
      const isCarriedOn = attempt !== null && attempt.note !== null;
      if (attempt !== null) await context.idempotency.note(attempt, 'expiring');
      const decided = await ledger.decide(tenant.name, commands);
      const isExpired = decided.refusals[0] === 0 && decided.responseCodes[0] === RESPONSE.approved;
      if (!isExpired && !isCarriedOn) {
        throw new Problem('HF_NOT_POSSIBLE', 'The authorization holds nothing.');
      }
      const names = await context.names(tenant);
      const [seq, entry] = names.require('auth', tenant.number, id);
      await database.forTenant(tenant, (client) => audit(client, request, 'simulation.expiry', id, {}));
      const find = () =>
        database.forTenant(tenant, (client) => findAuthorization(client, tenant.number, seq, entry));
      await inTime(async () => ((await find())?.status === 'expired' ? true : null));
      return authorizationOf(context, names, tenant.number, (await find())!);
    },
  );
};

/** A message on a card that says nothing special, of nothing. */
function plain(
  { currencyOf }: ApiContext,
  card: UsedCard,
  body: Static<typeof InquiryOrder> | Static<typeof AuthorizationOrder>,
): SimulatedMessage {
  const letters = 'currency' in body ? body.currency : undefined;
  const currency =
    letters === undefined ? String(card.live.currency).padStart(3, '0') : currencyOf(letters)?.numeric;
  if (currency === undefined) throw notPossible('/currency', 'currency', 'it must be one of ISO 4217');
  return {
    kind: 'authorization',
    advice: false,
    declined: false,
    processingCode: GOODS,
    pan: card.pan,
    expiry: card.expiry,
    amount: 0,
    currency,
    cashBack: 0,
    kept: 0,
    indicators: [],
    place: placeOf(body),
    original: null,
  };
}

function placeOf({
  merchant = {},
  channel = 'pos',
  entry,
  pin = false,
}: Static<typeof InquiryOrder>): PointOfSale {
  const { id, terminal, name, city, country, category_code } = merchant;
  return {
    merchant: id ?? 'SANDBOX00000001',
    terminal: terminal ?? 'SANDBOX1',
    category: category_code ?? (channel === 'atm' ? CASH_MACHINE : RETAIL),
    acceptor: { name: name ?? 'SANDBOX SHOP', city: city ?? 'PARIS', country: country ?? 'FR' },
    country: null,
    condition: { channel, entry: entry ?? USUAL_ENTRY[channel], pin },
  };
}

function indicatorsOf(body: Static<typeof AuthorizationOrder>): readonly Indicator[] {
  const { partial, estimated, strong_authentication, recurring, channel = 'pos', pin = false } = body;
  const { entry = USUAL_ENTRY[channel] } = body;
  // A PIN with a chip is one, and needs no other words.
  const byPin = pin && (entry === 'chip' || entry === 'contactless');
  return [
    ...(partial ? (['partial'] as const) : []),
    ...(estimated ? (['estimated'] as const) : []),
    ...(strong_authentication && !byPin ? (['strongAuthentication'] as const) : []),
    ...(recurring ? (['recurring'] as const) : []),
  ];
}
