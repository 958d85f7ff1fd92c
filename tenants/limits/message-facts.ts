/**
 * What a message says of how it was made, by the numbers that commands and compiled rules have. They stand in the
 * journal, so they never change their meaning.
 */
export const ENTRY = {
  unknown: 0,
  manual: 1,
  magstripe: 2,
  chip: 3,
  contactless: 4,
  contactlessMagstripe: 5,
  ecommerce: 6,
  credentialOnFile: 7,
  fallback: 8,
} as const;

/** Bits. */
export const TRAIT = {
  cardPresent: 1,
  cardholderPresent: 2,
  strongAuthentication: 4,
  pin: 8,
  recurring: 16,
  walletToken: 32,
  credentialOnFile: 64,
} as const;
