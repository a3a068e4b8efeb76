import { allAtLaunch } from '../../physics/launch-state.ts';
import { checkpointEvery } from '../../physics/checkpoint.ts';
import { evaluateEvery, evaluationIterations } from '../../physics/iterations.ts';
import type { World } from '../../world.ts';
import type { CommandContext } from '../command.ts';
import type { Trainer } from './trainer.ts';

/** The words of a trainer's command line, one a line. */
export function text({ timeline }: CommandContext, { attempt }: Trainer): string {
  const { world } = timeline;
  const options = new Map<string, string>(usualOptions(world));
  for (const { place, key = '', value } of allAtLaunch(world, attempt, 'job.argument')) {
    if (place !== world.job.name) continue;
    // One precision takes the place of the other.
    if (key === '--fp16') options.delete('--bf16');
    options.set(key, value === 'on' ? '' : value);
  }
  const words = [...options].flatMap(([name, value]) => [name, ...value.split(' ').filter((word) => word !== '')]);
  return ['/usr/bin/python3', '-u', 'pretrain_gpt.py', ...words].map((word) => `${word}\n`).join('');
}

/** A switch has no value. */
function usualOptions({ job }: World): readonly (readonly [string, string])[] {
  const folder = `/lustre/ckpt/${job.name}`;
  return [
    ['--tensor-model-parallel-size', String(job.tensorParallel)],
    ['--pipeline-model-parallel-size', String(job.pipelineParallel)],
    ['--use-distributed-optimizer', ''],
    ['--overlap-grad-reduce', ''],
    ['--overlap-param-gather', ''],
    ['--grad-reduce-in-bf16', ''],
    ['--sequence-parallel', ''],
    ['--num-layers', String(job.model.layers)],
    ['--hidden-size', String(job.model.hidden)],
    ['--ffn-hidden-size', String(job.model.ffn)],
    ['--num-attention-heads', String(job.model.heads)],
    ['--seq-length', String(job.sequenceTokens)],
    ['--max-position-embeddings', String(job.sequenceTokens)],
    ['--micro-batch-size', String(job.microBatch)],
    ['--global-batch-size', String(job.globalBatch)],
    ['--train-iters', String(job.trainIterations)],
    ['--lr', '1.5e-4'],
    ['--min-lr', '1.5e-5'],
    ['--lr-decay-style', 'cosine'],
    ['--clip-grad', '1.0'],
    ['--bf16', ''],
    ['--use-flash-attn', ''],
    ['--attention-dropout', '0.0'],
    ['--hidden-dropout', '0.0'],
    ['--tokenizer-type', 'GPT2BPETokenizer'],
    ['--num-workers', '8'],
    ['--save', `/raid/ckpt/${job.name}`],
    ['--load', folder],
    ['--save-interval', String(checkpointEvery)],
    ['--ckpt-format', 'torch_dist'],
    ['--async-save', ''],
    ['--eval-interval', String(evaluateEvery)],
    ['--eval-iters', String(evaluationIterations)],
    ['--log-interval', '1'],
    ['--log-throughput', ''],
    ['--distributed-timeout-minutes', '10'],
  ];
}
