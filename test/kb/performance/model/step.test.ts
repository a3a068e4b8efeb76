import { describe, expect, it } from 'vitest';
import { stageLayers } from '../../../../kb/performance/model/stages.ts';
import { stepSeconds } from '../../../../kb/performance/model/step.ts';
import { resolved } from './example-runs.ts';

describe('the stages of a pipeline', () => {
  it('hold as many layers each where they divide', () => {
    expect(stageLayers({ layers: 96, pp: 8 })).toEqual({ fullest: 12, last: 12 });
  });

  it('leave the last one fewer where they do not: 70 layers on 12 stages are 5, ten times 6, 5', () => {
    expect(stageLayers({ layers: 70, pp: 12 })).toEqual({ fullest: 6, last: 5 });
    expect(stageLayers({ layers: 126, pp: 16 })).toEqual({ fullest: 8, last: 7 });
  });
});

describe('the bubble', () => {
  it('is (p-1)/m of the rest where stages are even and the vocabulary small (arXiv:2104.04473, section 2.2.1)', () => {
    const { breakdown: of } = stepSeconds(resolved({ vocab: 128 }));
    const { matmul, attention, memory, recompute, vocabulary, tensorParallel, pipelineTransfer, launch } = of;
    const busy = matmul + attention + memory + recompute + vocabulary + tensorParallel + pipelineTransfer + launch;
    expect(of.pipelineBubble / busy / (7 / 96)).toBeCloseTo(1, 2);
  });

  it('shrinks with interleaving by the number of chunks', () => {
    const whole = stepSeconds(resolved({})).breakdown.pipelineBubble;
    const cut = stepSeconds(resolved({ vp: 4 })).breakdown.pipelineBubble;
    expect(whole / cut).toBeGreaterThan(3.5);
    expect(whole / cut).toBeLessThan(4.1);
  });

  it('is none without a pipeline', () => {
    expect(stepSeconds(resolved({ pp: 1, dp: 128 })).breakdown.pipelineBubble).toBe(0);
  });
});

describe('the stage with the vocabulary', () => {
  it('sets the pace where it is the fullest, and shows as a term', () => {
    const small = stepSeconds(resolved({ vocab: 128 }));
    const large = stepSeconds(resolved({ vocab: 250_880 }));
    expect(large.breakdown.vocabulary).toBeGreaterThan(0);
    expect(large.seconds).toBeGreaterThan(small.seconds);
  });

  it('does not, where its stage has a layer fewer than the others to make up for it', () => {
    const uneven = stepSeconds(resolved({ layers: 94, vocab: 51_200 }));
    expect(uneven.breakdown.vocabulary).toBe(0);
  });
});

describe('the four kinds of job that a simple formula misses', () => {
  it('tensor parallel across nodes pays the network', () => {
    const inside = stepSeconds(resolved({})).breakdown.tensorParallel;
    const across = stepSeconds(resolved({ tp: 16, dp: 8 })).breakdown.tensorParallel;
    expect(across).toBeGreaterThan(1.5 * inside);
  });

  it('little tensor parallel in deep pipelines pays for transfers and fewer micro-batches', () => {
    const deep = stepSeconds(resolved({ tp: 2, pp: 32, global_batch: 1536 })).breakdown;
    const wide = stepSeconds(resolved({})).breakdown;
    expect(deep.pipelineBubble + deep.pipelineTransfer).toBeGreaterThan(
      2 * (wide.pipelineBubble + wide.pipelineTransfer),
    );
  });

  it('a head size that is no multiple of eight pays in attention', () => {
    const aligned = stepSeconds(resolved({ hidden: 14_336, ffn: 57_344, heads: 112, kv_heads: 112 })).breakdown;
    const misaligned = stepSeconds(resolved({ hidden: 14_400, ffn: 57_600, heads: 96, kv_heads: 96 })).breakdown;
    expect(misaligned.attention).toBeGreaterThan(1.5 * aligned.attention);
  });

  it('a tiny model pays for launches', () => {
    const tiny = {
      gpus: 1,
      nodes: 1,
      tp: 1,
      pp: 1,
      dp: 1,
      hidden: 1024,
      ffn: 4096,
      heads: 16,
      kv_heads: 16,
      layers: 24,
    };
    const { breakdown, seconds } = stepSeconds(resolved({ ...tiny, global_batch: 16, seq: 256 }));
    expect(breakdown.launch / seconds).toBeGreaterThan(0.5);
    const large = stepSeconds(resolved({}));
    expect(large.breakdown.launch / large.seconds).toBeLessThan(0.02);
  });
});

describe('what software does', () => {
  it('overlaps gradients since 2022', () => {
    const classic = stepSeconds(resolved({ micro_batch: 8 })).breakdown.dataParallel;
    const modern = stepSeconds(resolved({ micro_batch: 8, framework: 'Megatron-Core' })).breakdown.dataParallel;
    expect(modern).toBeLessThan(0.5 * classic);
  });

  it('fetches sharded weights for every micro-batch', () => {
    const fsdp = { pp: 1, tp: 1, dp: 1024, sharding: 'fsdp', framework: 'torchtitan', network_gbps_per_node: 200 };
    const few = stepSeconds(resolved({ ...fsdp, global_batch: 2048, micro_batch: 2 })).breakdown.sharding;
    const many = stepSeconds(resolved({ ...fsdp, global_batch: 2048, micro_batch: 1 })).breakdown.sharding;
    expect(few).toBeGreaterThan(0);
    expect(many).toBeGreaterThan(1.5 * few);
  });

  it('skips the masked half of attention with flash attention', () => {
    const scores = stepSeconds(resolved({})).breakdown.attention;
    const flash = stepSeconds(resolved({ flash_attention: true })).breakdown.attention;
    expect(flash).toBeLessThan(0.7 * scores);
  });
});
