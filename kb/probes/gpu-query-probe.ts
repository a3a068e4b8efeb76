import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding, SiblingForm } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { parseGpuRows, queryGpuArgv, smiKinds, troubleFindings, type GpuReading, type GpuRow } from './nvidia-smi.ts';
import { keepBothAndTrouble, type Earlier } from './second-read.ts';

const noArgs = z.object({});

/** A probe that is one `nvidia-smi --query-gpu` and a rule over its rows. */
export function gpuQueryProbe<Field extends string>(spec: {
  readonly id: string;
  readonly summary: string;
  readonly question: string;
  readonly aspect: Probe['aspect'];
  readonly fields: readonly Field[];
  readonly kinds: readonly FindingKind[];
  /** `earlier`: the rows of a first read, where there were two. */
  judge(rows: readonly GpuRow<Field>[], earlier?: Earlier<GpuRow<Field>>): readonly ProbeFinding[];
  clean(rows: readonly GpuRow<Field>[]): ProbeFinding;
  readonly siblings?: SiblingForm<GpuReading<Field>>;
  /** Of readings that a second one says more with: the time between the two. */
  readonly againAfterMs?: number;
}): Probe<z.infer<typeof noArgs>, GpuReading<Field>> {
  const outcomes = [...spec.kinds, ...smiKinds];
  return {
    id: spec.id,
    platform: 'nvidia-linux',
    summary: spec.summary,
    question: spec.question,
    aspect: spec.aspect,
    side: 'supply',
    privilege: 'user',
    impact: 'passive',
    costMs: 700,
    timeoutMs: 15_000,
    outputBytesMax: 8_192,
    args: noArgs,
    argv: () => queryGpuArgv(spec.fields),
    parse: (output) => parseGpuRows(output, spec.fields),
    outcomes,
    meaning: (reading, node) =>
      orClean(
        [...troubleFindings(reading.trouble, node?.gpus), ...spec.judge(reading.rows, reading.earlier)],
        outcomes,
        spec.clean(reading.rows),
      ),
    ...(spec.siblings === undefined ? {} : { siblings: spec.siblings }),
    ...(spec.againAfterMs === undefined ? {} : { again: keepBothAndTrouble(spec.againAfterMs) }),
  };
}

/** Percent of utilisation above which a GPU is taken to be at work; NCCL waiting counts as utilisation. */
export const busyUtilizationPercent = 20;
