/**
 * Response codes of 1987 (table A.10) and the action codes of 1993 (table A.2) that say the same. Where several say
 * it, the first of each is written.
 */
const PAIRS: readonly (readonly [response: string, action: string])[] = [
  ['00', '000'],
  ['08', '001'],
  ['10', '002'],
  ['11', '003'],
  ['16', '004'],
  ['05', '100'],
  ['54', '101'],
  ['59', '102'],
  ['60', '103'],
  ['62', '104'],
  ['66', '105'],
  ['75', '106'],
  ['01', '107'],
  ['02', '108'],
  ['03', '109'],
  ['13', '110'],
  ['14', '111'],
  ['23', '113'],
  ['39', '114'],
  ['42', '114'],
  ['44', '114'],
  ['52', '114'],
  ['53', '114'],
  ['40', '115'],
  ['51', '116'],
  ['55', '117'],
  ['56', '118'],
  ['57', '119'],
  ['58', '120'],
  ['61', '121'],
  ['63', '122'],
  ['65', '123'],
  ['93', '124'],
  ['78', '125'],
  ['04', '200'],
  ['33', '201'],
  ['34', '202'],
  ['35', '203'],
  ['36', '204'],
  ['37', '205'],
  ['38', '206'],
  ['07', '207'],
  ['41', '208'],
  ['43', '209'],
  ['00', '300'],
  ['24', '301'],
  ['25', '302'],
  ['27', '304'],
  ['28', '305'],
  ['29', '306'],
  ['26', '308'],
  ['00', '400'],
  ['00', '500'],
  ['95', '501'],
  ['00', '600'],
  ['00', '700'],
  ['00', '800'],
  ['12', '902'],
  ['19', '903'],
  ['30', '904'],
  ['31', '905'],
  ['90', '906'],
  ['91', '907'],
  ['92', '908'],
  ['96', '909'],
  ['68', '911'],
  ['94', '913'],
  ['09', '923'],
];

/** Classes of message whose acceptance has an action code of its own: file action, reversal, and so on. */
const ACCEPTED = '345678';

/** The action code of 1993 for a response code, in a message of that class; undefined where there is none. */
export function actionOfResponse(response: string, messageClass: string): string | undefined {
  if (response === '00' && ACCEPTED.includes(messageClass)) return `${messageClass}00`;
  return PAIRS.find(([code]) => code === response)?.[1];
}

/** The response code of 1987 for an action code; undefined where there is none. */
export function responseOfAction(action: string): string | undefined {
  return PAIRS.find(([, code]) => code === action)?.[0];
}

/** 2003 has a 0 behind the first digit. */
export function action2003(action: string): string {
  return `${action[0]}0${action.slice(1)}`;
}

/** Also where the 0 is in front, as some write it. */
export function actionOf2003(action: string): string | undefined {
  if (/^\d0\d\d$/.test(action)) return action[0]! + action.slice(2);
  return /^0[1-9]\d\d$/.test(action) ? action.slice(1) : undefined;
}
