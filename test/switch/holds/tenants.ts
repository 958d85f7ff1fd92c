import type { TenantDocument } from '../../../tenants/tenant.js';

const CHANNELS = ['pos', 'ecommerce', 'atm'] as const;
const LIMITS = { perTransactionMinor: 500_000, perDayMinor: 2_000_000, perDayCount: 2000 };
/** For `TimedSwitch.pass`. */
const CANARY = { mcc: ['9999'], hours: 1 };

/** Four issuers, by name; every card of theirs has 1000 units of their currency. */
export const TENANTS = {
  /** Holds by the rules of Visa, but for one merchant category of its own. */
  bank: {
    bins: [['99990901', '99990901']],
    currency: '978',
    limits: LIMITS,
    channels: [...CHANNELS],
    holds: { scheme: 'visa', rules: [CANARY, { mcc: ['5813'], hours: 48, tolerancePercent: 50 }] },
    rates: [
      { from: '840', to: '978', rate: '0.9', spreadPercent: 2 },
      { from: '392', to: '978', rate: '0.0061' },
      { from: '414', to: '978', rate: '2.9985' },
    ],
    demoBalanceMinor: [100_000, 100_000],
  },
  /** Holds by the rules of Mastercard. */
  club: {
    bins: [['99990902', '99990902']],
    currency: '978',
    limits: LIMITS,
    channels: [...CHANNELS],
    holds: { scheme: 'mastercard', rules: [CANARY] },
    demoBalanceMinor: [100_000, 100_000],
  },
  /** In yen, which have no minor unit. */
  tokyo: {
    bins: [['99990903', '99990903']],
    currency: '392',
    limits: LIMITS,
    channels: [...CHANNELS],
    holds: { rules: [CANARY] },
    rates: [{ from: '978', to: '392', rate: '163.5' }],
    demoBalanceMinor: [1000, 1000],
  },
  /** In dinars of a thousand fils. */
  kuwait: {
    bins: [['99990904', '99990904']],
    currency: '414',
    limits: { ...LIMITS, perTransactionMinor: 999_999_999_999, perDayMinor: 999_999_999_999 },
    channels: [...CHANNELS],
    holds: { rules: [CANARY] },
    demoBalanceMinor: [1_000_000, 1_000_000],
  },
} satisfies Readonly<Record<string, Omit<TenantDocument, 'name'>>>;

export type TenantName = keyof typeof TENANTS;
