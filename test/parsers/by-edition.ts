import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { MessageText } from '../../parsers/writer.js';

const YEAR = '26';
/** The fields of 1987 that mean something else in the later editions, and the ones that are made anew below. */
const OTHERWISE = [4, 11, 12, 13, 18, 22, 25, 49, 70, 90, 95];
/** DE24 of the later editions for DE70 of 1987 (ISO 8583:1993 annex A.4). */
const FUNCTIONS: Readonly<Record<string, string>> = { '001': '801', '002': '802', '301': '831' };
/** The point of service data code of 1993 for the PAN entry mode of 1987: cardholder and card there, or not. */
const POINT_OF_SERVICE: Readonly<Record<string, string>> = {
  '05': '510101511344',
  '07': '510101A11344',
  '81': '100050900000',
  '01': '100020100000',
};

/** An authorisation, reversal or network message of 1987 as the edition of `dialect` says it. */
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
  const amount = text(4)?.padStart(12, '0');
  if (version === 1) {
    set(4, amount);
    set(49, text(49));
    set(22, POINT_OF_SERVICE[text(22)?.slice(0, 2) ?? '']);
  } else set(4, amount === undefined ? undefined : `${text(49) ?? '978'}2${amount}`);
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
