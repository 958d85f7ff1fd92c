import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks 1.0.0, "Signature scheme": 24 to 64 random bytes, in base64 behind `whsec_`. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** A new signing secret. @param bytes random, of which the first 32 count; drawn here when absent */
export function newSecret(bytes: Uint8Array = randomBytes(SECRET_BYTES)): string {
  return PREFIX + Buffer.from(bytes.subarray(0, SECRET_BYTES)).toString('base64');
}

/**
 * The headers of a webhook (Standard Webhooks 1.0.0, "Webhook headers"), signed by each secret: while one is being replaced
 * there are two.
 * @param id of the event, without a full stop
 * @param nowMs time of the attempt, ms since 1970
 * @param body as it is sent
 */
export function signedHeaders(
  secrets: readonly string[],
  id: string,
  nowMs: number,
  body: string,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
