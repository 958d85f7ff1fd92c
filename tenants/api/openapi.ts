import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

const DESCRIPTION = `Cards and accounts of one tenant, and what was authorised on them.

Amounts are integers in minor units of the currency beside them, which is three letters of ISO 4217. Times are UTC.
Lists are newest first, page by page; events alone are oldest first. Errors are problem documents (RFC 9457) with a \`code\` that stays. A write with an
\`Idempotency-Key\` is done once, however often it is sent.`;

/** Describes every route that is added after it, and shows that to people; nothing of it comes from elsewhere. */
export async function registerOpenApi(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Holdfast',
        version: '1',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      },
      servers: [{ url: '/', description: 'This switch' }],
      tags: [
        { name: 'Accounts', description: 'What cards draw on.' },
        { name: 'Cards', description: 'Issued or imported; a PAN is kept encrypted.' },
        { name: 'Authorizations', description: 'What was asked, and decided.' },
        { name: 'Holds', description: 'What authorizations reserve.' },
        { name: 'Events', description: 'What happened, in order: by pages or as a stream.' },
        { name: 'Webhooks', description: 'Events sent to endpoints, signed as Standard Webhooks says.' },
        { name: 'API keys', description: 'Who may ask, and for what.' },
        { name: 'Audit', description: 'Who changed what.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: hf_test_… or hf_live_…' },
        },
      },
      security: [{ apiKey: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema${index}`),
    },
  });
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { url: '/openapi.json', validatorUrl: null, deepLinking: true },
  });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
}
