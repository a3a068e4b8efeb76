import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

const source = 'https://www.chiark.greenend.org.uk/~sgtatham/bugs.html';

/** That something went wrong, in whatever words: it says nothing of a cause, but nobody who tells it asks about a healthy job. */
export const troubleSeen = noteDetector('notes-trouble', [
  {
    id: 'seen.trouble.told',
    summary: 'somebody says that something fails, hangs, ends or is slow',
    role: 'context',
    weighs: {},
    source,
    pattern: any(
      /\b(?:fail(?:s|ed|ing|ures?)?|crash(?:es|ed|ing)?|h[au]ng(?:s|ing)?|stuck|fr(?:eezes?|oze|ozen)|dea(?:d|dlocks?|dlocked)|dies|died|killed|abort(?:s|ed)?|stall(?:s|ed)?)\b/,
      /\btim(?:es?|ed) ?-?out\b|\bends? (?:with|in) (?:(?:an?|the|only) )?(?:["'\w-]+ ){0,4}(?:error|exception|segfault|signal|code|status)\b/,
      /\bout[- ]of[- ](?:\w+ )?memory\b|\booms?\b/,
      /\b(?:errors?|exceptions?|tracebacks?|segfaults?) (?:is|are|was|were|comes?|came|appears?|shows?|at|on|in|when|after|for|from|about|that|says?|said)\b/,
      /\b(?:is|are|was|were|gets?|got|becomes?|became|runs?|ran|goes|went|much|very|far|times) (?:\w+ )?slow(?:er|ly)?\b|\bslows? down\b/,
    ),
    sees: [
      'the two-node test times out; nothing more is printed',
      'resuming from the checkpoint and converting it both fail',
      'the job got stuck after an hour',
      'it ends with a GPU out-of-memory error from cudaMalloc',
      'ends with only "Killed" and a shell error that says nothing',
      'training is much slower than last week',
    ],
    ignores: [
      'no other symptom is reported',
      'the job has 64 ranks',
      'the run did not crash',
      'it never failed before',
    ],
  },
  {
    id: 'seen.trouble.does-not',
    summary: 'somebody says that something does not start, work or end',
    role: 'context',
    weighs: {},
    source,
    saysNot: true,
    pattern:
      /\bnever (?:ends?|ended|finish\w*|returns?|returned|starts?|started|comes?|came)\b|\b(?:does|did|do|will|would|can|could)(?: not|n['’]t) (?:start|work|run|end|finish|return|connect|load|come|go on)\b/,
    sees: ['the server does not start', 'the second run never finishes'],
    ignores: ['it starts at once', 'the job is never idle'],
  },
]);
