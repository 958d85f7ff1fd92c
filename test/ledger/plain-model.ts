import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import type { Asked } from './commands.js';

interface Card {
  readonly account: number;
  expiry: number;
  /** The expiry that was before, where it was an earlier one. */
  previous: number;
  status: number;
  channels: number;
  /** The card that a second number is for. */
  readonly of?: Card;
}

const { active, blocked, frozen, inactive, lost, stolen, closed, expired } = CARD_STATUS;
/** What a card in each status is answered. */
const REFUSALS = new Map<number, number>([
  [active, RESPONSE.approved],
  [blocked, RESPONSE.restrictedCard],
  [frozen, RESPONSE.restrictedCard],
  [inactive, RESPONSE.cardNotActive],
  [lost, RESPONSE.lostCard],
  [stolen, RESPONSE.stolenCard],
  [closed, RESPONSE.noSuchCard],
  [expired, RESPONSE.expiredCard],
]);
const ENDS: readonly number[] = [lost, stolen, closed];

interface Account {
  readonly currency: number;
  posted: bigint;
}

interface Message {
  readonly card: Card | undefined;
  readonly content: number;
  readonly amount: bigint;
  readonly date: string;
  readonly reversal: boolean;
  code: number;
  /** Whether this message holds its amount now. */
  open: boolean;
}

/** What the model expects: an answer, or that the command can't follow those before it. */
export type Expected = { readonly code: number; readonly repeated: boolean } | 'impossible';

/**
 * The ledger again, as plainly as it can be said: maps of objects, and every sum taken anew from the messages.
 * It shares no code with the ledger, so that what both say is hardly wrong in both.
 */
export class PlainModel {
  readonly accounts: Account[] = [];
  readonly cards = new Map<number, Card>();
  readonly #messages = new Map<number, Message>();
  /** Originals that were reversed before they came, and by which card. */
  readonly #givenUp = new Map<number, Card>();
  #limits = { channels: 0, perTransaction: 0, perDay: 0, perDayCount: 0 };

  ask(asked: Asked, at: Date): Expected {
    const { token = 0, account = 0, amount = 0, currency = 0 } = asked;
    const impossible = 'impossible';
    const done = { code: RESPONSE.approved, repeated: false };
    switch (asked.kind) {
      case 'authorise':
        return this.#authorise(asked, at);
      case 'reverse':
        return this.#reverse(asked, at);
      case 'voidRequest': {
        const message = this.#messages.get(asked.key!);
        if (message === undefined || message.reversal) return impossible;
        message.open = false;
        message.code = RESPONSE.issuerInoperative;
        return done;
      }
      case 'setLimits': {
        const { channels = 0, perTransaction = 0, perDay = 0, perDayCount = 0 } = asked;
        this.#limits = { channels, perTransaction, perDay, perDayCount };
        return done;
      }
      case 'openAccount':
        this.accounts.push({ currency, posted: 0n });
        return done;
      case 'credit':
        this.accounts[account]!.posted += BigInt(amount);
        return done;
      case 'issueCard': {
        if (this.cards.has(token)) return impossible;
        const { expiry = 0, status = 0, channels = 0 } = asked;
        this.cards.set(token, { account, expiry, previous: 0, status, channels });
        return done;
      }
      case 'issueToken':
        return this.#issueToken(asked);
      case 'changeCard':
        return this.#change(asked);
      case 'aliasCard':
        if (this.cards.has(token)) return impossible;
        this.cards.set(token, this.cards.get(asked.originalToken!)!);
        return done;
      default:
        throw new Error(`the model does not know ${asked.kind}`);
    }
  }

  #issueToken({ token, originalToken, expiry = 0, status = 0, channels = 0 }: Asked): Expected {
    const of = this.cards.get(originalToken!);
    if (of === undefined || of.of !== undefined) return refused(RESPONSE.invalidTransaction);
    if (this.cards.has(token!)) return refused(RESPONSE.duplicate);
    this.cards.set(token!, { account: of.account, expiry, previous: 0, status, channels, of });
    return { code: RESPONSE.approved, repeated: false };
  }

  #change({ token, expiry = 0, status = 0, channels = 0 }: Asked): Expected {
    const card = this.cards.get(token!);
    const known = REFUSALS.has(status) && expiry % 100 >= 1 && expiry % 100 <= 12;
    if (card === undefined || !known) return refused(RESPONSE.invalidTransaction);
    if (status !== card.status) {
      const over = ENDS.includes(card.status) || status === inactive;
      const renewable = card.status !== expired || status === active || ENDS.includes(status);
      if (over || !renewable) return refused(RESPONSE.invalidTransaction);
    }
    if (expiry !== card.expiry) card.previous = expiry > card.expiry ? card.expiry : 0;
    Object.assign(card, { expiry, status, channels });
    return { code: RESPONSE.approved, repeated: false };
  }

  /** The card that a message is of. */
  #cardOf(token: number): Card | undefined {
    const card = this.cards.get(token);
    return card?.of ?? card;
  }

  held(account: number): bigint {
    return sum(this.#open().filter(({ card }) => card?.account === account));
  }

  available(account: number): bigint {
    return this.accounts[account]!.posted - this.held(account);
  }

  /** Sum and count of what a card's holds of that day hold now. */
  day(card: Card, at: Date): { spent: bigint; count: number } {
    const today = this.#open().filter((message) => message.card === card && message.date === dateOf(at));
    return { spent: sum(today), count: today.length };
  }

  #open(): Message[] {
    return [...this.#messages.values()].filter(({ open }) => open);
  }

  #authorise(asked: Asked, at: Date): Expected {
    const card = this.#cardOf(asked.token!);
    const known = this.#messages.get(asked.key!);
    if (known !== undefined) return again(known, asked, card);
    const code = this.#givenUp.has(asked.key!) ? RESPONSE.invalidTransaction : this.#decide(asked, card, at);
    this.#remember(asked, card, at, code);
    return { code, repeated: false };
  }

  #decide(asked: Asked, card: Card | undefined, at: Date): number {
    const { amount = 0, channels = 0, expiry = 0, currency } = asked;
    const limits = this.#limits;
    if (card === undefined) return RESPONSE.noSuchCard;
    const month = Number(dateOf(at).slice(2, 7).replace('-', ''));
    const given = this.cards.get(asked.token!)!;
    for (const one of new Set([given, card])) {
      const good = [0, one.expiry, ...(one.previous >= month ? [one.previous] : [])];
      if (month > one.expiry || (one === given && !good.includes(expiry))) return RESPONSE.expiredCard;
      const refusal = REFUSALS.get(one.status)!;
      if (refusal !== RESPONSE.approved) return refusal;
      if (!(limits.channels & channels)) return RESPONSE.notPermittedToTerminal;
      if (!(one.channels & channels)) return RESPONSE.notPermittedToCardholder;
    }
    if (currency !== this.accounts[card.account]!.currency) return RESPONSE.invalidTransaction;
    const { spent, count } = this.day(card, at);
    if (amount > limits.perTransaction) return RESPONSE.exceedsAmountLimit;
    if (spent + BigInt(amount) > limits.perDay) return RESPONSE.exceedsAmountLimit;
    if (count >= limits.perDayCount) return RESPONSE.exceedsCountLimit;
    if (BigInt(amount) > this.available(card.account)) return RESPONSE.insufficientFunds;
    return RESPONSE.approved;
  }

  #reverse(asked: Asked, at: Date): Expected {
    const card = this.#cardOf(asked.token!);
    const known = this.#messages.get(asked.key!);
    if (known !== undefined) return again(known, asked, card);
    // Its key was given up by a reversal that took it for an authorisation's.
    if (this.#givenUp.has(asked.key!)) return { code: RESPONSE.duplicate, repeated: true };
    const code = this.#reverseOriginal(asked, card);
    this.#remember(asked, card, at, code);
    return { code, repeated: false };
  }

  #reverseOriginal({ key, originalKey, amount = 0 }: Asked, card: Card | undefined): number {
    if (card === undefined) return RESPONSE.noSuchCard;
    if (originalKey === key) return RESPONSE.invalidTransaction;
    const original = this.#messages.get(originalKey!);
    if (original === undefined) {
      const owner = this.#givenUp.get(originalKey!) ?? card;
      this.#givenUp.set(originalKey!, owner);
      return owner === card ? RESPONSE.approved : RESPONSE.invalidTransaction;
    }
    if (original.reversal || original.card !== card) return RESPONSE.invalidTransaction;
    if (!original.open) return RESPONSE.approved;
    if (amount !== 0 && BigInt(amount) !== original.amount) return RESPONSE.invalidTransaction;
    original.open = false;
    return RESPONSE.approved;
  }

  #remember(asked: Asked, card: Card | undefined, at: Date, code: number): void {
    this.#messages.set(asked.key!, {
      card,
      content: asked.fingerprint!,
      amount: BigInt(asked.amount!),
      date: dateOf(at),
      reversal: asked.kind === 'reverse',
      code,
      open: asked.kind === 'authorise' && code === RESPONSE.approved,
    });
  }
}

/** Told, and nothing is changed. */
function refused(code: number): Expected {
  return { code, repeated: true };
}

function again(known: Message, asked: Asked, card: Card | undefined): Expected {
  const same = known.content === asked.fingerprint && (known.card === undefined || known.card === card);
  return { code: same ? known.code : RESPONSE.duplicate, repeated: true };
}

function dateOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function sum(messages: readonly Message[]): bigint {
  return messages.reduce((total, { amount }) => total + amount, 0n);
}
