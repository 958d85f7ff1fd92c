/** Told what a command does to accounts and holds, while it does it: for a projection; nobody on the hot path. */
export interface Effects {
  /**
   * An account's balances change.
   * @param counter the other side of what is posted, one of `BOOK`
   * @param posted and `held`: the differences, in minor units of `currency`
   */
  entered(account: number, counter: number, currency: number, posted: number, held: number): void;
  /** An account's overdraft line changes, and with it its debt, by that difference in minor units of `currency`. */
  indebted(account: number, currency: number, debt: number): void;
  /** Money goes from one account of a book to another, no cardholder's; both of `BOOK`. */
  moved(from: number, to: number, currency: number, amount: number): void;
  /** A record was made, or what it holds or where it stands changed. */
  changed(row: number): void;
  /** The message that is being decided is about an earlier one: it clears it, raises it, gives it back. */
  matched(original: number): void;
  /** A record is about to be forgotten. */
  forgotten(row: number): void;
}
