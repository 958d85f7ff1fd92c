/** What the switch, or a lane of it, is doing; in standby it holds no tenant. */
export const MODES = ['starting', 'ready', 'standby', 'stalled', 'draining', 'fenced'] as const;
export type Mode = (typeof MODES)[number];
