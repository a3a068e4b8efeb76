import { lineDetector } from './line-patterns.ts';

/** Bars of work that is no training: files, bytes and examples that are counted, with or without an end. */
export const workBars = lineDetector('work-bars', [
  {
    id: 'rank0.work.bar',
    summary: 'files, bytes or examples are being worked through',
    role: 'context',
    weighs: {},
    source: 'https://github.com/tqdm/tqdm/blob/master/tqdm/std.py',
    literals: [
      'b/s]',
      'examples/s]',
      'files/s]',
      'it/s]',
      'docs/s]',
      'samples/s]',
      'rows/s]',
      'lines/s]',
      's/ examples]',
    ],
    pattern:
      /\d[\d.]{0,14}[kMGT]?i?B?(?:\/\d[\d.]{0,14}[kMGT]?i?B?)? ?(?:\w{1,12} )?\[(?:\d{1,3}:)?\d\d:\d\d(?:<[^\]\n]{1,24})?, {1,4}[\d.]{1,14} ?[kMGT]?i?(?:B|examples|files|it|docs|samples|rows|lines)\/s\]/,
    sees: [
      'Generating train split: 12345678 examples [30:01, 6852.30 examples/s]',
      ' 35%|███▌      | 73811210851/208140108456 [30:01<57:14, 39115047.81MB/s]',
      'Downloading data:  40%|████      | 4.00G/10.0G [30:01<45:01, 2.22MB/s]',
    ],
    ignores: ['busbw 39.1 GB/s', '[30:01] wrote 12 files'],
  },
]);
