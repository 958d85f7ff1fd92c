/** Name and city of the columns of DE43 that ISO 8583:1987 networks use: 25 characters, then 13. */
const NAME_END = 25;
const CITY_END = 38;
const WHOLE = 40;

/** What DE43 says of a merchant, as far as it can be told from its text: networks fill it in ways of their own. */
export interface MerchantText {
  readonly name: string | null;
  readonly city: string | null;
}

/**
 * Splits the text of DE43: by `\` (ISO 8583:1993: name, street, city), by columns where all 40 are there (1987), else by
 * runs of spaces.
 */
export function readMerchantText(text: string | null): MerchantText {
  if (text === null) return { name: null, city: null };
  if (text.includes('\\')) {
    const [name = '', , city = ''] = text.split('\\');
    return told(name, city);
  }
  if (text.length === WHOLE) return told(text.slice(0, NAME_END), text.slice(NAME_END, CITY_END));
  const [name = '', city = ''] = text.split(/ {2,}/);
  return told(name, city);
}

function told(name: string, city: string): MerchantText {
  return { name: name.trim() || null, city: city.trim() || null };
}
