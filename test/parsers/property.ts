import fc from 'fast-check';
import type { Test } from 'tap';

/** One seed for every run; a failure prints it with the path to the smallest counter-example. */
const SEED = 8583;

/** Asserts that a property holds of `numRuns` values, always the same ones. */
export function holds<Values>(t: Test, property: fc.IRawProperty<Values>, numRuns: number): void {
  t.doesNotThrow(() => fc.assert(property, { seed: SEED, numRuns }), `holds of ${numRuns} values`);
}
