/** How long holds last, and what a clearing may exceed them by, for a range of merchant categories (ISO 18245). */
export interface HoldRuleDocument {
  /** `"5812"`, or both ends of a range as `"3501-3999"`. */
  readonly mcc: readonly string[];
  readonly hours: number;
  /** For a hold of an estimated amount; as `hours` when absent. */
  readonly estimateHours?: number;
  readonly tolerancePercent?: number;
  readonly toleranceMinor?: number;
}

const DAY = 24;
const LODGING = ['3501-3999', '7011'];
const VEHICLE_RENTAL = ['3351-3500', '7512', '7513', '7519'];
const CRUISES = ['4411'];
const RESTAURANTS = ['5812-5814'];
const TAXIS = ['4121'];
const BEAUTY = ['7230'];
const FUEL_PUMPS = ['5542'];
const EVERYWHERE = '0000-9999';

/** Whose rules a tenant's holds go by; of `plain`, everything lasts seven days. */
export const SCHEMES = ['visa', 'mastercard', 'plain'] as const;

/**
 * What the networks publish on the validity of authorisations and on what a clearing may exceed them by (Visa Core
 * Rules, 5.7.4 and 7.5; Mastercard Transaction Processing Rules, 2.1 and 3.1), as far as that is public; a tenant's own
 * rules come after, and win. A later rule of a list wins over the ones before it.
 */
export const HOLD_SCHEMES: Readonly<Record<(typeof SCHEMES)[number], readonly HoldRuleDocument[]>> = {
  visa: [
    { mcc: [EVERYWHERE], hours: 7 * DAY, estimateHours: 10 * DAY },
    { mcc: LODGING, hours: 7 * DAY, estimateHours: 30 * DAY, tolerancePercent: 15 },
    { mcc: VEHICLE_RENTAL, hours: 7 * DAY, estimateHours: 30 * DAY, tolerancePercent: 15 },
    { mcc: CRUISES, hours: 7 * DAY, estimateHours: 30 * DAY, tolerancePercent: 15 },
    { mcc: [...RESTAURANTS, ...TAXIS, ...BEAUTY], hours: 7 * DAY, tolerancePercent: 20 },
    { mcc: FUEL_PUMPS, hours: 2, toleranceMinor: 15_000 },
  ],
  mastercard: [
    { mcc: [EVERYWHERE], hours: 7 * DAY, estimateHours: 30 * DAY },
    { mcc: RESTAURANTS, hours: 7 * DAY, estimateHours: 30 * DAY, tolerancePercent: 20 },
    { mcc: [...LODGING, ...VEHICLE_RENTAL], hours: 30 * DAY, tolerancePercent: 15 },
    { mcc: FUEL_PUMPS, hours: 3 * DAY, toleranceMinor: 15_000 },
  ],
  plain: [{ mcc: [EVERYWHERE], hours: 7 * DAY }],
};
