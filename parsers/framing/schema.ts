import { type Static, Type } from '@sinclair/typebox';
import { FRAMING_NAMES, POLLS } from './framing.js';

const FramingNameSchema = Type.Union(
  FRAMING_NAMES.map((name) => Type.Literal(name)),
  { description: 'what stands around each message on the wire' },
);

/** A framing in a configuration: its name, or its name and what differs. */
export const FramingSchema = Type.Union(
  [
    FramingNameSchema,
    Type.Object(
      {
        name: FramingNameSchema,
        tpdu: Type.Optional(
          Type.Union([Type.Boolean(), Type.String({ pattern: '^[0-9A-Fa-f]{10}$' })], {
            description:
              'a transport header of 5 bytes before each message; its digits are for our own requests',
            expectation: 'true, false or ten hexadecimal digits',
          }),
        ),
        countsItself: Type.Optional(Type.Boolean({ description: 'the length counts its own bytes' })),
        polls: Type.Optional(
          Type.Union(
            POLLS.map((name) => Type.Literal(name)),
            { description: 'what a frame of length zero is: echoed, ignored, or an empty message' },
          ),
        ),
        binary: Type.Optional(Type.Boolean({ description: 'stx-etx: messages may hold the byte 03' })),
      },
      { additionalProperties: false },
    ),
  ],
  { description: 'a framing’s name, or an object with name and options' },
);

export type FramingSpec = Static<typeof FramingSchema>;
