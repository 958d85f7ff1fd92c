import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { newSecret, signedHeaders } from '../../tenants/outbound/signature.js';
import { ROOT, readPage } from './markdown.js';

t.setTimeout(30_000);

t.test('the receiver of docs/events.md takes what is signed, once, and refuses the rest', async (t) => {
  const [, program = ''] = /^```javascript\n([\s\S]*?)^```$/m.exec(await readPage('docs/events.md')) ?? [];
  const anyPort = program.replace(
    '.listen(3000)',
    '.listen(0, function () { console.log(this.address().port); })',
  );
  t.not(anyPort, program);
  const secret = newSecret();
  const child = spawn(process.execPath, ['--input-type=module', '-e', anyPort], {
    cwd: ROOT,
    env: { ...process.env, WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill());
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(child.stdout, 'data');
  const url = `http://127.0.0.1:${said.trim()}/`;
  const body = JSON.stringify({ id: 'event_1', type: 'hold.expired', data: { amount: 500 } });
  const send = (headers: Record<string, string>) => fetch(url, { method: 'POST', headers, body });
  t.equal((await send(signedHeaders([secret], 'event_1', Date.now(), body))).status, 204);
  t.equal((await send(signedHeaders([secret], 'event_1', Date.now(), body))).status, 204);
  t.equal((await send(signedHeaders([newSecret()], 'event_1', Date.now(), body))).status, 400);
  child.kill();
  await once(child, 'close');
  t.equal(said.split('hold.expired 500').length, 2, 'told once');
});
