import { spawn } from 'node:child_process';
import type { Environment } from '../../../config.ts';
import { memoryOf } from '../memory.ts';
import { statFields } from '../proc-files.ts';
import type { FanoutAnswer } from './shapes.ts';

/** One client with all that it starts. */
export interface ClientMeasure {
  readonly answer: FanoutAnswer;
  /** From its start to its end, imports included. */
  readonly processSeconds: number;
  /** User and system time, its ended children included; `null` where /proc does not tell. */
  readonly cpuSeconds: number | null;
  /** The most that was seen of it and its children together (proportional set size); `null` where /proc does not tell. */
  readonly peakMiB: number | null;
}

/** Smaps of a hundred processes take some milliseconds; what lives shorter is missed. */
const pollMs = 200;

export async function measureClient(
  program: string,
  args: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<ClientMeasure> {
  const startedMs = performance.now();
  const child = spawn(program, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-errorCharsMax)));
  let peakMiB: number | null = null;
  let cpu: number | null = null;
  const look = () => {
    if (child.pid === undefined) return;
    const [memory] = memoryOf({ client: child.pid });
    if (memory !== undefined && memory.measure !== 'unreadable') peakMiB = Math.max(peakMiB ?? 0, memory.mib);
    cpu = cpuSecondsOf(child.pid) ?? cpu;
  };
  const polling = setInterval(look, pollMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}: ${stderr}`);
  } finally {
    clearInterval(polling);
  }
  const processSeconds = (performance.now() - startedMs) / 1000;
  // The last line of our own script, or of our own client.
  const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as FanoutAnswer;
  return { answer, processSeconds, cpuSeconds: cpu, peakMiB };
}

const errorCharsMax = 2_000;
// USER_HZ, which is 100 on every Linux that Node runs on: man 5 proc, man 7 time.
const ticksPerSecond = 100;

/** Fields 14 to 17 of /proc/PID/stat: its own time and that of the children it has waited for. */
export function cpuSecondsOf(pid: number): number | null {
  const fields = statFields(pid);
  if (fields === null) return null;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : null;
}
