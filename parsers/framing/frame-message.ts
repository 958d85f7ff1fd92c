import { IsoError } from '../errors.js';
import type { Framing } from './framing.js';

/**
 * A message in a frame of its own.
 * @throws IsoError `HF_ISO_FRAMING` where the framing can't carry it
 */
export function frameMessage(framing: Framing, message: Uint8Array): Buffer {
  const frame = Buffer.alloc(framing.headBytes + message.length + framing.tailBytes);
  frame.set(message, framing.headBytes);
  framing.address(frame, 0);
  const length = framing.finish(frame, 0, message.length);
  if (length < 0) {
    const rule = `a message of ${message.length} bytes can't be framed as ${framing.name}`;
    throw new IsoError('HF_ISO_FRAMING', '', -1, rule);
  }
  return frame.subarray(0, length);
}
