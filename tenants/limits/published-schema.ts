import { Category, Conditions, LimitsSchema, Window } from './schema.js';

/** Parts that stand in many places, written once. */
const PARTS = { conditions: Conditions, window: Window, category: Category } as const;

/** docs/limits.schema.json: for editors, so it has nothing but JSON Schema. */
export function publishedLimitsSchema(): string {
  const names = new Map(Object.entries(PARTS).map(([name, part]) => [JSON.stringify(part), name]));
  const partless = (within: unknown): unknown => {
    if (Array.isArray(within)) return within.map(refer);
    const entries = Object.entries(within as object).filter(([key]) => key !== 'expectation');
    return Object.fromEntries(entries.map(([key, value]) => [key, refer(value)]));
  };
  const refer = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const name = names.get(JSON.stringify(value));
    return name === undefined ? partless(value) : { $ref: `#/$defs/${name}` };
  };
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Limits of a tenant of Holdfast',
    ...(partless(LimitsSchema) as object),
    $defs: Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [name, partless(part)])),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
