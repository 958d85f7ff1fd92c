import { FLAG } from '../../ledger/command.js';
import type { Asked } from './commands.js';
import { has, least, type ModelCard, type ModelMessage, share, typeOf } from './model-message.js';

interface ModelAccount {
  readonly currency: number;
  overdraft: bigint;
  credited: bigint;
}

interface Rule {
  readonly hold: number;
  readonly estimate: number;
  readonly tolerance: number;
}

/** What the model knows, and the sums that it takes anew of that. */
export abstract class ModelAccounts {
  readonly accounts: ModelAccount[] = [];
  readonly cards = new Map<number, ModelCard>();
  /** All that ever came, forgotten or not. */
  readonly messages: ModelMessage[] = [];
  readonly known = new Map<number, ModelMessage>();
  readonly #due: ModelMessage[] = [];
  /** What can be found without its key, oldest first. */
  readonly #listed: ModelMessage[] = [];
  readonly #rules: (Rule & { from: number; to: number })[] = [];
  readonly #rates = new Map<string, { rate: bigint; exponents: number; spread: bigint }>();
  limits = { perTransaction: 0n, perDay: 0n, perDayCount: 0 };
  minute = 0;
  date = '';

  configure(asked: Asked): void {
    const { account = 0, amount = 0, currency = 0, token = 0 } = asked;
    switch (asked.kind) {
      case 'setLimits': {
        const { perTransaction, perDay, perDayCount } = asked;
        const limits = { perTransaction: BigInt(perTransaction!), perDay: BigInt(perDay!) };
        this.limits = { ...limits, perDayCount: perDayCount! };
        return;
      }
      case 'openAccount':
        this.accounts.push({ currency, overdraft: BigInt(asked.overdraft ?? 0), credited: 0n });
        return;
      case 'credit':
        this.accounts[account]!.credited += BigInt(amount);
        return;
      case 'setOverdraft':
        this.accounts[account]!.overdraft = BigInt(asked.overdraft!);
        return;
      case 'issueCard':
        this.cards.set(token, { account, day: { date: '', spent: 0n, count: 0 } });
        return;
      case 'setHoldRule': {
        const { mcc, mccTo, holdMinutes, estimateMinutes, tolerance } = asked;
        const rule = { hold: holdMinutes!, estimate: estimateMinutes!, tolerance: tolerance! };
        this.#rules.unshift({ from: mcc!, to: mccTo!, ...rule });
        return;
      }
      case 'setRate': {
        const { billingCurrency, rate, exponents = 0, spread = 0 } = asked;
        const value = { rate: BigInt(rate!), exponents, spread: BigInt(spread) };
        this.#rates.set(`${currency} ${billingCurrency}`, value);
        return;
      }
      default:
        throw new Error(`the model does not know ${asked.kind}`);
    }
  }

  rule(mcc: number): Rule {
    return this.#rules.find(({ from, to }) => from <= mcc && mcc <= to)!;
  }

  create(asked: Asked, card: ModelCard | undefined, known: ModelMessage | undefined): ModelMessage {
    const text = Buffer.from(asked.identifiers ?? []).toString('latin1');
    const amount = BigInt(asked.amount!);
    const fields: Omit<ModelMessage, 'look'> = {
      key: asked.key!,
      kind: asked.kind,
      card,
      content: asked.fingerprint!,
      currency: asked.currency!,
      retrieval: text.slice(0, 12).trim(),
      merchant: text.slice(12).trim(),
      approvalCode: has(asked, FLAG.advice) ? asked.approvalCode! : 0,
      status: 'new',
      amount,
      stands: amount,
      billed: 0n,
      spread: 0n,
      held: 0n,
      charged: 0n,
      released: 0n,
      credit: false,
      date: '',
      marks: new Set(),
      children: [],
      parent: undefined,
      listed: false,
      expires: 0,
      forget: this.minute + 60 * asked.windowHours!,
      voided: false,
      told: { code: -1, journalled: true, approvedAmount: undefined, marks: [] },
    };
    // One whose reversal came first takes its place, and is looked at when that would have been.
    if (known !== undefined) return Object.assign(known, fields);
    const message = { ...fields, look: 0 };
    this.messages.push(message);
    this.known.set(message.key, message);
    return message;
  }

  block(asked: Asked, card: ModelCard): void {
    const given = { ...asked, key: asked.originalKey!, amount: Math.max(0, asked.kept!), fingerprint: 0 };
    const message = this.create(given, card, undefined);
    message.status = 'blocked';
    this.schedule(message, Math.min(message.forget, this.minute + 60));
  }

  /** The last one that was put into a minute is the first to be looked at. */
  schedule(
    message: ModelMessage,
    minute = message.status === 'held' ? message.expires : message.forget,
  ): void {
    message.look = minute;
    this.#due.unshift(message);
  }

  nextDue(): ModelMessage | undefined {
    const due = this.#due.filter(({ look }) => look <= this.minute);
    const next = due.toSorted((a, b) => a.look - b.look)[0];
    if (next !== undefined) this.#due.splice(this.#due.indexOf(next), 1);
    return next;
  }

  /** Works out what the account is charged; whether that can be said. */
  bill(message: ModelMessage, asked: Asked, card: ModelCard): boolean {
    const { currency } = this.accounts[card.account]!;
    const amount = BigInt(asked.amount!);
    message.billed = amount;
    message.spread = 0n;
    if (asked.currency === currency || amount === 0n) return true;
    message.marks.add('converted');
    if (asked.billingCurrency === currency && (asked.billing ?? 0) > 0) {
      message.billed = BigInt(asked.billing!);
      return true;
    }
    const found = this.#rates.get(`${asked.currency} ${currency}`);
    if (found === undefined) {
      message.billed = 0n;
      return false;
    }
    const decimals = found.rate / 10_000_000n;
    const convert = (spread: bigint) => {
      const top =
        amount * (found.rate % 10_000_000n) * (10_000n + spread) * 10n ** BigInt(9 + found.exponents);
      const bottom = 10_000n * 10n ** (decimals + 9n);
      const [whole, rest] = [top / bottom, top % bottom];
      return 2n * rest >= bottom ? whole + 1n : whole;
    };
    message.billed = convert(typeOf(asked) === 'credit' ? -found.spread : found.spread);
    const difference = message.billed - convert(0n);
    message.spread = difference < 0n ? -difference : difference;
    return true;
  }

  /** The authorisation that a message is of: named, or the one that has most in common. */
  original(message: ModelMessage, asked: Asked): ModelMessage | undefined {
    const named = asked.originalKey === asked.key ? undefined : this.known.get(asked.originalKey!);
    const meant = named?.listed === true ? named : named?.parent;
    if (meant !== undefined && meant.card === message.card && meant.status !== 'undone') return meant;
    const advised = has(asked, FLAG.advice);
    const foreign = asked.currency !== this.accounts[message.card!.account]!.currency;
    const ranked = this.#listed
      .filter((each) => each.card === message.card && each.status !== 'undone')
      .filter((each) => this.known.get(each.key) === each)
      .map((each) => {
        const open = each.status === 'held' && each.held > 0n;
        let score = 0;
        if (asked.approvalCode !== 0 && asked.approvalCode === each.approvalCode) score += 8;
        if (message.retrieval !== '' && message.retrieval === each.retrieval) score += 4;
        if (message.merchant !== '' && message.merchant === each.merchant) score += 2;
        const sameCurrency = foreign === each.marks.has('converted');
        if (sameCurrency && BigInt(asked.amount!) === each.amount) score += 1;
        return { each, open, score };
      })
      .filter(({ open, score }) => score >= (open && advised ? 3 : 4))
      .sort((a, b) => b.score - a.score || Number(b.open) - Number(a.open));
    if (ranked.length > 0) message.marks.add('matchedByScore');
    return ranked[0]?.each;
  }

  list(message: ModelMessage): void {
    message.listed = true;
    this.#listed.push(message);
  }

  adopt(parent: ModelMessage, child: ModelMessage): void {
    child.parent = parent;
    parent.children.unshift(child);
    parent.forget = Math.max(parent.forget, child.forget);
  }

  approved(message: ModelMessage): bigint {
    return share(message.billed, message.stands, message.amount) + this.raised(message);
  }

  /** What the increments of an authorisation add. */
  raised({ children }: ModelMessage): bigint {
    const raised = children.filter(({ status }) => status === 'increment');
    return raised.reduce((sum, child) => sum + child.billed, 0n);
  }

  /** What an authorisation was cleared for. */
  posted({ children }: ModelMessage): bigint {
    return children.reduce((sum, child) => sum + child.charged, 0n);
  }

  sameAmount(original: ModelMessage, asked: Asked): boolean {
    const amount = BigInt(asked.amount!);
    if (asked.kept! >= 0 || amount === 0n || amount === original.amount) return true;
    if (original.marks.has('partial') || original.stands < original.amount) return true;
    if (['increment', 'clearing', 'credited', 'suspended'].includes(original.status)) return false;
    const taken = original.held + this.posted(original);
    const open = ['held', 'cleared', 'expired'].includes(original.status);
    const raised = original.children.filter(({ status }) => status === 'increment');
    const asked0 = raised.reduce((sum, child) => sum + child.amount, original.amount);
    return !open || taken === 0n || amount === taken || amount === asked0;
  }

  /** Ends a hold. */
  release(message: ModelMessage, status: 'released' | 'expired'): void {
    this.giveDay(message, message.held, this.posted(message) === 0n ? 1 : 0);
    message.held = 0n;
    message.status = status;
  }

  lowerClearings(parent: ModelMessage, amount: bigint): void {
    let left = amount;
    for (const child of parent.children.filter(({ status }) => status === 'clearing')) {
      const some = least(left, child.charged);
      if (some === 0n) continue;
      child.stands = share(child.stands, child.billed - some, child.billed);
      this.#giveBack(child, some, 0n);
      left -= some;
    }
  }

  /** Gives back so much of what was booked, of what is in suspense first. */
  unbook(message: ModelMessage, amount: bigint): void {
    const suspended = message.status === 'clearing' ? message.billed - message.charged : 0n;
    const first = least(amount, suspended);
    this.#giveBack(message, amount - first, first);
  }

  #giveBack(message: ModelMessage, charged: bigint, suspended: bigint): void {
    const { parent, status } = message;
    message.billed -= charged + suspended;
    const over = message.billed === 0n;
    if (status === 'clearing') {
      const before = parent === undefined ? 0n : this.posted(parent);
      message.charged -= charged;
      const counts = parent !== undefined && !message.marks.has('late') ? parent : message;
      let last = over;
      if (parent !== undefined) {
        const none = this.posted(parent) === 0n;
        if (counts === parent)
          last =
            none &&
            (parent.status === 'cleared' || (parent.status !== 'held' && before > 0n && charged > 0n));
        if (none && parent.status === 'cleared') parent.status = 'released';
      }
      this.giveDay(counts, charged, last ? 1 : 0);
    }
    if (!over) return;
    message.spread = 0n;
    message.status = 'undone';
  }

  today(card: ModelCard): { spent: bigint; count: number } {
    return card.day.date === this.date ? card.day : { spent: 0n, count: 0 };
  }

  spend(card: ModelCard, amount: bigint, count: number): void {
    const today = this.today(card);
    card.day = { date: this.date, spent: today.spent + amount, count: today.count + count };
  }

  /** Gives back to a card's day, if that is the message's. */
  giveDay({ card, date }: ModelMessage, amount: bigint, count: number): void {
    if (card === undefined || card.day.date !== date || date === '') return;
    const spent = card.day.spent - amount;
    card.day = { date, spent: spent < 0n ? 0n : spent, count: Math.max(0, card.day.count - count) };
  }

  #of(account: number): ModelMessage[] {
    return this.messages.filter(({ card }) => card?.account === account);
  }

  postedTo(account: number): bigint {
    return this.#of(account).reduce(
      (sum, { status, billed, charged }) => sum - charged + (status === 'credited' ? billed : 0n),
      this.accounts[account]!.credited,
    );
  }

  heldOf(account: number): bigint {
    return this.#of(account).reduce((sum, { held }) => sum + held, 0n);
  }

  available(account: number): bigint {
    return this.postedTo(account) - this.heldOf(account) + this.accounts[account]!.overdraft;
  }

  /** The accounts of a currency's book, as `BOOK` names them, but for where the money came from. */
  book(currency: number): Record<string, bigint> {
    const book = { cardholders: 0n, holds: 0n, settlement: 0n, fees: 0n, suspense: 0n, standInDebt: 0n };
    for (const [account, { currency: own, overdraft }] of this.accounts.entries()) {
      if (own !== currency) continue;
      const available = this.available(account);
      book.cardholders += (available < 0n ? 0n : available) - overdraft;
      book.holds += this.heldOf(account);
      if (available < 0n) book.standInDebt += available;
    }
    for (const { card, status, billed, charged, spread, credit, currency: own } of this.messages) {
      const suspended = status === 'suspended';
      const where = suspended || card === undefined ? own : this.accounts[card.account]!.currency;
      if (where !== currency) continue;
      const sign = status === 'credited' || (suspended && credit) ? -1n : 1n;
      if (!['clearing', 'credited', 'suspended'].includes(status)) continue;
      book.settlement += sign * billed - spread;
      book.fees += spread;
      if (status === 'clearing') book.suspense -= billed - charged;
      if (suspended) book.suspense -= sign * billed;
    }
    return book;
  }
}
