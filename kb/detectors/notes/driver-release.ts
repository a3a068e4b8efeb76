import { noteDetector } from './note-patterns.ts';
import { any, hangs, inOrder } from './words.ts';

const driver =
  '\\b(?:nvidia[- ])?drivers?[- ]?(?:version |release |branch )?v?(?:3[4-9]\\d|4\\d\\d|5\\d\\d|6\\d\\d)(?:\\.\\d+){0,2}\\b';
const release = '(?<![\\d.])(?:3[4-9]\\d|4\\d\\d|5\\d\\d|6\\d\\d)(?=[.\\s,;:)-]|$)';
const well =
  '\\b(?:works?|worked|(?:is|are|was|were) (?:found|seen|there|detected|listed|visible|fine)|fine|ok|no (?:hang|crash|problem|error)s?)\\b';
const bad = `(?:\\b(?:no (?:devices?|gpus?)|not (?:found|seen|detected|work\\w*|there|listed)|fails?|failed|crash\\w*|errors?|broken|disappear\\w*|(?:does|do|did)(?: not|n['’]t) work)\\b|${hangs})`;

/** Trouble that people tell together with one release of the driver. */
export const driverReleaseSeen = noteDetector('notes-driver-release', [
  {
    id: 'seen.driver.release-decides',
    summary: 'with one release of the driver it works, with another one it does not',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 3.8, 'driver-version-mismatch': 0.6 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/issues/774',
    saysNot: true,
    pattern: any(
      new RegExp(`${well}.{0,30}?\\b(?:with|on|under|in|using)\\b.{0,12}?${driver}.{0,60}?${release}`),
      new RegExp(`${driver}.{0,40}?${well}.{0,60}?${release}`),
      new RegExp(`${bad}.{0,30}?\\b(?:with|on|under|in|using|since|from)\\b.{0,12}?${driver}.{0,60}?${release}`),
    ),
    check: (_said, sentence) =>
      new RegExp(bad, 'i').test(sentence) &&
      new RegExp(well, 'i').test(sentence.replace(new RegExp(bad, 'gi'), ' ')) &&
      new Set(sentence.match(/(?<![\d.])(?:3[4-9]\d|4\d\d|5\d\d|6\d\d)(?=[.\s,;:)-]|$)/g)).size > 1 &&
      !/\b(?:nccl \d|ofed|mismatch|insufficient|older than|too old|containers?|librar\w+)\b/i.test(sentence),
    sees: [
      'both GPUs are found with driver 560, with 565 and 570 no devices were found',
      'it works with nvidia-driver-535 and hangs with 550',
      'crashes on driver 550.54, fine with 535.129',
    ],
    ignores: ['works with driver 535', 'hangs with driver 535 and 550', 'the host has driver 535, the other 550'],
  },
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
