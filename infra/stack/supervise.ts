import { constants as osConstants, setPriority } from 'node:os';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openProcessLog, type ProcessLog } from './process-log.ts';
import { createTether, type Tether } from './tether.ts';

/** A long-running program, and how to tell that it works. */
export interface ProcessSpec<Ready = unknown> {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process: nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Resolves when the process does its work; what it resolves to is the result of the start. */
  ready(probe: ReadyProbe): Promise<Ready>;
  readonly readyMsMax: number;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopMsMax?: number;
  /** One that is not restarted may be a short job: to end with exit code 0 is then no news. */
  readonly restart: 'always' | 'never';
  /** Works on what others have taken in, and gives way to them when the machine is short of time. */
  readonly background?: boolean;
}

export interface ReadyProbe {
  readonly pid: number;
  /** Aborted when the process ends or its time is up. */
  readonly signal: AbortSignal;
  /** The first value that `match` finds in a line of standard output, from its beginning. */
  readonly line: <T>(match: (line: string) => T | undefined) => Promise<T>;
}

export interface ProcessEvent {
  readonly name: string;
  /** `gave-up`: it ended too often and is not started again. */
  readonly kind: 'starting' | 'ready' | 'exited' | 'restarted' | 'stopped' | 'gave-up';
  /** Since the start of this process for `ready`, `restarted` and `exited`, of its stop for `stopped`. */
  readonly ms: number;
  /** Of the process that the event is about; `null` before its first start. */
  readonly pid: number | null;
  /** How it ended: `exit code 1`, `SIGKILL`. */
  readonly reason?: string;
}

export interface Supervisor {
  /** Starts them at the same time; resolves when all are ready, in the order given. They also stop together. */
  readonly start: <const S extends readonly ProcessSpec[]>(
    ...specs: S
  ) => Promise<{ -readonly [K in keyof S]: ReadyOf<S[K]> }>;
  /** The process ids now running, for people and for tests. */
  readonly pids: () => Readonly<Record<string, number>>;
  /** Stops everything, last started first, and nothing is restarted any more. */
  readonly stop: () => Promise<void>;
}

type ReadyOf<S> = S extends ProcessSpec<infer Ready> ? Ready : never;

export interface SupervisorOptions {
  readonly logsDir: string;
  readonly onEvent?: (event: ProcessEvent) => void;
  /** Called with all running process groups whenever they change; goes into the lock file. */
  readonly onChildren?: (children: readonly { readonly name: string; readonly pid: number }[]) => void;
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
  readonly restartsPerMinuteMax?: number;
}

/** A process did not come up; the message says why and ends with its last output. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError';
}

/**
 * Keeps child processes running, each in a process group of its own so that Ctrl-C in the terminal reaches only
 * the supervisor, which stops them in order. A tether ends them if the supervisor is killed.
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const tether = createTether();
  const waves: Supervised[][] = [];
  let stopping: Promise<void> | null = null;
  const pids = () =>
    Object.fromEntries(
      waves.flat().flatMap((one) => {
        const pid = one.pid();
        return pid === null ? [] : [[one.name, pid]];
      }),
    );
  const context: Context = {
    options,
    tether,
    changed: () => options.onChildren?.(Object.entries(pids()).map(([name, pid]) => ({ name, pid }))),
  };
  return {
    pids,
    async start(...specs) {
      if (stopping !== null) throw new ProcessStartError('The stack is being stopped.');
      const wave = specs.map((spec) => supervised(spec, context));
      waves.push(wave);
      const results = await Promise.all(wave.map((one) => one.start()));
      // Promise.all keeps the order, and each result is what the spec's own `ready` resolved to.
      return results as never;
    },
    stop() {
      stopping ??= (async () => {
        for (const wave of waves.toReversed()) await Promise.all(wave.map((one) => one.stop()));
        tether.release();
      })();
      return stopping;
    },
  };
}

const stopMsDefault = 5_000;
// A killed process disappears within milliseconds unless the kernel holds it in uninterruptible I/O.
const killMsMax = 2_000;
// The pipes of a killed process close with it, unless something that it started holds them.
const lastOutputMsMax = 500;
const restartsPerMinuteDefault = 6;
const backoffDefault = { firstMs: 250, maxMs: 5_000 };
const minuteMs = 60_000;
const jobDone = 'exit code 0';

interface Context {
  readonly options: SupervisorOptions;
  readonly tether: Tether;
  changed(): void;
}

interface Supervised {
  readonly name: string;
  pid(): number | null;
  start(): Promise<unknown>;
  stop(): Promise<void>;
}

interface Running {
  readonly pid: number;
  readonly startedMs: number;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  readonly endedSignal: AbortSignal;
  readonly outputDone: Promise<void>;
  hasEnded(): boolean;
  readonly line: ReadyProbe['line'];
}

function supervised(spec: ProcessSpec, context: Context): Supervised {
  const { options } = context;
  const log = openProcessLog(path.join(options.logsDir, `${spec.name}.log`));
  const emit = (kind: ProcessEvent['kind'], ms: number, reason?: string) =>
    options.onEvent?.({
      name: spec.name,
      kind,
      ms: Math.round(ms),
      pid: lastPid,
      ...(reason === undefined ? {} : { reason }),
    });
  const stop = new AbortController();
  let running: Running | null = null;
  let lastPid: number | null = null;
  let watching: Promise<void> = Promise.resolve();

  async function launch(): Promise<unknown> {
    emit('starting', 0);
    const launched = await spawnGroup(spec, log, context.tether);
    running = launched;
    lastPid = launched.pid;
    context.changed();
    void launched.ended.then(() => {
      context.tether.remove(launched.pid);
      if (running === launched) running = null;
      context.changed();
    });
    try {
      return await becomeReady(spec, launched, stop.signal);
    } catch (cause) {
      await endGroup(launched, 'SIGKILL', 0);
      await Promise.race([launched.outputDone, patience(lastOutputMsMax)]);
      const output = log
        .lastLines()
        .map((line) => `    ${line}`)
        .join('\n');
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ProcessStartError(`${spec.name} did not start: ${why}\n${output}\n    (${log.file})`, { cause });
    }
  }

  async function keepRunning(): Promise<void> {
    const restartedAtMs: number[] = [];
    const backoff = options.backoff ?? backoffDefault;
    for (let failures = 0; ;) {
      if (running !== null) {
        const current: Running = running;
        const reason = await current.ended;
        if (stop.signal.aborted) return;
        failures = 0;
        if (spec.restart === 'never' && reason === jobDone) return;
        emit('exited', performance.now() - current.startedMs, reason);
      }
      if (spec.restart === 'never') return;
      const now = performance.now();
      while (restartedAtMs.length > 0 && now - (restartedAtMs[0] ?? now) > minuteMs) restartedAtMs.shift();
      if (restartedAtMs.length >= (options.restartsPerMinuteMax ?? restartsPerMinuteDefault)) {
        emit('gave-up', 0, `it ended ${restartedAtMs.length} times within a minute; see ${log.file}`);
        return;
      }
      restartedAtMs.push(now);
      await delay(Math.min(backoff.firstMs * 2 ** failures, backoff.maxMs), undefined, { signal: stop.signal }).catch(
        () => {},
      );
      if (stop.signal.aborted) return;
      const launchedMs = performance.now();
      try {
        await launch();
        emit('restarted', performance.now() - launchedMs);
      } catch (error) {
        if (stop.signal.aborted) return;
        failures += 1;
        emit(
          'exited',
          performance.now() - launchedMs,
          error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
        );
      }
    }
  }

  return {
    name: spec.name,
    pid: () => running?.pid ?? null,
    async start() {
      const startedMs = performance.now();
      const result = await launch();
      emit('ready', performance.now() - startedMs);
      watching = keepRunning();
      return result;
    },
    async stop() {
      const startedMs = performance.now();
      stop.abort();
      if (running !== null) await endGroup(running, spec.stopSignal ?? 'SIGTERM', spec.stopMsMax ?? stopMsDefault);
      await watching;
      log.close();
      emit('stopped', performance.now() - startedMs);
    },
  };
}

/** A process that ended at once has no priority any more. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, osConstants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Its end is reported where it is waited for.
  }
}

async function spawnGroup(spec: ProcessSpec, log: ProcessLog, tether: Tether): Promise<Running> {
  const child = spawn(spec.command, [...spec.args], {
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    env: { ...spec.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) {
    tether.add(child.pid);
    if (spec.background === true) giveWay(child.pid);
  }
  const startedMs = performance.now();
  const lines = lineFeed();
  child.stdout.on('data', (chunk: Buffer) => {
    log.write(chunk);
    lines.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk));
  const ending = new AbortController();
  let ended = false;
  const outputDone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      const how = signal ?? `exit code ${code}`;
      resolve(how);
      // What it said last may still be on its way, and may be that it was ready.
      void Promise.race([outputDone, patience(lastOutputMsMax)]).then(() =>
        ending.abort(new Error(`it ended with ${how}`)),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new ProcessStartError(`${spec.name} did not start: ${spec.command}: ${cause.message}`, { cause })),
    );
  });
  // After `spawn` there is a process id.
  const pid = child.pid ?? 0;
  return {
    pid,
    startedMs,
    ended: end,
    endedSignal: ending.signal,
    outputDone,
    hasEnded: () => ended,
    line: lines.line,
  };
}

async function becomeReady(spec: ProcessSpec, running: Running, stopped: AbortSignal): Promise<unknown> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`it was not ready within ${spec.readyMsMax / 1000} s`)),
    spec.readyMsMax,
  );
  const signal = AbortSignal.any([running.endedSignal, late.signal, stopped]);
  try {
    return await Promise.race([
      spec.ready({ pid: running.pid, signal, line: running.line }),
      new Promise<never>((_, reject) => {
        const fail = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
        if (signal.aborted) fail();
        else signal.addEventListener('abort', fail, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

async function endGroup(running: Running, signal: NodeJS.Signals, patienceMs: number): Promise<void> {
  if (patienceMs > 0 && !running.hasEnded()) {
    signalGroup(running.pid, signal);
    await Promise.race([running.ended, patience(patienceMs)]);
  }
  // Also when the leader has ended: what it started itself is in its group.
  signalGroup(running.pid, 'SIGKILL');
  if (!running.hasEnded()) await Promise.race([running.ended, patience(killMsMax)]);
}

/** Time that is waited at most; does not keep the process alive once the wait is over. */
function patience(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty: ended meanwhile.
  }
}

const keptLinesMax = 200;
const lineCharsMax = 1024 * 1024;

function lineFeed(): { push(chunk: Buffer): void; line: ReadyProbe['line'] } {
  const kept: string[] = [];
  const waiting = new Set<(line: string) => void>();
  let rest = '';
  return {
    push(chunk) {
      const parts = (rest + chunk.toString('utf8')).split('\n');
      rest = (parts.pop() ?? '').slice(-lineCharsMax);
      for (const line of parts) {
        if (kept.length < keptLinesMax) kept.push(line);
        for (const look of waiting) look(line);
      }
    },
    line: (match) =>
      new Promise((resolve) => {
        for (const line of kept) {
          const found = match(line);
          if (found !== undefined) return resolve(found);
        }
        const look = (line: string) => {
          const found = match(line);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
      }),
  };
}
