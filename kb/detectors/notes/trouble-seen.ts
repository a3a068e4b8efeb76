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
      /\b(?:times|much|far|many|lot|lots|\d ?x|several|way|twice|hours?|minutes?) (?:as )?(?:long(?:er)?|more time)\b(?! (?:sequences?|contexts?|prompts?|runs?|time-?outs?))|\b(?:takes?|took|lasts?|needs?) (?:too|very|extremely|unusually|so) long\b|\btoo slow\b/,
      /\b(?:low(?:er)?|poor|bad|half(?: the)?|reduced|drop(?:s|ped)? (?:in|of)) (?:\w+ )?(?:throughput|speed|performance|bandwidth|utili[sz]ation)\b|\b(?:throughput|speed|performance|bandwidth|utili[sz]ation) (?:is |was |has |have )?(?:low(?:er)?|poor|bad|drop(?:s|ped)|f[ae]ll(?:s|en)?|collapse[sd]|halve[sd]|degrade[sd])\b/,
      /\b(?:stops? (?:at|after|with|in|on|there|by itself|when|while|once|as soon)|stopped (?:at|after|with|there|by itself|when|while|as soon)|no longer|breaks?|broke|broken|wrong(?:ly)?|unexpected(?:ly)?)\b/,
      /\b(?:nans?|diverge[sd]?|diverging|explodes?|exploded|does not converge|wrong results?)\b/,
    ),
    sees: [
      'the two-node test times out; nothing more is printed',
      'resuming from the checkpoint and converting it both fail',
      'the job got stuck after an hour',
      'it ends with a GPU out-of-memory error from cudaMalloc',
      'ends with only "Killed" and a shell error that says nothing',
      'training is much slower than last week',
      'one epoch takes several times longer than on the old machine',
      'the throughput dropped by half: throughput is low',
      'the loss becomes NaN after some steps',
    ],
    ignores: [
      'no other symptom is reported',
      'the job has 64 ranks',
      'the run did not crash',
      'it never failed before',
      'training with longer sequences',
      'no NaN was seen',
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
      /\b(?:cannot|can['’]t|unable to|not able to)\b|\bnever (?:ends?|ended|finish\w*|returns?|returned|starts?|started|comes?|came)\b|\b(?:does|did|do|will|would|can|could)(?: not|n['’]t) (?:start|work|run|end|finish|return|connect|load|come|go on)\b/,
    sees: ['the server does not start', 'the second run never finishes', 'the ranks cannot find each other'],
    ignores: ['it starts at once', 'the job is never idle'],
  },
]);
