import { Prover } from '../../ledger/prover.js';
import { asAuditor, checkVerify } from './check-verify.js';
import { SimulatedDisk } from './disk.js';
import { checkTenant } from './final-checks.js';
import type { History } from './history.js';
import { type Rotten, rot } from './rot.js';
import { Actor } from './scheduler.js';

/** For a node to take what is free, and its prover to prove it. */
const WELL_MS = 10_000;
/** Whoever proves from the start makes a checkpoint at the end alone. */
const AT_THE_END = {
  everyCommands: 1,
  everySeconds: 1000,
  snapshotEveryCommands: 1e9,
  snapshotEverySeconds: 1e9,
};

/** Lets a row or a checkpoint rot: it must be found, nobody may serve what is wrong, and all else is served. */
export async function checkRot(history: History): Promise<void> {
  const { random } = history;
  const tenant = random.whole(0, history.tenants.length - 1);
  const name = history.tenants[tenant]!;
  history.close();
  const rotten = rot(history, history.numberOf(tenant));
  if (rotten === null) return;
  history.rotten = name;
  await checkVerify(history, name);
  await checkProver(history, tenant, rotten);
  await checkNode(history, tenant, rotten);
}

/** A prover that begins at the start finds what is wrong, and nothing else. */
async function checkProver(history: History, tenant: number, { table, seq, told }: Rotten): Promise<void> {
  const { tenants } = history;
  const wrong: number[] = [];
  const proved: number[] = [];
  const none = new SimulatedDisk(history.scheduler, history.random).seenBy(new Actor('none'));
  const prover = new Prover({
    hotLoad: () => 0,
    url: 'simulated',
    tenants,
    schedule: AT_THE_END,
    snapshots: { directory: '/none', fileSystem: none, log: () => {} },
    onProgress: (index, progress) => {
      proved[index] = progress.seq;
    },
    onMismatch: (index) => wrong.push(index),
  });
  await asAuditor(history, async (client) => {
    while (await prover.round(client));
  });
  const rowsOf = (index: number) => history.judge.rows.get(history.numberOf(index))!.length;
  // It compares the checkpoint that it makes itself.
  const due = table === 'journal' || (told && seq === rowsOf(tenant)) ? [tenant] : [];
  if (`${wrong}` !== `${due}`) history.fail('proof', `a prover found wrong ${wrong}, not ${due}`);
  for (const index of tenants.keys()) {
    if (due.includes(index) || proved[index] === rowsOf(index)) continue;
    history.fail('proof', `a prover proved ${proved[index]} of ${rowsOf(index)} rows of ${tenants[index]}`);
  }
}

/**
 * A node does not take on a journal that does not prove itself. What is before the snapshot that it begins at is not read:
 * then it has what the journal gave when it was whole.
 */
async function checkNode(history: History, tenant: number, { table }: Rotten): Promise<void> {
  const [{ settings }] = history.switches as [History['switches'][number]];
  const anew = history.random.chance(0.5);
  if (anew) history.diskOf(settings.name).wipe();
  const born = history.launch(settings);
  const isSettled = (index: number) =>
    (born.serves(index) && born.idle) || (index === tenant && born.quarantined.length > 0);
  const all = [...history.tenants.keys()];
  const until = history.scheduler.now + WELL_MS;
  await history.scheduler.run(until, () => all.every(isSettled));
  if (all.some((index) => index !== tenant && !born.serves(index)))
    history.fail('proof', 'a tenant is not served since another is wrong');
  if (table === 'journal' && anew && born.quarantined.length === 0)
    history.fail('proof', `${history.tenants[tenant]} is not quarantined`);
  for (const index of all) if (born.quarantined.length === 0 || index !== tenant) checkTenant(history, index);
}
