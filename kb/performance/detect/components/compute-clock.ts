import { median } from 'simple-statistics';
import { gpuModelOf } from '../../../catalog/hardware.ts';
import { combined, gpuKey, gpuPlace, gpuValues, seriesOf, type GpuValue } from '../../../metrics/series.ts';
import type { MetricRange } from '../../../schemas/metric.ts';
import { throttleReasons } from '../throttle-reasons.ts';
import type { PeerOutlier } from '../peers.ts';
import { evidenceMax, type Scene, type Weighed } from '../scene.ts';
import { explainedShare, slowdownOfClock } from '../slowdown.ts';

// The driver's hardware slow-down cuts clocks to a half; the best sustained clocks of a busy GPU stay above 0.85.
// https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html
export const belowNominalShare = 0.7;
const smClock = 'DCGM_FI_DEV_SM_CLOCK';

/** The slowest GPUs' clock against the like GPUs', or against the model's nominal one where all are slow. */
export function computeClock(scene: Scene): readonly Weighed[] {
  const { clock, clocks } = scene.peers;
  if (clock.kind === 'nodes')
    return clock.nodes.slice(0, evidenceMax).flatMap((node) => slowNode(scene, node, clock.outliers));
  if (clock.kind === 'single')
    return clock.outliers
      .slice(0, evidenceMax)
      .map((gpu) => slowGpu(scene, gpu, gpu.likeMedian, `${gpu.likes} like GPUs`));
  const below = belowNominal(clocks, scene);
  const [slowest] = below;
  if (slowest === undefined) return commonFall(scene);
  const nodes = new Set(below.map(({ node }) => node));
  const all = slowest.nominalMhz;
  return below.length === 1
    ? [slowGpu(scene, slowest, all, 'nominal')]
    : [
        {
          ...weigh(scene, all / median(below.map(({ value }) => value))),
          ...(nodes.size === 1 ? { node: slowest.node } : {}),
          text: `${below.length} of ${clocks.length} busy GPUs run far below the nominal ${all} MHz: median ${median(below.map(({ value }) => value)).toFixed(0)} MHz`,
          values: {
            gpus: below.length,
            ofGpus: clocks.length,
            smMhz: median(below.map(({ value }) => value)),
            nominalMhz: all,
          },
        },
      ];
}

// Boost clocks of a job move by less; the same share sets like GPUs apart (peer-readings.ts).
const fallMin = 0.08;
// Fewer samples make no level.
const levelSamplesMin = 3;

/** All clocks together below what they were before the job became slow: a power cap or heat in the whole room. */
function commonFall(scene: Scene): readonly Weighed[] {
  const { range, sinceMs, groups, peers } = scene;
  if (sinceMs === null || peers.clocks.length === 0) return [];
  const busy = seriesOf(range, smClock).filter(({ labels }) => {
    const place = gpuPlace(labels);
    return place !== null && groups.isBusy(place);
  });
  const earlier = combined(busy, median)
    .filter(([atMs, mhz]) => atMs < sinceMs && mhz > 0)
    .map(([, mhz]) => mhz);
  if (earlier.length < levelSamplesMin) return [];
  const before = median(earlier);
  const now = median(peers.clocks.map(({ value }) => value));
  if (now > (1 - fallMin) * before) return [];
  return [
    {
      ...weigh(scene, before / now),
      text: `all ${peers.clocks.length} busy GPUs together run slower than before: median ${now.toFixed(0)} MHz, ${before.toFixed(0)} MHz until then`,
      values: { gpus: peers.clocks.length, smMhz: now, beforeMhz: before },
    },
  ];
}

/** Busy GPUs far below their model's highest clock, the slowest first. */
export function belowNominal(
  clocks: readonly GpuValue[],
  { modelOf }: Pick<Scene, 'modelOf'>,
): readonly (GpuValue & { readonly nominalMhz: number })[] {
  return clocks
    .flatMap((gpu) => {
      const name = modelOf(gpu);
      const nominalMhz = name === undefined ? undefined : gpuModelOf(name)?.smClockMaxMhz;
      return nominalMhz === undefined || gpu.value >= belowNominalShare * nominalMhz ? [] : [{ ...gpu, nominalMhz }];
    })
    .toSorted((a, b) => a.value - b.value);
}

/** Where all GPUs of a node are slow, none of them is the place. */
function slowNode(scene: Scene, node: string, outliers: readonly PeerOutlier[]): readonly Weighed[] {
  const own = outliers.filter((gpu) => gpu.node === node);
  const [worst] = own;
  if (worst === undefined) return [];
  const { device: _device, text, ...rest } = slowGpu(scene, worst, worst.likeMedian, `${worst.likes} like GPUs`);
  return [{ ...rest, text: `all ${own.length} busy GPUs of the node are slow: ${text}` }];
}

function slowGpu(scene: Scene, gpu: GpuValue, expectedMhz: number, whose: string): Weighed {
  const weighed = weigh(scene, expectedMhz / Math.max(1, gpu.value));
  const reasons = throttleReasons(reasonsOf(scene.range, gpu));
  return {
    ...weighed,
    node: gpu.node,
    device: gpu.device,
    text:
      `${gpu.node} GPU ${gpu.device.index ?? '?'} runs at ${gpu.value.toFixed(0)} MHz, ${whose} at ${expectedMhz.toFixed(0)} MHz; ` +
      `with ${(100 * scene.shares.compute).toFixed(0)} % of a step bound to the clock that makes steps ${Number(weighed.values['predictedSlowdown']).toFixed(2)} times as long` +
      `${scene.slowdown === null ? '' : ` (measured ${scene.slowdown.toFixed(2)})`}${reasons === '' ? '' : `; driver's reason: ${reasons}`}`,
    values: { ...weighed.values, smMhz: gpu.value, expectedMhz, ...(reasons === '' ? {} : { reasons }) },
  };
}

function weigh(
  { shares, slowdown }: Scene,
  factor: number,
): Pick<Weighed, 'component' | 'explains' | 'strength' | 'values' | 'text'> {
  const predictedSlowdown = slowdownOfClock(factor, shares);
  return {
    component: 'compute-clock',
    explains: explainedShare(predictedSlowdown, slowdown),
    strength: 2,
    text: '',
    values: {
      clockFactor: factor,
      predictedSlowdown,
      ...(slowdown === null ? {} : { measuredSlowdown: slowdown }),
      computeShare: shares.compute,
      sharesFrom: shares.from,
    },
  };
}

function reasonsOf(range: MetricRange, gpu: GpuValue): number {
  const names = ['DCGM_FI_DEV_CLOCK_THROTTLE_REASONS', 'DCGM_FI_DEV_CLOCKS_EVENT_REASONS'];
  return names.flatMap((name) => gpuValues(range, name)).find((one) => gpuKey(one) === gpuKey(gpu))?.value ?? 0;
}
