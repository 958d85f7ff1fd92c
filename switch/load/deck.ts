import type { FrameTemplate } from './frame-template.js';
import { LoadError } from './load-error.js';

/** A card as `holdfast demo cards --json` lists it; `expiry` is YYMM, `available` in minor units. */
export interface LoadCard {
  readonly tenant: string;
  readonly pan: string;
  readonly expiry: string;
  readonly currency: string;
  readonly available: number;
}

const EXPIRY_BYTES = 4;
const CURRENCY_BYTES = 3;

/** Cards as bytes, ready to be copied into a frame. */
export class Deck {
  readonly count: number;
  /** One length for all, so that one template fits every card. */
  readonly panLength: number;
  readonly #pans: Buffer;
  readonly #expiries: Buffer;
  readonly #currencies: Buffer;

  /** @throws LoadError `HF_LOAD_CARDS` without cards, or where PANs differ in length */
  constructor(cards: readonly LoadCard[]) {
    const first = cards[0];
    if (first === undefined) throw new LoadError('HF_LOAD_CARDS', 'a load needs at least one card');
    this.count = cards.length;
    this.panLength = first.pan.length;
    for (const { pan, expiry, currency } of cards) {
      if (
        pan.length !== this.panLength ||
        expiry.length !== EXPIRY_BYTES ||
        currency.length !== CURRENCY_BYTES
      ) {
        throw new LoadError(
          'HF_LOAD_CARDS',
          `PANs are of one length, expiries YYMM, currencies three digits`,
        );
      }
    }
    this.#pans = Buffer.from(cards.map((card) => card.pan).join(''), 'latin1');
    this.#expiries = Buffer.from(cards.map((card) => card.expiry).join(''), 'latin1');
    this.#currencies = Buffer.from(cards.map((card) => card.currency).join(''), 'latin1');
  }

  /** Puts a card into the frame that was copied from `template` to `bytes[at]`: DE2, DE14 and DE49. */
  put(bytes: Uint8Array, at: number, template: FrameTemplate, card: number): void {
    copy(this.#pans, card, this.panLength, bytes, at + template.pan);
    if (template.expiry > 0) copy(this.#expiries, card, EXPIRY_BYTES, bytes, at + template.expiry);
    copy(this.#currencies, card, CURRENCY_BYTES, bytes, at + template.currency);
  }
}

function copy(from: Uint8Array, card: number, width: number, to: Uint8Array, at: number): void {
  const start = card * width;
  for (let index = 0; index < width; index++) to[at + index] = from[start + index]!;
}
