import { actionOfResponse, responseOfAction } from './action-codes.js';
import { nearestYear } from './dates.js';
import { Crossing, type Elements } from './elements.js';
import {
  pointOfService87,
  pointOfService93,
  pointOfServiceTo87,
  pointOfServiceTo93,
} from './point-of-service.js';

/** Fields that mean the same under the same number in 1987 and 1993. */
const SAME: readonly number[] = [
  2, 3, 5, 6, 7, 8, 9, 10, 11, 14, 16, 17, 19, 20, 21, 23, 27, 32, 33, 34, 35, 36, 37, 38, 40, 41, 42, 44, 45,
  49, 50, 51, 52, 54, 55, 67, 68, 69, 73, 74, 75, 76, 77, 78, 79, 80, 81, 86, 87, 88, 89, 97, 98, 99, 100,
  101, 102, 103, 104,
];

const REVERSAL = '4';
const NETWORK = '8';
const PARTIAL_REVERSAL = '401';

/** DE70 of 1987 and the function codes (DE24) of 1993 that say the same: annexes A.5 and A.4. */
const NETWORK_CODES: readonly (readonly [iso87: string, iso93: string])[] = [
  ['001', '801'],
  ['002', '802'],
  ['161', '811'],
  ['101', '811'],
  ['201', '821'],
  ['301', '831'],
];

type Crossed = { readonly elements: Elements; readonly crossing: Crossing };

/** @param now tells the year of dates that have none: the one that is nearest */
export function from87({ mti, fields, acceptor }: Elements, now: Date): Crossed {
  const crossing = new Crossing(fields);
  const messageClass = mti[1] ?? '';
  crossing.same(SAME);
  const date = crossing.take(13);
  const time = crossing.take(12);
  if (date !== '' && time !== '') crossing.put(12, nearestYear(date, now).slice(2) + date + time);
  else if (date !== '' || time !== '') {
    crossing.lose(date === '' ? 12 : 13, 'date and time are one field there, and only one of them is here');
  }
  crossing.map(15, 15, (day) => nearestYear(day, now).slice(2) + day);
  crossing.map(18, 26, (code) => code);
  pointOfServiceFrom87(crossing);
  crossing.map(39, 39, (code) => actionOfResponse(code, messageClass), responseOfAction);
  crossing.map(71, 71, (number) => number.padStart(8, '0'));
  amountsFrom87(crossing, messageClass, mti);
  originalFrom87(crossing, now);
  return { elements: { mti: mtiFrom87(mti), fields: crossing.target, acceptor }, crossing };
}

export function to87({ mti, fields, acceptor }: Elements): Crossed {
  const crossing = new Crossing(fields);
  crossing.same(SAME);
  const time = crossing.take(12);
  crossing.put(13, time.slice(2, 6));
  crossing.put(12, time.slice(6));
  crossing.map(15, 15, (day) => day.slice(2));
  crossing.map(26, 18, (code) => code);
  const pos = crossing.take(22);
  if (pos !== '') {
    const [entryMode, condition, capture] = pointOfServiceTo87(pointOfService93(pos));
    crossing.put(22, entryMode);
    crossing.put(25, condition);
    crossing.put(26, capture);
    if (pointOfServiceTo93(pointOfService87(entryMode, condition, capture)) !== pos) {
      crossing.lose(22, 'only a part of it can be said');
    }
  }
  crossing.map(39, 39, responseOfAction, (code) => actionOfResponse(code, mti[1] ?? ''));
  crossing.map(71, 71, (number) => (/^0000/.test(number) ? number.slice(4) : undefined));
  functionTo87(crossing, mti);
  amountsTo87(crossing);
  originalTo87(crossing);
  return { elements: { mti: mtiTo87(mti), fields: crossing.target, acceptor }, crossing };
}

/** 1993 has network messages come from nobody in particular: 1804. */
function mtiFrom87(mti: string): string {
  return `1${mti.slice(1, 3)}${mti[1] === NETWORK && mti[3] === '0' ? '4' : mti[3]}`;
}

function mtiTo87(mti: string): string {
  return `0${mti.slice(1, 3)}${mti[1] === NETWORK && mti[3] === '4' ? '0' : mti[3]}`;
}

function pointOfServiceFrom87(crossing: Crossing): void {
  const [entryMode, condition, capture] = [crossing.take(22), crossing.take(25), crossing.take(26)];
  if (entryMode === '' && condition === '') return;
  const pos = pointOfService87(entryMode, condition, capture);
  crossing.put(22, pointOfServiceTo93(pos));
  const [modeBack, conditionBack] = pointOfServiceTo87(pos);
  if (entryMode !== '' && modeBack !== entryMode) crossing.lose(22, 'only a part of it can be said');
  if (condition !== '' && conditionBack !== condition) crossing.lose(25, 'only a part of it can be said');
}

/** DE24, and the amounts of a partial reversal: DE4 is what it was, DE95 what it is to be; 1993 has DE4 and DE30. */
function amountsFrom87(crossing: Crossing, messageClass: string, mti: string): void {
  const amount = crossing.take(4);
  const replacement = crossing.take(95);
  const actual = replacement.slice(0, 12);
  const partial = messageClass === REVERSAL && /[1-9]/.test(actual);
  if (partial) {
    crossing.put(4, actual);
    crossing.put(30, amount.padStart(12, '0') + '0'.repeat(12));
  } else crossing.put(4, amount);
  if (/[1-9]/.test(replacement.slice(12))) crossing.lose(95, 'only its first amount can be said');
  const code = crossing.take(70);
  const request = Number(mti[2]) % 2 === 0;
  if (messageClass === NETWORK) {
    const found = NETWORK_CODES.find(([iso87]) => iso87 === code);
    if (found !== undefined) crossing.put(24, found[1]);
    else if (code !== '') crossing.lose(70, 'its value has no counterpart');
  } else if (request) crossing.put(24, partial ? PARTIAL_REVERSAL : `${messageClass}00`);
}

function functionTo87(crossing: Crossing, mti: string): void {
  const code = crossing.take(24);
  if (mti[1] === NETWORK) {
    const found = NETWORK_CODES.find(([, iso93]) => iso93 === code);
    if (found !== undefined) crossing.put(70, found[0]);
    else if (code !== '') crossing.lose(24, 'its value has no counterpart');
  } else if (code !== '' && code !== `${mti[1]}00` && code !== PARTIAL_REVERSAL) {
    crossing.lose(24, 'says more than the message type of 1987 does');
  }
}

function amountsTo87(crossing: Crossing): void {
  const amount = crossing.take(4);
  const original = crossing.take(30);
  if (original === '') crossing.put(4, amount);
  else {
    crossing.put(4, original.slice(0, 12));
    crossing.put(95, `${amount.padStart(12, '0')}${'0'.repeat(12)}C00000000C00000000`);
    if (/[1-9]/.test(original.slice(12))) crossing.lose(30, 'only its first amount can be said');
  }
}

/** 1987 knows a message by when it was transmitted, 1993 by its local time. */
const OTHER_TIME = 'its time is of transmission in 1987, and local in 1993: taken over as it is';

/** DE90: MTI, STAN, transmission time, acquirer, forwarder. DE56: MTI, STAN, local time, acquirer with its length. */
function originalFrom87(crossing: Crossing, now: Date): void {
  const original = crossing.take(90);
  if (original === '') return;
  const time = original.slice(10, 20);
  const acquirer = original.slice(20, 31).replace(/^0+/, '');
  const counted = acquirer === '' ? '' : String(acquirer.length).padStart(2, '0') + acquirer;
  const year = nearestYear(time.slice(0, 4), now).slice(2);
  crossing.put(56, mtiFrom87(original.slice(0, 4)) + original.slice(4, 10) + year + time + counted);
  crossing.lose(90, OTHER_TIME);
  if (/[1-9]/.test(original.slice(31))) crossing.lose(90, 'its forwarding institution can’t be said');
}

function originalTo87(crossing: Crossing): void {
  const original = crossing.take(56);
  if (original === '') return;
  const acquirer = original.slice(24).padStart(11, '0');
  crossing.put(
    90,
    mtiTo87(original.slice(0, 4)) +
      original.slice(4, 10) +
      original.slice(12, 22) +
      acquirer +
      '0'.repeat(11),
  );
  crossing.lose(56, OTHER_TIME);
}
