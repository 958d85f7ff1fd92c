import type { Decision } from '../ledger/command.js';

const LENGTH_FIRST = 1024;
/** DE39 of an answer that was refused. */
const REFUSED = 91;

/** The message that an answer is for, as one number: its batch (high 16 bits) and its index there. */
export function messageOf(which: number, index: number): number {
  return ((which << 16) | index) >>> 0;
}

/**
 * Answers that wait for one commit, in the order of the decisions, in typed arrays that are used again.
 * The first {@link expired} of them were answered 91 since, and must not be answered once more.
 */
export class ReplyGroup {
  length = 0;
  expired = 0;
  /** How many of them need no more to be moved out of the ring, as they were, or are not to be. */
  moved = 0;
  /** See {@link messageOf}. */
  messages = new Uint32Array(LENGTH_FIRST);
  responseCodes = new Uint8Array(LENGTH_FIRST);
  approvalCodes = new Uint32Array(LENGTH_FIRST);
  /** DE4 where less was approved than was asked for; −1 else. */
  approvedAmounts = new Float64Array(LENGTH_FIRST);
  /** Of an inquiry, its account's currency, and what DE54 says; 0 of anything else. */
  balanceCurrencies = new Uint16Array(LENGTH_FIRST);
  availableBalances = new Float64Array(LENGTH_FIRST);
  ledgerBalances = new Float64Array(LENGTH_FIRST);
  /**
   * 1 where the answer is to a request that this group decides: if it comes late, it is to be undone. 2 where
   * the answer is 91 and stays so, with nothing to be undone: what was decided never came to be.
   */
  undoable = new Uint8Array(LENGTH_FIRST);

  add(message: number, decision: Decision, undoable: boolean): void {
    if (this.length === this.messages.length) this.#grow();
    const at = this.length++;
    this.messages[at] = message;
    this.responseCodes[at] = decision.responseCode;
    this.approvalCodes[at] = decision.approvalCode;
    this.approvedAmounts[at] = decision.approvedAmount;
    this.balanceCurrencies[at] = decision.balanceCurrency;
    if (decision.balanceCurrency !== 0) {
      this.availableBalances[at] = decision.availableBalance;
      this.ledgerBalances[at] = decision.ledgerBalance;
    }
    this.undoable[at] = undoable ? 1 : 0;
  }

  /** Fills in of a decision what is answered, as it was added. */
  recall(at: number, decision: Decision): void {
    decision.responseCode = this.responseCodes[at]!;
    decision.approvalCode = this.approvalCodes[at]!;
    decision.approvedAmount = this.approvedAmounts[at]!;
    decision.balanceCurrency = this.balanceCurrencies[at]!;
    decision.availableBalance = this.availableBalances[at]!;
    decision.ledgerBalance = this.ledgerBalances[at]!;
  }

  /** Makes the answer at `at` 91, for good. */
  refuse(at: number): void {
    this.responseCodes[at] = REFUSED;
    this.approvalCodes[at] = 0;
    this.approvedAmounts[at] = -1;
    this.balanceCurrencies[at] = 0;
    this.undoable[at] = 2;
  }

  clear(): void {
    this.length = 0;
    this.expired = 0;
    this.moved = 0;
  }

  #grow(): void {
    const length = 2 * this.length;
    this.messages = grown(this.messages, new Uint32Array(length));
    this.responseCodes = grown(this.responseCodes, new Uint8Array(length));
    this.approvalCodes = grown(this.approvalCodes, new Uint32Array(length));
    this.approvedAmounts = grown(this.approvedAmounts, new Float64Array(length));
    this.balanceCurrencies = grown(this.balanceCurrencies, new Uint16Array(length));
    this.availableBalances = grown(this.availableBalances, new Float64Array(length));
    this.ledgerBalances = grown(this.ledgerBalances, new Float64Array(length));
    this.undoable = grown(this.undoable, new Uint8Array(length));
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
