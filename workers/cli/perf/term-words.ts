import type { StepTerm } from '../../../kb/performance/prediction.ts';
import type { Style } from '../output.ts';

/** Each part of a step in words, and the colour of its kind: work, memory, waiting for others, the host. */
export const termWords: Readonly<Record<StepTerm, { readonly text: string; readonly style: Style }>> = {
  matmul: { text: 'matrix products', style: 'green' },
  attention: { text: 'attention', style: 'green' },
  vocabulary: { text: 'vocabulary layer', style: 'green' },
  recompute: { text: 'recomputation', style: 'yellow' },
  memory: { text: 'memory traffic', style: 'blue' },
  optimizer: { text: 'optimizer', style: 'blue' },
  tensorParallel: { text: 'tensor parallel', style: 'magenta' },
  contextParallel: { text: 'context parallel', style: 'magenta' },
  dataParallel: { text: 'data parallel', style: 'magenta' },
  sharding: { text: 'sharded parameters', style: 'magenta' },
  pipelineTransfer: { text: 'pipeline transfers', style: 'magenta' },
  pipelineBubble: { text: 'pipeline bubble', style: 'red' },
  launch: { text: 'kernel launches', style: 'gray' },
};
