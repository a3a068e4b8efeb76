import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

const join = 'https://pytorch.org/docs/stable/distributed.algorithms.join.html';

/** What people tell of ranks beside each other: their shares of the data, their work, their order. */
export const ranksCompared = noteDetector('notes-ranks-compared', [
  {
    id: 'seen.ranks.batches-differ',
    summary: 'two ranks were seen to have different numbers of batches',
    role: 'cause',
    weighs: { 'uneven-data': 5 },
    source: join,
    pattern:
      /\b(?:rank|gpu|process|worker) ?#?\d{1,5}\b.{0,20}?\b(?:has|have|had|gets?|got|receives?|sees?|runs?|needs?|completes?|finishes?|takes?)\b.{0,60}?(?<one>\d{1,9}) (?:batch\w{0,2}|samples|steps|iterations|utterances)\b.{0,30}?\b(?:rank|gpu|process|worker) ?#?\d{1,5}\b.{0,30}?(?<other>\d{1,9})\b/,
    check: (said) => {
      const amounts = [...said.matchAll(/(?<!(?:rank|gpu|process|worker) ?#?)\b(?<!\d)\d{1,9}\b/gi)].map(([text]) =>
        Number(text),
      );
      return new Set(amounts).size > 1;
    },
    sees: [
      'rank 0 has 100 batches and rank 1 has 120 batches',
      'GPU 0 got 12 samples, GPU 3 11',
      'GPU0 completes its samples in 20 batches, but GPU1 needs a total of 30 batches',
    ],
    ignores: ['rank 0 has 100 batches and rank 1 has 100 batches', 'rank 0 has 100 batches'],
  },
  {
    id: 'seen.ranks.more-than-samples',
    summary: 'there are fewer samples or shards than ranks',
    role: 'cause',
    weighs: { 'uneven-data': 4.4, 'user-code-error': 0.4 },
    source: join,
    pattern:
      /\b(?:only |just )?(?:one|two|three|\d{1,5}) (?:samples?|shards?|examples?|files?|records?|images?)\b.{0,60}?(?:\b(?:num_replicas|world[_ ]?size|number of (?:ranks|processes|gpus))\b.{0,6}?\d{1,5}\b|\b\d{1,5} (?:gpus|ranks|processes|replicas)\b)/,
    check: (said) => {
      const amounts = [...said.matchAll(/\b(?:one|two|three|\d{1,5})\b/gi)].map(
        ([text]) => words.get(text.toLowerCase()) ?? Number(text),
      );
      const [few = 0, many = 0] = amounts;
      return few < many;
    },
    sees: [
      'the dataset has 3 samples and num_replicas is 7',
      'the validation set is small and has only one shard, with 4 GPUs validation never starts',
    ],
    ignores: ['1024 shards on 8 GPUs', 'one shard per rank'],
  },
  {
    id: 'seen.ranks.collective-by-some',
    summary: 'only some ranks call a collective operation, or the program takes other branches on them',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.2, 'user-code-error': 0.8 },
    source: 'https://pytorch.org/docs/stable/distributed.html#debugging-torch-distributed-applications',
    pattern: any(
      /\b(?:all_?gather|all_?reduce|gather|barrier|broadcast|sync\w{0,4}|collectives?)\b.{0,40}\bonly (?:if|on|by|in|when)\b.{0,20}\b(?:rank|main process|is_main)/,
      /\b(?:discrepancy|divergence|disagreement)\b.{0,40}\bbetween\b.{0,20}\b(?:ranks|gpus|processes)\b/,
      /\b(?:some|one|not all)(?: of the)? (?:ranks?|gpus?|processes|process)\b.{0,60}\b(?:that|which|while) (?:the )?others? (?:do(?:es)?|did)(?: not|n't)/,
    ),
    saysNot: true,
    sees: [
      'the code calls all_gather only if rank == 0',
      'there is a discrepancy of the state between the 2 GPUs',
      'some ranks log a metric that the others do not',
    ],
    ignores: ['only rank 0 writes the log', 'a discrepancy between the two papers'],
  },
  {
    id: 'seen.ranks.one-works-others-wait',
    summary: 'one rank works, in validation or on the data, while the others wait for it',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 3.8, 'uneven-data': 0.4 },
    source: 'https://pytorch.org/docs/stable/distributed.html#torch.distributed.init_process_group',
    pattern: any(
      /\b(?:validation|evaluation|validating|evaluating|testing|preprocess\w{0,5}|tokeni[sz]\w{2,5}|saving)\b.{0,40}\bonly (?:on )?(?:gpu|rank|process) ?#?0\b/,
      /\bonly (?:gpu|rank|process) ?#?0 (?:is|seems|works|runs|does)\b.{0,60}\b(?:validation|evaluation|preprocess\w{0,5}|tokeni[sz]\w{2,5}|saving)\b/,
      /\b(?:preprocess\w{0,12}|tokeni[sz]\w{2,5}|caching|dataset map\w{0,4})\b.{0,60}\b(?:socket )?(?:time-?out|timed out)\b/,
    ),
    sees: [
      'during validation only GPU 0 seems to be used',
      'preprocess_dataset crashed with NCCL communicator Socket Timeout',
      'only rank 0 does the tokenizing and evaluation',
    ],
    ignores: ['only GPU 0 is broken', 'validation takes 3 minutes'],
  },
]);

const words: ReadonlyMap<string, number> = new Map([
  ['one', 1],
  ['two', 2],
  ['three', 3],
]);
