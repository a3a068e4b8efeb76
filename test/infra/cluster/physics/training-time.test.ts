import { describe, expect, it } from 'vitest';
import {
  healthyStepMs,
  modelFlops,
  parametersOf,
  stepSeconds,
  trainingHardware,
  type Layout,
  type ModelShape,
} from '../../../../infra/cluster/physics/training-time.ts';
import { buildWorld } from '../../../../infra/cluster/world.ts';

const gpt = (layers: number, hidden: number, sequence = 2_048): ModelShape => ({
  layers,
  hidden,
  ffn: 4 * hidden,
  heads: 64,
  vocab: 51_200,
  sequence,
});
/** A100 with twelve NVLinks, and attention whose scores go through memory five times. */
const a100In2022 = { ...trainingHardware, nvlinkBytes: 230e9, attentionFlops: 25e12 };

describe('against published runs of Megatron-LM', () => {
  it('a layer and a step of 22B on eight A100 (arXiv:2205.05198, tables 4 and 5) come within 6 %', () => {
    const layout: Layout = {
      tensorParallel: 8,
      pipelineParallel: 1,
      dataParallel: 1,
      microBatch: 4,
      globalBatch: 4,
    };
    const shape = gpt(48, 6_144);
    const { forwardS, backwardS, stepS } = stepSeconds(shape, layout, a100In2022);
    expect(forwardS / 7.2e-3).toBeCloseTo(1.04, 2);
    expect(backwardS / 13.1e-3).toBeCloseTo(1.06, 2);
    expect(stepS / 1.1).toBeCloseTo(1.036, 2);
    expect(modelFlops(shape, 4) / stepS / 8 / 1e12 / 129.5).toBeCloseTo(0.97, 2);
  });

  // Table 1 counts a recomputed forward pass as work: four passes in the time of four, in place of three in that of three.
  it.each([
    { name: '18.4B', shape: gpt(40, 6_144), stages: 1, gpus: 256, batch: 1_024, teraflops: 135 },
    { name: '39.1B', shape: gpt(48, 8_192), stages: 2, gpus: 512, batch: 1_536, teraflops: 138 },
  ])('$name (arXiv:2104.04473, table 1) comes within 3 %', ({ shape, stages, gpus, batch, teraflops }) => {
    const { stepS } = stepSeconds(
      shape,
      {
        tensorParallel: 8,
        pipelineParallel: stages,
        dataParallel: gpus / 8 / stages,
        microBatch: 4,
        globalBatch: batch,
      },
      a100In2022,
    );
    const ours = modelFlops(shape, batch) / stepS / gpus / 1e12;
    expect(Math.abs(ours / teraflops - 1)).toBeLessThan(0.03);
  });
});

describe('the jobs of a cluster', () => {
  const jobs = (nodes: number, count: number) =>
    buildWorld({ seed: 1, cluster: 'site-a', nodes, gpusPerNode: 8, jobs: count }, 0).jobs;

  it('have the parameters of their names and work between a third and a half of the peak', () => {
    for (const { name, model, parameters, healthyStepMs: stepMs, globalBatch, nodes } of jobs(40, 4)) {
      const billions = Number(/(\d+)b$/.exec(name)?.[1]);
      expect(parameters).toBe(parametersOf(model));
      expect(Math.abs(parameters / 1e9 / billions - 1)).toBeLessThan(0.06);
      const share = modelFlops(model, globalBatch) / (stepMs / 1_000) / (nodes.length * 8) / 312e12;
      expect(share).toBeGreaterThan(0.33);
      expect(share).toBeLessThan(0.5);
    }
  });

  it('train 13B at eight seconds a step on any number of nodes above three, where the network hides', () => {
    expect([4, 5, 10, 100, 600].map((nodes) => jobs(nodes, 1)[0]?.healthyStepMs)).toEqual(Array(5).fill(8_000));
  });

  it('take longer with more of anything', () => {
    const layout: Layout = { tensorParallel: 8, pipelineParallel: 1, dataParallel: 4, microBatch: 1, globalBatch: 96 };
    const usual = healthyStepMs(gpt(40, 5_120, 4_096), layout);
    expect(healthyStepMs(gpt(48, 5_120, 4_096), layout)).toBeGreaterThan(usual);
    expect(healthyStepMs(gpt(40, 6_144, 4_096), layout)).toBeGreaterThan(usual);
    expect(healthyStepMs(gpt(40, 5_120, 8_192), layout)).toBeGreaterThan(usual);
    expect(healthyStepMs(gpt(40, 5_120, 4_096), { ...layout, globalBatch: 128 })).toBeGreaterThan(usual);
  });
});
