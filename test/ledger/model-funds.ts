import { BOOK } from '../../ledger/books.js';
import { DIRECTION, RESPONSE } from '../../ledger/command.js';
import type { Asked } from './commands.js';
import { ModelAccounts } from './model-accounts.js';
import type { Told } from './model-message.js';

interface Answered {
  readonly content: string;
  readonly code: number;
  readonly forget: number;
}

/** What funds do to the accounts of the model, and which were asked for. */
export abstract class ModelFunds extends ModelAccounts {
  /** Answers that are remembered, by key. */
  readonly answered = new Map<number, Answered>();
  /** What went to a book other than where money comes from, by currency and name. */
  readonly #adjusted = new Map<string, bigint>();

  funds(asked: Asked): Told {
    const { kind, key, account, counterAccount, amount, currency, direction, book } = asked;
    const content = [kind, account, counterAccount, amount, currency, direction, book].join();
    const known = this.answered.get(key!);
    if (known !== undefined) return told(known.content === content ? known.code : RESPONSE.duplicate, false);
    const code = kind === 'transferFunds' ? this.#transfer(asked) : this.#post(asked);
    this.answered.set(key!, { content, code, forget: this.minute + 60 * asked.windowHours! });
    return told(code, true);
  }

  forgetFunds(): void {
    for (const [key, { forget }] of this.answered) if (forget <= this.minute) this.answered.delete(key);
  }

  #post({ account, amount, currency, direction, book, mayOverdraw }: Asked): number {
    if (!this.#isOf(account!, currency!)) return RESPONSE.invalidTransaction;
    const incoming = direction === DIRECTION.in;
    const short = BigInt(amount!) > this.available(account!);
    if (!incoming && short && mayOverdraw !== 1) return RESPONSE.insufficientFunds;
    const change = incoming ? BigInt(amount!) : -BigInt(amount!);
    this.accounts[account!]!.credited += change;
    const name = `${currency} ${book}`;
    this.#adjusted.set(name, (this.#adjusted.get(name) ?? 0n) - change);
    return RESPONSE.approved;
  }

  #transfer({ account, counterAccount, amount, currency }: Asked): number {
    const possible = this.#isOf(account!, currency!) && this.#isOf(counterAccount!, currency!);
    if (!possible || account === counterAccount) return RESPONSE.invalidTransaction;
    if (BigInt(amount!) > this.available(account!)) return RESPONSE.insufficientFunds;
    this.accounts[account!]!.credited -= BigInt(amount!);
    this.accounts[counterAccount!]!.credited += BigInt(amount!);
    return RESPONSE.approved;
  }

  #isOf(account: number, currency: number): boolean {
    return this.accounts[account]?.currency === currency;
  }

  override book(currency: number): Record<string, bigint> {
    const book = super.book(currency);
    for (const name of ['fees', 'suspense'] as const) {
      book[name] = book[name]! + (this.#adjusted.get(`${currency} ${BOOK[name]}`) ?? 0n);
    }
    return book;
  }
}

function told(code: number, journalled: boolean): Told {
  return { code, journalled, approvedAmount: undefined, marks: [] };
}
