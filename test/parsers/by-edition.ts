import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { MessageText } from '../../parsers/writer.js';

const YEAR = '26';
/** The fields of 1987 that mean something else in the later editions, and the ones that are made anew below. */
const OTHERWISE = [4, 6, 11, 12, 13, 18, 22, 25, 39, 49, 51, 54, 60, 70, 90, 95];
/** DE24 of the later editions for DE70 of 1987 (ISO 8583:1993 annex A.4). */
const FUNCTIONS: Readonly<Record<string, string>> = { '001': '801', '002': '802', '301': '831' };
/** The point of service data code of 1993 for the PAN entry mode of 1987: cardholder and card there, or not. */
const POINT_OF_SERVICE: Readonly<Record<string, string>> = {
  '05': '510101511344',
  '07': '510101A11344',
  '81': '100050900000',
  '01': '100020100000',
};

/** DE24 of an authorisation whose DE60 says estimated or incremental. */
const AUTHORISATIONS: Readonly<Record<string, string>> = { 1: '101', 2: '106' };
const ACTION_CODES: Readonly<Record<string, string>> = { '00': '000', 10: '002', 51: '116', '05': '100' };
const ZEROS = '0'.repeat(12);

/** An authorisation, clearing, reversal or network message of 1987 as the edition of `dialect` says it. */
export function byEdition({ version, table }: CompiledDialect, { mti, fields }: MessageText): MessageText {
  if (version === 0) {
    const { 22: entryMode } = fields;
    // Some networks have a fourth digit, which says nothing.
    if (typeof entryMode !== 'string' || table.fields[22]?.units !== 4) return { mti, fields };
    return { mti, fields: { ...fields, 22: entryMode.padEnd(4, '0') } };
  }
  const text = (field: number) => fields[field] as string | undefined;
  const changed: Record<number, MessageText['fields'][number]> = { ...fields };
  for (const field of OTHERWISE) delete changed[field];
  const set = (field: number, value: string | undefined) => {
    if (value !== undefined) changed[field] = value;
  };
  const stanDigits = version === 1 ? 6 : 12;
  const century = version === 1 ? '' : '20';
  const time = text(7);
  set(11, text(11)?.padStart(stanDigits, '0'));
  set(12, time === undefined ? undefined : century + YEAR + time);
  set(26, text(18));
  set(24, text(70) === undefined ? undefined : FUNCTIONS[text(70)!]);
  const whole = text(4)?.padStart(12, '0');
  let amount = whole;
  const kept = /^\d{12}/.exec(text(95) ?? '')?.[0] ?? ZEROS;
  const original = whole !== undefined && kept > ZEROS && kept <= whole ? whole : undefined;
  if (original !== undefined) {
    amount = String(Number(original) - Number(kept)).padStart(12, '0');
    set(24, '401');
  }
  const code = ACTION_CODES[text(39) ?? ''];
  const additional = text(54);
  const currency = text(49) ?? '978';
  set(24, AUTHORISATIONS[text(60)?.[0] ?? '']);
  set(60, text(60));
  if (version === 1) {
    set(4, amount);
    set(6, text(6));
    set(30, original === undefined ? undefined : original + ZEROS);
    set(39, code);
    set(49, text(49));
    set(51, text(51));
    set(54, additional);
    set(22, POINT_OF_SERVICE[text(22)?.slice(0, 2) ?? '']);
  } else {
    set(4, amount === undefined ? undefined : `${currency}2${amount}`);
    set(6, text(6) === undefined ? undefined : `${text(51) ?? currency}2${text(6)}`);
    set(30, original === undefined ? undefined : `${currency}2${original}${currency}2${ZEROS}`);
    set(39, code === undefined ? undefined : `${code[0]}0${code.slice(1)}`);
    set(54, additional?.replace(/(.{7})(.{13})/g, '$12$2'));
  }
  set(56, originalOf(text(90), version, stanDigits, century));
  return { mti: `${version}${mti.slice(1)}`, fields: changed };
}

/** DE56: the original's MTI, STAN, time, and its acquirer behind two digits of length. */
function originalOf(
  elements: string | undefined,
  version: number,
  stanDigits: number,
  century: string,
): string | undefined {
  if (elements === undefined) return undefined;
  const [mti, stan, time] = [elements.slice(1, 4), elements.slice(4, 10), elements.slice(10, 20)];
  const acquirer = elements.slice(20, 31);
  const padded = stan.padStart(stanDigits, '0');
  return `${version}${mti}${padded}${century}${YEAR}${time}${String(acquirer.length).padStart(2, '0')}${acquirer}`;
}
