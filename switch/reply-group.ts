const LENGTH_FIRST = 1024;

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
  /** See {@link messageOf}. */
  messages = new Uint32Array(LENGTH_FIRST);
  responseCodes = new Uint8Array(LENGTH_FIRST);
  approvalCodes = new Uint32Array(LENGTH_FIRST);
  /** 1 where the answer is to an authorisation that this group decides: if it comes late, it is to be undone. */
  undoable = new Uint8Array(LENGTH_FIRST);

  add(message: number, responseCode: number, approvalCode: number, undoable: boolean): void {
    if (this.length === this.messages.length) this.#grow();
    const at = this.length++;
    this.messages[at] = message;
    this.responseCodes[at] = responseCode;
    this.approvalCodes[at] = approvalCode;
    this.undoable[at] = undoable ? 1 : 0;
  }

  clear(): void {
    this.length = 0;
    this.expired = 0;
  }

  #grow(): void {
    const length = 2 * this.length;
    const [messages, responseCodes, approvalCodes, undoable] = [
      new Uint32Array(length),
      new Uint8Array(length),
      new Uint32Array(length),
      new Uint8Array(length),
    ];
    messages.set(this.messages);
    responseCodes.set(this.responseCodes);
    approvalCodes.set(this.approvalCodes);
    undoable.set(this.undoable);
    this.messages = messages;
    this.responseCodes = responseCodes;
    this.approvalCodes = approvalCodes;
    this.undoable = undoable;
  }
}
