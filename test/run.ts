import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTestFile, stopTestFiles } from './test-file.js';

/**
 * `npm test [-- part of a path …]`: runs the compiled test files, all or those whose path has one of the parts
 * in it, and prints as its last line `N passed, N failed` (`, N skipped` if any were). Counted are test cases:
 * what a file reports at its own top level. A file that crashes, is killed, times out or reports no test at all
 * counts as one failure more. The exit code is 0 only if something passed and nothing failed.
 */

const here = dirname(fileURLToPath(import.meta.url));
const parts = process.argv.slice(2);
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
  .sort((a, b) => Number(isLong(b)) - Number(isLong(a)) || (a < b ? -1 : 1));

/** Those that start processes take longest, and go first, so that none is left alone at the end. */
function isLong(path: string): boolean {
  return /^(chaos|switch|docs)\//.test(path);
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    stopTestFiles();
    process.exit(code);
  });
}

const total = { passed: 0, failed: 0, skipped: 0 };
const queue = files.values();
// Each file has real servers and worker threads of its own; one more than processors use what others leave idle.
const lanes = Math.min(3, availableParallelism() + 1);
await Promise.all(Array.from({ length: lanes }, runQueue));

if (files.length === 0) console.log(`no test file has ${parts.join(' or ') || '.test.js'} in its path`);
const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function runQueue(): Promise<void> {
  for (const file of queue) {
    const start = performance.now();
    const result = await runTestFile(join(here, file));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
    const mark = result.failed === 0 ? '✓' : '✗';
    const name = relative(process.cwd(), join(here, file));
    console.log(`${mark} ${name}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`);
    if (result.report !== '') console.log(result.report);
  }
}
