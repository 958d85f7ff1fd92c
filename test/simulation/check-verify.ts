import type pg from 'pg';
import { type Verdict, verify } from '../../ledger/verify.js';
import type { History } from './history.js';
import { SimulatedClient } from './postgres/client.js';
import { Actor } from './scheduler.js';
import { Line } from './wire.js';

/** Reads all journals again, as `holdfast verify` does: right, or wrong in that one tenant. */
export async function checkVerify(history: History, wrong: string | null): Promise<void> {
  const verdicts = await verdictsOf(history);
  for (const { tenant, rows, fault } of verdicts) {
    const count = history.judge.rows.get(history.numberOf(history.tenants.indexOf(tenant)))?.length ?? 0;
    if (tenant === wrong) {
      if (fault === null) history.fail('verify', `what is wrong with ${tenant} was not found`);
    } else if (fault !== null) history.fail('verify', `${tenant}: ${fault}`);
    else if (rows !== count) history.fail('verify', `${rows} of ${count} rows of ${tenant} were proved`);
  }
  if (verdicts.length !== history.tenants.length) history.fail('verify', 'not every tenant was looked at');
}

async function verdictsOf(history: History): Promise<readonly Verdict[]> {
  return asAuditor(history, async (client) => {
    const verdicts: Verdict[] = [];
    for await (const verdict of verify(client)) verdicts.push(verdict);
    return verdicts;
  });
}

/** Does something over a connection of its own. */
export async function asAuditor<T>(history: History, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const auditor = new Actor('auditor');
  const line = new Line(history.random, [0.1, 1]);
  return history.as(auditor, async () => {
    const client = await SimulatedClient.connect(history.postgres, auditor, line, 'psql', 0);
    const result = await work(client as never);
    await client.end();
    return result;
  });
}
