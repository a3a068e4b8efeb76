import { findNode } from '../../world.ts';
import { allAtLaunch } from '../launch-state.ts';
import { inMegatron, traceback, type Call } from '../traceback.ts';
import type { LaunchFailure } from './launch-failure.ts';

// Imports come first, some seconds after torchrun.
const beforeRunMs = 14_000;

/** A Python package that the environment on one node's disk does not have: all ranks of the node end at the import. */
export const moduleMissing: LaunchFailure = ({ world, attempt }) => {
  for (const { place, key = '', value } of allAtLaunch(world, attempt, 'job.python-module')) {
    const node = findNode(world, place);
    if (value !== 'missing' || node === undefined || !attempt.nodes.includes(node.index)) continue;
    const lines = traceback(
      [...(importers[key] ?? [[inMegatron('pretrain_gpt.py'), 3, '<module>', `import ${key}`]])],
      `ModuleNotFoundError: No module named '${key}'`,
    );
    return {
      atMs: attempt.runMs - beforeRunMs,
      node: node.index,
      gpu: 0,
      exitCode: 1,
      alike: 'node',
      slurmState: 'FAILED',
      lastWords: () => lines,
    };
  }
  return null;
};

const program: Call = [inMegatron('pretrain_gpt.py'), 25, '<module>', 'from megatron.core.models.gpt import GPTModel'];

/** Where Megatron-LM imports them. */
const importers: Readonly<Record<string, readonly Call[]>> = {
  transformer_engine: [
    program,
    [
      inMegatron('megatron/core/transformer/custom_layers/transformer_engine.py'),
      8,
      '<module>',
      'import transformer_engine as te',
    ],
  ],
  einops: [
    program,
    [inMegatron('megatron/core/transformer/attention.py'), 10, '<module>', 'from einops import rearrange'],
  ],
  sentencepiece: [
    [inMegatron('pretrain_gpt.py'), 12, '<module>', 'from megatron.training import get_tokenizer'],
    [inMegatron('megatron/training/tokenizer/tokenizer.py'), 17, '<module>', 'import sentencepiece'],
  ],
};
