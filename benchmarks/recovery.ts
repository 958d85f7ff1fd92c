import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { beginningOf } from '../ledger/beginning.js';
import { writeCheckpoint } from '../ledger/checkpoint.js';
import { startEmbeddedPostgres } from '../ledger/embedded-postgres.js';
import { Follower } from '../ledger/follow.js';
import { checkInvariants } from '../ledger/invariants.js';
import { connect } from '../ledger/journal.js';
import { openLedger } from '../ledger/open-ledger.js';
import { SnapshotFiles } from '../ledger/snapshot-files.js';
import { IMAGE_VERSION, stateDigest } from '../ledger/state-image.js';
import { CommandMix, MIX } from './command-mix.js';
import { JournalWriter } from './journal-writer.js';
import { usedBytes } from './used-bytes.js';
import { thousands } from './verdict.js';

/**
 * `npm run bench:recovery`: how long a restart takes. A tenant gets cards with an account each and a snapshot; then
 * commands go to its journal, in groups as a busy switch commits them; then its state is recovered from both.
 */
const { values } = parseArgs({
  options: {
    cards: { type: 'string', default: '2000000' },
    commands: { type: 'string', default: '2000000' },
    group: { type: 'string', default: '100' },
  },
});
const cards = Number(values.cards);
const commands = Number(values.commands);
const group = Number(values.group);

const TENANT = 'bench';
/** Minor units of each account. */
const BALANCE = 1e9;
const AT = Date.UTC(2026, 5, 15, 12);
/** Commands of a row while cards are issued. */
const ISSUING_GROUP = 20_000;
const ROUNDS = 3;

const mix = new CommandMix(cards);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function per(count: number, seconds: number): string {
  return thousands(count / seconds);
}

/** How long `work` takes, and how much time this process spent on it, which others on the machine do not prolong. */
async function timed<T>(
  work: () => Promise<T> | T,
): Promise<readonly [result: T, seconds: number, cpuSeconds: number]> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [result, (performance.now() - startedAt) / 1000, (user + system) / 1e6];
}

async function issueCards(writer: JournalWriter): Promise<void> {
  for (const _ of mix.issueCards(BALANCE)) await writer.run();
  await writer.commit();
}

async function traffic(writer: JournalWriter): Promise<void> {
  const until = writer.journalled + commands;
  for (let first = 0; writer.journalled < until; first += MIX) {
    for (let place = 0; place < MIX; place++) {
      mix.play(first, place);
      await writer.run();
    }
  }
  await writer.commit();
}

async function prepare(url: string, snapshots: string): Promise<void> {
  const log = (text: string, error: unknown) => say(`${text}: ${error}`);
  const opened = await openLedger({
    url,
    tenants: [TENANT],
    revive: async () => {},
    log,
    onQuarantine: (_, error) => {
      throw error;
    },
  });
  const client = await connect(url, log);
  const writer = new JournalWriter(opened, mix.command, AT, ISSUING_GROUP);
  await issueCards(writer);
  const { lease, state } = opened.ledger.tenants[0]!;
  const [digest, digestSeconds] = await timed(() => stateDigest(state));
  const [, checkSeconds] = await timed(() => checkInvariants(state));
  const { rows } = await client.query<{ seq: number; hash: Buffer; at: number }>(
    `SELECT seq::float8 AS seq, hash, (extract(epoch FROM at) * 1000)::float8 AS at FROM holdfast.journal
     WHERE tenant = $1 ORDER BY seq DESC LIMIT 1`,
    [lease.tenant],
  );
  const head = rows[0]!;
  await writeCheckpoint(client, lease.tenant, {
    ...head,
    digest,
    version: IMAGE_VERSION,
    commands: writer.journalled,
  });
  const files = new SnapshotFiles(snapshots, TENANT);
  const [, writeSeconds] = await timed(() => files.write(head.seq, state, digest));
  say(
    `snapshot of ${thousands(cards)} cards: digest ${digestSeconds.toFixed(2)} s, sums and lists ${checkSeconds.toFixed(2)} s, written in ${writeSeconds.toFixed(2)} s`,
  );
  writer.groupOf = group;
  const [, seconds] = await timed(() => traffic(writer));
  say(`${thousands(commands)} commands written in groups of ${group}: ${per(commands, seconds)} a second`);
  const [, lateSeconds] = await timed(() => checkInvariants(state));
  const [, lateDigestSeconds] = await timed(() => stateDigest(state));
  say(`after them: digest ${lateDigestSeconds.toFixed(2)} s, sums and lists ${lateSeconds.toFixed(2)} s`);
  await client.query('ANALYZE holdfast.journal');
  await client.end();
  await opened.close();
}

async function recoverOnce(url: string, directory: string): Promise<void> {
  const client = await connect(url, () => {});
  const tenant = { id: 1, name: TENANT };
  const log = (text: string, error: unknown) => say(`${text}: ${error}`);
  const [begun, loadSeconds] = await timed(() => beginningOf(client, tenant, { directory, log }));
  const loaded = usedBytes();
  const follower = new Follower(tenant.id, begun.state, begun.head);
  const [caught, seconds, cpuSeconds] = await timed(() => follower.catchUp(client));
  const perRecord = (usedBytes() - loaded) / follower.state.records.size;
  await client.end();
  say(
    `snapshot loaded in ${loadSeconds.toFixed(2)} s; ${thousands(caught.commands)} commands in ${thousands(caught.rows)} rows replayed in ${seconds.toFixed(2)} s: ${per(caught.commands, seconds)} commands/s (${cpuSeconds.toFixed(2)} s of CPU: ${per(caught.commands, cpuSeconds)}/s)`,
  );
  say(`${perRecord.toFixed(0)} bytes a message, open hold or not`);
}

const root = await mkdtemp(path.join(os.tmpdir(), 'holdfast-recovery-'));
// The server runs as another user where the benchmark runs as root.
await chmod(root, 0o755);
const directory = path.join(root, 'postgres');
const postgres = await startEmbeddedPostgres({ directory, log: () => {} });
try {
  say(`${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, Node ${process.version}`);
  const snapshots = path.join(root, 'snapshots');
  await prepare(postgres.url, snapshots);
  for (let round = 0; round < ROUNDS; round++) await recoverOnce(postgres.url, snapshots);
} finally {
  await postgres.stop();
  await rm(await realpath(directory), { recursive: true, force: true });
  await rm(root, { recursive: true, force: true });
}
