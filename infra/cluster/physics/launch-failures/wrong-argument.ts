import { allAtLaunch } from '../launch-state.ts';
import type { LaunchFailure } from './launch-failure.ts';

const beforeRunMs = 13_500;

/** Options that Megatron's parser knows, of those that a launch script may add. */
const known = ['--fp16', '--micro-batch-size', '--seq-length', '--variable-seq-lengths', '--hidden-size'];

/** argparse prints its usage and the words that it does not know, and ends with 2; every rank reads the same words. */
export const wrongArgument: LaunchFailure = ({ world, attempt }) => {
  const unknown = allAtLaunch(world, attempt, 'job.argument').filter(
    ({ place, key = '' }) => place === world.job.name && !known.includes(key),
  );
  if (unknown.length === 0) return null;
  const words = unknown.map(({ key = '', value }) => (value === 'on' ? key : `${key} ${value}`)).join(' ');
  const lines = [
    'usage: pretrain_gpt.py [-h] [--num-layers NUM_LAYERS]',
    '                       [--encoder-num-layers ENCODER_NUM_LAYERS]',
    '                       [--decoder-num-layers DECODER_NUM_LAYERS]',
    '                       [--hidden-size HIDDEN_SIZE]',
    '                       [--ffn-hidden-size FFN_HIDDEN_SIZE]',
    '                       [--num-attention-heads NUM_ATTENTION_HEADS]',
    `pretrain_gpt.py: error: unrecognized arguments: ${words}`,
  ];
  return {
    atMs: attempt.runMs - beforeRunMs,
    node: attempt.nodes[0] ?? 0,
    gpu: 0,
    exitCode: 2,
    alike: 'job',
    slurmState: 'FAILED',
    lastWords: () => lines,
  };
};
