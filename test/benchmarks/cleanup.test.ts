import t from 'tap';
import { Cleanup } from '../../benchmarks/cleanup.js';

t.test('undone last first, once, and on past a step that fails', async (t) => {
  const cleanup = new Cleanup();
  const undone: string[] = [];
  const failed: string[] = [];
  for (const name of ['directory', 'database', 'switch']) {
    cleanup.add(name, async () => {
      undone.push(name);
      if (name === 'database') throw new Error('stuck');
    });
  }
  const onFailure = (name: string) => failed.push(name);
  await Promise.all([cleanup.run(onFailure), cleanup.run(onFailure)]);
  t.same(undone, ['switch', 'database', 'directory']);
  t.same(failed, ['database']);
});
