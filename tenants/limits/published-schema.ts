import { LimitsSchema } from './schema.js';

/** docs/limits.schema.json: for editors, so it has nothing but JSON Schema. */
export function publishedLimitsSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Limits of a tenant of Holdfast',
    ...LimitsSchema,
  };
  return `${JSON.stringify(schema, (key, value) => (key === 'expectation' ? undefined : value), 2)}\n`;
}
