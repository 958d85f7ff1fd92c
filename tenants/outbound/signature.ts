import { createHmac } from 'node:crypto';

/** In front of a secret, as text. */
export const SECRET_PREFIX = 'whsec_';
const VERSION = 'v1';

/**
 * The headers that prove who sent a request, as the Standard Webhooks specification has them (1.0): HMAC-SHA-256 over
 * `id.timestamp.body`, in Base64, once for each secret that is in force.
 *
 * @param at ms since 1970
 * @param secrets the new one first; while it is rotated, also the old one
 */
export function signatureHeaders(id: string, at: number, body: string, secrets: readonly Uint8Array[]) {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map(
    (secret) => `${VERSION},${signatureOf(secret, `${id}.${timestamp}.${body}`)}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

function signatureOf(secret: Uint8Array, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64');
}

/** A secret as its owner is shown it. */
export function secretText(secret: Uint8Array): string {
  return SECRET_PREFIX + Buffer.from(secret).toString('base64');
}
