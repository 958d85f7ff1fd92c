import { type Command, Decision } from '../ledger/command.js';
import type { OpenLedger } from '../ledger/open-ledger.js';

/** Decides what was filled into a command for the one tenant of a ledger, and commits in groups. */
export class JournalWriter {
  readonly #opened: OpenLedger;
  readonly #command: Command;
  readonly #decision = new Decision();
  readonly #at: number;
  #gathered = 0;
  #journalled = 0;

  /**
   * @param at time of all of it, in ms since 1970
   * @param groupOf commands of a row
   */
  constructor(
    opened: OpenLedger,
    command: Command,
    at: number,
    public groupOf: number,
  ) {
    this.#opened = opened;
    this.#command = command;
    this.#at = at;
  }

  /** Commands in the journal. */
  get journalled(): number {
    return this.#journalled;
  }

  /** Decides the command as it is now. */
  async run(): Promise<void> {
    this.#opened.ledger.decide(0, this.#command, this.#at, this.#decision);
    if (!this.#decision.journalled) return;
    this.#journalled++;
    if (++this.#gathered >= this.groupOf) await this.commit();
  }

  async commit(): Promise<void> {
    this.#gathered = 0;
    const { rows, at } = this.#opened.ledger.closeGroup();
    await this.#opened.journal.commit(rows, at);
  }
}
