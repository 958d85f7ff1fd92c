import { COUNT, type Counters, PERIOD } from './counters.js';
import type { Rule } from './rule.js';
import { WINDOW } from './window.js';

/** Periods may be so far apart that what they leave over would not be counted exactly any more. */
const CARRIED_MAX = 2 ** 50;

/** What a counter has at a moment; filled again for each. */
export class Tally {
  /** In minor units; of a lock, the merchant. */
  amount = 0;
  count = 0;
  /** What earlier periods left over. */
  carried = 0;
  #period = 0;
  #spent = 0;
  #left = 0;
  #began = false;

  clear(): void {
    this.amount = 0;
    this.count = 0;
    this.carried = 0;
    this.#period = 0;
    this.#spent = 0;
    this.#left = 0;
    this.#began = false;
  }

  /** Takes a slot of a rule's counter in; `period` is the one that is now. */
  take(rule: Rule, counters: Counters, row: number, slot: number, index: number, period: number): void {
    const stored = counters.slotWord(row, slot, PERIOD);
    const amount = counters.amount(row, slot);
    switch (rule.window.kind) {
      case WINDOW.trailing:
        if (stored + rule.window.buckets < period) return;
        this.amount += amount;
        this.count += counters.slotWord(row, slot, COUNT);
        return;
      case WINDOW.lifetime:
      case WINDOW.authentication:
        this.amount = amount;
        this.count = counters.slotWord(row, slot, COUNT);
        return;
      default:
        // The second slot is what was carried into the first one's period.
        if (index === 1) this.#left = amount;
        else {
          this.#began = true;
          this.#period = stored;
          this.#spent = amount;
          if (stored !== period) return;
          this.amount = amount;
          this.count = counters.slotWord(row, slot, COUNT);
        }
    }
  }

  /** Works out what is carried into the period that is now. */
  close(rule: Rule, period: number): void {
    if (rule.carry < 0 || !this.#began) return;
    this.carried = this.#left;
    const passed = period - this.#period;
    if (passed <= 0) return;
    const left = Math.max(0, rule.amount + this.#left - this.#spent);
    this.carried = Math.min(rule.carry, CARRIED_MAX, left + (passed - 1) * rule.amount);
  }
}
