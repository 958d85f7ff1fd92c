import { RESPONSE } from '../ledger/command.js';

/** DE70 of the requests that are understood (ISO 8583:1987 annex A.10). */
const SIGN_ON = 1;
const SIGN_OFF = 2;
const ECHO_TEST = 301;

/**
 * Carries a network management request (0800) out on the connection it came by.
 * @returns DE39 of the response: 00, or 12 for a code that is none of the above
 */
export function manageNetwork(code: number, connection: { signedOn: boolean } | undefined): number {
  switch (code) {
    case SIGN_ON:
    case SIGN_OFF:
      if (connection !== undefined) connection.signedOn = code === SIGN_ON;
      return RESPONSE.approved;
    case ECHO_TEST:
      return RESPONSE.approved;
    default:
      return RESPONSE.invalidTransaction;
  }
}
