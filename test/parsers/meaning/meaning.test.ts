import t from 'tap';
import {
  ACTION_CODES,
  bitNames,
  COUNTRIES,
  CURRENCIES,
  cardVerification,
  countryOf,
  currencyOf,
  decimalAmount,
  EMV_TAGS,
  emvMeaning,
  emvTag,
  entryModeText,
  fieldMeaning,
  isTemplate,
  MERCHANT_CATEGORIES,
  merchantCategory,
  mtiMeaning,
  mtiText,
  pointOfServiceText,
  posBitsText,
  posDataCode,
  processingCode,
  processingCodeText,
  RESPONSE_CODES,
  responseText,
} from '../../../parsers/meaning/index.js';

t.test('an MTI is version, class, function and origin', (t) => {
  t.same(mtiMeaning('0100'), {
    version: 'ISO 8583:1987',
    class: 'authorisation',
    function: 'request',
    origin: 'acquirer',
  });
  t.equal(mtiText('0421'), 'reversal or chargeback advice, acquirer, repeat (ISO 8583:1987)');
  t.equal(mtiText('1210'), 'financial request response, acquirer (ISO 8583:1993)');
  t.equal(mtiText('2804'), 'network management request, other (ISO 8583:2003)');
  t.equal(mtiText('1304'), 'file action request, other (ISO 8583:1993)');
  t.equal(mtiMeaning('0140').function, 'reserved', '1987 has no notifications');
  t.equal(mtiMeaning('1140').function, 'notification');
  t.equal(mtiMeaning('2160').function, 'instruction', 'of 2003 only');
  t.equal(mtiMeaning('1160').function, 'reserved');
  t.equal(mtiMeaning('0180').function, 'positive acknowledgement', 'which networks add to 1987');
  t.equal(mtiMeaning('3909').version, 'reserved');
  t.equal(mtiMeaning('0199').origin, 'reserved');
  t.end();
});

t.test('a processing code is a transaction and two accounts', (t) => {
  t.same(processingCode('003000'), {
    transaction: 'goods and services',
    from: 'credit facility',
    to: 'default account',
  });
  t.equal(processingCodeText('000000'), 'goods and services');
  t.equal(processingCodeText('011000'), 'cash withdrawal, from savings account');
  t.equal(
    processingCodeText('401020'),
    'cardholder account transfer, from savings account, to cheque account',
  );
  t.equal(processingCodeText('200030'), 'returns, to credit facility');
  t.equal(processingCode('270000').transaction, 'credit, not in the standard');
  t.equal(processingCode('990000').transaction, 'private use');
  t.equal(processingCode('001100').from, 'savings account', 'a sub-account of its kind');
  t.end();
});

t.test('DE22 says how the card was read, in each edition’s form', (t) => {
  t.equal(entryModeText('051'), 'chip, PIN entry possible');
  t.equal(entryModeText('072'), 'contactless chip, no PIN entry');
  t.equal(entryModeText('800'), 'chip fallback to magnetic stripe, PIN entry unknown');
  t.equal(pointOfServiceText('0510'), 'chip, PIN entry possible', 'a fourth digit is passed over');
  const codes = posDataCode('51010151134C');
  t.equal(codes.length, 12);
  t.same(codes[0], { name: 'card data input capability', value: 'chip' });
  t.same(codes[11], { name: 'PIN capture capability', value: '12 digits' });
  t.equal(pointOfServiceText('51010151134C'), 'chip, cardholder present, authentication: PIN');
  t.equal(
    posBitsText('20000000100000000200000000000000'),
    'read by: chip; verified by: offline PIN in clear; environment: attended',
  );
  t.equal(pointOfServiceText('00000010'.repeat(4)), 'read by: track 2 present');
  t.equal(pointOfServiceText('12'), '');
  t.end();
});

t.test('DE39 says why, in two, three or four characters', (t) => {
  t.equal(responseText('00'), 'approved');
  t.equal(responseText('51'), 'not sufficient funds');
  t.equal(responseText('1A'), 'additional customer authentication required');
  t.equal(responseText('116'), 'not sufficient funds');
  t.equal(responseText('1016'), 'not sufficient funds', '2003 has a digit more');
  t.equal(responseText('199'), 'declined, private use');
  t.equal(responseText('1999'), 'declined, private use');
  t.equal(responseText('ZZ'), '');
  t.equal(responseText('ABC'), '');
  t.equal(responseText(''), '');
  t.ok(Object.keys(RESPONSE_CODES).every((code) => /^[0-9A-Z]{2}$/.test(code)));
  t.ok(Object.keys(ACTION_CODES).every((code) => /^\d{3}$/.test(code)));
  t.end();
});

t.test('currencies have their exponents', (t) => {
  t.ok(CURRENCIES.size >= 178, `${CURRENCIES.size} currencies`);
  for (const { numeric, alpha, exponent, name } of CURRENCIES.values()) {
    if (
      !/^\d{3}$/.test(numeric) ||
      !/^[A-Z]{3}$/.test(alpha) ||
      !(exponent >= 0 && exponent <= 4) ||
      name === ''
    )
      t.fail(`${numeric} ${alpha} ${exponent} ${name}`);
  }
  t.equal(new Set([...CURRENCIES.values()].map(({ alpha }) => alpha)).size, CURRENCIES.size);
  t.match(currencyOf('978'), { alpha: 'EUR', exponent: 2 });
  t.match(currencyOf('JPY'), { numeric: '392', exponent: 0 });
  t.match(currencyOf('048'), { alpha: 'BHD', exponent: 3 });
  t.match(currencyOf('990'), { alpha: 'CLF', exponent: 4 });
  t.match(currencyOf('532'), { alpha: 'XCG' });
  t.match(currencyOf('924'), { alpha: 'ZWG' });
  t.equal(currencyOf('000'), undefined);
  t.equal(decimalAmount('000000001234', 2), '12.34');
  t.equal(decimalAmount('000000000005', 2), '0.05');
  t.equal(decimalAmount('000000001234', 0), '1234');
  t.equal(decimalAmount('000000000001', 3), '0.001');
  t.equal(decimalAmount('000000000000', 2), '0.00');
  t.end();
});

t.test('countries and merchant categories are known by their codes', (t) => {
  t.equal(COUNTRIES.size, 249);
  t.match(countryOf('250'), { alpha2: 'FR', alpha3: 'FRA', name: 'France' });
  t.match(countryOf('DE'), { numeric: '276' });
  t.match(countryOf('USA'), { numeric: '840' });
  t.equal(countryOf('999'), undefined);
  t.ok(MERCHANT_CATEGORIES.size >= 300, `${MERCHANT_CATEGORIES.size} categories`);
  t.equal(merchantCategory('5411'), 'Grocery stores and supermarkets');
  t.equal(merchantCategory('3007'), 'Airline, one carrier');
  t.equal(merchantCategory('3501'), 'Hotel, one chain');
  t.equal(merchantCategory('3389'), 'Car rental, one company');
  t.equal(merchantCategory('0000'), '');
  t.equal(merchantCategory('5a11'), '');
  t.end();
});

t.test('tags of chips have names, formats and what may be shown of them', (t) => {
  t.ok(EMV_TAGS.size >= 150, `${EMV_TAGS.size} tags`);
  for (const { tag, format, sensitivity, name } of EMV_TAGS.values()) {
    const known =
      ['n', 'cn', 'an', 'ans', 'a', 'b', 't'].includes(format) &&
      ['none', 'pan', 'track1', 'track2', 'pin', 'private'].includes(sensitivity);
    if (!/^([0-9A-F]{2})+$/.test(tag) || !known || name === '')
      t.fail(`${tag} ${format} ${sensitivity} ${name}`);
  }
  t.match(emvTag('9F26'), { name: 'Application cryptogram', format: 'b', sensitivity: 'none' });
  for (const tag of ['56', '57', '5A', '5F20', '99', '9F0B', '9F1F', '9F20', '9F6B'])
    t.not(emvTag(tag)?.sensitivity, 'none', tag);
  t.equal(isTemplate('70'), true);
  t.equal(isTemplate('BF0C'), true);
  t.equal(isTemplate('9F26'), false);
  t.end();
});

type Meaning = readonly [tag: string, hex: string, meaning: string];
// EMV Book 3 annex C and Book 4 annex A, bit by bit.
const MEANINGS: readonly Meaning[] = [
  ['95', '0000008000', 'floor limit exceeded'],
  [
    '95',
    '8040040020',
    'offline data authentication not performed, expired application, online CVM captured, script failed before final GENERATE AC',
  ],
  ['95', '0000000000', 'none set'],
  [
    '9B',
    'E800',
    'offline data authentication performed, cardholder verification performed, card risk management performed, terminal risk management performed',
  ],
  [
    '82',
    '3900',
    'DDA supported, cardholder verification supported, terminal risk management to be performed, CDA supported',
  ],
  [
    '9F33',
    'E0F8C8',
    'manual key entry, magnetic stripe, chip with contacts, plaintext PIN, enciphered online PIN, signature, enciphered offline PIN, no CVM, SDA, DDA, CDA',
  ],
  ['9F34', '420300', 'enciphered PIN verified online, else the next, if supported by the terminal, unknown'],
  ['9F34', '1F0002', 'no CVM required, always, successful'],
  ['9F34', '3F0000', 'no CVM performed, always, unknown'],
  ['9F27', '80', 'ARQC, online'],
  ['9F27', '40', 'TC, approved'],
  ['9F27', '0A', 'AAC, declined, advice required, PIN try limit exceeded'],
  ['9F35', '22', 'merchant, attended, offline with online'],
  ['9F35', '14', 'financial institution, unattended, online only'],
  ['9F35', '00', 'reserved'],
  ['9F66', '36000000', 'EMV mode, EMV contact chip, online PIN, signature'],
  ['9F6C', '0080', 'consumer device CVM performed'],
  ['9C', '01', 'cash'],
  ['8A', '3030', 'approved'],
  ['5F2A', '0978', 'EUR, Euro'],
  ['9F1A', '0250', 'France'],
  ['9A', '261125', '2026-11-25'],
  ['9F21', '235958', '23:59:58'],
  ['9F36', '001C', '28'],
  ['9F15', '5411', 'Grocery stores and supermarkets'],
  ['9F39', '07', 'contactless chip'],
  ['9F26', 'FFFFFFFFFFFFFFFF', ''],
  ['95', '', ''],
];
for (const [tag, hex, meaning] of MEANINGS) {
  t.test(`${tag} ${hex} says: ${meaning || 'nothing'}`, (t) => {
    t.equal(emvMeaning(tag, hex), meaning);
    t.end();
  });
}

t.test('bits without a use are named by their place', (t) => {
  t.same(bitNames('95', '0004000000'), ['byte 2 bit 3, reserved']);
  t.same(bitNames('9B', '0001'), ['byte 2 bit 1, reserved']);
  t.end();
});

t.test('card verification results are read in the layouts that are published', (t) => {
  t.match(cardVerification('06010A03A0B000'), {
    layout: 'Visa',
    keyIndex: '01',
    cryptogramVersion: '0A',
    results: [
      'second GENERATE AC not requested',
      'ARQC in first GENERATE AC',
      'last online transaction not completed',
      'velocity counters exceeded',
      'new card',
    ],
  });
  t.match(cardVerification('0110A50003000000000000000000000000FF'), {
    layout: 'M/Chip',
    cryptogramVersion: '10',
    results: [
      'second GENERATE AC not requested',
      'ARQC in first GENERATE AC',
      'offline PIN performed',
      'offline PIN successful',
      '3 PIN tries left',
    ],
  });
  t.equal(cardVerification('0102'), null);
  t.end();
});

t.test('a field’s meaning comes from its class, its currency from the message', (t) => {
  const currencies: Readonly<Record<number, string>> = { 49: '978', 50: '392', 51: '048' };
  const textOf = (field: number) => currencies[field] ?? '';
  t.equal(fieldMeaning('amount', '4', '000000001234', textOf), '12.34 EUR');
  t.equal(fieldMeaning('amount', '5', '000000001234', textOf), '1234 JPY');
  t.equal(fieldMeaning('amount', '6', '000000001234', textOf), '1.234 BHD');
  t.equal(fieldMeaning('amount', '28', 'D00000123', textOf), '1.23 EUR, debit');
  t.equal(
    fieldMeaning('amount', '4', '000000001234', () => ''),
    '',
  );
  t.equal(fieldMeaning('currency', '49', '978', textOf), 'EUR, Euro, 2 decimal places');
  t.equal(fieldMeaning('date-time', '7', '1125012330', textOf), '11-25 01:23:30');
  t.equal(fieldMeaning('date-time', '12', '261125012330', textOf), '2026-11-25 01:23:30');
  t.equal(fieldMeaning('expiry', '14', '2912', textOf), '2029-12');
  t.equal(fieldMeaning('plain', '25', '59', textOf), 'electronic commerce');
  t.equal(fieldMeaning('plain', '25', '1234', textOf), '', 'a message reason code of 1993');
  t.equal(fieldMeaning('plain', '70', '301', textOf), 'echo test');
  t.equal(fieldMeaning('plain', '54.1.2', '02', textOf), 'account available balance');
  t.equal(fieldMeaning('pan', '2', '9999010012345678', textOf), '');
  t.end();
});
