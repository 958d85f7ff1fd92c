/** The channels a tenant or a card can allow. */
export const CHANNELS = ['pos', 'contactless', 'ecommerce', 'moto', 'atm'] as const;

export type Channel = (typeof CHANNELS)[number];

/** A set of channels as the ledger and the parsers' records hold it: the bit of a channel is its place. */
export function channelMask(channels: readonly Channel[]): number {
  return channels.reduce((mask, channel) => mask | (1 << CHANNELS.indexOf(channel)), 0);
}

/** The channels in a mask. */
export function channelNames(mask: number): Channel[] {
  return CHANNELS.filter((_, bit) => (mask & (1 << bit)) !== 0);
}
