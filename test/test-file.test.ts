import { join } from 'node:path';
import t from 'tap';
import { runTestFile } from './test-file.js';

const FILES: Record<
  string,
  { source: string; counts: [passed: number, failed: number, skipped: number]; says?: RegExp }
> = {
  passes: { source: `console.log('ok 1 - a\\nok 2 - b # SKIP later\\n1..2')`, counts: [1, 0, 1] },
  fails: {
    source: `console.log('not ok 1 - sum\\nok 2\\n1..2'); process.exitCode = 1`,
    counts: [1, 1, 0],
    says: /sum/,
  },
  fails_within: {
    source: `console.log('# Subtest: outer\\n    not ok 1 - inner\\n    1..1\\nnot ok 1 - outer\\n1..1')`,
    counts: [0, 1, 0],
    says: /outer > inner/,
  },
  is_skipped_with_a_reason: { source: `console.log('1..0 # not on this platform')`, counts: [0, 0, 1] },
  throws_on_import: { source: `throw new Error('no such thing')`, counts: [0, 1, 0], says: /no such thing/ },
  crashes_after_a_pass: {
    source: `console.log('ok 1'); process.stdout.write('', () => process.kill(process.pid, 'SIGKILL'))`,
    counts: [1, 1, 0],
    says: /SIGKILL/,
  },
  exits_badly_after_all_passed: {
    source: `console.log('ok 1\\n1..1'); process.exitCode = 3`,
    counts: [1, 1, 0],
    says: /code 3/,
  },
  stops_before_its_plan_is_done: { source: `console.log('1..2\\nok 1')`, counts: [1, 1, 0], says: /planned/ },
  has_no_test: { source: `console.log('hello')`, counts: [0, 1, 0], says: /no tests/ },
  uses_tap_without_a_test: {
    source: `import t from 'tap'; t.comment('nothing')`,
    counts: [0, 1, 0],
  },
  never_ends: {
    source: `console.log('ok 1'); setInterval(() => {}, 1000)`,
    counts: [1, 1, 0],
    says: /more than 1 s/,
  },
};

for (const [name, { source, counts, says }] of Object.entries(FILES)) {
  t.test(`a file that ${name.replaceAll('_', ' ')} counts ${counts.join(', ')}`, async (t) => {
    const directory = t.testdir({ [`${name}.mjs`]: source });
    const result = await runTestFile(join(directory, `${name}.mjs`), name === 'never_ends' ? 1 : 60);
    t.same([result.passed, result.failed, result.skipped], counts);
    t.match(result.report, says ?? /^/);
  });
}
