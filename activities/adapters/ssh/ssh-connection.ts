import { LateError, PortError, type ProbeCut, type SshHost } from '../../ports.ts';
import { steadyClock } from '../../steady-clock.ts';
import { reasonOf, type SshLogin } from './connect.ts';
import { createConnectionPool } from './connection-pool.ts';
import { execOn } from './exec.ts';
import { defaultProbeLimits } from './probe-limits.ts';

export interface ExecLimits {
  readonly timeoutMs: number;
  /** Of both streams together; more is an error, not a cut. */
  readonly outputBytesMax: number;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` when a signal ended the command. */
  readonly exitCode: number | null;
}

/**
 * Connects, runs one command line, and ends the connection whatever happens. One connection a command: nothing is
 * left open on a node, and a hanging one can be destroyed without harm to others. Half an answer is an error here.
 */
export async function execOverSsh(
  host: SshHost,
  login: SshLogin,
  commandLine: string,
  limits: ExecLimits,
): Promise<ExecResult> {
  const { signal } = limits;
  signal?.throwIfAborted();
  const pool = createConnectionPool({
    ...login,
    limits: { ...defaultProbeLimits, keepMs: 0, jitterMsMax: 0 },
    clock: steadyClock,
    random: () => 0,
  });
  const onAbort = () => pool.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const { client } = await pool.lease(host);
    const { cut, ...result } = await execOn(client, host.name, commandLine, { ...limits, endInput: true });
    if (cut !== undefined) throw halfAnAnswer(cut, host, limits);
    return result;
  } catch (error) {
    throw signal?.aborted === true ? reasonOf(signal) : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    pool.close();
  }
}

function halfAnAnswer(cut: ProbeCut, { name }: SshHost, { timeoutMs, outputBytesMax }: ExecLimits): PortError {
  switch (cut) {
    case 'too-large':
      return new PortError('too-large', `${name}: the command printed more than ${outputBytesMax} bytes`);
    case 'deadline':
      return new LateError(name, timeoutMs);
    case 'lost':
      return new PortError('unreachable', `${name}: the connection was lost before the command ended`);
  }
}
