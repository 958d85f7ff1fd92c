import { FLAG, RESPONSE } from '../../ledger/command.js';
import type { Asked } from './commands.js';
import { ModelFunds } from './model-funds.js';
import { has, least, type ModelCard, type ModelMessage, share, type Told, typeOf } from './model-message.js';

const [APPROVED, LESS] = [RESPONSE.approved, RESPONSE.partiallyApproved];
const HOUR = 60;

/**
 * The life of a hold again, as plainly as it can be said: messages are objects that point at each other, amounts are
 * bigints, and every sum is taken anew. It shares nothing with the ledger but the numbers of flags and answers.
 */
export class LifeModel extends ModelFunds {
  /** What is told at that `minute` and `date`. */
  ask(asked: Asked): Told | undefined {
    switch (asked.kind) {
      case 'authorise':
      case 'clear':
      case 'reverse':
        return this.#message(asked);
      case 'postFunds':
      case 'transferFunds':
        return this.funds(asked);
      case 'voidRequest':
        return this.#void(asked.key!);
      case 'expireHold':
        return this.#expire(asked.key!);
      case 'advanceTime':
        this.#advance();
        this.forgetFunds();
        return undefined;
      default:
        this.configure(asked);
        return undefined;
    }
  }

  #message(asked: Asked): Told {
    const card = this.cards.get(asked.token!);
    const known = this.known.get(asked.key!);
    if (known !== undefined && (known.status !== 'blocked' || asked.kind === 'reverse')) {
      const same = known.content === asked.fingerprint && (known.card ?? card) === card;
      if (!same) return { code: RESPONSE.duplicate, journalled: false, approvedAmount: undefined, marks: [] };
      return { ...known.told, journalled: false };
    }
    const kept = known?.amount ?? 0n;
    const message = this.create(asked, card, known);
    const given = { message, asked, card };
    const code =
      asked.kind === 'reverse'
        ? this.#reverse(given)
        : known === undefined
          ? this.#decide(given)
          : this.#afterReversal(given, kept);
    const declined = code !== APPROVED && code !== LESS;
    if (declined && asked.kind !== 'reverse') message.marks.clear();
    const approvedAmount = code === LESS ? message.amount : undefined;
    message.told = { code, journalled: true, approvedAmount, marks: [...message.marks].sort() };
    if (known === undefined) this.schedule(message);
    return message.told;
  }

  #decide(given: Given): number {
    return given.asked.kind === 'authorise' ? this.#authorise(given) : this.#clear(given);
  }

  /** Its reversal came first. */
  #afterReversal(given: Given, kept: bigint): number {
    const { message, asked, card } = given;
    if (!has(asked, FLAG.advice)) return this.#end(message, 'declined', RESPONSE.invalidTransaction);
    if (kept === 0n) return this.#end(message, 'noted', APPROVED);
    const code = asked.kind === 'clear' ? this.#clear(given) : this.#authorise({ ...given, alone: true });
    this.#lower(message, kept);
    if (card !== undefined && this.available(card.account) >= 0n) message.marks.delete('indebted');
    return code;
  }

  #end(message: ModelMessage, status: ModelMessage['status'], code: number): number {
    message.status = status;
    return code;
  }

  #authorise({ message, asked, card, alone = false }: Given): number {
    const advice = has(asked, FLAG.advice);
    const raises = has(asked, FLAG.incremental) && !alone;
    let original = raises && card !== undefined ? this.original(message, asked) : undefined;
    if (original?.status !== 'held') {
      original = undefined;
      message.marks.delete('matchedByScore');
    }
    const takes = asked.amount! > 0 && !declined(asked) && typeOf(asked) === 'debit';
    let code = advice ? this.#charge(message, asked, card, takes) : this.#check(message, asked, card);
    const good = code === APPROVED || code === LESS;
    if (good && !advice && raises) {
      if (original === undefined) code = RESPONSE.originalNotFound;
      else if (original.held + this.posted(original) + message.billed > this.limits.perTransaction) {
        code = RESPONSE.exceedsAmountLimit;
      }
    }
    if (code !== APPROVED && code !== LESS) return this.#end(message, 'declined', code);
    if (!takes) {
      message.marks.clear();
      return this.#end(message, 'noted', code);
    }
    if (code === LESS) message.amount = message.stands = message.billed;
    if (code === LESS) message.marks.add('partial');
    const rule = this.rule(asked.mcc!);
    const lasts = BigInt(has(asked, FLAG.estimated) ? rule.estimate : rule.hold);
    const window = BigInt(asked.windowHours! * HOUR);
    const until = BigInt(this.minute) + lasts;
    const holder = original ?? message;
    holder.held += message.billed;
    holder.expires = Number(until > BigInt(holder.expires) ? until : holder.expires);
    holder.forget = Math.max(original === undefined ? 0 : holder.forget, Number(until + window));
    message.status = original === undefined ? 'held' : 'increment';
    if (original === undefined) this.list(message);
    else this.adopt(original, message);
    message.date = this.date;
    this.spend(card!, message.billed, original === undefined ? 1 : 0);
    if (advice && this.available(card!.account) < 0n) message.marks.add('indebted');
    return code;
  }

  /** What an advice is charged. */
  #charge(message: ModelMessage, asked: Asked, card: ModelCard | undefined, takes: boolean): number {
    if (card === undefined) return RESPONSE.noSuchCard;
    return !takes || this.bill(message, asked, card) ? APPROVED : RESPONSE.invalidTransaction;
  }

  /** What stands against a request. */
  #check(message: ModelMessage, asked: Asked, card: ModelCard | undefined): number {
    if (card === undefined) return RESPONSE.noSuchCard;
    if (!this.bill(message, asked, card)) return RESPONSE.invalidTransaction;
    if (typeOf(asked) !== 'debit' || asked.amount === 0) return APPROVED;
    const { spent, count } = this.today(card);
    const { perTransaction, perDay, perDayCount } = this.limits;
    if (message.billed > perTransaction || spent + message.billed > perDay)
      return RESPONSE.exceedsAmountLimit;
    if (!has(asked, FLAG.incremental) && count >= perDayCount) return RESPONSE.exceedsCountLimit;
    const available = this.available(card.account);
    if (message.billed <= available) return APPROVED;
    const purchase = BigInt(asked.amount! - (asked.cashback ?? 0));
    const cash = Math.floor(asked.processingCode! / 10_000) === 1;
    const possible = has(asked, FLAG.partial) && !cash && !message.marks.has('converted');
    if (!possible || available <= 0n || purchase <= 0n) return RESPONSE.insufficientFunds;
    message.billed = available < purchase ? available : purchase;
    return LESS;
  }

  #clear({ message, asked, card }: Given): number {
    const advice = has(asked, FLAG.advice);
    const type = typeOf(asked);
    const original = type === 'debit' && card !== undefined ? this.original(message, asked) : undefined;
    const none = asked.amount === 0 && original?.status !== 'held';
    if (declined(asked) || none || type === 'inquiry') {
      const code = advice ? APPROVED : this.#check(message, asked, card);
      return this.#book(message, code, asked);
    }
    if (original?.status === 'cleared' || original?.status === 'clearing') {
      return this.#end(message, 'declined', RESPONSE.duplicate);
    }
    const billable = card !== undefined && this.bill(message, asked, card);
    if (advice && !billable) return this.#suspend(message, asked);
    if (original === undefined || (original.status !== 'held' && !advice)) {
      const code = advice ? APPROVED : this.#check(message, asked, card);
      if (code !== APPROVED && code !== LESS) return this.#end(message, 'declined', code);
      if (advice && type === 'debit') message.marks.add('forced');
      if (code === LESS) message.amount = message.stands = message.billed;
      if (code === LESS) message.marks.add('partial');
      if (message.billed > 0n && original !== undefined) this.#lateFor(message, original);
      if (message.billed > 0n && type === 'debit') {
        message.charged = message.billed;
        if (original === undefined) this.list(message);
        if (!advice) this.spend(card!, message.billed, 1);
        if (!advice) message.date = this.date;
      }
      return this.#book(message, code, asked, advice ? card : undefined);
    }
    if (!billable) return this.#end(message, 'declined', RESPONSE.invalidTransaction);
    if (original.status !== 'held') {
      if (message.billed > 0n) this.#lateFor(message, original);
      message.charged = message.billed;
      return this.#book(message, APPROVED, asked, card);
    }
    return this.#complete(message, asked, original);
  }

  #lateFor(message: ModelMessage, original: ModelMessage): void {
    message.marks.add('late');
    this.adopt(original, message);
    original.status = 'cleared';
  }

  /** A clearing of an open hold. */
  #complete(message: ModelMessage, asked: Asked, original: ModelMessage): number {
    const approved = original.voided ? original.held + this.posted(original) : this.approved(original);
    const tolerance = BigInt(this.rule(asked.mcc!).tolerance);
    const on = (amount: bigint) => amount + (amount * tolerance) / 10_000n;
    let most = on(approved);
    const excused = message.marks.has('converted') && BigInt(asked.amount!) <= on(original.stands);
    if (excused) most += (most * 1000n) / 10_000n;
    most -= this.posted(original);
    if (most < 0n) most = 0n;
    if (message.billed > most) {
      if (!has(asked, FLAG.advice)) return this.#end(message, 'declined', RESPONSE.invalidAmount);
      message.marks.add('overTolerance');
    }
    message.charged = least(message.billed, most);
    const final = !has(asked, FLAG.more);
    const released = final ? original.held : least(original.held, message.charged);
    message.released = released;
    original.held -= released;
    this.adopt(original, message);
    this.giveDay(original, released - message.charged, 0);
    if (final) original.status = message.billed > 0n || this.posted(original) > 0n ? 'cleared' : 'released';
    if (original.status === 'released') this.giveDay(original, 0n, 1);
    return this.#book(message, APPROVED, asked, message.card);
  }

  /** Gives what was billed its status, and says whether it made a debt. */
  #book(message: ModelMessage, code: number, asked: Asked, payer?: ModelCard): number {
    if (code !== APPROVED && code !== LESS) return this.#end(message, 'declined', code);
    const type = typeOf(asked);
    if (message.billed === 0n || type === 'inquiry' || declined(asked)) {
      message.billed = message.spread = message.charged = 0n;
      message.marks.clear();
      return this.#end(message, 'noted', code);
    }
    message.status = type === 'credit' ? 'credited' : 'clearing';
    if (payer !== undefined && type === 'debit' && this.available(payer.account) < 0n)
      message.marks.add('indebted');
    return code;
  }

  #suspend(message: ModelMessage, asked: Asked): number {
    message.marks.add('forced');
    message.marks.delete('converted');
    message.billed = BigInt(asked.amount!);
    message.credit = typeOf(asked) === 'credit';
    return this.#end(message, 'suspended', APPROVED);
  }

  #reverse({ message, asked, card }: Given): number {
    message.status = 'reversal';
    const original = this.known.get(asked.originalKey!);
    const unowned = original?.status === 'suspended' && original.card === undefined;
    if (card === undefined && original?.status !== 'suspended') return RESPONSE.noSuchCard;
    if (original === undefined) {
      this.block(asked, card!);
      return APPROVED;
    }
    if (original.status === 'reversal' || (original.card !== card && !unowned))
      return RESPONSE.invalidTransaction;
    if (original.status === 'blocked') {
      const kept = BigInt(Math.max(0, asked.kept!));
      if (kept < original.amount) original.amount = kept;
      return APPROVED;
    }
    if (!this.sameAmount(original, asked)) return RESPONSE.invalidTransaction;
    if (['cleared', 'expired'].includes(original.status)) message.marks.add('late');
    if (asked.kept! < 0) this.#giveBack(original);
    else this.#lower(original, BigInt(asked.kept!));
    return APPROVED;
  }

  #giveBack(message: ModelMessage): void {
    switch (message.status) {
      case 'held':
      case 'cleared':
      case 'expired':
      case 'released':
        for (const child of message.children) {
          if (child.status === 'clearing') this.#giveBack(child);
          if (child.status === 'increment') child.status = 'undone';
        }
        if (message.status === 'held') this.release(message, 'released');
        return;
      case 'increment': {
        message.status = 'undone';
        this.#lowerIncrement(message, message.billed);
        return;
      }
      default:
        if (['clearing', 'credited', 'suspended'].includes(message.status))
          this.unbook(message, message.billed);
    }
  }

  /** Lets `kept` stand, in the currency of the message. */
  #lower(message: ModelMessage, kept: bigint): void {
    if (kept >= message.stands) return;
    const left = share(message.billed, kept, message.stands);
    switch (message.status) {
      case 'held':
      case 'cleared':
      case 'expired':
      case 'released': {
        if (message.status === 'released' && this.posted(message) === 0n) return;
        message.stands = kept;
        const over = message.held + this.posted(message) - this.approved(message);
        if (over <= 0n) return;
        const held = least(over, message.held);
        message.held -= held;
        this.giveDay(message, held, 0);
        this.lowerClearings(message, over - held);
        return;
      }
      case 'increment': {
        const less = message.billed - left;
        message.billed = left;
        this.#lowerIncrement(message, less);
        break;
      }
      case 'clearing':
      case 'credited':
      case 'suspended':
        this.unbook(message, message.billed - left);
        break;
      default:
        return;
    }
    message.stands = kept;
  }

  #lowerIncrement(message: ModelMessage, less: bigint): void {
    const parent = message.parent;
    if (parent === undefined) return;
    const held = least(less, parent.held);
    parent.held -= held;
    this.giveDay(message, held, 0);
    this.#endIfEmpty(parent);
    const over = this.posted(parent) - this.approved(parent);
    const rest = less - held;
    if (over > 0n) this.lowerClearings(parent, least(over, rest));
  }

  #void(key: number): Told | undefined {
    const message = this.known.get(key)!;
    if (message.voided) return undefined;
    const { status, parent } = message;
    message.voided = true;
    message.approvalCode = 0;
    message.told = { ...message.told, code: RESPONSE.issuerInoperative, approvedAmount: undefined };
    // What came of it has answers of its own.
    if (status === 'held') this.#release(message, message, message.held - this.raised(message));
    else if (status === 'increment') {
      message.status = 'undone';
      if (parent !== undefined) this.#release(parent, message, message.billed);
    } else if (!['cleared', 'expired', 'released'].includes(status)) this.#giveBack(message);
    if (['clearing', 'noted'].includes(status) && parent !== undefined && !message.marks.has('late'))
      this.#holdAgain(parent, message.released);
    return undefined;
  }

  /** Gives back so much of a hold, if there is so much; it counts for the day of `message`. */
  #release(holder: ModelMessage, message: ModelMessage, amount: bigint): void {
    const back = least(amount < 0n ? 0n : amount, holder.held);
    holder.held -= back;
    this.giveDay(message, back, 0);
    this.#endIfEmpty(holder);
  }

  #endIfEmpty(message: ModelMessage): void {
    if (message.voided && message.status === 'held' && message.held === 0n) this.release(message, 'released');
  }

  /** A clearing that released so much is voided. */
  #holdAgain(parent: ModelMessage, released: bigint): void {
    if (parent.status !== 'held' && parent.expires <= this.minute) parent.status = 'expired';
    if (parent.status === 'expired') return;
    const most = parent.voided ? this.raised(parent) : this.approved(parent);
    const room = most - parent.held;
    const again = least(released, room < 0n ? 0n : room);
    parent.held += again;
    this.giveDay(parent, -again, parent.status === 'released' ? -1 : 0);
    parent.status = 'held';
    this.#endIfEmpty(parent);
  }

  #advance(): void {
    for (let message = this.nextDue(); message !== undefined; message = this.nextDue()) this.#look(message);
  }

  #expire(key: number): Told {
    const message = this.known.get(key);
    const isHeld = message?.status === 'held';
    if (isHeld) this.release(message, 'expired');
    const code = isHeld ? APPROVED : RESPONSE.originalNotFound;
    return { code, journalled: isHeld, approvedAmount: undefined, marks: [] };
  }

  #look(message: ModelMessage): void {
    const now = this.minute;
    if (message.status === 'held') {
      if (message.expires > now) return this.schedule(message, message.expires);
      this.release(message, 'expired');
    }
    const again = message.status === 'blocked' ? Math.min(message.forget, now + HOUR) : message.forget;
    if (message.forget > now) return this.schedule(message, again);
    const { parent } = message;
    if (parent !== undefined) return this.schedule(message, Math.max(now + 1, parent.forget));
    for (const child of message.children) child.parent = undefined;
    this.known.delete(message.key);
  }
}

interface Given {
  readonly message: ModelMessage;
  readonly asked: Asked;
  readonly card: ModelCard | undefined;
  /** Whether an authorisation raises nothing, whatever it says. */
  readonly alone?: boolean;
}

/** Whether it is an advice of what was declined elsewhere. */
function declined(asked: Asked): boolean {
  return has(asked, FLAG.advice) && has(asked, FLAG.declined);
}
