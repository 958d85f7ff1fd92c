import type { CompiledDialect } from '../parsers/compiled-dialect.js';
import { IsoError } from '../parsers/errors.js';
import type { Framing } from '../parsers/framing/index.js';
import { framingOf } from '../parsers/framing/index.js';
import { ReplyCompletion } from '../parsers/reply.js';
import { requireSwitchable } from '../parsers/switchable.js';
import type { LinkConfig } from './config-schema.js';
import { loadDialect } from './dialect-file.js';

/** A listener's side of the wire, ready to be used: what its processors speak. */
export interface Link {
  readonly config: LinkConfig;
  readonly dialect: CompiledDialect;
  /** Bytes to frames and back, for all connections of the link. */
  readonly framing: Framing;
  readonly completion: ReplyCompletion;
}

/**
 * The link of a configuration.
 * @throws IsoError when its dialect or framing can't be had, or the switch can't work by that dialect
 */
export async function openLink(config: LinkConfig): Promise<Link> {
  try {
    const dialect = await loadDialect(config.dialect);
    requireSwitchable(dialect, config.messageKey);
    const framing = framingOf(config.framing);
    return { config, dialect, framing, completion: new ReplyCompletion(dialect, framing.transportBytes) };
  } catch (error) {
    // Who reads it has to find the place: of several links, and of a file.
    if (!(error instanceof IsoError)) throw error;
    const { code, path, offset, rule } = error;
    throw new IsoError(code, path, offset, `link ${config.name}, dialect ${config.dialect}: ${rule}`);
  }
}
