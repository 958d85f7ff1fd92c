import { CARD_STATUS, RESPONSE } from './command.js';
import type { TenantState } from './tenant-state.js';

/**
 * How a request for a card in each status is answered, by number of {@link CARD_STATUS}. Lost and stolen ask for the card
 * to be kept (ISO 8583:1987 table A.10). 78 is what networks say of a card that is not activated yet. For a closed card
 * there is 14, which every edition knows and networks take as "never again"; their 46 says that the account is closed,
 * which goes on here.
 */
const CODES: readonly number[] = [
  RESPONSE.approved,
  RESPONSE.restrictedCard,
  RESPONSE.restrictedCard,
  RESPONSE.cardNotActive,
  RESPONSE.lostCard,
  RESPONSE.stolenCard,
  RESPONSE.noSuchCard,
  RESPONSE.expiredCard,
];

const { active, blocked, frozen, lost, stolen, closed, expired } = CARD_STATUS;
const ENDS = [lost, stolen, closed];

/** What each status may become, by number. From those that end a card's life there is no way back: a new one is issued. */
const NEXT: readonly (readonly number[])[] = [
  [blocked, frozen, expired, ...ENDS],
  [active, frozen, expired, ...ENDS],
  [active, blocked, expired, ...ENDS],
  [active, blocked, expired, ...ENDS],
  [],
  [],
  [],
  // When it is renewed.
  [active, ...ENDS],
];

/** Whether that is the number of a status. */
export function isCardStatus(status: number): boolean {
  return CODES[status] !== undefined;
}

/** Whether a card in one status may be given another; the same again may always be. */
export function mayBecome(status: number, next: number): boolean {
  return status === next ? isCardStatus(status) : (NEXT[status]?.includes(next) ?? false);
}

/**
 * What stands against a card of itself, or a second number of it, in the order in which it is looked for; 00 when nothing
 * does.
 *
 * @param channel bit of the one that the message came through
 * @param given the expiry that the message has, YYMM; 0 for none
 * @param month the one that is now, YYMM
 */
export function refusalOf(
  { cards, limits }: TenantState,
  card: number,
  channel: number,
  given: number,
  month: number,
): number {
  const expiry = cards.expiry(card);
  if (expiry < month) return RESPONSE.expiredCard;
  // Who has not got the renewed card yet pays with the one of before, for as long as that lasts.
  const renewed = given === cards.previousExpiry(card) && given >= month;
  if (given !== 0 && given !== expiry && !renewed) return RESPONSE.expiredCard;
  const code = CODES[cards.status(card)]!;
  if (code !== RESPONSE.approved) return code;
  if ((limits.channels & channel) === 0) return RESPONSE.notPermittedToTerminal;
  return (cards.channels(card) & channel) === 0 ? RESPONSE.notPermittedToCardholder : RESPONSE.approved;
}
