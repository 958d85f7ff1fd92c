/** What a processing code (DE3) says: a transaction, and the accounts it goes from and to. */
export interface ProcessingCode {
  readonly transaction: string;
  readonly from: string;
  readonly to: string;
}

/** ISO 8583:1987 table A.8 and 1993 table A.11: 00–19 debits, 20–29 credits, 30–39 inquiries, 40–49 transfers. */
const TRANSACTIONS: Readonly<Record<string, string>> = {
  '00': 'goods and services',
  '01': 'cash withdrawal',
  '02': 'debit adjustment',
  '03': 'cheque guarantee',
  '04': 'cheque verification',
  '05': 'eurocheque',
  '06': 'traveller cheque',
  '07': 'letter of credit',
  '08': 'giro',
  '09': 'goods and services with cashback',
  '10': 'account funding or non-cash financial instrument',
  '11': 'quasi-cash and scrip',
  '17': 'cash advance',
  '18': 'unique transaction',
  '20': 'returns',
  '21': 'deposit',
  '22': 'credit adjustment',
  '23': 'cheque deposit guarantee',
  '24': 'cheque deposit',
  '25': 'cheque cash deposit',
  '26': 'original credit or payment to a card',
  '28': 'payment or prepaid load',
  '29': 'funds disbursement',
  '30': 'available funds inquiry',
  '31': 'balance inquiry',
  '32': 'general account inquiry',
  '33': 'account verification',
  '38': 'card verification',
  '39': 'mini statement',
  '40': 'cardholder account transfer',
  '50': 'payment',
  '51': 'payment from a third party',
  '52': 'payment to a third party',
  '53': 'payment reversal',
  '54': 'bill payment',
  '72': 'prepaid activation',
  '90': 'PIN unblock',
  '91': 'PIN change',
  '92': 'PIN change',
};

const RANGES: readonly (readonly [from: number, to: number, name: string])[] = [
  [0, 19, 'debit'],
  [20, 29, 'credit'],
  [30, 39, 'inquiry'],
  [40, 49, 'transfer'],
];

/** ISO 8583:1987 table A.9; 1993 table A.11. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  '00': 'default account',
  '10': 'savings account',
  '20': 'cheque account',
  '30': 'credit facility',
  '40': 'universal account',
  '50': 'investment account',
  '60': 'stored value account',
};

/** The parts of a processing code of six digits. */
export function processingCode(code: string): ProcessingCode {
  const transaction = code.slice(0, 2);
  const range = RANGES.find(([from, to]) => Number(transaction) >= from && Number(transaction) <= to);
  return {
    transaction: TRANSACTIONS[transaction] ?? (range ? `${range[2]}, not in the standard` : 'private use'),
    from: account(code.slice(2, 4)),
    to: account(code.slice(4, 6)),
  };
}

function account(code: string): string {
  return ACCOUNTS[code] ?? ACCOUNTS[`${code[0]}0`] ?? 'private use';
}

/** One line: `goods and services, from cheque account`; default accounts go without saying. */
export function processingCodeText(code: string): string {
  const { transaction, from, to } = processingCode(code);
  const parts = [transaction];
  if (code.slice(2, 4) !== '00') parts.push(`from ${from}`);
  if (code.slice(4, 6) !== '00') parts.push(`to ${to}`);
  return parts.join(', ');
}
