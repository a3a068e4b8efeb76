import type { ServerChannel } from 'ssh2';
import type { CommandContext } from '../commands/command.ts';
import { playArgv } from '../commands/index.ts';
import { perform } from '../commands/perform.ts';
import type { Stream } from '../commands/play.ts';
import { refusedExitCode, type ForcedCommand } from './forced-command.ts';

export interface ProbeRequest {
  readonly channel: ServerChannel;
  /** What the client asked for, as sshd puts it into SSH_ORIGINAL_COMMAND. */
  readonly request: string;
  readonly context: Omit<CommandContext, 'root' | 'act'>;
  readonly forced: ForcedCommand;
  /** Cluster seconds in a wall second. */
  readonly rate: number;
}

/** Answers a command of the probe key; resolves when it is over, however it ends. */
export async function answerProbe({ channel, request, context, forced, rate }: ProbeRequest): Promise<void> {
  const decision = forced.decide(request);
  if (decision.kind === 'refused') {
    channel.stderr.write(`wardround-probe: refused: ${decision.reason}\n`);
    leave(channel, refusedExitCode);
    return;
  }
  try {
    const code = await perform(playArgv({ ...context, root: false, act: denied }, decision.argv), {
      nowMs: context.nowMs,
      rate,
      ...endsOf(channel),
      write: (stream, text) => write(channel, stream, text),
    });
    leave(channel, code ?? terminated);
  } catch (error) {
    if (channel.writable)
      channel.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
    leave(channel, internalError);
  }
}

// What a shell says of a command that SIGTERM ended, and EX_SOFTWARE of sysexits.h.
const terminated = 143;
const internalError = 70;

// The script takes an input that ends sooner for one that was never offered (`ssh -n`).
const inputOfferedMs = 1_000;

/** What ends a command: its channel goes, or its standard input was offered and is closed. */
function endsOf(channel: ServerChannel): { readonly gone: AbortSignal; readonly inputClosed: AbortSignal } {
  const gone = new AbortController();
  const inputClosed = new AbortController();
  const sinceMs = performance.now();
  channel.once('close', () => gone.abort());
  channel.once('end', () => {
    inputClosed.abort();
    if (performance.now() - sinceMs > inputOfferedMs) gone.abort();
  });
  channel.resume();
  return { gone: gone.signal, inputClosed: inputClosed.signal };
}

function write(channel: ServerChannel, stream: Stream, text: string): Promise<void> | undefined {
  if (!channel.writable) return undefined;
  const target = stream === 'stdout' ? channel : channel.stderr;
  if (target.write(text)) return undefined;
  return new Promise((resolve) => {
    target.once('drain', resolve);
    channel.once('close', resolve);
  });
}

function leave(channel: ServerChannel, exitCode: number): void {
  if (!channel.writable) return;
  channel.exit(exitCode);
  channel.end();
}

function denied(): never {
  throw new Error('the probe key changes nothing');
}
