import { type TSchema, Type } from '@sinclair/typebox';

/** What schemas of several resources have in common. */

export const CurrencyOut = Type.String({ description: 'Three letters of ISO 4217.' });
export const Time = Type.String({ format: 'date-time' });
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
