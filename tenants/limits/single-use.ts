import { LEVEL } from '../../ledger/limits/place.js';
import { compileLimits } from './compile.js';
import { FIRST_PROGRAMME_NUMBER } from './replacement.js';

const NAME = 'single use';
/** All single-use cards have one rule of one number, the last of tenants', so that the ledger keeps its program once. */
export const SINGLE_USE_NUMBER = FIRST_PROGRAMME_NUMBER - 1;
/** It has no table that goes by the year. */
const ANY_YEAR = 2026;

let program: string | undefined;

/** The program that a single-use card has attached: one payment, and no more. */
export function singleUseProgram(): string {
  program ??= compileLimits(
    { rules: [{ name: NAME, kind: 'single-use' }] },
    {
      level: LEVEL.card,
      currency: 0,
      year: ANY_YEAR,
      revision: 1,
      known: new Map([[NAME, SINGLE_USE_NUMBER]]),
    },
  ).text;
  return program;
}
