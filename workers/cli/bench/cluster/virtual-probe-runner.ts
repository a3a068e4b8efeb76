import pLimit, { type LimitFunction } from 'p-limit';
import { takeTurn, type Budget } from '../../../../activities/adapters/ssh/budget.ts';
import { readyTimeoutMs } from '../../../../activities/adapters/ssh/connect.ts';
import { defaultProbeLimits } from '../../../../activities/adapters/ssh/probe-limits.ts';
import { quoteCommand } from '../../../../activities/adapters/ssh/quote.ts';
import {
  endedByDeadline,
  refusesDeadlines,
  withDeadline,
} from '../../../../activities/adapters/ssh/remote-deadline.ts';
import {
  ConnectError,
  LateError,
  PortError,
  type ProbeAnswer,
  type ProbeRunner,
  type ProbeRunOptions,
} from '../../../../activities/ports.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a host says to one command line; all times are seconds since it was asked. */
export type HostAnswer =
  | {
      readonly kind: 'answered';
      readonly stdout: string;
      readonly stderr: string;
      readonly exitCode: number;
      readonly seconds: number;
    }
  /** Nobody waited for the end, or the machine went away; what had come until then. */
  | {
      readonly kind: 'no-answer';
      readonly why: 'gave-up' | 'disconnected';
      readonly stdout: string;
      readonly stderr: string;
      readonly seconds: number;
    }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly seconds: number };

/** Asks a host at a moment of virtual time; waits so long for its first word and for the end. All milliseconds. */
export type AskHost = (
  atMs: number,
  host: string,
  commandLine: string,
  patience: { readonly connectMs: number; readonly patienceMs: number },
) => HostAnswer;

/** A command that went to a host. */
export interface Sent {
  readonly host: string;
  readonly probeId: string;
  readonly load: boolean;
}

const { perNodeMinuteMax: perMinute, budgetWaitMsMax: waitMsMax, commandsPerHostMax, graceMs } = defaultProbeLimits;

/**
 * Probe commands as the SSH runner sends them: the same words, deadlines, budgets and bounds; hosts answer in virtual
 * time instead of over a network. Connections cost nothing here and are never lost.
 */
export function virtualProbeRunner(ask: AskHost, time: VirtualTime, onSent: (sent: Sent) => void): ProbeRunner {
  const budgets = new Map<string, Budget>();
  const hosts = new Map<string, LimitFunction>();
  const loads = new Map<string, LimitFunction>();
  const withoutDeadlines = new Set<string>();

  return {
    async run(host, argv, options) {
      options.signal?.throwIfAborted();
      const { signal, about } = options;
      const node = about?.node ?? host.name;
      await turnOf(node, signal);
      const sendNow = () => {
        onSent({ host: host.name, probeId: about?.probeId ?? '', load: options.load === true });
        return sendOnce(host.name, argv, options);
      };
      const inTurn = () => options.inTurn?.(sendNow) ?? sendNow();
      const send = () => limiter(hosts, host.name, commandsPerHostMax)(inTurn);
      return options.load === true ? limiter(loads, node, 1)(send) : send();
    },
  };

  async function turnOf(node: string, signal: AbortSignal | undefined): Promise<void> {
    const turn = takeTurn(budgets.get(node), time.nowMs(), { perMinute, waitMsMax });
    if (turn === null)
      throw new PortError('refused', `${node}: its budget of ${perMinute} probe commands a minute is used up`);
    budgets.set(node, turn.budget);
    if (turn.waitMs > 0) await time.wait(turn.waitMs, signal);
  }

  async function sendOnce(host: string, argv: readonly string[], options: ProbeRunOptions): Promise<ProbeAnswer> {
    if (withoutDeadlines.has(host)) return execute(host, argv, 0, options);
    const answer = await execute(host, withDeadline(argv, options.timeoutMs), graceMs, options);
    if (!refusesDeadlines(answer)) return answer;
    const bare = await execute(host, argv, 0, options);
    if (!refusesDeadlines(bare)) withoutDeadlines.add(host);
    return bare;
  }

  async function execute(
    host: string,
    argv: readonly string[],
    grace: number,
    { timeoutMs, outputBytesMax, signal }: ProbeRunOptions,
  ): Promise<ProbeAnswer> {
    const sentAtMs = time.nowMs();
    const patience = { connectMs: readyTimeoutMs, patienceMs: timeoutMs + grace };
    const answer = ask(sentAtMs, host, quoteCommand(argv), patience);
    await time.wait(answer.seconds * 1000, signal);
    return { ...executedOf(answer, { host, timeoutMs, outputBytesMax }), sentAtMs };
  }
}

interface Bounds {
  readonly host: string;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
}

/** An answer as the SSH runner hands it on: cut at its cap, and marked where it is only the beginning. */
function executedOf(answer: HostAnswer, { host, timeoutMs, outputBytesMax }: Bounds): ProbeAnswer {
  const { kind, seconds } = answer;
  if (kind === 'unreachable') {
    if (answer.reason === 'rejects-key') throw new ConnectError('denied', `${host}: the key was not let in`);
    throw new ConnectError('unreachable', `${host}: ${answer.reason}`);
  }
  const { stdout, stderr } = answer;
  const [out, error] = [Buffer.from(stdout), Buffer.from(stderr)];
  if (out.length + error.length > outputBytesMax)
    return {
      stdout: out.subarray(0, outputBytesMax).toString(),
      stderr: error.subarray(0, Math.max(0, outputBytesMax - out.length)).toString(),
      exitCode: null,
      cut: 'too-large',
    };
  const isSilent = stdout === '' && stderr === '';
  if (kind === 'no-answer') {
    if (answer.why === 'disconnected') {
      if (isSilent) throw new ConnectError('unreachable', `${host}: the connection closed before the command ended`);
      return { stdout, stderr, exitCode: null, cut: 'lost' };
    }
    if (isSilent) throw late(host, timeoutMs);
    return { stdout, stderr, exitCode: null, cut: 'deadline' };
  }
  const executed = { stdout, stderr, exitCode: answer.exitCode };
  if (!endedByDeadline(executed, seconds * 1000, timeoutMs)) return executed;
  if (isSilent) throw late(host, timeoutMs);
  return { ...executed, cut: 'deadline' };
}

function late(host: string, timeoutMs: number): PortError {
  return new LateError(host, timeoutMs);
}

function limiter(limiters: Map<string, LimitFunction>, name: string, atOnceMax: number): LimitFunction {
  const known = limiters.get(name) ?? pLimit(atOnceMax);
  limiters.set(name, known);
  return known;
}
