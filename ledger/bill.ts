import type { Command } from './command.js';
import { convert } from './convert.js';
import { AMOUNT_END } from './record.js';
import type { TenantState } from './tenant-state.js';
import { TRANSACTION, transactionOf } from './transaction-type.js';

/** What an account is charged for a message; filled again for each. */
export class Bill {
  /** Minor units of the account's currency, the spread within. */
  total = 0;
  /** The tenant's part of the total, for converting. */
  spread = 0;
  /** As DE10 has it; 0 when nothing was converted. */
  rate = 0;
  converted = false;

  /**
   * Works out what `account` is charged for a message: its amount as it is in the account's currency, else what the
   * network converted it to (DE6), else by the tenant's rate.
   *
   * @returns false when there is no way to the account's currency, or no room for the amount
   */
  of(state: TenantState, command: Command, account: number): boolean {
    const currency = state.accounts.currency(account);
    this.total = command.amount;
    this.spread = 0;
    this.rate = 0;
    this.converted = false;
    // Nothing is nothing in every currency, and an inquiry need not say any.
    if (command.currency === currency || command.amount === 0) return command.amount < AMOUNT_END;
    this.converted = true;
    if (command.billingCurrency === currency && command.billing > 0) {
      this.total = command.billing;
      this.rate = command.rate;
      return this.total < AMOUNT_END;
    }
    const rate = state.rates.of(command.currency, currency);
    if (rate === undefined) return false;
    // The tenant earns both ways: a cardholder pays more, and is refunded less.
    const credit = transactionOf(command.processingCode) === TRANSACTION.credit;
    const plain = convert(command.amount, rate.rate, rate.exponents, 0);
    this.total = convert(command.amount, rate.rate, rate.exponents, credit ? -rate.spread : rate.spread);
    this.spread = Math.abs(this.total - plain);
    this.rate = rate.rate;
    return this.total < AMOUNT_END;
  }
}
