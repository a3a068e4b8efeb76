import path from 'node:path';
import type { Environment } from '../../../../config.ts';
import type { Case } from '../candidate.ts';
import { errorStatistics, type Compared, type ErrorStatistics } from '../error-statistics.ts';
import { calculonInput, type CalculonRun } from './convert.ts';
import { runCalculon } from './run-calculon.ts';

export interface CalculonReport {
  readonly sets: readonly CalculonSet[];
  /** Inputs and whole answers, as they went over the pipe. */
  readonly rawFiles: readonly string[];
}

export interface CalculonSet {
  readonly set: string;
  readonly statistics: ErrorStatistics | null;
  readonly rows: readonly Compared[];
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/** Calculon on the same rows, told what our own model is told. */
export async function compareCalculon(
  cases: readonly Case[],
  options: {
    readonly checkout: string;
    readonly python: string;
    readonly stateDir: string;
    readonly env: Environment;
    readonly progress: (text: string) => void;
    readonly stop: AbortSignal;
  },
): Promise<CalculonReport> {
  const sets: CalculonSet[] = [];
  const rawFiles: string[] = [];
  for (const [set, own] of Map.groupBy(cases, (one) => one.set)) {
    options.progress(`Calculon, ${set}: ${own.length} runs`);
    const rawFile = path.join(options.stateDir, `calculon-${set.replace(/[^\w.-]/g, '_')}`);
    rawFiles.push(`${rawFile}.in.jsonl`, `${rawFile}.out.jsonl`);
    sets.push(await compareSet(set, own, { ...options, rawFile }));
  }
  return { sets, rawFiles };
}

async function compareSet(
  set: string,
  own: readonly Case[],
  options: Parameters<typeof runCalculon>[1],
): Promise<CalculonSet> {
  const converted = own.map((one) => ({ one, conversion: calculonInput(calculonRun(one)) }));
  const inputs = converted.flatMap(({ one, conversion }) =>
    conversion.kind === 'input' ? [{ id: one.id, input: conversion.input }] : [],
  );
  const answers = await runCalculon(inputs, options);
  const byId = new Map(own.map((one) => [one.id, one]));
  const rows = answers.flatMap((answer): readonly Compared[] => {
    const one = byId.get(answer.id);
    if (one === undefined || !('seconds' in answer)) return [];
    return [{ id: one.id, measuredSeconds: one.measuredSeconds, predictedSeconds: answer.seconds }];
  });
  const refused = [
    ...converted.flatMap(({ one, conversion }) =>
      conversion.kind === 'refused' ? [{ id: one.id, reason: conversion.reason }] : [],
    ),
    ...answers.flatMap((answer) => ('error' in answer ? [{ id: answer.id, reason: answer.error }] : [])),
  ];
  return { set, statistics: errorStatistics(rows), rows, refused };
}

function calculonRun({ resolved, naive }: Case): CalculonRun {
  const { recompute, sharding, networkBytesPerSecond, nodes } = resolved;
  return {
    ...resolved,
    recompute,
    shardedOptimizer: sharding.optimizer,
    fp8: naive.fp8,
    architecture: naive.gpuGeneration,
    networkGbpsPerNode: nodes === 1 ? null : (networkBytesPerSecond * 8) / 1e9,
  };
}
