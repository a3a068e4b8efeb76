import type { Client, ClientChannel } from 'ssh2';
import { ConnectError, LateError, PortError, type ProbeCut } from '../../ports.ts';
import { reasonOf } from './connect.ts';

export interface ExecLimits {
  /** From sending the command to its end, milliseconds. */
  readonly timeoutMs: number;
  /** Beyond it: for a command that its host ends at the deadline, milliseconds. */
  readonly graceMs?: number;
  /** Of both streams together; what comes after them is cut off. */
  readonly outputBytesMax: number;
  /** `tail`: the command may print on, and the last lines of standard output are what stays. */
  readonly keeps?: 'head' | 'tail';
  /**
   * Ends standard input at once, for commands that would wait for more of it. Without it, input stays open: that it
   * closes is how a command hears that nobody waits for it any longer, and after its end no signal can be sent.
   */
  readonly endInput?: boolean;
  readonly signal?: AbortSignal;
}

export interface Executed {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` when a signal ended the command, or nobody knows how it ended. */
  readonly exitCode: number | null;
  readonly cut?: ProbeCut;
}

/**
 * Runs one command line on an open connection. At its deadline, at its output cap and when the connection is lost, what
 * it has said so far is the answer, marked `cut`; one that has said nothing by then is an error. A command that was cut
 * or cancelled may still run: whoever owns the connection has to close it.
 */
export async function execOn(
  client: Client,
  where: string,
  commandLine: string,
  limits: ExecLimits,
): Promise<Executed> {
  const { promise, resolve, reject } = Promise.withResolvers<Executed>();
  const { signal } = limits;
  signal?.throwIfAborted();
  let running: Running | undefined;
  let over = false;

  const onAbort = () => reject(signal === undefined ? new Error('cancelled') : reasonOf(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => {
      const late = new LateError(where, limits.timeoutMs);
      if (running === undefined) reject(late);
      else settle(running.soFar('deadline'), late, resolve, reject);
    },
    limits.timeoutMs + (limits.graceMs ?? 0),
  );
  let why = '';
  const onError = (error: Error & { level?: string }) => {
    why = error.level === 'client-timeout' ? '; the host stopped answering' : `: ${error.message}`;
  };
  const onClose = () => {
    const lost = new ConnectError('unreachable', `${where}: the connection closed before the command ended${why}`);
    if (running === undefined) reject(lost);
    else settle(running.soFar('lost'), lost, resolve, reject);
  };
  client.on('error', onError);
  client.once('close', onClose);
  try {
    client.exec(commandLine, (error, stream) => {
      if (error === undefined) {
        running = collect(stream, where, limits, resolve, reject);
        // The answer to the request came after nobody waited for it any longer.
        if (over) running.end();
        return;
      }
      const refused = `${where}: no channel for the command: ${error.message}`;
      reject(new PortError('unreachable', refused, { cause: error }));
    });
    const executed = await promise;
    if (executed.cut !== undefined) running?.end();
    return executed;
  } catch (error) {
    running?.end();
    if (error instanceof Error && error.message === 'Not connected')
      throw new ConnectError('unreachable', `${where}: the connection is closed`, { cause: error });
    throw error;
  } finally {
    over = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    client.removeListener('close', onClose);
    client.removeListener('error', onError);
  }
}

interface Running {
  soFar(cut: ProbeCut): Executed | null;
  end(): void;
}

function collect(
  stream: ClientChannel,
  where: string,
  limits: ExecLimits,
  resolve: (executed: Executed) => void,
  reject: (error: Error) => void,
): Running {
  const { outputBytesMax } = limits;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const end = limits.keeps === 'tail' ? lastBytes(outputBytesMax) : null;
  let bytes = 0;
  let exited: number | null | undefined;
  const text = () => ({
    stdout: end === null ? Buffer.concat(stdout).toString() : end.text(),
    stderr: Buffer.concat(stderr).toString(),
  });
  const soFar = (cut: ProbeCut): Executed | null =>
    bytes === 0 && (end?.seen() ?? 0) === 0 ? null : { ...text(), exitCode: null, cut };
  // Both streams are always drained: a full window of the one that nobody reads stops the command.
  const keep = (into: Buffer[]) => (chunk: Buffer) => {
    const room = outputBytesMax - bytes;
    if (room > 0) into.push(chunk.subarray(0, room));
    bytes += chunk.length;
    if (bytes > outputBytesMax) resolve({ ...text(), exitCode: null, cut: 'too-large' });
  };
  const keepEnd = (chunk: Buffer) => {
    end?.add(chunk);
    if ((end?.seen() ?? 0) > outputBytesMax * drainedShare) resolve({ ...text(), exitCode: null, cut: 'too-large' });
  };
  stream.on('data', end === null ? keep(stdout) : keepEnd);
  stream.stderr.on('data', keep(stderr));
  stream.on('exit', (code: number | null) => {
    exited = code;
  });
  stream.on('error', (cause: Error) =>
    reject(new PortError('unreachable', `${where}: the command's channel failed: ${cause.message}`, { cause })),
  );
  stream.on('close', () => {
    const lost = new PortError('unreachable', `${where}: the connection was lost before the command ended`);
    const cut = end?.isCut() === true ? { cut: 'too-large' as const } : {};
    settle(exited === undefined ? soFar('lost') : { ...text(), exitCode: exited, ...cut }, lost, resolve, reject);
  });
  if (limits.endInput === true) stream.end();
  return {
    soFar,
    end() {
      // OpenSSH passes no signal on to a forced command, so this ends the command only on servers that do; there the
      // deadline that went with the command ends it, or the end of its input, or that nobody reads its output.
      stream.signal('KILL');
      stream.end();
      stream.close();
    },
  };
}

/** A command of which the end is kept is not let print for ever: so many times its cap. */
const drainedShare = 16;

interface LastBytes {
  add(chunk: Buffer): void;
  seen(): number;
  isCut(): boolean;
  /** From the beginning of a line where something before it was dropped. */
  text(): string;
}

function lastBytes(bytesMax: number): LastBytes {
  const chunks: Buffer[] = [];
  let kept = 0;
  let seen = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      kept += chunk.length;
      seen += chunk.length;
      // One more than what stays: whether the first byte begins a line, the one before it says.
      while (kept - (chunks[0]?.length ?? 0) > bytesMax) kept -= chunks.shift()?.length ?? 0;
    },
    seen: () => seen,
    isCut: () => seen > bytesMax,
    text() {
      const all = Buffer.concat(chunks);
      if (seen <= bytesMax) return all.toString();
      const before = all.length - bytesMax - 1;
      return all.subarray(all.indexOf(0x0a, before) + 1 || all.length).toString();
    },
  };
}

function settle(
  executed: Executed | null,
  otherwise: Error,
  resolve: (executed: Executed) => void,
  reject: (error: Error) => void,
): void {
  if (executed === null) reject(otherwise);
  else resolve(executed);
}
