import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbedNode, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { fieldIds, parseSeries, samples, type Field, type GpuSeries, type Series } from './dcgm-series.ts';
import { gpuDevice } from './nvidia-smi.ts';

const metrics = 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html#metrics';

const fallsHot: FindingKind = {
  id: 'gpu.series.clock-falls-hot',
  summary: 'the clock of a busy GPU falls within seconds while it is as hot as it may be',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 3, 'facility-fault': 0.7 },
  source: metrics,
};
const falls: FindingKind = {
  id: 'gpu.series.clock-unsteady',
  summary: 'the clock of a busy GPU falls far within seconds',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1.2 },
  source: metrics,
};
const worksAlone: FindingKind = {
  id: 'gpu.series.works-while-siblings-wait',
  summary: 'a GPU computes while the others of the node only wait in a collective: they wait for it',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1, 'long-rank0-work-timeout': 0.7, 'uneven-data': 0.5 },
  source: metrics,
};
const idleAmongBusy: FindingKind = {
  id: 'gpu.series.idle-while-siblings-busy',
  summary: 'a GPU has nothing to do while the others of the node are busy',
  role: 'symptom',
  weighs: {
    'user-code-error': 0.4,
    'dataloader-stall': 0.7,
    'launcher-rank-misconfig': 0.5,
    'gpu-clock-throttle': -0.7,
  },
  source: metrics,
};
export const allWait: FindingKind = {
  id: 'gpu.series.all-wait',
  summary: 'all GPUs of the node are busy and compute nothing: they wait in a collective for another node',
  role: 'context',
  weighs: {},
  source: metrics,
};
const differs: FindingKind = {
  id: 'gpu.series.differs-from-siblings',
  summary: 'a GPU computes, or reads its memory, much less or more than its siblings at the same time',
  role: 'context',
  weighs: { 'gpu-clock-throttle': 0.5, 'uneven-data': 0.5 },
  source: metrics,
};
const alike: FindingKind = {
  id: 'gpu.series.steady',
  summary: 'clocks of busy GPUs are steady, and all GPUs of the node work or rest alike',
  role: 'clean',
  weighs: { 'gpu-clock-throttle': -0.7 },
  source: metrics,
};
const kinds = [fallsHot, falls, worksAlone, idleAmongBusy, allWait, differs, alike];

const noArgs = z.object({});

/** Clock, temperatures, power and activity of every GPU over five seconds. */
export const gpuFieldsOverTime: Probe<z.infer<typeof noArgs>, Series> = {
  id: 'gpu.fields-over-time',
  platform: 'nvidia-linux',
  summary: 'clock, heat, power and activity of every GPU, second by second',
  question: 'Do clocks sag under load, and who computes while the others wait?',
  aspect: 'performance',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 6_500,
  timeoutMs: 25_000,
  outputBytesMax: 65_536,
  args: noArgs,
  argv: () => ['dcgmi', 'dmon', '-e', fieldIds.join(','), '-c', String(samples), '-d', '1000'],
  parse: parseSeries,
  outcomes: kinds,
  meaning({ gpus }, node) {
    const busy = gpus.filter(isBusy);
    const waiting = busy.filter(waits);
    const seen = [...busy.flatMap((gpu) => sags(gpu, node)), ...roles(gpus, busy, waiting, node)];
    return orClean(seen, kinds, {
      kind: alike.id,
      text: `${busy.length} of ${gpus.length} GPUs busy over ${samples} seconds, with steady clocks`,
      values: { gpus: gpus.length, busy: busy.length },
    });
  },
  siblings: {
    numbers: ({ gpus }, node) =>
      gpus.filter(isBusy).flatMap((gpu) =>
        figures.flatMap(({ name, unit, field }) => {
          const value = mean(gpu, field);
          return value === null ? [] : [{ name, value, unit, device: deviceOf(gpu, node), line: gpu.line }];
        }),
      ),
    rules: [
      { name: 'smActive', side: 'both', relative: 0.3, absolute: 0.2, source: metrics },
      { name: 'tensorActive', side: 'both', relative: 0.5, absolute: 0.1, source: metrics },
      { name: 'dramActive', side: 'both', relative: 0.5, absolute: 0.1, source: metrics },
      { name: 'smMhz', side: 'low', relative: 0.1, absolute: 60, source: 'https://github.com/stas00/ml-engineering' },
    ],
    kind: differs,
  },
};

const figures: readonly { readonly name: string; readonly unit: string; readonly field: Field }[] = [
  { name: 'smActive', unit: 'share of time', field: 'SMACT' },
  { name: 'tensorActive', unit: 'share of time', field: 'TENSO' },
  { name: 'dramActive', unit: 'share of time', field: 'DRAMA' },
  { name: 'smMhz', unit: 'MHz', field: 'SMCLK' },
];

function valuesOf(gpu: GpuSeries, field: Field): readonly number[] {
  return gpu.samples.flatMap((sample) => sample[field] ?? []);
}

function mean(gpu: GpuSeries, field: Field): number | null {
  const values = valuesOf(gpu, field);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Percent of utilisation, on the mean of five seconds; a spinning collective counts as utilisation. */
const busyPercentMin = 80;
const idlePercentMax = 5;

function isBusy(gpu: GpuSeries): boolean {
  return (mean(gpu, 'GPUTL') ?? 0) >= busyPercentMin;
}

/**
 * DCGM's guide: below 0.5 SM activity is "ineffective" use. Kernels of NCCL run on a few of the SMs and on no tensor
 * core, so a GPU that waits shows full utilisation, little SM activity and no tensor activity at all.
 */
const waitingSmActiveMax = 0.5;
const waitingTensorActiveMax = 0.01;

function waits(gpu: GpuSeries): boolean {
  const sm = mean(gpu, 'SMACT');
  const tensor = mean(gpu, 'TENSO');
  return sm !== null && tensor !== null && sm < waitingSmActiveMax && tensor < waitingTensorActiveMax;
}

/** Normal boosting under a power limit moves the clock by a tenth; twice that and more is worth a look. */
const sagShare = 0.2;
// Slowdown and highest operating temperature of A100-SXM4: see gpu.temperature.
const hotCelsius = 85;
const hotMemoryCelsius = 95;

function sags(gpu: GpuSeries, node: ProbedNode | undefined): readonly ProbeFinding[] {
  const clocks = valuesOf(gpu, 'SMCLK');
  const [highest, lowest] = [Math.max(0, ...clocks), Math.min(...clocks)];
  if (clocks.length < 2 || lowest >= (1 - sagShare) * highest) return [];
  const celsius = Math.max(0, ...valuesOf(gpu, 'TMPTR'));
  const memoryCelsius = Math.max(0, ...valuesOf(gpu, 'MMTMP'));
  const hot = celsius >= hotCelsius || memoryCelsius >= hotMemoryCelsius;
  return [
    {
      kind: hot ? fallsHot.id : falls.id,
      device: deviceOf(gpu, node),
      text: `SM clock between ${lowest} and ${highest} MHz within ${samples} seconds, at up to ${celsius} degrees Celsius`,
      line: gpu.line,
      values: { smMhzLowest: lowest, smMhzHighest: highest, temperatureCelsius: celsius },
    },
  ];
}

/** Who works and who waits; said of one or two among many alone. */
function roles(
  gpus: readonly GpuSeries[],
  busy: readonly GpuSeries[],
  waiting: readonly GpuSeries[],
  node: ProbedNode | undefined,
): readonly ProbeFinding[] {
  const few = Math.floor(gpus.length / 4);
  const working = busy.filter((gpu) => !waiting.includes(gpu) && mean(gpu, 'SMACT') !== null);
  const idle = gpus.filter((gpu) => (mean(gpu, 'GPUTL') ?? 100) <= idlePercentMax);
  const found = (kind: FindingKind, gpu: GpuSeries, text: string): ProbeFinding => ({
    kind: kind.id,
    device: deviceOf(gpu, node),
    text,
    line: gpu.line,
    values: { smActive: mean(gpu, 'SMACT') ?? 0, siblingsWaiting: waiting.length },
  });
  if (gpus.length > 1 && waiting.length === gpus.length)
    return [{ kind: allWait.id, text: `all ${gpus.length} GPUs are busy without computing`, line: gpus[0]?.line ?? 1 }];
  return [
    ...(working.length > 0 && working.length <= few && waiting.length >= gpus.length - few
      ? working.map((gpu) => found(worksAlone, gpu, `computes while ${waiting.length} of its siblings wait`))
      : []),
    ...(idle.length > 0 && idle.length <= few && busy.length >= gpus.length - few
      ? idle.map((gpu) => found(idleAmongBusy, gpu, `idle while ${busy.length} of its siblings are busy`))
      : []),
  ];
}

function deviceOf(gpu: GpuSeries, node: ProbedNode | undefined) {
  const known = node?.gpus.find(({ index }) => index === gpu.index);
  return known === undefined ? { kind: 'gpu' as const, index: gpu.index } : gpuDevice(known);
}
