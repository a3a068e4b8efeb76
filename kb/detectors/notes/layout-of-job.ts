import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of ranks, tasks and devices that were not started as meant. */
export const layoutSeen = noteDetector('notes-layout-of-job', [
  {
    id: 'seen.layout.one-of-many',
    summary: 'processes that should share the work each take themselves for the only one, or take the same device',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.4, 'user-code-error': 0.6 },
    source: 'https://pytorch.org/docs/stable/elastic/run.html',
    pattern: any(
      /\bworld[ _]?size\b.{0,12}\b(?:is|was|=|shows|stays|reports|remains)\b ?(?:at |only )?1\b(?!\d)/,
      /\b(?:all|every|each)(?: of the)? (?:ranks?|process(?:es)?|workers?|tasks?)\b.{0,30}\b(?:cuda:0|gpu ?0|device ?0|rank:? ?0|local_rank ?0)\b/,
      /--ntasks(?:-per-node)?[= ]1\b.{0,60}--(?:gres|gpus)[\w-]{0,10}[= ](?:gpu:)?[2-9]/,
    ),
    sees: [
      'the world size is 1 although three devices are requested',
      'all ranks report cuda:0',
      'every process prints rank 0 of 1',
      'sbatch script has --ntasks=1 and --gres=gpu:4',
    ],
    ignores: ['the world size is 16', 'each rank has its own GPU'],
  },
]);
