import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { rowNumbers } from './gpu-numbers.ts';
import { gpuQueryProbe } from './gpu-query-probe.ts';
import { gpuDevice, type GpuRow } from './nvidia-smi.ts';
import { growth, type Earlier } from './second-read.ts';

const source = 'https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html';

const dcgmLimits = 'https://github.com/NVIDIA/DCGM/blob/master/common/DcgmGPUHardwareLimits.h';

const uncorrectable: FindingKind = {
  id: 'gpu.ecc.uncorrectable-volatile',
  summary: 'uncorrectable memory errors since the driver was loaded',
  role: 'cause',
  weighs: { 'gpu-ecc-uncorrectable': 5 },
  source,
};
const earlier: FindingKind = {
  id: 'gpu.ecc.uncorrectable-earlier',
  summary: 'uncorrectable memory errors in the life of the board, none since the driver was loaded',
  role: 'context',
  weighs: { 'gpu-ecc-uncorrectable': 0.5 },
  source,
};
const growing: FindingKind = {
  id: 'gpu.ecc.corrected-growing',
  summary: 'corrected memory errors of a GPU grow from one read to the next',
  role: 'symptom',
  weighs: { 'gpu-ecc-uncorrectable': 1 },
  source: dcgmLimits,
};
const aboveSiblings: FindingKind = {
  id: 'gpu.ecc.corrected-above-siblings',
  summary: 'a GPU has corrected many more memory errors than its siblings since the driver was loaded',
  role: 'context',
  weighs: { 'gpu-ecc-uncorrectable': 0.5 },
  source: dcgmLimits,
};
const normal: FindingKind = {
  id: 'gpu.ecc.no-uncorrectable',
  summary: 'no uncorrectable memory error since the driver was loaded',
  role: 'clean',
  weighs: { 'gpu-ecc-uncorrectable': -4 },
  source,
};

const fields = [
  'ecc.errors.corrected.volatile.total',
  'ecc.errors.uncorrected.volatile.total',
  'ecc.errors.uncorrected.aggregate.total',
] as const;
type Row = GpuRow<(typeof fields)[number]>;

/** ECC counters of the present driver load, and of the board's life. */
export const gpuEcc = gpuQueryProbe({
  id: 'gpu.ecc',
  summary: 'corrected and uncorrectable memory errors of every GPU',
  question: 'Has a GPU counted uncorrectable memory errors since the driver was loaded?',
  aspect: 'correctness',
  fields,
  kinds: [uncorrectable, earlier, growing, aboveSiblings, normal],
  judge: (rows, before) => rows.flatMap((row) => [...uncorrected(row), ...corrected(row, before)]),
  clean: (rows) => ({
    kind: normal.id,
    text: `no uncorrectable memory error on ${rows.length} GPUs since the driver was loaded`,
  }),
  siblings: {
    numbers: ({ rows }) =>
      rowNumbers(rows, [{ name: 'correctedVolatile', unit: 'count', field: 'ecc.errors.corrected.volatile.total' }]),
    rules: [{ name: 'correctedVolatile', side: 'high', relative: 9, absolute: 100, source: dcgmLimits }],
    kind: aboveSiblings,
  },
  againAfterMs: 5_000,
});

function uncorrected(row: Row): readonly ProbeFinding[] {
  const now = row.values['ecc.errors.uncorrected.volatile.total'] ?? 0;
  const ever = row.values['ecc.errors.uncorrected.aggregate.total'] ?? 0;
  if (now === 0 && ever === 0) return [];
  return [
    {
      kind: now > 0 ? uncorrectable.id : earlier.id,
      device: gpuDevice(row),
      text: `${now} uncorrectable memory errors since the driver was loaded, ${ever} in the life of the board`,
      line: row.line,
      values: {
        uncorrectableVolatile: now,
        uncorrectableAggregate: ever,
        correctedVolatile: row.values['ecc.errors.corrected.volatile.total'] ?? 0,
      },
    },
  ];
}

/** DCGM's limit for corrected errors (DCGM_LIMIT_MAX_SBE_RATE); its own comment calls the number provisional. */
const correctedGrowthMax = 10;

function corrected(row: Row, before: Earlier<Row> | undefined): readonly ProbeFinding[] {
  const first = before?.rows.find((other) => other.uuid === row.uuid);
  const field = 'ecc.errors.corrected.volatile.total';
  const grew = growth(first?.values[field], row.values[field]);
  if (before === undefined || grew === null || grew < correctedGrowthMax) return [];
  return [
    {
      kind: growing.id,
      device: gpuDevice(row),
      text: `${grew} corrected memory errors in ${before.elapsedMs / 1000} seconds`,
      line: row.line,
      values: { corrected: grew, elapsedSeconds: before.elapsedMs / 1000 },
    },
  ];
}
