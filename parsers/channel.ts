import { CHANNEL } from './batch.js';
import type { Edition } from './edition.js';
import type { MessageView } from './view.js';

/** Processing code of a cash withdrawal. */
const CASH = 1;
const MCC_CASH_MACHINE = 6011;

/** From DE3, DE18, DE25 and the PAN entry mode in DE22 (ISO 8583:1987 table A.7 with the networks' additions). */
export function channelOf(
  view: MessageView,
  edition: Edition,
  transaction: number,
  mcc: number,
  entryMode: number,
): number {
  if (transaction === CASH || mcc === MCC_CASH_MACHINE) return CHANNEL.atm;
  if (edition.responseDigits === 3) return channelOf93(view);
  // The public descriptions of 2003 do not agree on the bits of its DE22.
  if (edition.responseDigits === 4) return CHANNEL.pos;
  const condition = view.has(25) ? view.number(25) : 0;
  const panEntry = Math.floor(entryMode / 10);
  if (condition === 59 || panEntry === 81) return CHANNEL.ecommerce;
  if (condition === 8) return CHANNEL.moto;
  return panEntry === 7 || panEntry === 91 ? CHANNEL.contactless : CHANNEL.pos;
}

/** From the point of service data code, DE22 an 12 (ISO 8583:1993 annex A.8): cardholder presence, card data input. */
function channelOf93(view: MessageView): number {
  if (!view.has(22) || view.units[22]! < 7) return CHANNEL.pos;
  const cardholder = view.character(22, 4);
  // 2 mail order, 3 telephone, 5 and 9 electronic commerce (networks' additions).
  if (cardholder === 0x32 || cardholder === 0x33) return CHANNEL.moto;
  if (cardholder === 0x35 || cardholder === 0x39) return CHANNEL.ecommerce;
  const input = view.character(22, 6);
  // A and M: contactless, magnetic stripe and chip (networks' additions).
  return input === 0x41 || input === 0x4d ? CHANNEL.contactless : CHANNEL.pos;
}
