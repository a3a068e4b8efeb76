import { describe, expect, test } from 'vitest';
import { calculonInput, type CalculonRun } from '../../../../../workers/cli/bench/performance/calculon/convert.ts';

// https://github.com/calculon-ai/calculon at caa4b11: models/gpt3-175B.json and validation/seqsel/tab5/gpt3-175B_full.json
const gpt3: CalculonRun = {
  gpus: 64,
  layers: 96,
  hidden: 12_288,
  ffn: 49_152,
  heads: 96,
  seq: 2_048,
  tp: 8,
  pp: 8,
  dp: 1,
  cp: 1,
  vp: 3,
  microBatch: 1,
  globalBatch: 64,
  recompute: 'full',
  sequenceParallel: false,
  shardedOptimizer: false,
  fp8: false,
  architecture: 'ampere',
  networkGbpsPerNode: 1_600,
};

describe('what Calculon is given', () => {
  test('its own GPT-3 case, field by field', () => {
    const conversion = calculonInput(gpt3);
    expect(conversion).toMatchObject({
      kind: 'input',
      input: {
        application: {
          hidden: 12288,
          feedforward: 49152,
          seq_size: 2048,
          attn_heads: 96,
          attn_size: 128,
          num_blocks: 96,
        },
        system: 'a100_80g.json',
        betweenNodesGBps: 25,
        execution: {
          num_procs: 64,
          tensor_par: 8,
          pipeline_par: 8,
          data_par: 1,
          tensor_par_net: 0,
          pipeline_par_net: 1,
          batch_size: 64,
          microbatch_size: 1,
          datatype: 'float16',
          activation_recompute: 'full',
          pipeline_interleaving: 3,
          tensor_par_comm_type: 'ar',
          optimizer_sharding: false,
          training: true,
        },
      },
    });
  });

  test('a single node stays on NVLink; replicas go between nodes once they do not fit in one', () => {
    const nets = (change: Partial<CalculonRun>) => {
      const conversion = calculonInput({ ...gpt3, ...change });
      if (conversion.kind === 'refused') return null;
      return [conversion.input.execution['data_par_net'], conversion.input.execution['pipeline_par_net']];
    };
    expect(nets({ gpus: 8, tp: 2, pp: 2, dp: 2 })).toEqual([0, 0]);
    expect(nets({ gpus: 64, tp: 2, pp: 8, dp: 4 })).toEqual([0, 1]);
    expect(nets({ gpus: 64, tp: 4, pp: 4, dp: 4 })).toEqual([1, 1]);
  });

  test('refuses what it has no words for', () => {
    expect(calculonInput({ ...gpt3, cp: 2 })).toMatchObject({ kind: 'refused' });
    expect(calculonInput({ ...gpt3, architecture: 'volta' })).toMatchObject({ kind: 'refused' });
    expect(calculonInput({ ...gpt3, fp8: true })).toMatchObject({ kind: 'refused' });
  });
});
