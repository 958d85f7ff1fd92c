import { Type } from '@sinclair/typebox';
import { DECLINE_CODES } from '../decisions/decision-answer.js';

export const FallbackSchema = Type.Object(
  {
    decision: Type.Union([Type.Literal('approve'), Type.Literal('decline')]),
    response_code: Type.Optional(
      Type.Unsafe<string>({
        type: 'string',
        enum: DECLINE_CODES,
        description: 'DE39 of a decline; 05 when absent.',
      }),
    ),
    most: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 999_999_999_999,
        description: 'Approves no more than this, in minor units of the merchant’s currency.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'What is decided when the endpoint does not answer; a decline when absent.',
  },
);

const properties = {
  object: Type.Literal('decision_endpoint'),
  url: Type.String(),
  deadline_ms: Type.Integer({ description: 'How long it may take to answer.' }),
  concurrency: Type.Integer({
    description: 'Authorizations that it is asked about at once; the fallback decides about more.',
  }),
  least_amount: Type.Integer({ description: 'Less is not asked about.' }),
  fallback: FallbackSchema,
  enabled: Type.Boolean(),
  version: Type.Integer(),
  updated: Type.String({ format: 'date-time' }),
};

export const DecisionEndpointSchema = Type.Object(properties, {
  $id: 'DecisionEndpoint',
  title: 'Decision endpoint',
});

export const NewDecisionEndpointSchema = Type.Object(
  {
    ...properties,
    secret: Type.Union([Type.String(), Type.Null()], {
      description: 'By which requests are signed; null where it was shown before.',
    }),
  },
  { $id: 'NewDecisionEndpoint', title: 'New decision endpoint' },
);
