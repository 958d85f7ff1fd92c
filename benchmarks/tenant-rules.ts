import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Gives each tenant of a directory the same limits document, or none, instead of what it has: so that what rules cost can
 * be told apart from all else.
 * @param rules the document's file; null for no rules
 */
export async function setTenantRules(directory: string, rules: string | null): Promise<void> {
  const document: unknown = rules === null ? undefined : JSON.parse(await readFile(rules, 'utf8'));
  for (const name of await readdir(directory)) {
    const file = path.join(directory, name);
    const tenant = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    delete tenant.cardGroups;
    // Left out where there are none.
    await writeFile(file, `${JSON.stringify({ ...tenant, rules: document }, null, 2)}\n`);
  }
}
