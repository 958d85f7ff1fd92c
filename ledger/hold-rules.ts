const MCCS = 10_000;
const MINUTES_A_DAY = 1440;

/** What a network asks for where a tenant says nothing: seven days (Visa, Mastercard: final authorisations). */
export const HOLD_MINUTES = 7 * MINUTES_A_DAY;

/** One rule, as a command has it. */
export interface HoldRule {
  readonly mcc: number;
  readonly mccTo: number;
  readonly holdMinutes: number;
  readonly estimateMinutes: number;
  readonly tolerance: number;
  readonly toleranceAmount: number;
}

/** How long holds last and by how much a clearing may exceed them, by merchant category (ISO 18245). */
export class HoldRules {
  /** Minutes, by MCC. */
  readonly minutes = new Uint32Array(MCCS).fill(HOLD_MINUTES);
  readonly estimateMinutes = new Uint32Array(MCCS).fill(HOLD_MINUTES);
  /** Hundredths of a per cent, by MCC. */
  readonly tolerance = new Uint16Array(MCCS);
  /**
   * Minor units of the account's currency, by MCC; the greater of the two counts. A fuel pump asks for one unit, to
   * see whether the card is good, and clears what was pumped.
   */
  readonly toleranceAmount = new Uint32Array(MCCS);

  /** All that a rule says, by MCC. */
  get columns(): readonly (Uint32Array | Uint16Array)[] {
    return [this.minutes, this.estimateMinutes, this.tolerance, this.toleranceAmount];
  }

  /** Takes over the rule of a command for its range of merchant categories, both ends within. */
  set(rule: HoldRule): void {
    const { mcc, mccTo } = rule;
    this.minutes.fill(rule.holdMinutes, mcc, mccTo + 1);
    this.estimateMinutes.fill(rule.estimateMinutes, mcc, mccTo + 1);
    this.tolerance.fill(rule.tolerance, mcc, mccTo + 1);
    this.toleranceAmount.fill(rule.toleranceAmount, mcc, mccTo + 1);
  }

  equals(other: HoldRules): boolean {
    return (
      same(this.minutes, other.minutes) &&
      same(this.estimateMinutes, other.estimateMinutes) &&
      same(this.tolerance, other.tolerance) &&
      same(this.toleranceAmount, other.toleranceAmount)
    );
  }
}

function same(one: Uint32Array | Uint16Array, other: Uint32Array | Uint16Array): boolean {
  return one.every((value, mcc) => value === other[mcc]);
}
