import { mebibytes } from './amounts.ts';
import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

const amount = '\\d[\\d.,]{0,9} ?[MG](?:i?B|igabytes?|egabytes?)?\\b';

/** What people tell of the free memory of the GPUs when a job begins. */
export const gpuMemoryFreeSeen = noteDetector('notes-gpu-memory-free', [
  {
    id: 'seen.gpu.little-free-at-start',
    summary: 'most of the memory of a GPU was taken when the job began, or on one GPU alone',
    role: 'cause',
    // Nothing of the job was loaded: what it needs had no part in it.
    weighs: { 'foreign-gpu-process': 4.2, 'gpu-oom': -0.4, 'launcher-rank-misconfig': 0.8 },
    source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
    pattern: any(
      new RegExp(
        `(?:only )?${amount}(?: (?:is|are|was|were))? (?:free|available|left|unused)\\b.{0,12}?(?:of|out of|from|/) (?:the |a total of |its )?${amount}`,
      ),
      new RegExp(
        `(?:only )?${amount} (?:of|out of|/) (?:the |its )?${amount}(?: (?:of )?(?:gpu )?memory)?(?: (?:is|are|was|were))? (?:free|available|left|unused)\\b`,
      ),
      new RegExp(
        `\\b(?:free|available)(?: gpu)? memory\\b[^,;]{0,30}?${amount} ?(?:of|out of|/) ?(?:the |its )?${amount}`,
      ),
    ),
    check: (said, sentence) => {
      const [free = 0, total = 0] = mebibytes(said);
      return (
        total >= gpuMebibytesMin &&
        free <= halfShare * total &&
        atBegin.test(sentence) &&
        /\b(?:gpus?|cards?|cuda|vram|device|nvidia-smi|vllm|sglang|engine|hbm)\b/i.test(sentence) &&
        !/\b(?:disk|df|\/tmp|shm|host|ram|swap|storage|file ?system|root|cpu|node memory|during|steps?|epochs?|iterations?)\b/i.test(
          sentence,
        )
      );
    },
    sees: [
      'the engine stops at start: 15.3 GB free of 186 GB on one card, its sibling card had 183 GB',
      'before the job starts only 2.1 GiB of 80 GiB are free on GPU 3',
      'vLLM says at startup that the free memory of the GPU is 5.2 GiB of 79 GiB',
    ],
    ignores: [
      'before the start 79 GiB of 80 GiB are free on each GPU',
      'during training 2 GiB of 80 GiB are free on the GPU',
      'at the start 3 GB of 500 GB are free on the disk of the GPU node',
    ],
  },
  {
    id: 'seen.gpu.one-full-at-start',
    summary: 'one GPU was full when the job began, and its siblings were empty',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 3.8, 'launcher-rank-misconfig': 1.2 },
    source: 'https://docs.nvidia.com/deploy/nvidia-smi/index.html',
    pattern:
      /\b(?:one|a single|gpu ?\d{1,2}|device ?\d{1,2}|card ?\d{1,2})\b.{0,30}?\b(?:(?:is|was|nearly|almost|already) (?:\w+ )?(?:full|occupied|taken|in use)|(?:has|had) (?:hardly|almost no|nearly no|little|no) (?:free )?memory)\b.{0,60}?\b(?:others?|siblings?|rest|remaining)\b.{0,30}?\b(?:free|empty|unused|idle)\b/,
    check: (_said, sentence) =>
      atBegin.test(sentence) &&
      /\b(?:gpus?|cards?|vram|device)\b/i.test(sentence) &&
      !/\b(?:disk|host|cpu|ram|swap|during)\b/i.test(sentence),
    sees: [
      'before the start GPU 2 is nearly full while the others are empty',
      'at startup one card has hardly free memory, the other cards are free',
    ],
    ignores: ['GPU 2 is nearly full during training, the others are free', 'one GPU is slow, the others are idle'],
  },
]);

const atBegin =
  /\b(?:at (?:the )?(?:start|startup|launch|beginning|init\w*)|on (?:startup|start|launch|init\w*)|start-?up|before|begins?|when (?:it|the (?:job|engine|server|training)) (?:starts?|begins?)|nothing (?:is |was )?(?:loaded|running)|freshly|sibling|first allocation)\b/i;

// Halves of cards are shared out as such; no GPU for training has less than this.
const halfShare = 0.5;
const gpuMebibytesMin = 6_000;
