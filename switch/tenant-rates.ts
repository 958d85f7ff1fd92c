import type { Rate } from '../ledger/rates.js';
import { currencyOf } from '../parsers/meaning/currencies.js';
import { rateNumber } from '../tenants/rate-number.js';
import { type Tenant, TenantError } from '../tenants/tenant.js';

const BASIS_POINTS_A_PERCENT = 100;

/** A rate between two currencies, by ISO 4217 numbers. */
export interface PairRate extends Rate {
  readonly from: number;
  readonly to: number;
}

/**
 * A tenant's rates as the ledger takes them.
 * @throws TenantError `HF_TENANT_INVALID` when one is between currencies that ISO 4217 does not know
 */
export function tenantRates({ name, rates = [] }: Tenant): PairRate[] {
  const exponent = (code: string, place: string): number => {
    const currency = currencyOf(code);
    if (currency !== undefined) return currency.exponent;
    const text = `ISO 4217 has no currency ${code}`;
    throw new TenantError({ source: name, path: place, rule: 'INVALID', text });
  };
  return rates.map(({ from, to, rate, spreadPercent = 0 }, index) => ({
    from: Number(from),
    to: Number(to),
    rate: rateNumber(rate)!,
    exponents: exponent(to, `rates[${index}].to`) - exponent(from, `rates[${index}].from`),
    spread: Math.round(spreadPercent * BASIS_POINTS_A_PERCENT),
  }));
}
