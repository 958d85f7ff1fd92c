import { parse } from 'yaml';
import { LEVEL } from '../../../ledger/limits/place.js';
import { type CompiledLimits, type CompileOptions, compileLimits } from '../../../tenants/limits/compile.js';
import { checkLimits } from '../../../tenants/limits/limits-document.js';
import { LimitsError } from '../../../tenants/limits/limits-error.js';
import type { LimitsDocument } from '../../../tenants/limits/schema.js';
import type { Fields } from '../../ledger/commands.js';
import { RuledTenant } from '../../ledger/limits/ruled-tenant.js';
import { EUR } from '../../ledger/one-tenant.js';

const DEFAULTS: CompileOptions = { level: LEVEL.tenant, currency: EUR, year: 2026, revision: 1 };

/** A document as people write it, YAML; or its value. */
export function documentOf(document: unknown): LimitsDocument {
  const checked = checkLimits(typeof document === 'string' ? parse(document) : document, 'limits.yaml');
  if ('problems' in checked) throw new LimitsError(...checked.problems);
  return checked.value;
}

export function compiled(document: unknown, options: Partial<CompileOptions> = {}): CompiledLimits {
  return compileLimits(documentOf(document), { ...DEFAULTS, ...options });
}

/** What is wrong with a document: lines of `place: text`. */
export function problemsOf(document: unknown, options: Partial<CompileOptions> = {}): string[] {
  try {
    compiled(document, options);
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    return error.problems.map(({ path, text }) => `${path}: ${text}`);
  }
  return [];
}

/** A tenant with one card and the limits of a document. */
export class DocumentedTenant extends RuledTenant {
  readonly compiled: CompiledLimits;

  constructor(document: unknown, options: Partial<CompileOptions> = {}, entity = 0) {
    super();
    this.compiled = compiled(document, options);
    const { text: program } = this.compiled;
    const { code } = this.ask({ kind: 'setRules', level: options.level ?? LEVEL.tenant, entity, program });
    if (code !== 0) throw new Error(`the ledger refused the rules: ${program}`);
  }

  /** DE39 of the answer to an authorisation. */
  code(message: Fields = {}): number {
    return this.authorise({ mcc: 5999, ...message }).code;
  }

  /** At a moment, as `2026-06-15T04:59Z`. */
  at(time: string): this {
    this.now = Date.parse(time);
    return this;
  }
}
