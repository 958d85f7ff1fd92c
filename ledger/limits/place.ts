/**
 * What a set of rules is attached to, in the order in which sets are asked; and whom a counter is of. The numbers
 * stand in the journal, so they never change their meaning.
 */
export const LEVEL = { programme: 0, tenant: 1, group: 2, holder: 3, account: 4, card: 5 } as const;
export const LEVELS = 6;

/** Names as {@link LEVEL} has them, by number. */
export const LEVEL_NAMES = Object.keys(LEVEL) as readonly (keyof typeof LEVEL)[];
