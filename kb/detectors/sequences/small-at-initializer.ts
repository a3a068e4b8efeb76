import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/**
 * TensorFlow finds no room for a small tensor while variables get their first values: no batch has been seen yet, so the
 * memory was taken before. It says nothing of larger ones, which may be what the model needs.
 */
export const smallAtInitializer: SequenceDetector<Refused> = {
  id: 'small-at-initializer',
  kinds: [
    {
      id: 'gpu.memory.small-at-initializer',
      summary: 'a small tensor was refused while variables got their first values: the memory was taken before',
      role: 'cause',
      // The refusal itself speaks for a job that needs too much; this takes most of that back, and names nothing by itself.
      weighs: { 'foreign-gpu-process': 4.2, 'gpu-oom': -3.4, 'launcher-rank-misconfig': 1 },
      source: 'https://github.com/tensorflow/tensorflow/blob/v1.15.0/tensorflow/core/framework/op_kernel.cc',
    },
    {
      id: 'gpu.memory.refused-at-initializer',
      summary: 'a tensor of less than a gigabyte was refused while variables got their first values',
      role: 'symptom',
      weighs: { 'foreign-gpu-process': 1.3, 'gpu-oom': -0.8, 'launcher-rank-misconfig': 0.4 },
      source: 'https://github.com/tensorflow/tensorflow/blob/v1.15.0/tensorflow/core/framework/op_kernel.cc',
    },
  ],
  listens: ['gpu.memory.tensor-refused', 'torch.cuda.oom', 'tensorflow.node.initializer'],
  follow() {
    let refused: { readonly place: LinePlace; readonly bytes: number; readonly line: number } | null = null;
    let found: Refused | null = null;
    return {
      note(line, { kind }) {
        if (kind === 'tensorflow.node.initializer') {
          if (found !== null || refused === null || line.line - refused.line > linesBetweenMax) return;
          if (refused.bytes <= largeBytes) found = { place: refused.place, small: refused.bytes <= smallBytes };
          return;
        }
        const bytes = bytesOf(line.text);
        if (bytes !== null) refused = { place: placeOfLine(line), bytes, line: line.line };
      },
      summary: () => found,
    };
  },
  conclude(sources) {
    const first = sources[0]?.summary;
    if (first === undefined) return [];
    return first.small
      ? [sequenceFinding('gpu.memory.small-at-initializer', 'cause', first.place, sources.length)]
      : [sequenceFinding('gpu.memory.refused-at-initializer', 'symptom', first.place, sources.length)];
  },
};

interface Refused {
  readonly place: LinePlace;
  readonly small: boolean;
}

// The node stands below the error; between them may be the hint how to see the list of allocated tensors.
const linesBetweenMax = 3;
// Every GPU on which people train has gigabytes: what is refused while so little is wanted is not the model's doing.
const smallBytes = 64 * 1024 ** 2;
const largeBytes = 1024 ** 3;

// sees: OOM when allocating tensor with shape[256,832,7,7] and type float on …, OOM when allocating tensor of shape [1024] and type float
const refusedTensor =
  /OOM when allocating tensor (?:with|of) shape ?\[([\d,]{0,80})\](?: and type (float|double|half|bfloat16|int8|uint8|bool|int16|int32|int64|string|resource)\b)?(?![^\n]{0,300}device:CPU)/;

const bytesEach: ReadonlyMap<string, number> = new Map([
  ['double', 8],
  ['int64', 8],
  ['half', 2],
  ['bfloat16', 2],
  ['int16', 2],
  ['int8', 1],
  ['uint8', 1],
  ['bool', 1],
]);

function bytesOf(text: string): number | null {
  const told = refusedTensor.exec(text);
  if (told === null) return null;
  const elements = (told[1] ?? '').split(',').reduce((product, size) => product * Number(size === '' ? 1 : size), 1);
  return elements * (bytesEach.get(told[2] ?? '') ?? 4);
}
