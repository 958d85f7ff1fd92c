import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { CompiledDialect } from '../parsers/compiled-dialect.js';
import { parse } from '../parsers/reader.js';
import { placeOf, readInside } from '../parsers/structure.js';
import { MessageView } from '../parsers/view.js';
import { build } from '../parsers/writer.js';
import { type CodecCase, codecCases } from './codec-cases.js';
import { type Garbage, measureGarbage } from './codec-garbage.js';
import { describeMachine, type Machine } from './machine.js';
import { table, verdictTable, writeReport } from './report.js';
import { type Subject, type Timing, timeInRounds } from './rounds.js';
import { thousands, type Verdict } from './verdict.js';

/**
 * `npm run bench:codec`: how long a message takes to be read and to be written, here and with the npm package
 * `iso_8583`, on one thread and in rounds that take turns; writes `docs/benchmarks.md`.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TARGET = { parseTimes: 15, buildTimes: 25, parseUs: 0.8, buildUs: 1.2, garbageBytes: 64 };
/** What a round of one subject takes, about. */
const ROUND_MS = 100;
const GARBAGE_MESSAGES = 1_000_000;
const FULL = { rounds: 21, warmups: 5 };
const QUICK = { rounds: 5, warmups: 2 };

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

interface PackageInstance {
  getBufferMessage(): Buffer | { readonly error: string };
  getIsoJSON(frame: Buffer): { readonly error?: string };
}
const Iso8583: new (message?: Record<string, string>) => PackageInstance = createRequire(import.meta.url)(
  'iso_8583',
);

interface CaseTimings {
  readonly of: CodecCase;
  readonly parse: Timing;
  readonly build: Timing;
  readonly unpack: Timing | null;
  readonly pack: Timing | null;
}

const view = new MessageView();

/** Takes all the variants of a message in turn. */
function subject(name: string, each: (variant: number) => number, variants: number): Subject {
  const run = (times: number) => {
    let kept = 0;
    for (let time = 0; time < times; time++) kept += each(time % variants);
    return kept;
  };
  run(1000);
  const from = performance.now();
  run(1000);
  const times = Math.max(100, Math.round((1000 * ROUND_MS) / (performance.now() - from)));
  return { name, times, run };
}

function subjectsOf({ name, dialect, frames, messages, inside, inPackage }: CodecCase): readonly Subject[] {
  const { length } = frames;
  const field = inside === null ? null : dialect.table.fields[inside]!;
  const read = (variant: number) => {
    const frame = frames[variant]!;
    if (!parse(view, dialect, frame, 0, frame.length)) throw view.error();
    return field === null ? view.highest : readInside(field, placeOf(view, inside!), field.key).length;
  };
  const ours = [
    subject(`${name}: parse`, read, length),
    subject(`${name}: build`, (variant) => build(dialect, messages[variant]!).length, length),
  ];
  if (!inPackage) return ours;
  const framed = frames.map((frame) => {
    const bytes = Buffer.alloc(2 + frame.length);
    bytes.writeUInt16BE(frame.length);
    bytes.set(frame, 2);
    return bytes;
  });
  const fields = messages.map((message) => ({ 0: message.mti, ...message.fields }) as Record<string, string>);
  requireSame(dialect, frames[0]!, new Iso8583({ ...fields[0]! }).getBufferMessage());
  const unpack = (variant: number) => {
    const message = new Iso8583().getIsoJSON(framed[variant]!);
    if (message.error !== undefined) throw new Error(message.error);
    return 1;
  };
  const pack = (variant: number) =>
    (new Iso8583({ ...fields[variant]! }).getBufferMessage() as Buffer).length;
  return [
    ...ours,
    subject(`${name}: iso_8583 unpack`, unpack, length),
    subject(`${name}: iso_8583 pack`, pack, length),
  ];
}

/** Both sides do the same work: the package writes the same fields, with a secondary bitmap of zeros. */
function requireSame(
  dialect: CompiledDialect,
  ours: Buffer,
  packed: Buffer | { readonly error: string },
): void {
  if (!Buffer.isBuffer(packed)) throw new Error(packed.error);
  const other = new MessageView();
  if (!parse(view, dialect, ours, 0, ours.length)) throw view.error();
  if (!parse(other, dialect, packed, 2, packed.length)) throw other.error();
  for (let field = 2; field <= dialect.bitmap.bits; field++) {
    if (view.text(field) !== other.text(field)) throw new Error(`iso_8583 writes another field ${field}`);
  }
}

function timingsOf(cases: readonly CodecCase[]): readonly CaseTimings[] {
  const { rounds, warmups } = values.quick ? QUICK : FULL;
  const subjects = cases.map(subjectsOf);
  const timings = timeInRounds(subjects.flat(), rounds, warmups).values();
  return cases.map((of, index) => {
    const [read, written, unpack = null, pack = null] = subjects[index]!.map(() => timings.next().value!);
    return { of, parse: read!, build: written!, unpack, pack };
  });
}

function judge([first]: readonly CaseTimings[], garbage: Garbage): readonly Verdict[] {
  const { parse: read, build: written, unpack, pack } = first!;
  const times = (slow: Timing, fast: Timing) => slow.medianUs / fast.medianUs;
  const verdict = (
    what: string,
    measured: number,
    unit: string,
    target: number,
    atLeast: boolean,
  ): Verdict => ({
    what,
    measured: `${measured.toFixed(unit === ' µs' ? 2 : 1)}${unit}`,
    target: `${atLeast ? 'at least' : 'under'} ${target}${unit}`,
    met: atLeast ? measured >= target : measured < target,
  });
  return [
    verdict('parse, over `iso_8583`', times(unpack!, read), ' times', TARGET.parseTimes, true),
    verdict('build, over `iso_8583`', times(pack!, written), ' times', TARGET.buildTimes, true),
    verdict('parse', read.medianUs, ' µs', TARGET.parseUs, false),
    verdict('build', written.medianUs, ' µs', TARGET.buildUs, false),
    verdict(
      'garbage a message on the workers’ path',
      garbage.bytesPerMessage,
      ' bytes',
      TARGET.garbageBytes,
      false,
    ),
  ];
}

function render(
  verdicts: readonly Verdict[],
  timings: readonly CaseTimings[],
  garbage: Garbage,
  machine: Machine,
): string {
  const cell = (timing: Timing | null) =>
    timing === null
      ? ''
      : `${timing.medianUs.toFixed(2)} (${timing.leastUs.toFixed(2)} to ${timing.mostUs.toFixed(2)})`;
  return [
    '## The codec',
    verdictTable(verdicts),
    'Microseconds for one message on one thread: the median of the rounds, and the quickest and slowest one. The ' +
      'subjects take turns in every round. Parsing locates and checks every field, and of the chip message every ' +
      'tag of DE55; nothing is copied. `iso_8583` makes an object of a message, and takes its own objects back.',
    table(
      ['message', 'bytes', 'parse', 'build', '`iso_8583` unpack', '`iso_8583` pack'],
      timings.map(({ of, parse: read, build: written, unpack, pack }) => [
        of.name,
        String(of.frames[0]!.length),
        cell(read),
        cell(written),
        cell(unpack),
        cell(pack),
      ]),
    ),
    `The workers' path (parse, interpret with the PAN's token, prepare the reply) left ` +
      `${garbage.bytesPerMessage.toFixed(1)} bytes a message on the heap, over ${thousands(garbage.messages)} of the first.`,
    `${machine.date}, ${machine.cpu}, Node ${machine.node}, commit ${machine.commit}; \`${machine.command}\`.`,
  ].join('\n\n');
}

const cases = codecCases();
const garbage = measureGarbage(cases[0]!.frames, GARBAGE_MESSAGES);
const timings = timingsOf(cases);
const verdicts = judge(timings, garbage);
for (const { of, parse: read, build: written, unpack, pack } of timings) {
  const shown = [read, written, unpack, pack].map((timing) => timing?.medianUs.toFixed(2) ?? '–');
  process.stdout.write(`${of.name}, ${of.frames[0]!.length} bytes: parse ${shown[0]}, build ${shown[1]}`);
  process.stdout.write(`, iso_8583 ${shown[2]} and ${shown[3]} µs\n`);
}
for (const { what, measured, target, met } of verdicts) {
  process.stdout.write(`${met ? 'met    ' : 'NOT MET'}  ${what}: ${measured} (${target})\n`);
}
const words = process.argv.slice(2);
const command = ['npm run bench:codec', ...(words.length === 0 ? [] : ['--', ...words])].join(' ');
const file = await writeReport(
  ROOT,
  render(verdicts, timings, garbage, describeMachine(ROOT, command)),
  'codec',
);
process.stdout.write(`wrote ${path.relative(process.cwd(), file)}\n`);
process.exitCode = verdicts.every(({ met }) => met) ? 0 : 1;
