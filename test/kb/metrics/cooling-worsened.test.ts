import { describe, expect, it } from 'vitest';
import { coolingWorsened } from '../../../kb/metrics/cooling-worsened.ts';
import type { MetricRange, MetricSeries } from '../../../kb/schemas/metric.ts';

const stepMs = 15_000;
const samples = 120;
const alertAtMs = samples * stepMs;

interface Gpu {
  readonly node: string;
  readonly index: number;
}

/** Kelvins above the air for each watt, and the air and the watts at a share of the way to the alert. */
interface Scene {
  readonly resistance?: (gpu: Gpu, share: number) => number;
  readonly air?: (gpu: Gpu, share: number) => number;
  readonly watts?: (gpu: Gpu, share: number) => number;
}

const own = ({ index }: Gpu): number => 0.12 * (1 + 0.02 * ((index % 4) - 1.5));

function rangeOf({ resistance = own, air = () => 25, watts = () => 330 }: Scene, gpus = 8): MetricRange {
  const all = ['node-01', 'node-02'].flatMap((node) => Array.from({ length: gpus }, (_, index) => ({ node, index })));
  const series = all.flatMap((gpu): MetricSeries[] => {
    const labels = { Hostname: gpu.node, gpu: `${gpu.index}` };
    const points = (value: (share: number, at: number) => number) =>
      Array.from({ length: samples }, (_, at) => [(at + 1) * stepMs, value(at / samples, at)] as const);
    const power = (share: number, at: number) => watts(gpu, share) + (((at * 7 + gpu.index * 3) % 11) - 5);
    const heat = (share: number) => Math.round(air(gpu, share) + resistance(gpu, share) * watts(gpu, share));
    return [
      { name: 'DCGM_FI_DEV_POWER_USAGE', labels, points: points(power) },
      { name: 'DCGM_FI_DEV_GPU_TEMP', labels, points: points(heat) },
      { name: 'DCGM_FI_DEV_GPU_UTIL', labels, points: points(() => 100) },
    ];
  });
  return { fromMs: stepMs, toMs: alertAtMs, alertAtMs, stepMs, series, missing: [] };
}

const odd = (scene: Scene, gpus?: number): readonly string[] =>
  coolingWorsened.evaluate(rangeOf(scene, gpus)).map(({ node, device }) => `${node} ${device?.index}`);

const isSick = ({ node, index }: Gpu): boolean => node === 'node-01' && index === 3;
const drying = (gpu: Gpu, share: number): number => own(gpu) * (isSick(gpu) ? 1 + 0.2 * share : 1);
/** The rack of the first node becomes hot, and all of its GPUs are held at 85 degrees. */
const hotAir = ({ node }: Gpu, share: number): number => (node === 'node-01' ? 25 + 25 * share : 25);
const heldAt =
  (resistance: NonNullable<Scene['resistance']>) =>
  (gpu: Gpu, share: number): number =>
    Math.min(330, (85 - hotAir(gpu, share)) / resistance(gpu, share));

describe('a GPU that cools worse than before', () => {
  it('is found among equally hot ones, by its power', () => {
    const scene = { resistance: drying, air: hotAir, watts: heldAt(drying) };
    expect(odd(scene)).toEqual(['node-01 3']);
    const [match] = coolingWorsened.evaluate(rangeOf(scene));
    expect(match?.text).toMatch(/^1\d % more degrees for each watt than before, beside the 7 other GPUs of its node/);
    expect(match?.values).toMatchObject({ mates: 7 });
  });

  it('is found in cool air, by its temperature', () => {
    expect(odd({ resistance: drying })).toEqual(['node-01 3']);
  });

  it('is none of a node that is hot, however much its GPUs differ from those of the others', () => {
    expect(odd({ air: hotAir, watts: heldAt(own) })).toEqual([]);
  });

  it('is none that always was the worst of its node', () => {
    const worst = (gpu: Gpu): number => own(gpu) * (isSick(gpu) ? 1.2 : 1);
    expect(odd({ resistance: worst, air: hotAir, watts: heldAt(worst) })).toEqual([]);
  });

  it('is none that draws less, and is cooler for it', () => {
    expect(odd({ watts: (gpu, share) => (isSick(gpu) && share > 0.5 ? 150 : 330) })).toEqual([]);
  });

  it('is none that is warm of the power that it drew a minute ago', () => {
    const began = 1 - 4 / samples;
    const watts = (gpu: Gpu, share: number): number => (isSick(gpu) && share >= began ? 90 : 330);
    // The heat sink's own time constant: some ten minutes here, so that it has hardly begun to cool.
    const heat = (gpu: Gpu, share: number): number =>
      isSick(gpu) && share >= began ? own(gpu) * (90 + 240 * Math.exp((began - share) * 6)) : own(gpu) * 330;
    const resistance = (gpu: Gpu, share: number): number => heat(gpu, share) / watts(gpu, share);
    expect(odd({ watts, resistance })).toEqual([]);
  });

  it('is none where two of a node do, for what they share may be the reason', () => {
    const fan = (gpu: Gpu, share: number): number =>
      own(gpu) * (gpu.node === 'node-01' && gpu.index < 2 ? 1 + 0.2 * share : 1);
    expect(odd({ resistance: fan })).toEqual([]);
  });

  it('is none where too few others breathe the same air', () => {
    expect(odd({ resistance: drying }, 4)).toEqual(['node-01 3']);
    expect(odd({ resistance: drying, watts: ({ index }) => (index === 0 ? 60 : 330) }, 4)).toEqual([]);
  });
});
