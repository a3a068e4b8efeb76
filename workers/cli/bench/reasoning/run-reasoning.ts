import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { shippedRecallables } from '../../../../activities/adapters/shipped-records.ts';
import type { Environment } from '../../../config.ts';
import { paint, type Terminal } from '../../output.ts';
import { logShapes, writeShape } from './log-shapes.ts';
import { measureRounds } from './measure-rounds.ts';

/** Of several runs. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface ReasoningReport {
  readonly logs: readonly {
    readonly name: string;
    readonly megabytes: number;
    /** From the paths to the verdict, seconds; without the start of the process. */
    readonly seconds: Spread;
    /** The processor's time for it in user code, all threads together, seconds: what a busy machine does not stretch. */
    readonly userSeconds: Spread;
  }[];
  readonly rounds: {
    readonly records: number;
    readonly findings: number;
    readonly nodes: number;
    /** Milliseconds. */
    readonly recall: Spread;
    readonly each: readonly Spread[];
  };
}

export interface ReasoningRun {
  readonly megabytes: number;
  readonly runs: number;
  readonly records: number;
  readonly findings: number;
  readonly nodes: number;
  readonly seed: number;
  /** A log of somebody's own, beside the generated ones. */
  readonly log: string | null;
  /** Where the generated logs are written. */
  readonly dir: string;
  readonly env: Environment;
}

const run = promisify(execFile);
const timesSchema = z.object({ elapsedMs: z.number(), userMs: z.number() });

/** `diagnose` as a process of its own on logs of several shapes, and the rounds in this one. */
export async function runReasoningBench(
  terminal: Terminal,
  wanted: ReasoningRun,
  stop: AbortSignal,
): Promise<ReasoningReport> {
  const { dir, megabytes, seed, runs, env } = wanted;
  const files: { readonly name: string; readonly file: string }[] = [];
  for (const shape of logShapes) {
    const file = path.join(dir, `${shape.id}.log`);
    await writeShape(shape, file, megabytes * 1e6, seed);
    files.push({ name: `${shape.id}: ${shape.what}`, file });
  }
  if (wanted.log !== null) files.push({ name: wanted.log, file: wanted.log });
  const logs: ReasoningReport['logs'][number][] = [];
  for (const { name, file } of files) {
    const times: z.infer<typeof timesSchema>[] = [];
    for (let n = 0; n < runs; n += 1) {
      stop.throwIfAborted();
      terminal.transient?.(paint(terminal, 'dim', `  … ${name} ${n + 1} of ${runs}`));
      times.push(await timesOf(file, env, stop));
    }
    logs.push({
      name,
      megabytes: statSync(file).size / 1e6,
      seconds: spreadOf(times.map(({ elapsedMs }) => elapsedMs / 1000)),
      userSeconds: spreadOf(times.map(({ userMs }) => userMs / 1000)),
    });
  }
  terminal.transient?.('');
  const { recallables } = await shippedRecallables();
  const { recallMs, rounds, ...size } = await measureRounds(recallables, {
    ...wanted,
    runs: Math.max(runs, roundRunsMin),
  });
  return { logs, rounds: { ...size, recall: spreadOf(recallMs), each: rounds.map(spreadOf) } };
}

// They take milliseconds; fewer runs say nothing of the middle.
const roundRunsMin = 20;

async function timesOf(file: string, env: Environment, signal: AbortSignal): Promise<z.infer<typeof timesSchema>> {
  const script = fileURLToPath(new URL('./timed-diagnosis.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [script, file], { env, signal });
  return timesSchema.parse(JSON.parse(stdout));
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  return { min: sorted[0] ?? 0, median, max: sorted.at(-1) ?? 0 };
}
