import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { numberIn } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/**
 * A program ends because a GPU has no memory, with no account of memory of its own, and the table beside it shows one GPU
 * full while others are empty: somebody else is there.
 */
export const oneGpuFull: SequenceDetector<TablesAndEnd> = {
  id: 'one-gpu-full',
  kinds: [
    {
      id: 'gpu.table.one-full',
      summary: 'one GPU is full while others are empty, and the program found no memory without having used any',
      role: 'cause',
      // The table may as well have been printed while the program ran.
      weighs: { 'foreign-gpu-process': 2.9, 'launcher-rank-misconfig': 0.8 },
      source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
    },
  ],
  listens: ['gpu.table.memory', 'torch.cuda.oom', 'cuda.context.no-memory'],
  follow() {
    let full: LinePlace | null = null;
    let empty = false;
    let ended = false;
    let counted = false;
    return {
      note(line, { kind, values }) {
        if (kind !== 'gpu.table.memory') {
          if (ownAccount.test(line.text)) counted = true;
          else ended = true;
          return;
        }
        const share = (numberIn(values, 'used') ?? 0) / (numberIn(values, 'total') ?? Number.POSITIVE_INFINITY);
        if (share >= fullShareMin) full ??= placeOfLine(line);
        else if (share <= emptyShareMax) empty = true;
      },
      summary: () => (full === null && !ended && !counted ? null : { full, empty, ended, counted }),
    };
  },
  conclude(sources) {
    const seen = sources.map(({ summary }) => summary);
    if (seen.some(({ counted }) => counted) || !seen.some(({ ended }) => ended)) return [];
    return seen.flatMap(({ full, empty }) =>
      full !== null && empty ? [sequenceFinding('gpu.table.one-full', 'cause', full)] : [],
    );
  },
};

interface TablesAndEnd {
  readonly full: LinePlace | null;
  readonly empty: boolean;
  readonly ended: boolean;
  /** A message says how much the program itself had taken: that is read by itself. */
  readonly counted: boolean;
}

// sees: Tried to allocate 2.00 GiB (GPU 0; 79.15 GiB total capacity; 38.01 GiB already allocated; …)
const ownAccount = /[Tt]ried to allocate|already allocated|this process has|allocated so far|trying to allocate/;

// What is left of a full GPU holds no more than the context and the kernels of one program, some 300 to 800 MiB; an empty
// one shows no more than what the driver keeps for itself: https://docs.nvidia.com/deploy/nvidia-smi/index.html
const fullShareMin = 0.9;
const emptyShareMax = 0.05;
