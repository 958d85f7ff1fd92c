import { Category, Conditions, LimitsSchema, Window } from './schema.js';

/** Parts that stand in many places, written once. */
export const PARTS = { conditions: Conditions, window: Window, category: Category } as const;

/** Keys of a tuple in the draft of 2020-12, by what they were called before. */
const TUPLE_KEYS: Readonly<Record<string, string>> = { items: 'prefixItems', additionalItems: 'items' };

/** docs/limits.schema.json: for editors, so it has nothing but JSON Schema. */
export function publishedLimitsSchema(): string {
  return published('Limits of a tenant of Holdfast', LimitsSchema, PARTS);
}

/**
 * A schema as editors take it: nothing but JSON Schema.
 * @param parts what stands in many places of it, by name, to be written once
 */
export function published(title: string, schema: object, parts: Readonly<Record<string, object>>): string {
  const names = new Map(Object.entries(parts).map(([name, part]) => [JSON.stringify(part), name]));
  const partless = (within: unknown): unknown => {
    if (Array.isArray(within)) return within.map(refer);
    const entries = Object.entries(within as object).filter(([key]) => key !== 'expectation');
    const isTuple = Array.isArray((within as { readonly items?: unknown }).items);
    const keyOf = (key: string) => (isTuple ? (TUPLE_KEYS[key] ?? key) : key);
    return Object.fromEntries(entries.map(([key, value]) => [keyOf(key), refer(value)]));
  };
  const refer = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const name = names.get(JSON.stringify(value));
    return name === undefined ? partless(value) : { $ref: `#/$defs/${name}` };
  };
  const whole = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    ...(partless(schema) as object),
    $defs: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, partless(part)])),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
