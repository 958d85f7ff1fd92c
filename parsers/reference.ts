import { ERROR_CODES } from './error-codes.js';
import { DialectSchema } from './schema.js';

/** JSON Schema as far as the dialect's goes. */
interface Schema {
  readonly $ref?: string;
  readonly $id?: string;
  readonly const?: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: { readonly [key: string]: Schema };
  readonly required?: readonly string[];
  readonly patternProperties?: { readonly [pattern: string]: Schema };
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Sections that are described on their own, by the key that holds them. */
const TITLES: Readonly<Record<string, string>> = {
  fields: 'Field',
  head: 'Field',
  prefix: 'Prefix',
  bitmap: 'Bitmap',
  structure: 'Structure',
  header: 'Header',
  encodings: 'Encodings',
  profiles: 'Profile',
  indicators: 'Indicators',
  incremental: 'Indicator',
  estimated: 'Indicator',
  partial: 'Indicator',
  more: 'Indicator',
  strongAuthentication: 'Indicator',
  recurring: 'Indicator',
  walletToken: 'Indicator',
  credentialOnFile: 'Indicator',
  pad: 'Padding',
  tag: 'Tag',
  size: 'Size',
};

/** The JSON Schema of a dialect document as it is published. */
export function publishedSchema(): string {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...DialectSchema };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Every key that a dialect document may have, as tables of Markdown, made from its schema. */
export function dialectReference(): string {
  const sections = new Map<string, string[]>();
  describe(sections, 'Document', DialectSchema as unknown as Schema);
  return [...sections].map(([title, lines]) => `### ${title}\n\n${lines.join('\n')}`).join('\n\n');
}

/** Every error code, as a table of Markdown. */
export function errorReference(): string {
  const rows = ERROR_CODES.map(({ code, text }) => `| \`${code}\` | ${text} |`);
  return ['| code | what is expected, or wrong |', '|---|---|', ...rows].join('\n');
}

function describe(sections: Map<string, string[]>, title: string, schema: Schema): void {
  if (sections.has(title)) return;
  const lines: string[] = [];
  sections.set(title, lines);
  const found: (readonly [string, Schema])[] = [];
  for (const form of formsOf(schema)) {
    const kind = form.properties?.kind?.const;
    if (form.properties === undefined) {
      if (form.type === 'string')
        lines.push(`A text like \`${form.pattern}\`: ${form.description ?? ''}.`, '');
      continue;
    }
    if (kind !== undefined) {
      const text = form.description === undefined ? '' : `: ${form.description}`;
      lines.push(`**\`"kind": "${String(kind)}"\`**${text}`, '');
    }
    const keys = Object.entries(form.properties).filter(([key]) => key !== 'kind' && key !== '$schema');
    if (keys.length > 0) lines.push('| key | what | |', '|---|---|---|');
    for (const [key, property] of keys) {
      const needed = form.required?.includes(key) === true && title !== 'Document' ? ' (needed)' : '';
      lines.push(`| \`${key}\`${needed} | ${typeText(key, property)} | ${property.description ?? ''} |`);
      const described = titleOf(key, property);
      if (described !== undefined) found.push([described, inner(property)]);
    }
    if (keys.length > 0) lines.push('');
  }
  while (lines.at(-1) === '') lines.pop();
  for (const [other, property] of found) describe(sections, other, property);
}

/** The section that describes a property; none for a word, whatever other properties of its name are. */
function titleOf(key: string, { type }: Schema): string | undefined {
  return type === 'string' ? undefined : TITLES[key];
}

/** What stands in a record or a list; the schema itself where it is neither. */
function inner(schema: Schema): Schema {
  const record = Object.values(schema.patternProperties ?? {})[0];
  if (record !== undefined) return inner(record);
  return schema;
}

function formsOf(schema: Schema): readonly Schema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(formsOf);
  return schema.$ref === undefined && schema.type !== 'null' ? [schema] : [];
}

function typeText(key: string, schema: Schema): string {
  const title = titleOf(key, schema);
  const link =
    title === undefined ? '' : `[${title.toLowerCase()}](#${title.toLowerCase().replaceAll(' ', '-')})`;
  if (schema.patternProperties !== undefined) return `${link} by key`;
  if (title !== undefined) return link;
  if (schema.allOf !== undefined) return typeText(key, schema.allOf[0]!);
  const constants = (schema.anyOf ?? []).map((option) => option.const).filter((value) => value !== undefined);
  if (constants.length > 0) return constants.map((value) => `\`${String(value)}\``).join(' ');
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'array') return `list of ${typeText('', schema.items!)}`;
  if (schema.type === 'boolean') return 'true or false';
  return schema.pattern === undefined ? 'text' : `text like \`${schema.pattern.replaceAll('|', '\\|')}\``;
}
