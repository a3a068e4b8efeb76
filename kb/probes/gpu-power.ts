import type { FindingKind } from '../schemas/finding-kind.ts';
import type { ProbeFinding } from '../schemas/probe.ts';
import { median } from './clean.ts';
import { highest, rowNumbers } from './gpu-numbers.ts';
import { busyUtilizationPercent, gpuQueryProbe } from './gpu-query-probe.ts';
import { gpuDevice, type GpuRow } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';

const limitLow: FindingKind = {
  id: 'gpu.power.limit-below-default',
  summary: 'the power limit of a GPU is below its default and below that of its siblings',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3 },
  source,
};
const limitLowEverywhere: FindingKind = {
  id: 'gpu.power.limit-below-default-everywhere',
  summary: 'all GPUs of the node have the same power limit below the default: more likely policy than fault',
  role: 'context',
  weighs: { 'gpu-clock-throttle': 0.5 },
  source,
};
const drawLow: FindingKind = {
  id: 'gpu.power.draw-below-siblings',
  summary: 'a busy GPU draws far less power than its busy siblings: it does less work',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1.5 },
  source: 'https://arxiv.org/abs/2605.20799',
};
const limitBelowSiblings: FindingKind = {
  id: 'gpu.power.limit-below-siblings',
  summary: 'the power limit of a GPU is below that of its siblings on other nodes',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 2 },
  source,
};
const normal: FindingKind = {
  id: 'gpu.power.normal',
  summary: 'power limits are at their defaults and no GPU draws less than its siblings',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -1.2 },
  source,
};

const fields = [
  'power.draw',
  'power.limit',
  'enforced.power.limit',
  'power.default_limit',
  'power.max_limit',
  'utilization.gpu',
] as const;
type Row = GpuRow<(typeof fields)[number]>;

/** Power draw and limits. */
export const gpuPower = gpuQueryProbe({
  id: 'gpu.power',
  summary: 'power draw of every GPU, and its limit against the default of the board',
  question: 'Is a power limit below the board’s default, or the draw at its limit?',
  aspect: 'performance',
  fields,
  kinds: [limitLow, limitLowEverywhere, drawLow, limitBelowSiblings, normal],
  // Power moves with every step of the job: low is what is low twice.
  judge: (rows, earlier) => [...limits(rows), ...draws(highest(rows, earlier, ['power.draw', 'utilization.gpu']))],
  clean: (rows) => ({ kind: normal.id, text: `power limits and draw of ${rows.length} GPUs are as they should be` }),
  siblings: {
    numbers: ({ rows }) => rowNumbers(rows, [{ name: 'powerLimitWatts', unit: 'W', field: 'enforced.power.limit' }]),
    rules: [
      {
        name: 'powerLimitWatts',
        side: 'low',
        relative: 0.02,
        absolute: 5,
        source:
          'https://docs.nvidia.com/deploy/nvidia-smi/index.html (a limit is a setting: equal boards have equal ones)',
      },
    ],
    kind: limitBelowSiblings,
  },
  againAfterMs: 1_000,
});

// Drivers round limits to 10 mW; anything above 2 % is a setting.
const limitShare = 0.98;

function limits(rows: readonly Row[]): readonly ProbeFinding[] {
  const low = rows.filter((row) => {
    const limit = limitOf(row);
    const standard = row.values['power.default_limit'];
    return limit !== null && standard !== null && limit < limitShare * standard;
  });
  const everywhere = rows.length > 1 && low.length === rows.length && new Set(low.map(limitOf)).size === 1;
  if (everywhere)
    return [
      {
        kind: limitLowEverywhere.id,
        text: `all ${rows.length} GPUs are limited to ${limitOf(rows[0] ?? null) ?? 0} W, below their default`,
        values: { powerLimitWatts: limitOf(rows[0] ?? null) ?? 0 },
      },
    ];
  return low.map((row) => ({
    kind: limitLow.id,
    device: gpuDevice(row),
    text: `power limit ${limitOf(row) ?? 0} W, default ${row.values['power.default_limit'] ?? 0} W`,
    line: row.line,
    values: {
      powerLimitWatts: limitOf(row) ?? 0,
      defaultPowerLimitWatts: row.values['power.default_limit'] ?? 0,
      ...(row.values['power.draw'] === null ? {} : { powerWatts: row.values['power.draw'] }),
    },
  }));
}

function limitOf(row: Row | null): number | null {
  return row === null ? null : (row.values['enforced.power.limit'] ?? row.values['power.limit']);
}

// Healthy siblings in one synchronous step differ by a few percent of power; a GPU at a sixth of its clock draws
// less than half. Two thirds stands between the two.
const drawShare = 0.67;

function draws(rows: readonly Row[]): readonly ProbeFinding[] {
  const busy = rows.filter(
    (row) => (row.values['utilization.gpu'] ?? 0) >= busyUtilizationPercent && row.values['power.draw'] !== null,
  );
  return busy.flatMap((row) => {
    const draw = row.values['power.draw'] ?? 0;
    const siblings = median(busy.filter((other) => other !== row).map((other) => other.values['power.draw'] ?? 0));
    if (siblings === null || draw >= drawShare * siblings) return [];
    return [
      {
        kind: drawLow.id,
        device: gpuDevice(row),
        text: `draws ${draw} W under load, siblings ${siblings} W`,
        line: row.line,
        values: { powerWatts: draw, siblingsPowerWatts: siblings },
      },
    ];
  });
}
