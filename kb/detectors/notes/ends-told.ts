import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const join = 'https://pytorch.org/docs/stable/distributed.algorithms.join.html';

/** How files, ranks and machines come to their end, as people tell it. */
export const endsTold = noteDetector('notes-ends', [
  {
    // One process finds what it has listed a moment before gone: each of several removes the same.
    id: 'seen.file.removed-already',
    summary: 'a program removes an older file, and ends because it is not there: another of its processes was faster',
    role: 'cause',
    weighs: { 'framework-bug': 3, 'shared-fs-problem': 1.6, 'user-code-error': 1.2 },
    source: 'https://docs.python.org/3/library/os.html#os.remove',
    pattern: near(
      '\\b(?:remov(?:es?|ed|ing)|delet(?:es?|ed|ing)|unlink\\w*|prun(?:es?|ed|ing)|purg(?:es?|ed|ing)|clean(?:s|ed|ing)? up|rotat(?:es?|ed|ing))\\b.{0,30}?\\b(?:old(?:er|est)?|previous|earlier|outdated|stale|last|temporary|same)\\b.{0,30}?\\b(?:models?|checkpoints?|files?|folders?|director(?:y|ies)|weights|states?|snapshots?)\\b',
      '\\b(?:does not exist|did not exist|not found|no such file|is (?:already )?gone|(?:was|were|been|are|is) (?:already )?(?:removed|deleted)|FileNotFoundError)\\b',
      90,
    ),
    // That the file is not there is what is seen.
    saysNot: true,
    check: (_said, sentence) =>
      !/\bby hand\b|\bmanually\b|\bi (?:had )?(?:removed|deleted)\b|\bresum|\brestor/i.test(sentence),
    sees: [
      'the program removes an older saved model, and the training stops with the error that this file does not exist',
      'while it deletes the oldest checkpoint it fails with FileNotFoundError',
    ],
    ignores: [
      'the checkpoint was not found',
      'the older checkpoints are removed after each epoch',
      'I removed the old checkpoints, and resuming says that the file does not exist',
    ],
  },
  {
    id: 'seen.rank.epoch-told-alone',
    summary: 'one rank tells the end of its epoch or how much it has done, another does not',
    role: 'symptom',
    weighs: { 'uneven-data': 1.3, 'collective-mismatch': 0.3 },
    source: join,
    pattern: near(
      '\\brank ?(?<rank>\\d{1,5})\\b.{0,30}?\\b(?:prints?|printed|tells?|told|logs?|logged|reports?|reported|reaches|reached|shows?)\\b.{0,30}?\\b(?:total|number|count|end|last|summary)\\b.{0,20}?\\b(?:batch(?:es)?|steps?|samples|iterations?|epoch)\\b',
      "\\b(?:no (?:such )?(?:line|message|output|total)|(?:rank ?\\d{1,5}|the others?) (?:does|do|did)(?: not|n['’]t)|(?:rank ?\\d{1,5}|the others?) (?:never|goes on|still|is still|are still))\\b",
      80,
    ),
    saysNot: true,
    sees: [
      'rank 1 prints its total of batches before it fails; no such line of rank 0 is there',
      'rank 2 reaches the end of its epoch, rank 0 does not',
      'rank 1 logged the number of steps, the others never',
    ],
    ignores: ['rank 0 prints the number of batches', 'rank 1 prints a warning, rank 0 does not'],
  },
  {
    // Memory that is full makes a machine swap and search: it answers nobody, and goes on for a while.
    id: 'seen.host.becomes-unresponsive',
    summary: 'the machine itself stops answering when the job comes to this point',
    role: 'symptom',
    weighs: { 'host-oom': 1.3, 'host-hardware-fault': 0.8, 'gpu-driver-bug': 0.4, 'scheduler-action': -1 },
    source: 'https://docs.kernel.org/admin-guide/mm/concepts.html',
    pattern: any(
      /\b(?:the|whole|entire|our|my|each) (?:\w+ )?(?:server|machine|host|computer|workstation|system)\b.{0,20}?\b(?:becomes?|became|gets?|got|goes|went|is|was|turns?)\b.{0,12}?\b(?:unresponsive|unusable|extremely slow|frozen)\b/,
      /\b(?:the|whole|entire|our|my) (?:\w+ )?(?:server|machine|host|computer|workstation|system)\b.{0,12}?\b(?:freezes|froze|locks up|locked up|hangs completely|starts swapping|swaps)\b/,
    ),
    check: (_said, sentence) =>
      !/\b(?:inference|api|http|file|nfs|parameter|model|vllm|web) ?server\b|\bfile system\b/i.test(sentence),
    sees: [
      'the server becomes unresponsive afterwards',
      'when saving begins the whole machine freezes',
      'host memory use is steady at about 60 GB during training; the server becomes unresponsive',
    ],
    ignores: ['the vLLM server becomes unresponsive', 'the machine is fast', 'the file system freezes'],
  },
]);
