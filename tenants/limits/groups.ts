/** With the parts that have codes of their own: Åland, and the outermost regions (article 349 TFEU). */
const EU =
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE AX GF GP MF MQ RE YT'.split(
    ' ',
  );
const EEA = [...EU, 'IS', 'LI', 'NO'];

/** Groups of countries that every document knows, by their two letters. */
export const COUNTRY_GROUPS: Readonly<Record<string, readonly string[]>> = {
  /** Member states of the European Union. */
  EU,
  /** The European Economic Area: the Union, Iceland, Liechtenstein, Norway. */
  EEA,
  /** Countries whose money is the euro (Regulation (EC) 974/98; Bulgaria since 2026). */
  EUROZONE: 'AT BE BG HR CY EE FI FR DE GR IE IT LV LT LU MT NL PT SK SI ES AX BL GF GP MF MQ PM RE YT'.split(
    ' ',
  ),
  /** Countries of the Single Euro Payments Area (European Payments Council, EPC409-09). */
  SEPA: [...EEA, ...'AD AL BL CH GB GG GI IM JE MC MD ME MK PM RS SM VA'.split(' ')],
  /** Metropolitan and overseas France: its departments and territories have codes of their own. */
  FRANCE: 'FR BL GF GP MF MQ NC PF PM RE TF WF YT'.split(' '),
  /** Benelux Union. */
  BENELUX: ['BE', 'LU', 'NL'],
};

/** Groups of merchant categories (ISO 18245) that every document knows. */
export const CATEGORY_GROUPS: Readonly<Record<string, readonly string[]>> = {
  airlines: ['3000-3350', '4511'],
  hotels: ['3501-3999', '7011'],
  'car-rental': ['3351-3500', '7512'],
  'public-transport': ['4111', '4112', '4121', '4131', '4789'],
  travel: ['3000-3999', '4111', '4112', '4121', '4131', '4411', '4511', '4722', '4789', '7011', '7512'],
  restaurants: ['5811-5814'],
  groceries: ['5411', '5422', '5441', '5451', '5462', '5499'],
  fuel: ['5541', '5542', '5552'],
  alcohol: ['5813', '5921'],
  tobacco: ['5993'],
  gambling: ['7800-7802', '7995', '9406'],
  'adult-entertainment': ['5967', '7273', '7841'],
  cash: ['6010', '6011'],
  'quasi-cash': ['4829', '6050', '6051', '6211', '6538', '6540'],
};
