import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { parseGpuRows, queryGpuArgv, smiKinds, troubleFindings, type GpuReading, type GpuRow } from './nvidia-smi.ts';

const noArgs = z.object({});

/** A probe that is one `nvidia-smi --query-gpu` and a rule over its rows. */
export function gpuQueryProbe<Field extends string>(spec: {
  readonly id: string;
  readonly summary: string;
  readonly aspect: Probe['aspect'];
  readonly fields: readonly Field[];
  readonly kinds: readonly FindingKind[];
  judge(rows: readonly GpuRow<Field>[]): readonly ProbeFinding[];
  clean(rows: readonly GpuRow<Field>[]): ProbeFinding;
}): Probe<z.infer<typeof noArgs>, GpuReading<Field>> {
  const outcomes = [...spec.kinds, ...smiKinds];
  return {
    id: spec.id,
    platform: 'nvidia-linux',
    summary: spec.summary,
    aspect: spec.aspect,
    impact: 'none',
    costMs: 700,
    timeoutMs: 15_000,
    outputBytesMax: 8_192,
    args: noArgs,
    argv: () => queryGpuArgv(spec.fields),
    parse: (output) => parseGpuRows(output, spec.fields),
    outcomes,
    meaning: (reading, node) =>
      orClean(
        [...troubleFindings(reading.trouble, node?.gpus), ...spec.judge(reading.rows)],
        outcomes,
        spec.clean(reading.rows),
      ),
  };
}

/** Percent of utilisation above which a GPU is taken to be at work; NCCL waiting counts as utilisation. */
export const busyUtilizationPercent = 20;
