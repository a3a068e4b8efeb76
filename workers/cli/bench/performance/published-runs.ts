import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { trainingRunSchema, type TrainingRun } from '../../../../kb/schemas/training-run.ts';
import { CommandFailure } from '../../output.ts';

/** A run that somebody measured and published. */
export interface PublishedRun {
  readonly id: string;
  readonly set: string;
  /** Owner and name of the repository, or the title, that the row was read in; sets of one source go together. */
  readonly source: string;
  readonly run: TrainingRun;
  readonly measured: Measured;
}

/** What a row says about its speed; seconds an optimiser step where it or a throughput is printed. */
export type Measured =
  | { readonly kind: 'seconds'; readonly seconds: number }
  | { readonly kind: 'rate'; readonly of: 'hardware' | 'model'; readonly tflopsPerGpu: number }
  | { readonly kind: 'share'; readonly of: 'hardware' | 'model'; readonly shareOfPeak: number };

export interface RunFile {
  readonly runs: readonly PublishedRun[];
  /** Rows that say nothing to compare with: micro-benchmarks, repeats, and those that do not parse. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  /** SHA-256 of the file's bytes. */
  readonly digest: string;
}

const rowSchema = trainingRunSchema.extend({
  set: z.string().min(1).max(100).nullish(),
  kind: z.string().nullish(),
  source: z.string().max(1_000).nullish(),
  config_quality: z.string().nullish(),
  measured: z
    .looseObject({
      iteration_s: z.number().positive().nullish(),
      tokens_per_s: z.number().positive().nullish(),
      tokens_per_s_per_gpu: z.number().positive().nullish(),
      tflops_per_gpu: z.number().positive().nullish(),
      mfu: z.number().positive().nullish(),
      hfu: z.number().positive().nullish(),
    })
    .nullish(),
});

type Row = z.infer<typeof rowSchema>;

const bytesMax = 64 * 2 ** 20;
const rowsMax = 100_000;

/** Reads a table of runs, one JSON object a line, or fails with the line at fault. */
export function readRuns(file: string): RunFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(`${file}: cannot be read`, 'name a file with --runs', { cause });
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (text.length > bytesMax || lines.length > rowsMax)
    throw new CommandFailure(`${file}: more than ${rowsMax} rows or ${bytesMax} bytes`, 'split the file');
  return { ...parseRuns(lines), digest: createHash('sha256').update(text).digest('hex') };
}

export function parseRuns(lines: readonly string[]): Omit<RunFile, 'digest'> {
  const runs: PublishedRun[] = [];
  const skipped: { id: string; reason: string }[] = [];
  lines.forEach((line, at) => {
    const unnamed = `line-${at + 1}`;
    const row = rowSchema.safeParse(jsonOf(line));
    if (!row.success) {
      skipped.push({ id: unnamed, reason: z.prettifyError(row.error) });
      return;
    }
    const id = row.data.id ?? unnamed;
    const reason = skipReason(row.data);
    const measured = measuredOf(row.data);
    if (reason !== null || measured === null)
      skipped.push({ id, reason: reason ?? 'neither step time nor tokens a second nor TFLOP/s' });
    else runs.push({ id, set: row.data.set ?? 'unnamed', source: sourceOf(row.data), run: row.data, measured });
  });
  return { runs, skipped };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function skipReason({ kind, config_quality }: Row): string | null {
  if ((kind ?? 'training') !== 'training') return `${kind}, not a training run`;
  if (config_quality === 'duplicate') return 'repeats another row';
  return null;
}

function sourceOf({ source, set }: Row): string {
  const repository = /^[\w.-]+\/[\w.-]+/.exec(source ?? '')?.[0];
  return repository ?? set ?? 'unnamed';
}

/**
 * Step time before throughput before FLOP rates, since what those count differs: Megatron's own "TFLOP/s" count
 * recompute, those of others do not (Narayanan et al. 2021, section 5.1; llm-foundry's benchmarking README).
 */
export function measuredOf({ measured, gpus, global_batch, seq, framework }: Row): Measured | null {
  if (!measured) return null;
  const { iteration_s, tokens_per_s, tokens_per_s_per_gpu, tflops_per_gpu, mfu, hfu } = measured;
  if (iteration_s) return { kind: 'seconds', seconds: iteration_s };
  const perSecond = tokens_per_s ?? (tokens_per_s_per_gpu ? tokens_per_s_per_gpu * gpus : null);
  if (perSecond && global_batch && seq) return { kind: 'seconds', seconds: (global_batch * seq) / perSecond };
  if (tflops_per_gpu) {
    const megatron = /megatron|deepspeed/i.test(framework ?? '') && !/nemo/i.test(framework ?? '');
    return { kind: 'rate', of: megatron ? 'hardware' : 'model', tflopsPerGpu: tflops_per_gpu };
  }
  if (hfu) return { kind: 'share', of: 'hardware', shareOfPeak: hfu };
  return mfu ? { kind: 'share', of: 'model', shareOfPeak: mfu } : null;
}
