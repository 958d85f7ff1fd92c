import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type FinalResults, Parser, type Result } from 'tap-parser';
import { stringify } from 'yaml';

const TIMEOUT_S = 300;
/** tap's share of the time: it gives up before we kill, and says on which test. */
const TAP_SHARE = 0.9;
/** For the output to end after the process has. */
const DRAIN_MS = 2_000;
/** Of what a failed file printed besides its results, the end is shown. */
const OUTPUT_LIMIT = 64 * 1024;

/** Counts of test cases: the points a file reports at its top level. A case marked as todo counts as skipped. */
export interface FileResult {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed and why, and what else the file printed; '' where nothing failed. */
  report: string;
}

const running = new Set<ChildProcess>();

/**
 * Runs one compiled test file as a plain program, as tap's tests are, and reads the TAP that it prints. (tap's own
 * runner loads hooks into every process and worker thread below a test; the switch has many, to be tested as they
 * are.) Ends what the file has left running in its process group. A crash, a time-out, a wrong plan or no test at
 * all counts as one failure, where the file itself reports none.
 */
export async function runTestFile(path: string, timeoutS = TIMEOUT_S): Promise<FileResult> {
  const child = spawn(process.execPath, ['--enable-source-maps', path], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP_TIMEOUT: String(timeoutS * TAP_SHARE) },
  });
  running.add(child);

  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-OUTPUT_LIMIT);
  };
  const parser = new Parser();
  parser.on('assert', (result: Result) => {
    counts[outcome(result)] += 1;
  });
  parser.on('result', (result: Result) => {
    if (outcome(result) === 'failed') failures.push(describe(result));
  });
  parser.on('extra', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.stdout.pipe(parser);

  const end = await endOf(child, timeoutS);
  running.delete(child);
  killGroup(child);
  // A process that has left the group may still hold the pipe; what it says now is no result.
  if (!child.stdout.readableEnded) await Promise.race([once(child.stdout, 'end'), delay(DRAIN_MS)]);
  child.stdout.destroy();
  child.stderr.destroy();
  parser.end();

  const fault = faultOf(end, parser.results);
  if (fault !== undefined && counts.failed === 0) counts.failed = 1;
  if (fault === undefined && parser.results?.plan.skipAll) counts.skipped = 1;
  if (counts.failed === 0) return { ...counts, report: '' };
  return { ...counts, report: [...failures, fault ?? '', output].filter((text) => text !== '').join('\n') };
}

/** Kills the test files that run now, with all they have started. */
export function stopTestFiles(): void {
  for (const child of running) killGroup(child);
}

function outcome(result: Result): 'passed' | 'failed' | 'skipped' {
  if (result.skip || result.todo) return 'skipped';
  return result.ok ? 'passed' : 'failed';
}

function describe(result: Result): string {
  return `  ✗ ${result.fullname}\n${result.diag ? stringify(result.diag).trimEnd().replace(/^/gm, '    ') : ''}`;
}

/** How the process ended: '' for exit code 0. */
async function endOf(child: ChildProcess, timeoutS: number): Promise<string> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, timeoutS * 1000);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  if (timedOut) return `killed: it ran for more than ${timeoutS} s`;
  if (signal !== null) return `ended by ${signal}`;
  return code === 0 ? '' : `ended with exit code ${code}`;
}

/** What is wrong with a run as a whole, if anything is. */
function faultOf(end: string, results: FinalResults | null): string | undefined {
  if (end !== '') return end;
  if (results === null || results.count === 0) {
    // tap's own words for a file without tests, where a file skipped on purpose gives its reason.
    return results?.plan.skipAll && results.plan.skipReason !== 'no tests found'
      ? undefined
      : 'it has no tests';
  }
  return results.ok ? undefined : 'its results are not those it planned';
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Nothing is left of the group.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
