import { PARTS, published } from './limits/published-schema.js';
import { LimitsSchema } from './limits/schema.js';
import { TenantSchema } from './tenant.js';

/** docs/tenant.schema.json: a tenant's file for editors, with its limits. */
export function publishedTenantSchema(): string {
  const { cardGroups } = TenantSchema.properties;
  const ofGroup = {
    ...cardGroups.items,
    properties: { ...cardGroups.items.properties, rules: LimitsSchema },
  };
  const properties = {
    ...TenantSchema.properties,
    rules: LimitsSchema,
    cardGroups: { ...cardGroups, items: ofGroup },
  };
  return published(
    'A tenant of Holdfast',
    { ...TenantSchema, properties },
    { ...PARTS, limits: LimitsSchema },
  );
}
