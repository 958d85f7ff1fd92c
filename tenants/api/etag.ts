import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

const TAG_CHARACTERS = 27;

/** A strong entity tag (RFC 9110 clause 8.8.3) of a resource as it stands. */
export function entityTag(resource: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(resource)).digest('base64url');
  return `"${digest.slice(0, TAG_CHARACTERS)}"`;
}

/** Sends a resource with its tag. */
export function tagged<T>(reply: FastifyReply, resource: T): T {
  reply.header('etag', entityTag(resource));
  return resource;
}

/**
 * Makes sure that a resource is still as it was when whoever changes it saw it; without If-Match they don't ask.
 * @throws Problem `HF_PRECONDITION_FAILED` (RFC 9110 clause 13.1.1)
 */
export function requireMatch(request: FastifyRequest, resource: unknown): void {
  const asked = request.headers['if-match'];
  if (asked === undefined || asked === '*') return;
  const tags = asked.split(',').map((tag) => tag.trim());
  if (!tags.includes(entityTag(resource))) throw new Problem('HF_PRECONDITION_FAILED');
}
