import { PortError, type CalibrationStore } from '../../activities/ports.ts';
import type { TrainingRun } from '../../kb/schemas/training-run.ts';
import type { GatherPlan, IncidentKey } from '../../workflows/domain/phase-data.ts';
import { slowJob } from '../kb/reasoning/slow-job.ts';
import { smallInventory } from '../support/small-inventory.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';

/** Half a GPT-3 13B on four GPUs, as its job file says it. */
export const training: TrainingRun = {
  gpu: 'A800-SXM4-80GB',
  gpus: 4,
  nodes: 2,
  layers: 20,
  hidden: 5120,
  heads: 40,
  seq: 2048,
  vocab: 51200,
  tp: 2,
  pp: 1,
  dp: 2,
  micro_batch: 1,
  global_batch: 32,
  recompute: 'selective',
  precision: 'bf16',
  flash_attention: true,
  network_gbps_per_node: 800,
};

export const key: IncidentKey = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' };

export function inventoryWith(run: TrainingRun | undefined): Inventory {
  const inventory = smallInventory();
  return {
    ...inventory,
    jobs: inventory.jobs.map((job) => ({ ...job, ...(run === undefined ? {} : { training: run }) })),
  };
}

/** Slow from the 25th of 40 minutes on by a GPU of node-02. */
export const metrics = slowJob({ node: 'node-02', gpu: 1 }, 2);

export const plan: GatherPlan = {
  handlerId: 'slow-training',
  job: 'pretrain',
  nodes: ['node-01', 'node-02'],
  alertAtMs: metrics.range.alertAtMs,
  fromMs: metrics.range.fromMs,
  toMs: metrics.range.toMs,
  logs: ['rank'],
  metrics: [],
  firstProbes: [],
  knowledgeDigest: '',
  readyInMs: 0,
};

/** What Megatron prints when it starts, https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/training/arguments.py */
export const printedArguments = [
  '------------------------ arguments ------------------------',
  '  bf16 ............................................ True',
  '  ffn_hidden_size ................................. 20480',
  '  global_batch_size ............................... 32',
  '  hidden_size ..................................... 5120',
  '  micro_batch_size ................................ 1',
  '  num_attention_heads ............................. 40',
  '  num_layers ...................................... 20',
  '  padded_vocab_size ............................... 51200',
  '  pipeline_model_parallel_size .................... 1',
  '  seq_length ...................................... 2048',
  '  tensor_model_parallel_size ...................... 2',
  '  world_size ...................................... 4',
  '-------------------- end of arguments ---------------------',
].join('\n');

/** `empty`: no record. `unreachable` and `denied` are what they say. */
export function calibrationStore(state: 'empty' | 'unreachable' | 'denied' = 'empty'): CalibrationStore {
  return {
    add: () => Promise.reject(new Error('nothing is added here')),
    async records() {
      if (state === 'empty') return { records: [], problems: [] };
      throw new PortError(state, 'listing calibration/site-a');
    },
  };
}
