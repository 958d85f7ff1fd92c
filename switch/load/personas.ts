/** One kind of purchase that a tenant's cardholders make; amounts in minor units. */
export interface Purchase {
  /** How often, relative to the tenant's other kinds. */
  readonly weight: number;
  readonly processingCode: string;
  readonly mcc: string;
  readonly entryMode: string;
  readonly condition: string;
  /** DE52, where the cardholder gives a PIN. */
  readonly pinBlock?: string;
  readonly amountMin: number;
  readonly amountMax: number;
  readonly merchant: string;
}

/** How a tenant's cards are used: how much of all traffic is theirs, relative to the others, and for what. */
export interface Persona {
  readonly share: number;
  readonly purchases: readonly Purchase[];
}

/** Stands for one that a PIN pad has encrypted: no PIN is verified here, but that there is one frees contactless again. */
const pinBlock = '0123456789ABCDEF';
const CHIP = { processingCode: '000000', entryMode: '051', condition: '00', pinBlock } as const;
const CONTACTLESS = { processingCode: '000000', entryMode: '071', condition: '00' } as const;
const ECOMMERCE = { processingCode: '000000', entryMode: '812', condition: '59' } as const;
const CASH = { processingCode: '010000', entryMode: '051', condition: '00', pinBlock, mcc: '6011' } as const;

const groceries = { mcc: '5411', merchant: 'MARCHE DU COIN           PARIS        FR' } as const;
const restaurant = { mcc: '5812', merchant: 'LE COMPTOIR              LYON         FR' } as const;
const bakery = { mcc: '5462', merchant: 'AU BON PAIN              NANTES       FR' } as const;
const games = { mcc: '5816', merchant: 'ARCADE EN LIGNE          DUBLIN       IE' } as const;
const clothes = { mcc: '5651', merchant: 'LA GARDE ROBE            LILLE        FR' } as const;
const software = { mcc: '5734', merchant: 'CLOUD OUTILS             AMSTERDAM    NL' } as const;
const train = { mcc: '4112', merchant: 'GARE DE BORDEAUX         BORDEAUX     FR' } as const;
const hotel = { mcc: '7011', merchant: 'HOTEL DES ARTS           BERLIN       DE' } as const;
const cashMachine = { merchant: 'DISTRIBUTEUR 24H         PARIS        FR' } as const;

/** The demo tenants' cardholders; `share` follows the number of users each has in the story. */
export const PERSONAS: Readonly<Record<string, Persona>> = {
  lydia: {
    share: 40,
    purchases: [
      { weight: 6, ...CONTACTLESS, ...bakery, amountMin: 90, amountMax: 2500 },
      { weight: 2, ...ECOMMERCE, ...clothes, amountMin: 900, amountMax: 9000 },
      { weight: 2, ...CHIP, ...groceries, amountMin: 800, amountMax: 8000 },
    ],
  },
  lunchr: {
    share: 20,
    purchases: [
      { weight: 7, ...CHIP, ...restaurant, amountMin: 700, amountMax: 2400 },
      { weight: 2, ...CHIP, ...groceries, amountMin: 400, amountMax: 1900 },
      { weight: 1, ...CHIP, ...clothes, amountMin: 1500, amountMax: 4000 },
    ],
  },
  qonto: {
    share: 12,
    purchases: [
      { weight: 4, ...ECOMMERCE, ...software, amountMin: 1000, amountMax: 40_000 },
      { weight: 3, ...CHIP, ...train, amountMin: 1500, amountMax: 18_000 },
      { weight: 1, ...CHIP, ...hotel, amountMin: 8000, amountMax: 45_000 },
    ],
  },
  shine: {
    share: 8,
    purchases: [
      { weight: 3, ...CASH, ...cashMachine, amountMin: 2000, amountMax: 20_000 },
      { weight: 4, ...CHIP, ...groceries, amountMin: 500, amountMax: 12_000 },
      { weight: 2, ...ECOMMERCE, ...software, amountMin: 500, amountMax: 15_000 },
    ],
  },
  xaalys: {
    share: 5,
    purchases: [
      { weight: 5, ...ECOMMERCE, ...games, amountMin: 99, amountMax: 3000 },
      { weight: 4, ...CONTACTLESS, ...bakery, amountMin: 90, amountMax: 1200 },
    ],
  },
  pixpay: {
    share: 5,
    purchases: [
      { weight: 5, ...CONTACTLESS, ...bakery, amountMin: 90, amountMax: 1500 },
      { weight: 3, ...CHIP, ...clothes, amountMin: 900, amountMax: 5000 },
    ],
  },
  xpollens: {
    share: 5,
    purchases: [
      { weight: 5, ...CHIP, ...groceries, amountMin: 500, amountMax: 12_000 },
      { weight: 2, ...CASH, ...cashMachine, amountMin: 2000, amountMax: 10_000 },
    ],
  },
  linxo: {
    share: 3,
    purchases: [{ weight: 1, ...CHIP, ...groceries, amountMin: 300, amountMax: 6000 }],
  },
  treezor: {
    share: 2,
    purchases: [{ weight: 1, ...CHIP, ...train, amountMin: 1000, amountMax: 10_000 }],
  },
};

/** Tenants of the user's own, which no story tells about. */
export const ANYONE: Persona = {
  share: 5,
  purchases: [{ weight: 1, ...CHIP, ...groceries, amountMin: 200, amountMax: 5000 }],
};
