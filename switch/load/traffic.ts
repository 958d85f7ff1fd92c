import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { Choice } from './choice.js';
import { FrameTemplate } from './frame-template.js';
import type { Link } from './link.js';
import type { SeededRandom } from './random.js';

/** What to send: gathers the next message of a link, due at `intendedMs` on the monotonic clock. */
export interface Traffic {
  next(link: Link, intendedMs: number): void;
}

/** Amounts of the plain traffic, in minor units: 1.00 to 50.00. */
const AMOUNT_MIN = 100;
const AMOUNT_SPAN = 4901;

/** Fields of a plain chip purchase at a restaurant; the rest is patched into each copy. */
const PURCHASE: Readonly<Record<number, string>> = {
  3: '000000',
  14: '0000',
  18: '5812',
  22: '051',
  25: '00',
  41: 'TERM0001',
  42: 'MERCHANT0000001',
  43: 'LE COMPTOIR              PARIS        FR',
};

/** One kind of message, authorisations of chip purchases, each of which must get the expected code. */
export function purchaseTraffic(
  dialect: CompiledDialect,
  panLength: number,
  cards: Choice,
  random: SeededRandom,
  expectedCode: number,
): Traffic {
  const template = new FrameTemplate(dialect, { mti: '0100', fields: PURCHASE }, panLength);
  return {
    next(link, intendedMs) {
      const amountMinor = AMOUNT_MIN + random.below(AMOUNT_SPAN);
      link.authorise(template, 0, cards.next(), amountMinor, intendedMs, expectedCode);
    },
  };
}
