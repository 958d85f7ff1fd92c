import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import type {} from './api.js';

/** Writes down a change: who, how, what; in the transaction that makes it where that is in the database. */
export async function audit(
  client: pg.ClientBase,
  request: Pick<FastifyRequest, 'caller' | 'method' | 'id'>,
  action: string,
  resource: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { caller } = request;
  await client.query(
    `INSERT INTO holdfast.audit (tenant, key_id, action, method, resource, changes, request_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      caller.tenant.number,
      caller.keyId,
      action,
      request.method,
      resource,
      JSON.stringify(changes),
      request.id,
    ],
  );
}
