import type { Logger } from 'pino';
import type { Batch } from '../parsers/batch.js';
import { RULES } from '../parsers/errors.js';
import type { Counters } from './counters.js';

/** Lines a second at most: a hostile peer must not fill the disk. */
const LINES_MAX = 20;

/**
 * Counts messages that can't be read, by reason, and logs where and why: field, byte and rule, never a value.
 * Above {@link LINES_MAX} lines a second only the count goes on; the next second's first line says how many
 * were left out.
 */
export class RefusalLog {
  readonly #counters: Counters;
  readonly #log: Logger;
  readonly #links: readonly string[];
  #second = 0;
  #lines = 0;
  #leftOut = 0;

  /** @param links names, by index */
  constructor(counters: Counters, log: Logger, links: readonly string[]) {
    this.#counters = counters;
    this.#log = log;
    this.#links = links;
  }

  /** Notes the refusal in message `index` of a parsed batch. */
  note(batch: Batch, index: number): void {
    const { columns } = batch;
    const rule = columns.rule[index]!;
    this.#counters.refusals[rule]!++;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    if (this.#lines >= LINES_MAX) {
      this.#leftOut++;
      return;
    }
    this.#lines++;
    const { reason, code, text } = RULES[rule]!;
    const [field, offset] = [columns.refusedField[index]!, columns.refusedAt[index]!];
    const where = field === 0 ? { offset } : { field, offset };
    const leftOut = this.#leftOut === 0 ? undefined : this.#leftOut;
    this.#leftOut = 0;
    this.#log.warn(
      {
        link: this.#links[columns.listener[index]!],
        connection: columns.connection[index],
        reason,
        code,
        ...where,
        leftOut,
      },
      `message refused: ${text}`,
    );
  }
}
