import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding, SiblingForm } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import {
  parseGpuTexts,
  queryGpuArgv,
  smiKinds,
  troubleFindings,
  type GpuCells,
  type GpuTextReading,
} from './nvidia-smi.ts';

const noArgs = z.object({});

/** A probe of settings or identities that `nvidia-smi --query-gpu` prints as words, and a rule over its rows. */
export function gpuSettingProbe<Field extends string>(spec: {
  readonly id: string;
  readonly summary: string;
  readonly question: string;
  readonly fields: readonly Field[];
  readonly kinds: readonly FindingKind[];
  judge(rows: readonly GpuCells<Field, string>[]): readonly ProbeFinding[];
  clean(rows: readonly GpuCells<Field, string>[]): ProbeFinding;
  readonly siblings?: SiblingForm<GpuTextReading<Field>>;
}): Probe<z.infer<typeof noArgs>, GpuTextReading<Field>> {
  const outcomes = [...spec.kinds, ...smiKinds];
  return {
    id: spec.id,
    platform: 'nvidia-linux',
    summary: spec.summary,
    question: spec.question,
    aspect: 'correctness',
    side: 'supply',
    privilege: 'user',
    impact: 'passive',
    costMs: 700,
    timeoutMs: 15_000,
    outputBytesMax: 8_192,
    args: noArgs,
    argv: () => queryGpuArgv(spec.fields),
    parse: (output) => parseGpuTexts(output, spec.fields),
    outcomes,
    meaning: ({ rows, trouble }, node) =>
      orClean([...troubleFindings(trouble, node?.gpus), ...spec.judge(rows)], outcomes, spec.clean(rows)),
    ...(spec.siblings === undefined ? {} : { siblings: spec.siblings }),
  };
}

/** The value that most rows have; of two that are as frequent, the one that comes first. */
export function usual(values: readonly (string | null)[]): string | null {
  const counts = new Map<string | null, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, times], [, others]) => others - times)[0]?.[0] ?? null;
}
