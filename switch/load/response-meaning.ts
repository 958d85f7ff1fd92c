/** DE39 as the switch uses it. */
const MEANINGS: Readonly<Record<string, string>> = {
  '00': 'approved',
  '12': 'unsupported transaction',
  '14': 'unknown card',
  '30': 'format error',
  '51': 'not enough',
  '54': 'expired card',
  '57': 'not permitted to the cardholder',
  '58': 'not permitted to the terminal',
  '61': 'above an amount limit',
  '62': 'blocked card',
  '65': 'above a count limit',
  '91': 'the ledger cannot commit',
  '94': 'duplicate with different content',
};

/** What a response code says; '' for one that the switch does not give. */
export function responseMeaning(code: string): string {
  return MEANINGS[code] ?? '';
}
