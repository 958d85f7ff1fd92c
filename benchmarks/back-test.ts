import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BackTestReport } from '../ledger/back-test/outcome.js';
import { runBackTest } from '../ledger/back-test/run-back-test.js';
import { COMMAND } from '../ledger/command.js';
import { startEmbeddedPostgres } from '../ledger/embedded-postgres.js';
import { connect } from '../ledger/journal.js';
import { LEVEL } from '../ledger/limits/place.js';
import { openLedger } from '../ledger/open-ledger.js';
import { compileLimits } from '../tenants/limits/compile.js';
import type { LimitRule } from '../tenants/limits/schema.js';
import { CommandMix, EUR, MIX } from './command-mix.js';
import { JournalWriter } from './journal-writer.js';
import { thousands } from './verdict.js';

/**
 * `npm run bench:backtest`: how many authorisations a second a back-test decides again, with twelve rules, over a journal
 * in Postgres that was written in groups, as a busy switch does.
 */
const { values } = parseArgs({
  options: {
    cards: { type: 'string', default: '100000' },
    authorisations: { type: 'string', default: '1000000' },
    group: { type: 'string', default: '100' },
  },
});
const cards = Number(values.cards);
const authorisations = Number(values.authorisations);

const TENANT = 'bench';
const BALANCE = 1e9;
const AT = Date.UTC(2026, 5, 15, 12);
/** Commands of a row while cards are issued. */
const ISSUING_GROUP = 20_000;
const ROUNDS = 3;
/** Authorisations among the messages of a mix that are journalled. */
const AUTHORISED = 7;

/** A dozen as a tenant has them, of each kind that costs something; `most` is of a card and day. */
function rulesOf(most: number): readonly LimitRule[] {
  return [
    { name: 'no gambling', kind: 'block', when: { mcc: 'gambling' } },
    { name: 'in Europe', kind: 'allow', when: { country: ['EEA', 'unknown'] } },
    { name: 'no casinos by name', kind: 'block', when: { name: ['*CASINO*', '*POKER*'] } },
    { name: 'a payment', kind: 'amount', amountMinor: 1_000_000 },
    { name: 'a day', kind: 'velocity', window: 'day', amountMinor: most, count: 1_000_000 },
    { name: 'a week', kind: 'velocity', window: 'week', amountMinor: 1_000_000_000 },
    { name: 'a month', kind: 'velocity', window: 'month', amountMinor: 4_000_000_000, per: 'account' },
    { name: 'in 24 hours', kind: 'velocity', window: { trailing: '24h' }, amountMinor: 2_000_000_000 },
    {
      name: 'groceries',
      kind: 'velocity',
      window: 'month',
      amountMinor: 900_000_000,
      when: { mcc: 'groceries' },
    },
    { name: 'cash', kind: 'velocity', window: 'day', amountMinor: 50_000, when: { type: 'cash' } },
    { name: 'taps', kind: 'contactless' },
    { name: 'all of us', kind: 'velocity', window: 'day', amountMinor: 900_000_000_000, per: 'tenant' },
  ];
}

const programOf = (most: number, revision: number) =>
  compileLimits(
    { timeZone: 'Europe/Paris', country: 'FR', rules: rulesOf(most) },
    { level: LEVEL.tenant, currency: EUR, year: 2026, revision },
  ).text;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const log = (text: string, error: unknown) => say(`${text}: ${error}`);

/** @returns the row before the first authorisation */
async function write(url: string): Promise<number> {
  const opened = await openLedger({
    url,
    tenants: [TENANT],
    revive: async () => {},
    log,
    onQuarantine: (_, error) => {
      throw error;
    },
  });
  const mix = new CommandMix(cards);
  const writer = new JournalWriter(opened, mix.command, AT, ISSUING_GROUP);
  for (const _ of mix.issueCards(BALANCE)) await writer.run();
  const { command } = mix;
  Object.assign(command, {
    kind: COMMAND.setRules,
    level: LEVEL.tenant,
    entity: 0,
    program: programOf(1e9, 1),
  });
  await writer.run();
  await writer.commit();
  const client = await connect(url, log);
  const { rows } = await client.query<{ seq: number }>(
    'SELECT max(seq)::float8 AS seq FROM holdfast.journal',
  );
  writer.groupOf = Number(values.group);
  const startedAt = performance.now();
  const before = writer.journalled;
  for (let first = 0, made = 0; made < authorisations; first += MIX, made += AUTHORISED) {
    for (let place = 0; place < MIX; place++) {
      mix.play(first, place);
      await writer.run();
    }
  }
  await writer.commit();
  const rate = ((writer.journalled - before) / (performance.now() - startedAt)) * 1000;
  say(
    `${thousands(writer.journalled - before)} commands written in groups of ${values.group}: ${thousands(rate)} a second`,
  );
  await client.query('ANALYZE holdfast.journal');
  await client.end();
  await opened.close();
  return rows[0]!.seq;
}

async function backTest(url: string, from: number, most: number | null): Promise<BackTestReport> {
  const client = await connect(url, log);
  const program = most === null ? null : programOf(most, 2);
  let beganAt = 0;
  const before = process.cpuUsage();
  const report = await runBackTest(
    client,
    { id: 1, name: TENANT },
    {
      // Asked for where the stretch begins.
      drafts: () => {
        beganAt = performance.now();
        return program === null ? [] : [{ level: LEVEL.tenant, entity: 0, program }];
      },
      from,
    },
  );
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - beganAt) / 1000;
  await client.end();
  const { messages, differences } = report;
  const rule = most === null ? 'the rules in force' : `a draft of ${most / 100} a day`;
  say(
    `${rule}: ${thousands(messages)} authorisations in ${seconds.toFixed(2)} s: ${thousands(messages / seconds)} a second, ` +
      `${thousands(differences)} differences; with the replay before them ${report.seconds.toFixed(2)} s ` +
      `(${((user + system) / 1e6).toFixed(2)} s of CPU)`,
  );
  return report;
}

const root = await mkdtemp(path.join(os.tmpdir(), 'holdfast-back-test-'));
// The server runs as another user where the benchmark runs as root.
await chmod(root, 0o755);
const directory = path.join(root, 'postgres');
const postgres = await startEmbeddedPostgres({ directory, log: () => {} });
try {
  say(`${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, Node ${process.version}`);
  const from = (await write(postgres.url)) + 1;
  for (let round = 0; round < ROUNDS; round++) {
    const { differences } = await backTest(postgres.url, from, null);
    if (differences !== 0) process.exitCode = 1;
    await backTest(postgres.url, from, 20_000);
  }
} finally {
  await postgres.stop();
  await rm(await realpath(directory), { recursive: true, force: true });
  await rm(root, { recursive: true, force: true });
}
