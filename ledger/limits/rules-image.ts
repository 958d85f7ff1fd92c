import { RuleSet } from './rule-set.js';
import type { TenantRules } from './tenant-rules.js';

interface RulesImage {
  readonly pages: readonly number[];
  readonly texts: readonly string[];
  /** Level, entity, number of the text. */
  readonly attached: readonly (readonly [level: number, entity: number, text: number])[];
}

/** The rules that are attached, as a text; the same rules give the same text. */
export function textOfRules(rules: TenantRules): string {
  const numbers = new Map<string, number>();
  const attached: [number, number, number][] = [];
  for (const [level, entity, { text }] of rules.attached()) {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    attached.push([level, entity, number]);
  }
  const image: RulesImage = { pages: rules.pagesByLevel, texts: [...numbers.keys()], attached };
  return JSON.stringify(image);
}

/**
 * Attaches what {@link textOfRules} wrote down.
 * @throws RangeError where a text is no set of rules
 */
export function restoreRules(rules: TenantRules, text: string): void {
  const { pages, texts, attached } = JSON.parse(text) as RulesImage;
  for (const [level, entity, number] of attached) {
    const known = rules.known(level, texts[number]!) ?? RuleSet.of(texts[number]!, level);
    if (typeof known === 'string') throw new RangeError(`rules of an image can’t be used: ${known}`);
    rules.attach(level, entity, known);
  }
  rules.restorePages(pages);
}
