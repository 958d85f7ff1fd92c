import type { Command } from 'commander';
import { type FramingSpec, framingOf } from '../../parsers/framing/index.js';
import { loadDialect } from '../dialect-file.js';
import {
  completeMessage,
  exitCodeOfError,
  exitCodeOfReply,
  maskMessage,
  messageFromFlags,
  messageFromJson,
  messageText,
  runSend,
  SEND_EXIT,
} from '../send.js';
import { streamFramingFlag, streamFramingHelp } from './message-options.js';
import { readInput, write } from './streams.js';
import { address, positive, type TargetFlags, target } from './target-options.js';

interface SendFlags extends TargetFlags {
  readonly message?: string;
  readonly framing: FramingSpec;
  readonly timeout: number;
  readonly exact: boolean;
  readonly json: boolean;
}

export function register(program: Command): void {
  target(program.command('send').description('send one message and show the reply, masked'))
    .argument('[mti]', 'message type, as 0100')
    .argument('[fields...]', 'fields as NUMBER=VALUE, as 4=1250')
    .option(
      '--message <json>',
      'the message as {"mti":"0100","fields":{"2":"…"}}, or - to read it from stdin',
    )
    .option('--framing <name>', streamFramingHelp(), streamFramingFlag, 'length2')
    .option('--timeout <ms>', 'how long to wait for the reply', positive, 5000)
    .option('--exact', 'add nothing: no DE7, DE11, DE12 … where they are missing', false)
    .option('--json', 'show the reply as JSON', false)
    .addHelpText('after', exits())
    .action(async (mti: string | undefined, fields: string[], flags: SendFlags) => {
      process.exitCode = await send(mti, fields, flags);
    });
}

async function send(mti: string | undefined, fields: string[], flags: SendFlags): Promise<number> {
  const dialect = await loadDialect(flags.dialect);
  try {
    const given =
      flags.message === undefined
        ? messageFromFlags(mti ?? '', fields)
        : messageFromJson(
            flags.message === '-' ? (await readInput(process, '-')).toString('utf8') : flags.message,
          );
    const message = flags.exact ? given : completeMessage(given, new Date());
    const { reply, roundTripMs } = await runSend({
      ...address(flags.to),
      dialect,
      message,
      timeoutMs: flags.timeout,
      framing: framingOf(flags.framing),
    });
    const text = flags.json
      ? JSON.stringify(maskMessage(dialect, reply))
      : `${messageText(dialect, reply)}\n  ${roundTripMs.toFixed(2)} ms`;
    await write(process.stdout, `${text}\n`);
    return exitCodeOfReply(reply);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return exitCodeOfError(error);
  }
}

function exits(): string {
  const { approved, declined, usage, noAnswer, malformedReply } = SEND_EXIT;
  return `
Exit codes: ${approved} approved, ${declined} declined, ${usage} wrong usage, ${noAnswer} no answer, ${malformedReply} unreadable reply.

Example: holdfast send 0100 2=9999010212345678 3=000000 4=1250 14=3105 49=978`;
}
