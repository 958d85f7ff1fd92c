import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Far above what a run takes from a card, so that the limits are worked out each time and never reached. */
const GENEROUS = {
  limits: { perTransactionMinor: 1_000_000_000, perDayMinor: 1_000_000_000, perDayCount: 60_000 },
  demoBalanceMinor: [1_000_000_000, 1_000_000_000],
} as const;

/** The channel of the load generator's purchases. */
const CHANNEL = 'pos';

/**
 * Copies the demo tenants to `directory` with limits that are never reached and the channel of the load
 * allowed: any answer but 00 is then a fault. All else about them stays as it is shipped.
 */
export async function writeGenerousTenants(personasDirectory: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(personasDirectory)) {
    if (!name.endsWith('.json')) continue;
    const text = await readFile(path.join(personasDirectory, name), 'utf8');
    await writeFile(path.join(directory, name), `${JSON.stringify(generous(text), null, 2)}\n`);
  }
}

function generous(text: string): Record<string, unknown> {
  const tenant = JSON.parse(text) as Record<string, unknown>;
  const channels = Array.isArray(tenant.channels) ? (tenant.channels as unknown[]) : [];
  return { ...tenant, ...GENEROUS, channels: [...new Set([...channels, CHANNEL])] };
}
