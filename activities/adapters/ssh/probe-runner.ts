import { setTimeout as sleep } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import {
  ConnectError,
  LateError,
  PortError,
  type Clock,
  type ProbeAnswer,
  type ProbeRunOptions,
  type ProbeRunner,
  type SshHost,
} from '../../ports.ts';
import { steadyClock } from '../../steady-clock.ts';
import { isFull, takeTurn, type Budget } from './budget.ts';
import { reasonOf } from './connect.ts';
import { createConnectionPool } from './connection-pool.ts';
import { execOn, type Executed } from './exec.ts';
import { defaultProbeLimits, type ProbeLimits } from './probe-limits.ts';
import { quoteCommand } from './quote.ts';
import { endedByDeadline, refusesDeadlines, withDeadline } from './remote-deadline.ts';

export interface ProbeRunnerOptions {
  /** Private key text; on nodes bound to the probe allow-list, on jump hosts to forwarding. */
  readonly privateKey: string;
  /** Without it, the user that the inventory names for the host. */
  readonly user?: string;
  readonly limits?: Partial<ProbeLimits>;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface SshProbeRunner extends ProbeRunner {
  /** Ends every connection, and with them the commands under way. */
  close(): void;
}

/** Budgets that are remembered; more nodes than an inventory has. */
const budgetsMax = 4_000;

/** Runs probes with a key that can read and nothing else, within the bounds of `limits`. */
export function createSshProbeRunner(options: ProbeRunnerOptions): SshProbeRunner {
  const limits = { ...defaultProbeLimits, ...options.limits };
  const clock = options.clock ?? steadyClock;
  const pool = createConnectionPool({
    privateKey: options.privateKey,
    ...(options.user === undefined ? {} : { user: options.user }),
    limits,
    clock,
    random: options.random ?? Math.random,
  });
  const budgets = new Map<string, Budget>();
  const everywhere = pLimit(limits.commandsMax);
  const hosts = limitersByName(limits.commandsPerHostMax);
  const loads = limitersByName(1);
  const withoutDeadlines = new Set<string>();

  return {
    async run(host, argv, run) {
      run.signal?.throwIfAborted();
      // What cannot be quoted costs no budget.
      quoteCommand(argv);
      const about = run.about?.node ?? host.name;
      await turnOf(about, run.signal);
      const key = `${host.ssh.host} ${host.ssh.port}`;
      const sendNow = () => sendOnce(host, key, argv, run);
      const once = () => run.inTurn?.(sendNow) ?? sendNow();
      // Servers that hold all places would keep their clients from getting one.
      const send = () => hosts(key, () => (run.serves === true ? once() : everywhere(once)));
      const sent = run.load === true ? loads(about, send) : send();
      return orAborted(sent, run.signal);
    },
    close: () => pool.close(),
  };

  /** Waits until the node's budget has room. */
  async function turnOf(node: string, signal: AbortSignal | undefined): Promise<void> {
    const { perNodeMinuteMax: perMinute, budgetWaitMsMax: waitMsMax } = limits;
    const nowMs = clock.nowMs();
    const turn = takeTurn(budgets.get(node), nowMs, { perMinute, waitMsMax });
    if (turn === null)
      throw new PortError('refused', `${node}: its budget of ${perMinute} probe commands a minute is used up`);
    if (budgets.size >= budgetsMax)
      for (const [name, budget] of budgets) if (isFull(budget, nowMs, perMinute)) budgets.delete(name);
    budgets.set(node, turn.budget);
    if (turn.waitMs > 0) await sleep(turn.waitMs, undefined, signal === undefined ? {} : { signal });
  }

  async function sendOnce(
    host: SshHost,
    key: string,
    argv: readonly string[],
    run: ProbeRunOptions,
  ): Promise<ProbeAnswer> {
    run.signal?.throwIfAborted();
    if (withoutDeadlines.has(key)) return execute(host, argv, 0, run);
    const answer = await execute(host, withDeadline(argv, run.timeoutMs), limits.graceMs, run);
    if (!refusesDeadlines(answer)) return answer;
    const bare = await execute(host, argv, 0, run);
    // Refused both ways: it is the command that the list does not have.
    if (!refusesDeadlines(bare)) withoutDeadlines.add(key);
    return bare;
  }

  async function execute(
    host: SshHost,
    argv: readonly string[],
    graceMs: number,
    run: ProbeRunOptions,
  ): Promise<ProbeAnswer> {
    const { outputBytesMax, keeps = 'head', signal } = run;
    for (let fresh = false; ; fresh = true) {
      const lease = await pool.lease(host);
      const sentAtMs = clock.nowMs();
      try {
        const executed = await execOn(lease.client, host.name, quoteCommand(argv), {
          timeoutMs: run.timeoutMs,
          graceMs,
          outputBytesMax,
          keeps,
          ...(signal === undefined ? {} : { signal }),
        });
        lease.release(executed.cut !== undefined);
        return { ...judged(executed, clock.nowMs() - sentAtMs, host, run), sentAtMs };
      } catch (error) {
        lease.release(true);
        // A kept connection may have died while nobody looked; that says nothing about the host.
        if (!(error instanceof ConnectError) || !lease.used || fresh || signal?.aborted === true) throw error;
      }
    }
  }
}

/** Says of a command that its host ended at the deadline what this side says of one that it ended itself. */
function judged(executed: Executed, elapsedMs: number, { name }: SshHost, { timeoutMs }: ProbeRunOptions): Executed {
  if (executed.cut !== undefined || !endedByDeadline(executed, elapsedMs, timeoutMs)) return executed;
  if (executed.stdout === '' && executed.stderr === '') throw new LateError(name, timeoutMs);
  return { ...executed, cut: 'deadline' };
}

/** One limit a name, for as long as somebody needs it. */
function limitersByName(atOnceMax: number): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const limiters = new Map<string, LimitFunction>();
  return async (name, work) => {
    const limiter = limiters.get(name) ?? pLimit(atOnceMax);
    limiters.set(name, limiter);
    try {
      return await limiter(work);
    } finally {
      if (limiter.activeCount + limiter.pendingCount === 0) limiters.delete(name);
    }
  };
}

/** What waits in a queue ends with the signal, too. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(reasonOf(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
