import type { ServerChannel } from 'ssh2';
import { perform } from '../commands/perform.ts';
import type { Stream } from '../commands/play.ts';
import type { ForcedCommand } from './forced-command.ts';
import { internalError, mistake, probePlay, terminated, type ProbeContext } from './probe-play.ts';

export interface ProbeRequest {
  readonly channel: ServerChannel;
  /** What the client asked for, as sshd puts it into SSH_ORIGINAL_COMMAND. */
  readonly request: string;
  readonly context: ProbeContext;
  readonly forced: ForcedCommand;
  /** Cluster seconds in a wall second. */
  readonly rate: number;
}

/** Answers a command of the probe key; resolves when it is over, however it ends. */
export async function answerProbe({ channel, request, context, forced, rate }: ProbeRequest): Promise<void> {
  try {
    const code = await perform(probePlay(forced, request, context), {
      nowMs: context.nowMs,
      rate,
      ...endsOf(channel),
      write: (stream, text) => write(channel, stream, text),
    });
    leave(channel, code ?? terminated);
  } catch (error) {
    if (channel.writable) channel.stderr.write(mistake(error));
    leave(channel, internalError);
  }
}

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
