import { explainRule } from './explain.js';
import { reasonOf } from './reason.js';
import type { LimitRule, LimitsDocument } from './schema.js';

/**
 * What is other in a document than in the one before it, a line each, in words; nothing where they mean the same.
 * @param currency ISO 4217 number of amounts of which nothing is said
 */
export function differencesOf(
  before: LimitsDocument,
  after: LimitsDocument,
  currency: number,
): readonly string[] {
  return [
    ...settings(before, after),
    ...groups(before, after),
    ...rules(before, after, currency),
    ...order(before, after),
  ];
}

function* settings(before: LimitsDocument, after: LimitsDocument): Iterable<string> {
  const matters = [
    ['time zone', before.timeZone ?? 'UTC', after.timeZone ?? 'UTC'],
    ['home country', before.country, after.country],
    ['public holidays', before.holidays, after.holidays],
  ] as const;
  for (const [what, old, now] of matters) {
    if (JSON.stringify(old) !== JSON.stringify(now)) yield `${what}: ${shown(old)} → ${shown(now)}`;
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function* groups(before: LimitsDocument, after: LimitsDocument): Iterable<string> {
  const kinds = [
    ['merchant categories', before.groups?.merchantCategories ?? {}, after.groups?.merchantCategories ?? {}],
    ['countries', before.groups?.countries ?? {}, after.groups?.countries ?? {}],
  ] as const;
  for (const [what, old, now] of kinds) {
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      const [had, has] = [(old[name] ?? []).map(String), (now[name] ?? []).map(String)];
      const more = has.filter((one) => !had.includes(one)).map((one) => `+ ${one}`);
      const less = had.filter((one) => !has.includes(one)).map((one) => `− ${one}`);
      if (more.length + less.length > 0) yield `group of ${what} '${name}': ${[...more, ...less].join(', ')}`;
    }
  }
}

function* rules(before: LimitsDocument, after: LimitsDocument, currency: number): Iterable<string> {
  const old = byName(before);
  const now = byName(after);
  for (const [name, rule] of now) {
    const was = old.get(name);
    const sentence = explainRule(rule, after, currency);
    if (was === undefined) {
      yield `rule '${name}' is new: ${sentence}`;
      continue;
    }
    const earlier = explainRule(was, before, currency);
    if (earlier !== sentence) yield `rule '${name}': ${earlier} → ${sentence}`;
    else if (reasonOf(was) !== reasonOf(rule))
      yield `rule '${name}': reason ${reasonOf(was)} → ${reasonOf(rule)}`;
  }
  for (const [name, rule] of old) {
    if (!now.has(name)) yield `rule '${name}' is gone: ${explainRule(rule, before, currency)}`;
  }
}

/** Of several that would decline, the first one decides, so that their order means something. */
function* order(before: LimitsDocument, after: LimitsDocument): Iterable<string> {
  const [old, now] = [byName(before), byName(after)];
  const stayed = [...now.keys()].filter((name) => old.has(name));
  const was = [...old.keys()].filter((name) => now.has(name));
  if (stayed.join('\n') !== was.join('\n')) yield `rules stand in another order: ${stayed.join(', ')}`;
}

function byName({ rules: all }: LimitsDocument): ReadonlyMap<string, LimitRule> {
  return new Map(all.map((rule) => [rule.name, rule]));
}
