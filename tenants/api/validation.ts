import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import type { FieldError } from './problem.js';

/** Bodies are taken as they are: text is no number. What comes in a URL or a header is all text. */
const forBodies = withFormats(new Ajv({ allErrors: true, useDefaults: true, strict: false }));
const forText = withFormats(
  new Ajv({ allErrors: true, useDefaults: true, strict: false, coerceTypes: true }),
);

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv);
  return ajv;
}

/** Compiles a schema of a route. */
export function validatorOf({ schema, httpPart }: { schema: unknown; httpPart?: string }) {
  return (httpPart === 'body' ? forBodies : forText).compile(schema as object);
}

/** So many are told: who sends nonsense gets no more of it back. */
const ERRORS_MAX = 20;
const POINTER_CHARACTERS_MAX = 200;

/** Each field that breaks a rule, without its value, which may be secret. */
export function fieldErrors(
  errors: readonly FastifySchemaValidationError[],
  part: string | undefined,
): readonly FieldError[] {
  return errors.slice(0, ERRORS_MAX).map((error) => {
    const { instancePath, keyword, params, message } = error as ErrorObject;
    const more = params.missingProperty ?? params.additionalProperty;
    const whole = more === undefined ? instancePath : `${instancePath}/${escaped(String(more))}`;
    const pointer = shown(whole);
    const where = part === 'body' ? { pointer } : { parameter: pointer.slice(1) };
    return { ...where, rule: keyword, text: message ?? keyword };
  });
}

/** A pointer is made of names that were sent: not without end, and no PAN. */
function shown(pointer: string): string {
  const masked = pointer.replace(
    /[0-9]{12,19}/g,
    (digits) => `${digits.slice(0, 6)}******${digits.slice(-4)}`,
  );
  return masked.slice(0, POINTER_CHARACTERS_MAX);
}

/** A name as part of a pointer (RFC 6901 clause 3). */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
