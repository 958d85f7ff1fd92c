/** What a message type identifier says (ISO 8583:1987 clause 4.1, 1993 clause 4.1, 2003 clause 5.2). */
export interface MtiMeaning {
  readonly version: string;
  readonly class: string;
  readonly function: string;
  readonly origin: string;
}

const VERSIONS: Readonly<Record<string, string>> = {
  '0': 'ISO 8583:1987',
  '1': 'ISO 8583:1993',
  '2': 'ISO 8583:2003',
  '8': 'national use',
  '9': 'private use',
};

const CLASSES: Readonly<Record<string, string>> = {
  '1': 'authorisation',
  '2': 'financial',
  '3': 'file action',
  '4': 'reversal or chargeback',
  '5': 'reconciliation',
  '6': 'administrative',
  '7': 'fee collection',
  '8': 'network management',
};

const FUNCTIONS: Readonly<Record<string, string>> = {
  '0': 'request',
  '1': 'request response',
  '2': 'advice',
  '3': 'advice response',
  '4': 'notification',
  '5': 'notification acknowledgement',
  '6': 'instruction',
  '7': 'instruction acknowledgement',
  '8': 'positive acknowledgement',
  '9': 'negative acknowledgement',
};

/** Functions that an edition does not have; 1987 only knows requests and advices. */
const RESERVED: Readonly<Record<string, string>> = { '0': '46789', '1': '6789', '2': '89' };

const ORIGINS: Readonly<Record<string, string>> = {
  '0': 'acquirer',
  '1': 'acquirer, repeat',
  '2': 'issuer',
  '3': 'issuer, repeat',
  '4': 'other',
  '5': 'other, repeat',
};

const UNKNOWN = 'reserved';

/** The four parts of an MTI of four digits; a digit that the standard keeps for later is `reserved`. */
export function mtiMeaning(mti: string): MtiMeaning {
  const [version = '', messageClass = '', messageFunction = '', origin = ''] = mti;
  // Only 1987 writes acknowledgements of advices as 8 and 9, as some networks do (Mastercard 0180).
  const acknowledged = version === '0' && (messageFunction === '8' || messageFunction === '9');
  const reserved = !acknowledged && RESERVED[version]?.includes(messageFunction) === true;
  return {
    version: VERSIONS[version] ?? UNKNOWN,
    class: CLASSES[messageClass] ?? UNKNOWN,
    function: reserved ? UNKNOWN : (FUNCTIONS[messageFunction] ?? UNKNOWN),
    origin: ORIGINS[origin] ?? UNKNOWN,
  };
}

/** One line: `authorisation request, acquirer (ISO 8583:1987)`. */
export function mtiText(mti: string): string {
  const meaning = mtiMeaning(mti);
  return `${meaning.class} ${meaning.function}, ${meaning.origin} (${meaning.version})`;
}
