import { describe, expect, it } from 'vitest';
import { networkGbpsOf } from '../../../../kb/performance/run/interconnect.ts';
import { modelParameters } from '../../../../kb/performance/run/parameters.ts';
import { resolveRun } from '../../../../kb/performance/run/resolve.ts';
import type { TrainingRun } from '../../../../kb/schemas/training-run.ts';
import { gpt3Run, resolved } from '../model/example-runs.ts';
import { publishedRuns } from '../model/published.ts';

function problemFields(run: Partial<TrainingRun>): readonly string[] {
  const resolution = resolveRun({ ...gpt3Run, ...run });
  return resolution.kind === 'refused' ? resolution.problems.map(({ field }) => field) : [];
}

function assumedFields(run: Partial<TrainingRun>): readonly string[] {
  return resolved(run).assumed.map(({ field }) => field);
}

describe('a run that says everything', () => {
  it('leaves nothing to assume', () => {
    expect(resolved({}).assumed).toEqual([]);
  });

  it('has the micro-batches, node size and network that follow', () => {
    const run = resolved({});
    expect([run.microBatches, run.gpusPerNode, run.networkBytesPerSecond]).toEqual([96, 8, 200e9]);
    expect(run.parameters).toBeCloseTo(174.6e9, -8);
  });
});

describe('a refusal', () => {
  it.each([
    ['an unknown GPU', { gpu: 'TPUv4' }, 'gpu'],
    ['a power limit that no board has', { gpu: 'H100 5000W' }, 'gpu'],
    ['no layers', { layers: null }, 'layers'],
    ['no width', { hidden: null }, 'hidden'],
    ['groups that are not the GPUs', { dp: 15 }, 'dp'],
    ['groups that do not divide the GPUs', { dp: null, pp: 7 }, 'dp'],
    ['heads that tp does not divide', { heads: 12, kv_heads: 12 }, 'tp'],
    ['a width that heads do not divide', { heads: 80, kv_heads: 80 }, 'heads'],
    ['keys that do not divide heads', { kv_heads: 7 }, 'kv_heads'],
    ['more stages than layers', { layers: 4, vp: 1 }, 'pp'],
    ['more chunks than layers', { vp: 20 }, 'vp'],
    ['a batch that does not come out', { global_batch: 1000 }, 'global_batch'],
    ['a micro-batch that does not come out', { micro_batch: 5 }, 'global_batch'],
    ['no batch where there is a pipeline', { global_batch: null }, 'global_batch'],
    ['nodes that do not share the GPUs', { nodes: 100 }, 'nodes'],
    ['a sequence that context parallel does not divide', { cp: 3, dp: null, gpus: 1152, nodes: 144 }, 'cp'],
    ['fp8 on a GPU that has none', { precision: 'fp8' }, 'precision'],
    ['a precision that nobody has', { precision: 'posit' }, 'precision'],
    ['a sharding that nobody has', { sharding: 'sideways' }, 'sharding'],
    ['a mixture of experts', { num_experts: 8 }, 'num_experts'],
  ])('names the field of %s', (_, run, field) => {
    expect(problemFields(run)).toContain(field);
  });

  it('tells the GPUs that are known, and all that is wrong at once', () => {
    const resolution = resolveRun({ gpu: 'TPUv4', gpus: 8 });
    const problems = resolution.kind === 'refused' ? resolution.problems : [];
    expect(problems.map(({ field }) => field)).toEqual(['gpu', 'layers', 'hidden']);
    expect(problems[0]?.reason).toContain('A800 SXM4 80GB');
  });
});

describe('layouts and cuts that no machine has', () => {
  it('are refused: more GPUs a node than any holds, shards that do not come out', () => {
    expect(problemFields({ nodes: 8 })).toEqual(['nodes']);
    expect(problemFields({ nodes: 64 })).toEqual([]);
    expect(problemFields({ sharding: 'zero1-in-0' })).toEqual(['sharding']);
    expect(problemFields({ sharding: 'zero1-in-3' })).toEqual(['sharding']);
    expect(problemFields({ sharding: 'zero1-in-64' })).toEqual([]);
  });

  it('are refused: more layers than a run may state, from a parameter count', () => {
    expect(problemFields({ layers: null, params: 1e14, hidden: 128 })).toEqual(['params']);
  });
});

describe('weights that are said to be sharded beside a pipeline', () => {
  it('count as whole, and that is told', () => {
    expect(resolved({ sharding: 'zero3' }).assumed).toMatchObject([{ field: 'sharding', value: 'zero1' }]);
    expect(resolved({ sharding: 'zero3' }).sharding).toEqual(resolved({ sharding: 'zero1' }).sharding);
    expect(assumedFields({ sharding: 'zero3', pp: 1, dp: 128 })).toEqual([]);
  });
});

describe('what nobody stated', () => {
  it.each([
    ['dp', { dp: null }, 16],
    ['pp', { pp: null }, 8],
    ['tp', { tp: null }, 8],
    ['nodes', { nodes: null }, 128],
    ['vocab', { vocab: null }, 51_200],
    ['seq', { seq: null }, 2048],
    ['heads', { heads: null, kv_heads: null }, 96],
    ['kv_heads', { kv_heads: null }, 96],
    ['ffn', { ffn: null }, 49_152],
    ['gated', { gated: null }, false],
    ['precision', { precision: null }, 'bf16'],
    ['flash_attention', { flash_attention: null }, false],
    ['sharding', { sharding: null }, 'none'],
    ['recompute', { recompute: null }, 'full'],
    ['network_gbps_per_node', { network_gbps_per_node: null }, 1600],
    ['layers', { layers: null, params: 174.6e9 }, 96],
    ['hidden', { hidden: null, params: 174.6e9 }, 12_288],
  ])('is assumed and listed: %s', (field, run, value) => {
    expect(resolved(run).assumed.find((one) => one.field === field)?.value).toBe(value);
  });

  it('is assumed of the framework too: what came with it', () => {
    const run = resolved({
      gpu: 'H100-SXM5-80GB',
      framework: 'NeMo',
      flash_attention: null,
      sequence_parallel: null,
      sharding: null,
      precision: 'bf16',
      vp: null,
    });
    expect([run.flashAttention, run.sequenceParallel, run.sharding.optimizer, run.vp]).toEqual([true, true, true, 6]);
    expect(run.software.overlapsGradients).toBe(true);
  });

  it('gives a feed-forward block a gate where the parameter count says so', () => {
    const llama = { hidden: 8192, layers: 80, heads: 64, kv_heads: 8, ffn: 28_672, vocab: 128_256, gated: null };
    expect(resolved({ ...llama, params: 70.6e9 }).gated).toBe(true);
    expect(modelParameters(resolved({ ...llama, params: 70.6e9 }))).toBeCloseTo(69.5e9, -9);
    expect(resolved({ ...llama, ffn: 4 * 8192, params: null }).gated).toBe(false);
  });

  it('is the micro-batch that fits and is fastest', () => {
    const run = resolved({ micro_batch: null, recompute: 'full' });
    expect(run.assumed.map(({ field }) => field)).toEqual(['micro_batch']);
    expect([1, 2, 4, 8]).toContain(run.microBatch);
  });

  it('is the recompute without which activations do not fit', () => {
    const tight = { micro_batch: 8, pp: 2, dp: 64, recompute: null };
    expect(resolved(tight).recompute).toBe('full');
    expect(assumedFields(tight)).toContain('recompute');
  });

  it('is a batch of one micro-batch where there is no pipeline', () => {
    const run = resolved({ pp: 1, dp: 128, global_batch: null, micro_batch: 2 });
    expect(run.globalBatch).toBe(256);
  });
});

describe('what is written in words', () => {
  it.each([
    ['8x200Gb/s RoCE (1600 Gb/s) per node', 1600],
    ['4x100Gb/s OmniPath per node, NVLink in node', 400],
    ['DGX H100, 8x NDR400 IB per node', 3200],
    ['8 x HDR InfiniBand', 1600],
    ['4x HDR100 IB', 400],
    ['8x80GB A100, 8x200Gb/s IB', 1600],
    ['NVSwitch 8x300GB/s; 1600 Gb/s per node', 1600],
    ['4x200Gb/s IB per node (800 Gb/s in vTrain config)', 800],
    ['EFA 3200 Gbps', 3200],
    ['not stated', undefined],
    ['NVLink 300 GB/s', undefined],
  ])('reads the network of %s', (text, gbps) => {
    expect(networkGbpsOf(text)).toBe(gbps);
  });

  it.each([
    ['zero0', false, false, false, 1],
    ['zero1-in-8', false, false, true, 8],
    ['distributed-optimizer', false, false, true, 128],
    ['fsdp-shard_grad_op', false, true, true, 128],
    ['fsdp-full_shard', true, true, true, 128],
  ])('reads sharding %s', (sharding, parameters, gradients, optimizer, group) => {
    const run = resolved({ sharding, pp: 1, dp: 128 });
    expect(run.sharding).toEqual({ parameters, gradients, optimizer, group });
  });

  it('reads the limit of a board below its model', () => {
    expect(resolved({ gpu: 'H100-SXM5-80GB 500W' }).powerLimitWatts).toBe(500);
    expect(resolved({ gpu: 'H100-SXM5-80GB' }).powerLimitWatts).toBe(700);
  });

  it('takes a dp that counts the context-parallel ranks, and says so', () => {
    const run = resolved({ cp: 2, dp: 16 });
    expect(run.dp).toBe(8);
    expect(run.assumed.map(({ field }) => field)).toEqual(['dp']);
  });

  it('passes over keys of other tables', () => {
    expect(resolved({ notes: 'grad_accum=1', config_quality: 'full' }).assumed).toEqual([]);
  });
});

describe('the published runs', () => {
  it('all resolve', () => {
    const runs = publishedRuns();
    const refused = runs.filter((run) => resolveRun(run).kind === 'refused');
    expect(runs.length).toBe(2058);
    expect(refused.map(({ id }) => id)).toEqual([]);
  });
});
