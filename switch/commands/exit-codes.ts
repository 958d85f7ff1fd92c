/** Exit codes of the commands that look at messages and dialects; from 64 on they are those of BSD's sysexits. */
export const EXIT = {
  /** All is well. */
  fine: 0,
  /** It was done, and there is something to know: a fault in a message, a difference, a loss. */
  found: 1,
  /** The command was used wrongly. */
  usage: 64,
  /** What was given is no message, or no dialect. */
  data: 65,
  /** A file could not be read. */
  input: 66,
} as const;

export const EXITS_HELP = `
Exit codes: ${EXIT.fine} all is well, ${EXIT.found} something was found (faults, differences, losses), ${EXIT.usage} wrong usage, ${EXIT.data} what was given can't be read, ${EXIT.input} no such file.`;
