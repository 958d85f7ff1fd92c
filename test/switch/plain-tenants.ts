import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Test } from 'tap';
import { readDocument } from '../../tenants/document.js';
import { PERSONAS_DIRECTORY } from '../../tenants/tenant.js';

/** A directory with the demo tenants as they would be without rules: for tests that put rules of their own in force. */
export async function plainTenants(t: Test): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'holdfast-tenants-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  for (const name of await readdir(PERSONAS_DIRECTORY)) {
    const read = await readDocument(path.join(PERSONAS_DIRECTORY, name));
    if ('problem' in read) throw new Error(read.problem.text);
    const document = read.value as Record<string, unknown>;
    for (const key of ['rules', 'cardGroups', 'programme']) delete document[key];
    await writeFile(path.join(directory, `${path.parse(name).name}.json`), JSON.stringify(document));
  }
  return directory;
}
