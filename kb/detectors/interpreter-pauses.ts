import { lineDetector } from './line-patterns.ts';

const torchtitan = 'https://github.com/pytorch/torchtitan/blob/main/torchtitan/tools/utils.py';

/** The interpreter's garbage collector, where it tells how long it held a rank up. */
export const interpreterPauses = lineDetector('interpreter-pauses', [
  {
    id: 'python.gc.long-pause',
    summary: 'the garbage collector of Python held a rank up for half a second or longer',
    role: 'cause',
    weighs: { 'dataloader-stall': 3.8, 'user-code-error': 0.6, 'framework-bug': 0.6 },
    source: torchtitan,
    literals: ['[gc', 'gc:', 'gc.collect', 'garbage collection', 'gen2', 'generation 2'],
    pattern:
      /(?:\[GC\b|\bgc: done\b|\bgc\.collect\(\)|\b[Gg]arbage collections?\b|\bgen(?:eration )?2\b)[^\n]{0,80}?(?:\b(?:took|in|for|lasted|pause[d:]?|:)|,) (?:about )?(?:(?:[5-9]\d\d|[1-9]\d{3,6})(?:\.\d{1,6})? ?(?:ms|millis(?:econds)?)\b|(?:[1-9]\d{0,3}(?:\.\d{1,9})?|0\.[5-9]\d{0,8}) ?(?:s|sec(?:onds)?)\b)/,
    sees: [
      '[GC rank3] gen2: 713.5ms collected 340341 objects',
      '[GC] Performing periodic GC collection took 4.2 seconds',
      'gc: done, 340341 unreachable, 0 uncollectable, 3.7135s elapsed',
      'distributed.core - INFO - gc.collect() took 1.259s',
    ],
    ignores: [
      '[GC rank3] gen2: 13.5ms collected 341 objects',
      'gc: done, 12 unreachable, 0 uncollectable, 0.0035s elapsed',
    ],
  },
  {
    id: 'python.gc.share-high',
    summary: 'the garbage collector of Python takes a large share of the processor time',
    role: 'cause',
    weighs: { 'dataloader-stall': 3.2, 'host-oom': 0.6, 'user-code-error': 0.6 },
    source: 'https://github.com/dask/distributed/blob/main/distributed/utils_perf.py',
    literals: ['garbage collections took'],
    pattern: /garbage collections took \d{1,3}% CPU time/,
    sees: ['distributed.utils_perf - WARNING - full garbage collections took 37% CPU time recently (threshold: 10%)'],
    ignores: ['garbage collections are off'],
  },
]);
