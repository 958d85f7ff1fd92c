import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { RULES } from '../../parsers/errors.js';
import { build } from '../../parsers/writer.js';
import { messages } from './arbitrary.js';
import { countReads, MARGIN, readAmidOthers, readHostile, validateHostile } from './hostile.js';
import { mutate, Random } from './mutate.js';

/**
 * `node dist/test/conformance/fuzz.js --count 10000000 --seed 1`: damages messages of every built-in dialect and
 * reads them. Only refusals and errors of the engine's own may come of it, none from beyond the frame, after reads
 * of its bytes that grow with their number. Prints how often each rule was broken; exits with 1 and the frame, in
 * hexadecimal digits, when something else happens.
 */

const SEEDS_EACH = 40;
/** One in so many is also read amid other bytes, validated, and has its reads counted. */
const AMID = 2;
const VALIDATE = 8;
const COUNT = 64;

export interface FuzzResult {
  readonly frames: number;
  /** How many broke each rule of `RULES`, by its number; those that broke none first. */
  readonly byRule: readonly number[];
  readonly validated: number;
  readonly errors: number;
}

/** @throws Error that names dialect and frame, with what was wrong as its cause */
export function fuzz(count: number, seed: number): FuzzResult {
  const random = new Random(seed);
  const dialects = DIALECT_NAMES.map((name) => {
    const dialect = dialectByName(name);
    const whole = fc.sample(messages(dialect), { numRuns: SEEDS_EACH, seed });
    return { dialect, frames: whole.map((message) => build(dialect, message)) };
  });
  const most = 2 * Math.max(...dialects.flatMap(({ frames }) => frames.map(({ length }) => length)));
  const array = new Uint8Array(most + 2 * MARGIN);
  const byRule = RULES.map(() => 0);
  let validated = 0;
  let errors = 0;
  for (let index = 0; index < count; index++) {
    const { dialect, frames } = dialects[index % dialects.length]!;
    const frame = frames[random.below(frames.length)]!;
    array.fill(random.below(256), 0, MARGIN);
    array.set(frame, MARGIN);
    const length = mutate(random, array, MARGIN, frame.length, most);
    const end = MARGIN + length;
    array.fill(random.below(256), end, end + MARGIN);
    try {
      byRule[readHostile(dialect, array, MARGIN, end)]!++;
      if (random.below(AMID) === 0) {
        const alone = array.slice(MARGIN, end);
        readAmidOthers(dialect, alone, 0, length);
      }
      if (random.below(VALIDATE) === 0) {
        validated++;
        errors += validateHostile(dialect, array, MARGIN, end);
      }
      if (random.below(COUNT) === 0) countReads(dialect, array, MARGIN, end);
    } catch (cause) {
      const hex = Buffer.from(array.subarray(MARGIN, end)).toString('hex');
      throw new Error(`frame ${index} of seed ${seed}, ${dialect.name}: ${hex}`, { cause });
    }
  }
  return { frames: count, byRule, validated, errors };
}

function main(): void {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
  });
  const count = Number(values.count);
  const seed = Number(values.seed);
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
    console.error('--count is a whole number from 1, --seed a whole number');
    process.exit(2);
  }
  const started = performance.now();
  const { frames, byRule, validated, errors } = fuzz(count, seed);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  for (const [rule, times] of byRule.entries()) {
    if (times > 0) console.log(`${String(times).padStart(10)}  ${RULES[rule]!.code}`);
  }
  console.log(
    `${frames} frames of ${DIALECT_NAMES.length} dialects in ${seconds} s; ${validated} validated, ${errors} errors`,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
