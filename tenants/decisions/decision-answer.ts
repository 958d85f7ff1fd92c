import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** DE39 that a tenant may decline with. */
export const DECLINE_CODES = ['05', '51', '57', '58', '59', '61', '62', '65'];

/** What an endpoint may answer a request for a decision. */
export const DecisionAnswer = Type.Object({
  decision: Type.Union([Type.Literal('approve'), Type.Literal('decline')]),
  /** Approves no more than this, in minor units of the merchant's currency. */
  amount: Type.Optional(Type.Integer({ minimum: 0, maximum: 999_999_999_999 })),
  /** DE39 of a decline. */
  response_code: Type.Optional(Type.Union(DECLINE_CODES.map((code) => Type.Literal(code)))),
});
export type DecisionAnswer = Static<typeof DecisionAnswer>;

/** “Do not honour”: of a decline without a reason. */
const DO_NOT_HONOUR = 5;

/** What was decided: DE39, and the amount that is agreed to. */
export interface Verdict {
  readonly responseCode: number;
  readonly amount: number;
}

/**
 * Reads what an endpoint answered.
 * @param asked the amount that it was asked for
 * @returns undefined where it is no answer
 */
export function verdictOf(status: number, body: string, asked: number): Verdict | undefined {
  if (status !== 200) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!Value.Check(DecisionAnswer, value)) return undefined;
  const { decision, amount = asked, response_code } = value;
  if (decision === 'approve') return { responseCode: 0, amount: Math.min(asked, amount) };
  return { responseCode: response_code === undefined ? DO_NOT_HONOUR : Number(response_code), amount: 0 };
}
