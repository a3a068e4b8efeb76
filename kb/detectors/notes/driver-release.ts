import { noteDetector } from './note-patterns.ts';
import { inOrder } from './words.ts';

/** Trouble that people tell together with one release of the driver. */
export const driverReleaseSeen = noteDetector('notes-driver-release', [
  {
    id: 'seen.driver.trouble-with-release',
    summary: 'the trouble is told together with one release of the driver',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 2.6, 'driver-version-mismatch': 0.6 },
    source: 'https://docs.nvidia.com/datacenter/tesla/index.html',
    pattern: inOrder(
      '\\b(?:hangs?|hung|fails?|failures?|crash(?:es|ed)?|freezes?|stalls?|deadlocks?|reproduc\\w{1,6}|errors?|bug)\\b',
      '\\b(?:with|on|under|since|when|if|only)\\b(?: \\w{1,12}){0,3}? drivers?(?: (?:version|release|branch|is|was))?(?: (?:is|was))? v?\\d{3}(?:\\.\\d{1,3}){0,2}\\b',
      50,
    ),
    check: (_said, sentence) =>
      !/\b(?:ofed|mlx\w*|nccl \d|efa|insufficient|mismatch|older than|too old)\b/i.test(sentence),
    sees: [
      'the hang can be reproduced with driver 560',
      'two GPUs hang when the cuda driver is 367.35',
      'crashes since driver 550.54.14',
    ],
    ignores: ['trains on driver 535.129', 'driver 535.129, CUDA 12.2'],
  },
]);
