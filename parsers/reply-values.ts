/** What the ledger decided of a message, as its reply carries it; filled again for each reply. */
export class ReplyValues {
  /** DE39: two digits of the edition of 1987, as a number; later editions get their action code for it. */
  responseCode = 0;
  /** DE38 as a number of six digits; 0 for none. */
  approvalCode = 0;
  /** What was approved, in minor units and at most what was asked for, for DE4; −1 leaves DE4 as it came. */
  amount = -1;
  /** Currency of the balances in DE54, an ISO 4217 number; 0 for none. */
  balanceCurrency = 0;
  /** Where there is a currency: what can be spent, and what is posted, in minor units; negative when overdrawn. */
  availableBalance = 0;
  ledgerBalance = 0;

  /** A reply with DE39, and DE38 where `approvalCode` is not 0, and nothing else. */
  answer(responseCode: number, approvalCode: number): this {
    this.responseCode = responseCode;
    this.approvalCode = approvalCode;
    this.amount = -1;
    this.balanceCurrency = 0;
    return this;
  }
}
