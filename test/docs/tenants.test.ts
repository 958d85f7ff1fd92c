import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { readPage, runCommands } from './markdown.js';

t.setTimeout(180_000);

/** A block of commands, and what they print where the page says so. */
const STEP = /^```sh\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm;
/** Nothing is left running, whichever step failed. */
const END = "trap 'kill $(jobs -p); wait' EXIT";

t.test('docs/tenants.md: from nothing to a card that declines, as it is written', async (t) => {
  const page = await readPage('docs/tenants.md');
  const steps = [...page.matchAll(STEP)].map(([, commands, printed]) => ({ commands: commands!, printed }));
  t.ok(steps.length > 8);
  const ports = new Map([
    ['8583', await freePort()],
    ['8580', await freePort()],
  ]);
  const commands = steps.map(({ commands }) => commands.replace(/858[03]/g, (port) => ports.get(port)!));
  const directory = await mkdtemp(path.join(tmpdir(), 'holdfast-tenants-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const [, ...outputs] = await runCommands(directory, [END, ...commands]);
  for (const [index, { commands, printed }] of steps.entries()) {
    const output = outputs[index]!;
    if (printed !== undefined) t.match(output, patternOf(printed), commands);
  }
});

/** What is printed, in which `…` is anything within its line. */
function patternOf(printed: string): RegExp {
  const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^${printed.trimEnd().split('…').map(literal).join('.*')}\\n*$`);
}

/** One that was free a moment ago. */
async function freePort(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
