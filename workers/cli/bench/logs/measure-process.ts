import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Environment } from '../../../config.ts';
import { readProc, statFields } from '../proc-files.ts';

/** One whole process, from its start to its end. */
export interface ProcessMeasure {
  readonly seconds: number;
  /** User and system time of all its threads; `null` where /proc does not tell. */
  readonly cpuSeconds: number | null;
  /** The most memory it ever had resident; `null` where /proc does not tell. */
  readonly peakMiB: number | null;
  readonly exitCode: number | null;
}

/** Answers `null` if there is no such program. What it writes goes into `outFile`, or nowhere. */
export function measureProcess(
  program: string,
  args: readonly string[],
  { env, outFile, signal }: { readonly env: Environment; readonly outFile?: string; readonly signal?: AbortSignal },
): Promise<ProcessMeasure | null> {
  const out = outFile === undefined ? null : openSync(outFile, 'w', 0o600);
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, {
      env,
      stdio: ['ignore', out ?? 'ignore', 'ignore'],
      ...(signal === undefined ? {} : { signal }),
    });
    let peakKib: number | null = null;
    let ticks: number | null = null;
    const look = (): void => {
      if (child.pid === undefined) return;
      peakKib = maxOf(peakKib, peakKibOf(child.pid));
      ticks = maxOf(ticks, ticksOf(child.pid));
    };
    const polling = setInterval(look, pollMs);
    const done = (): void => {
      clearInterval(polling);
      if (out !== null) closeSync(out);
    };
    child.once('error', (error) => {
      done();
      if ('code' in error && error.code === 'ENOENT') resolve(null);
      else reject(error);
    });
    child.once('close', (exitCode) => {
      done();
      resolve({
        seconds: (performance.now() - started) / 1000,
        cpuSeconds: ticks === null ? null : ticks / ticksPerSecond,
        peakMiB: peakKib === null ? null : Math.round(peakKib / 1024),
        exitCode,
      });
    });
  });
}

// The peak is kept by the kernel; only what is added within the last interval is missed.
const pollMs = 10;
// USER_HZ, which is 100 on every Linux that Node runs on: man 5 proc, man 7 time.
const ticksPerSecond = 100;

function peakKibOf(pid: number): number | null {
  const found = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`) ?? '');
  return found === null ? null : Number(found[1]);
}

/** Fields 14 and 15 of /proc/PID/stat. */
function ticksOf(pid: number): number | null {
  const fields = statFields(pid);
  if (fields === null) return null;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks : null;
}

function maxOf(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
