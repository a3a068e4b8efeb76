import { lineDetector } from './line-patterns.ts';

/** Input pipelines that say themselves that they do not keep up. */
export const inputWaits = lineDetector('input-waits', [
  {
    id: 'dataloader.input.too-slow',
    summary: 'an input pipeline says that the next batch was not there in time',
    role: 'cause',
    // Not decisive by itself: a warning of one slow batch stands in many healthy logs.
    weighs: { 'dataloader-stall': 2.9, 'shared-fs-problem': 0.6, 'cpu-affinity-misconfig': 0.3 },
    source: 'https://github.com/stanford-crfm/levanter/blob/main/src/levanter/data/loader.py',
    literals: [
      "prefetch wasn't fast enough",
      'data starvation',
      'data loading',
      'waiting for the data',
      'waiting for data',
      'dataload',
      'data loader',
      'slow transform',
      'input pipeline is',
      'input bound',
      'input-bound',
    ],
    pattern:
      /Prefetch wasn't fast enough: |[Dd]ata loading is (?:taking a long time|slow)|\b[Dd]ata ?[Ll]oad(?:er|ing)(?: worker)?\b(?: \(pid \d{1,8}\))?(?: is)?[^\n]{0,12} slow\b|\b(?:GPUs?|ranks?(?: \d{1,6})?|trainer|step)\b[^\n]{0,40}\bwaiting for (?:the )?data ?loader\b|- Slow transform\. Please increase timeout|\b[Ii]nput pipeline is (?:slow|the bottleneck|not keeping up)|\b(?:program|step|training|model) is (?:highly |HIGHLY |mostly )?input[- ]bound\b|\bdata starvation\b/,
    sees: [
      "Prefetch wasn't fast enough: 3.107 seconds, queue_size=0",
      'Data loading is taking a long time: 12.1 seconds. Looking for 32 items.',
      'WARNING: data loading is slow: 8.2s of 9.0s step time',
      'UserWarning: DataLoader worker (pid 4242) is slow: 34.2 s for one batch',
      '        - Slow transform. Please increase timeout to allow slower data loading in each worker.',
    ],
    ignores: ['data loading is done', 'the transform is fast', 'slow learning rate'],
  },
]);
