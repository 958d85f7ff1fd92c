import { Type } from '@sinclair/typebox';
import { LimitsIn, LimitsOut } from './limit-schemas.js';

/** A group of cards with rules of its own, as a tenant's file has it. */
export const CardGroupIn = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]+$',
    }),
    number: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }),
    rules: LimitsIn,
  },
  { additionalProperties: false },
);

const PROPERTIES = {
  object: Type.Literal('configuration'),
  tenant: Type.String(),
  settings: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description: 'What else the tenant’s file says, which only a start of the switch changes.',
  }),
  rules: Type.Union([LimitsOut, Type.Null()], { description: 'For all cards of the tenant.' }),
  card_groups: Type.Array(Type.Object({ name: Type.String(), number: Type.Integer(), rules: LimitsOut }), {
    description: 'For groups of its cards.',
  }),
};

export const ConfigurationSchema = Type.Object(PROPERTIES, { $id: 'Configuration', title: 'Configuration' });

export const AppliedConfigurationSchema = Type.Object(
  {
    ...PROPERTIES,
    sequence: Type.Union([Type.Integer(), Type.Null()], {
      description: 'The journal row from which on it is in force; null where nothing was changed.',
    }),
    differences: Type.Array(Type.String(), { description: 'What is other than before, in words.' }),
  },
  { $id: 'AppliedConfiguration', title: 'Applied configuration' },
);
