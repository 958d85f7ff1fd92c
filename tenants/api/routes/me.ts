import { Type } from '@sinclair/typebox';
import { type Routes, reads } from '../api.js';

const Me = Type.Object({
  object: Type.Literal('caller'),
  tenant: Type.String(),
  role: Type.String(),
  key: Type.String({ description: 'The name of the key in use.' }),
  environment: Type.Union([Type.Literal('test'), Type.Literal('live')]),
});

/** Who a key is. */
export const me: Routes = (app, { environment }) => {
  app.get(
    '/me',
    {
      schema: {
        operationId: 'getMe',
        summary: 'Who asks',
        tags: ['API keys'],
        response: reads(Me, 'The tenant and the role of the key.'),
      },
    },
    ({ caller: { tenant, role, keyId } }) => ({
      object: 'caller' as const,
      tenant: tenant.name,
      role,
      key: `key_${keyId}`,
      environment,
    }),
  );
};
