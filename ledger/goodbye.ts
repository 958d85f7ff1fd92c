import type pg from 'pg';

/** For the server to say goodbye too. */
const GOODBYE_MS = 1000;

/**
 * Ends a connection. One whose other end vanished says nothing for a quarter of an hour, and is not waited for: the server
 * ends its session by its own keepalive, and the socket keeps no process alive.
 */
export async function goodbye(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<'lost'>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS, 'lost');
  });
  const outcome = await Promise.race([client.end(), patience]);
  clearTimeout(timer);
  // Not in the types of node-postgres.
  if (outcome === 'lost') (client as pg.Client & { unref(): void }).unref();
}
