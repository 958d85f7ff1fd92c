/** What may not be shown of a data object of a chip; `private` is about the cardholder. */
export type TagSensitivity = 'none' | 'pan' | 'track1' | 'track2' | 'pin' | 'private';

/** A data object of a chip card. */
export interface EmvTag {
  /** Upper-case hexadecimal digits. */
  readonly tag: string;
  /** EMV Book 3 clause 4.3: n (digits, right), cn (digits, left, F behind), an, ans, a, b, or t for a template. */
  readonly format: string;
  readonly sensitivity: TagSensitivity;
  readonly name: string;
}

/**
 * EMV 4.4 Book 3 annex A and Book 4 annex A, EMV contactless Book A and C-2 (Mastercard) and C-3 (Visa), ISO/IEC
 * 7816-6, and tags that Visa, Mastercard, Amex, Discover, JCB and UnionPay publish. One a line: tag, format,
 * sensitivity, name.
 */
const TAGS = `
06 b none Object identifier
41 b none Country code and national data
42 n none Issuer identification number
43 b none Card service data
45 b none Card issuer's data
4F b none Application identifier (ADF name)
50 ans none Application label
51 b none Path
52 b none Command to perform
53 b none Discretionary data
56 ans track1 Track 1 data
57 b track2 Track 2 equivalent data
5A cn pan Application PAN
5B ans private Name of an individual
5F20 ans private Cardholder name
5F24 n none Application expiration date
5F25 n none Application effective date
5F28 n none Issuer country code
5F2A n none Transaction currency code
5F2D an none Language preference
5F30 n none Service code
5F34 n none PAN sequence number
5F36 n none Transaction currency exponent
5F50 ans none Issuer URL
5F53 b private International bank account number (IBAN)
5F54 an none Bank identifier code (BIC)
5F55 a none Issuer country code, two letters
5F56 a none Issuer country code, three letters
5F57 n none Account type
61 t none Application template
62 t none File control parameters
6F t none File control information (FCI) template
70 t none Read record response template
71 t none Issuer script template 1
72 t none Issuer script template 2
73 t none Directory discretionary template
77 t none Response message template format 2
80 b none Response message template format 1
81 b none Amount, authorised (binary)
82 b none Application interchange profile (AIP)
83 b none Command template
84 b none Dedicated file (DF) name
86 b none Issuer script command
87 b none Application priority indicator
88 b none Short file identifier (SFI)
89 b none Authorisation code
8A an none Authorisation response code
8C b none Card risk management data object list 1 (CDOL1)
8D b none Card risk management data object list 2 (CDOL2)
8E b none Cardholder verification method (CVM) list
8F b none Certification authority public key index
90 b none Issuer public key certificate
91 b none Issuer authentication data
92 b none Issuer public key remainder
93 b none Signed static application data
94 b none Application file locator (AFL)
95 b none Terminal verification results (TVR)
97 b none Transaction certificate data object list (TDOL)
98 b none Transaction certificate hash value
99 b pin Transaction PIN data
9A n none Transaction date
9B b none Transaction status information (TSI)
9C n none Transaction type
9D b none Directory definition file (DDF) name
9F01 n none Acquirer identifier
9F02 n none Amount, authorised
9F03 n none Amount, other
9F04 b none Amount, other (binary)
9F05 b none Application discretionary data
9F06 b none Application identifier (AID), terminal
9F07 b none Application usage control
9F08 b none Application version number, card
9F09 b none Application version number, terminal
9F0A b none Application selection registered proprietary data
9F0B ans private Cardholder name, extended
9F0C b none Issuer identification number, extended
9F0D b none Issuer action code, default
9F0E b none Issuer action code, denial
9F0F b none Issuer action code, online
9F10 b none Issuer application data
9F11 n none Issuer code table index
9F12 ans none Application preferred name
9F13 b none Last online application transaction counter register
9F14 b none Lower consecutive offline limit
9F15 n none Merchant category code
9F16 ans none Merchant identifier
9F17 b none PIN try counter
9F18 b none Issuer script identifier
9F19 n none Token requestor identifier
9F1A n none Terminal country code
9F1B b none Terminal floor limit
9F1C an none Terminal identification
9F1D b none Terminal risk management data
9F1E an none Interface device serial number
9F1F ans track1 Track 1 discretionary data
9F20 cn track2 Track 2 discretionary data
9F21 n none Transaction time
9F22 b none Certification authority public key index, terminal
9F23 b none Upper consecutive offline limit
9F24 an none Payment account reference
9F25 n none Last four digits of PAN
9F26 b none Application cryptogram
9F27 b none Cryptogram information data
9F29 b none Extended selection
9F2A b none Kernel identifier
9F2D b none ICC PIN encipherment public key certificate
9F2E b none ICC PIN encipherment public key exponent
9F2F b none ICC PIN encipherment public key remainder
9F32 b none Issuer public key exponent
9F33 b none Terminal capabilities
9F34 b none Cardholder verification method (CVM) results
9F35 n none Terminal type
9F36 b none Application transaction counter (ATC)
9F37 b none Unpredictable number
9F38 b none Processing options data object list (PDOL)
9F39 n none Point of service (POS) entry mode
9F3A b none Amount, reference currency
9F3B n none Application reference currency
9F3C n none Transaction reference currency code
9F3D n none Transaction reference currency exponent
9F40 b none Additional terminal capabilities
9F41 n none Transaction sequence counter
9F42 n none Application currency code
9F43 n none Application reference currency exponent
9F44 n none Application currency exponent
9F45 b none Data authentication code
9F46 b none ICC public key certificate
9F47 b none ICC public key exponent
9F48 b none ICC public key remainder
9F49 b none Dynamic data authentication data object list (DDOL)
9F4A b none Static data authentication tag list
9F4B b none Signed dynamic application data
9F4C b none ICC dynamic number
9F4D b none Log entry
9F4E ans none Merchant name and location
9F4F b none Log format
9F50 b none Offline accumulator balance
9F51 n none Application currency code or DRDOL
9F52 b none Card verification results or application default action
9F53 an none Transaction category code
9F54 n none Cumulative total transaction amount limit
9F55 b none Geographic indicator
9F56 b none Issuer authentication indicator
9F57 n none Issuer country code
9F58 b none Lower consecutive transaction limit
9F59 b none Upper consecutive transaction limit
9F5A b none Application program identifier
9F5B b none Issuer script results
9F5C n none Cumulative total transaction amount upper limit
9F5D n none Available offline spending amount
9F5E b none Data storage identifier
9F5F b none Data storage slot availability
9F60 b none CVC3, track 1
9F61 b private CVC3, track 2, or cardholder identity number
9F62 b none PCVC3, track 1
9F63 b none PUNATC, track 1, or card product identification
9F64 b none NATC, track 1
9F65 b none PCVC3, track 2
9F66 b none Terminal transaction qualifiers (TTQ)
9F67 b none NATC, track 2
9F68 b none Card additional processes
9F69 b none UDOL or card authentication related data
9F6A n none Unpredictable number, numeric
9F6B b track2 Track 2 data
9F6C b none Card transaction qualifiers (CTQ)
9F6D b none Magnetic stripe application version number
9F6E b none Form factor indicator or third party data
9F6F b none Data storage slot management control
9F70 b none Protected data envelope 1
9F71 b none Protected data envelope 2
9F72 b none Protected data envelope 3
9F73 b none Protected data envelope 4
9F74 an none Voice or electronic cash authorisation code
9F75 b none Unprotected data envelope 1
9F76 b none Unprotected data envelope 2
9F77 n none Funds limit
9F78 n none Single transaction limit
9F79 n none Balance
9F7A n none Very low value indicator or electronic cash indicator
9F7B n none Very low value available funds
9F7C b none Customer exclusive data or merchant custom data
9F7D b none Data storage summary 1
9F7E b none Mobile support indicator
9F7F b none Card production life cycle data
A5 t none FCI proprietary template
BF0C t none FCI issuer discretionary data
C0 b none Issuer proprietary data or secondary PIN block
DF01 b none Reference control parameter
DF60 b none DS input, card
DF61 b none DS digest H
DF62 b none DS ODS info
DF63 b none DS ODS term
DF8104 n none Balance read before generate AC
DF8105 n none Balance read after generate AC
DF8106 b none Data needed
DF8107 b none CDOL1 related data
DF8108 b none DS AC type
DF8109 b none DS input, terminal
DF810A b none DS ODS info for reader
DF810B b none DS summary status
DF810C b none Kernel identifier
DF810D b none DSVN term
DF810E b none Post-generate AC data exchange status
DF810F b none Pre-generate AC data exchange status
DF8110 b none Proceed to first write flag
DF8111 b none PDOL related data
DF8112 b none Tags to read
DF8113 b none DRDOL related data
DF8114 b none Reference control parameter
DF8115 b none Error indication
DF8116 b none User interface request data
DF8117 b none Card data input capability
DF8118 b none CVM capability, CVM required
DF8119 b none CVM capability, no CVM required
DF811A b none Default UDOL
DF811B b none Kernel configuration
DF811C b none Maximum lifetime of torn transaction record
DF811D b none Maximum number of torn transaction records
DF811E b none Magnetic stripe CVM capability, CVM required
DF811F b none Security capability
DF8120 b none Terminal action code, default
DF8121 b none Terminal action code, denial
DF8122 b none Terminal action code, online
DF8123 n none Reader contactless floor limit
DF8124 n none Reader contactless transaction limit, no on-device CVM
DF8125 n none Reader contactless transaction limit, on-device CVM
DF8126 n none Reader CVM required limit
DF8127 b none Time-out value
DF8128 b none IDS status
DF8129 b none Outcome parameter set
DF812A b track1 Discretionary data of track 1, card
DF812B b track2 Discretionary data of track 2, card
DF812C b none Magnetic stripe CVM capability, no CVM required
DF812D b none Message hold time
FF8105 t private Data record
FF8106 t private Discretionary data
`;

/** By tag. */
export const EMV_TAGS: ReadonlyMap<string, EmvTag> = new Map(
  TAGS.trim()
    .split('\n')
    .map((line) => {
      const [tag, format, sensitivity, ...name] = line.split(' ');
      const entry = { tag, format, sensitivity, name: name.join(' ') } as EmvTag;
      return [entry.tag, entry];
    }),
);

/**
 * The data object of a tag (upper-case hexadecimal digits); undefined where nobody publishes it. Bytes that may
 * hold a PAN, as a proprietary tag's may, are the caller's to search.
 */
export function emvTag(tag: string): EmvTag | undefined {
  return EMV_TAGS.get(tag);
}

/** Whether a BER tag holds data objects: bit 6 of its first byte (ISO/IEC 8825-1 clause 8.1.2.5). */
export function isTemplate(tag: string): boolean {
  return (Number.parseInt(tag.slice(0, 2), 16) & 0x20) !== 0;
}
