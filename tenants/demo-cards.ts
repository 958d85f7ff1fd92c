import { createHash } from 'node:crypto';
import { type Channel, channelMask } from './channel.js';
import { luhnDigit } from './luhn.js';
import { type Tenant, TenantError } from './tenant.js';

/** Of every demo card: 9 and then a country's number (ISO/IEC 7812-1:2017), and 999 is no country's (ISO 3166-1). */
export const TEST_BIN_PREFIX = '9999';

/** 7 digits stand between the BIN and the check digit of a 16-digit PAN. */
const SERIALS = 10_000_000;
/** Serials from here on belong to the cards that decline. */
const DECLINE_SERIALS_FROM = SERIALS - 1000;
/** Greatest number of demo cards of a tenant. */
export const DEMO_CARDS_MAX = DECLINE_SERIALS_FROM;

/** A synthetic card. `expiry` is YYMM, `balanceMinor` in minor units, `channels` a mask of {@link channelMask}. */
export interface DemoCard {
  readonly pan: string;
  readonly expiry: string;
  readonly balanceMinor: number;
  readonly channels: number;
  readonly status: 'active' | 'blocked' | 'lost' | 'stolen' | 'inactive';
}

/** A card for trying one decline: a small purchase on `channel` is answered with `declines` (DE39). */
export interface DeclineCard extends DemoCard {
  readonly declines: '14' | '41' | '43' | '51' | '54' | '57' | '62' | '78';
  readonly channel: Channel;
  readonly note: string;
}

/**
 * The tenant's first `count` demo cards: always the same for its name and BIN, and all usable on each of its
 * channels.
 * @throws TenantError `HF_TENANT_INVALID` when its first BIN is a real one
 * @throws RangeError when `count` is above {@link DEMO_CARDS_MAX}
 */
export function demoCards(tenant: Tenant, count: number): DemoCard[] {
  if (!Number.isInteger(count) || count < 0 || count > DEMO_CARDS_MAX) {
    throw new RangeError(`a tenant has 0 to ${DEMO_CARDS_MAX} demo cards, not ${count}`);
  }
  const maker = new CardMaker(tenant);
  return Array.from({ length: count }, (_, serial) => maker.card(serial));
}

/**
 * One card for each reason to decline that a card can have, with PANs apart from those of {@link demoCards}.
 * The one that `declines` with 14 has a right PAN and is issued to nobody: it must not be put in the ledger.
 * @throws TenantError `HF_TENANT_INVALID` when its first BIN is a real one
 */
export function declineCards(tenant: Tenant): DeclineCard[] {
  const maker = new CardMaker(tenant);
  const usable = tenant.channels.includes('pos') ? 'pos' : tenant.channels[0]!;
  // Where the tenant has one channel only, its card has none.
  const off = tenant.channels.includes('ecommerce')
    ? 'ecommerce'
    : (tenant.channels.findLast((channel) => channel !== usable) ?? usable);
  const allowed = channelMask(tenant.channels.filter((channel) => channel !== off));
  const kinds = [
    { declines: '62', channel: usable, note: 'blocked by its issuer', status: 'blocked' },
    { declines: '54', channel: usable, note: 'expired in January 2020', expiry: '2001' },
    { declines: '51', channel: usable, note: 'a balance of one minor unit', balanceMinor: 1 },
    {
      declines: '57',
      channel: off,
      note: `${off} is off for this card, not for the tenant`,
      channels: allowed,
    },
    { declines: '14', channel: usable, note: 'never issued: the PAN is right, the card unknown' },
    { declines: '41', channel: usable, note: 'lost: to be kept', status: 'lost' },
    { declines: '43', channel: usable, note: 'stolen: to be kept', status: 'stolen' },
    { declines: '78', channel: usable, note: 'issued, and not activated yet', status: 'inactive' },
  ] as const;
  return kinds.map((kind, index) => ({ ...maker.card(DECLINE_SERIALS_FROM + index), ...kind }));
}

/**
 * Makes sure that a tenant's cards can't be anybody's, since demo cards are listed in clear.
 * @throws TenantError `HF_TENANT_INVALID` at a BIN range that is not wholly within {@link TEST_BIN_PREFIX}
 */
export function requireTestBins(tenant: Tenant): void {
  for (const [index, bins] of tenant.bins.entries()) {
    if (bins.every((bin) => bin.startsWith(TEST_BIN_PREFIX))) continue;
    throw new TenantError({
      source: `tenant '${tenant.name}'`,
      path: `bins[${index}]`,
      rule: 'INVALID',
      text: `demo cards are made only in BINs that begin with ${TEST_BIN_PREFIX}; set demo: false for real BINs`,
    });
  }
}

class CardMaker {
  readonly #seed: number;
  readonly #bin: string;
  readonly #channels: number;
  readonly #leastMinor: number;
  readonly #balances: number;

  constructor(tenant: Tenant) {
    requireTestBins(tenant);
    const { limits } = tenant;
    const [least, greatest] = tenant.demoBalanceMinor ?? [limits.perTransactionMinor, limits.perDayMinor];
    this.#seed = createHash('sha256').update(tenant.name).digest().readUInt32BE();
    this.#bin = tenant.bins[0]![0];
    this.#channels = channelMask(tenant.channels);
    this.#leastMinor = least;
    this.#balances = Math.max(0, greatest - least) + 1;
  }

  card(serial: number): DemoCard {
    const body = this.#bin + String(this.#scatter(serial)).padStart(7, '0');
    const drawn = mix(this.#seed ^ mix(serial));
    const month = drawn % 36;
    return {
      pan: body + luhnDigit(body),
      expiry: `${30 + Math.floor(month / 12)}${String((month % 12) + 1).padStart(2, '0')}`,
      balanceMinor: this.#leastMinor + Math.floor((mix(drawn) / 2 ** 32) * this.#balances),
      channels: this.#channels,
      status: 'active',
    };
  }

  /** A permutation of the serials, as 7,654,321 has no factor in common with 10⁷: no two cards get one PAN. */
  #scatter(serial: number): number {
    return (serial * 7_654_321 + this.#seed) % SERIALS;
  }
}

/** The finaliser of MurmurHash3: every bit of the word changes about half of the others. */
function mix(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
