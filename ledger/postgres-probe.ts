import pg from 'pg';
import { NAME } from './postgres-cluster.js';
import { EmbeddedPostgresError, errorCode } from './postgres-error.js';

/** Long enough for a busy machine; the server is on this one. */
const CONNECT_TIMEOUT_MS = 5_000;
/** What pg says, without a code, of a connection that ended or took too long. */
const CUT_OFF = /^(Connection terminated|timeout expired)/;

/**
 * Whether the server takes our password and has our database, which is made where it is missing. False while it
 * starts, recovers, or is gone. Throws HF_POSTGRES_PASSWORD where the password is refused.
 */
export async function accepts(url: string): Promise<boolean> {
  try {
    await withClient(url, async () => {});
    return true;
  } catch (error) {
    switch (errorCode(error)) {
      case '3D000': // invalid_catalog_name
        await createDatabase(url);
        return true;
      case '53300': // too_many_connections: it is up, and busy
        return true;
      case '28P01': // invalid_password
        throw new EmbeddedPostgresError('HF_POSTGRES_PASSWORD', 'the server refuses the password', '', {
          cause: error,
        });
      case 'ECONNREFUSED':
      case 'ECONNRESET':
      case '57P01': // admin_shutdown
      case '57P02': // crash_shutdown
      case '57P03': // cannot_connect_now: it starts or recovers
        return false;
      default:
        if (error instanceof Error && CUT_OFF.test(error.message)) return false;
        throw error;
    }
  }
}

async function createDatabase(url: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  try {
    await withClient(maintenance.href, async (client) => {
      await client.query(`CREATE DATABASE ${NAME}`);
    });
  } catch (error) {
    // Another process made it at the same time: duplicate_database, or unique_violation on the catalogue.
    if (!['42P04', '23505'].includes(errorCode(error))) throw error;
  }
}

async function withClient(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection lost while idle surfaces in the next query as well; unheard, the event would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.end();
  }
}
