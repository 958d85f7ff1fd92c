import { Type } from '@sinclair/typebox';

/** Seconds for which what is replaced stays in force, where a request does not say. */
export const OVERLAP_SECONDS = 86_400;
const OVERLAP_SECONDS_MAX = 30 * 86_400;

/** The body of a request that replaces a key or a secret. @param description of `overlap` */
export const rotationSchema = (description: string) =>
  Type.Object(
    {
      overlap: Type.Optional(
        Type.Integer({ minimum: 0, maximum: OVERLAP_SECONDS_MAX, default: OVERLAP_SECONDS, description }),
      ),
    },
    { additionalProperties: false },
  );
