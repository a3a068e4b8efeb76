import { percents, watts } from './amounts.ts';
import { noteDetector } from './note-patterns.ts';
import { any, near, slower, inOrder, utilisation } from './words.ts';

const spinning = 'https://github.com/NVIDIA-NeMo/Speech/issues/9291';

// As for clocks: a GPU under the same load stays within a few percent of its siblings.
const heldDownShare = 0.6;

/** Where two amounts are named, the lower one is well below the other. */
function isFarBelow(values: readonly number[]): boolean {
  return values.length < 2 || Math.min(...values) < heldDownShare * Math.max(...values);
}

/** How busy GPUs are, and which of them lags. */
export const gpuLoadSeen = noteDetector('notes-gpu-load', [
  {
    id: 'seen.gpu.util-full-power-low',
    summary: 'GPUs show full utilisation at low power: they wait in a collective',
    role: 'symptom',
    weighs: {
      'collective-mismatch': 0.6,
      'uneven-data': 0.4,
      'long-rank0-work-timeout': 0.4,
      'nccl-bug': 0.4,
      'rdma-link-fault': 0.3,
      'acs-iommu-p2p-broken': 0.3,
      'dataloader-stall': 0.2,
    },
    source: spinning,
    pattern: near(
      `(?:${utilisation}|\\bgpus?\\b).{0,20}?\\b100 ?%|\\b100 ?% (?:gpu )?(?:util\\w*|usage|load|busy)|\\bfull (?:gpu )?(?:utili[sz]ation|load)`,
      '\\b(?:low power|power (?:draw |usage |consumption )?(?:is |of |only |at |stays |just )*(?:low|idle|\\d{2,3} ?(?:w\\b|watts?)))|\\b(?:only )?\\d{2,3} ?w\\b',
    ),
    check: (_said, sentence) => watts(sentence).every((value) => value < idleSpinWatts),
    sees: [
      'GPU utilisation 100 % on all ranks, power 90 W',
      'all GPUs at 100% utilization but low power',
      'nvidia-smi: 100% util with power draw of only 75W',
    ],
    ignores: ['GPU utilization 100 %, power 390 W', 'power 90 W when idle'],
  },
  {
    id: 'seen.gpu.util-full-stuck',
    summary: 'GPUs show full utilisation while nothing goes on',
    role: 'symptom',
    weighs: {
      'collective-mismatch': 0.5,
      'uneven-data': 0.3,
      'nccl-bug': 0.4,
      'acs-iommu-p2p-broken': 0.3,
      'rdma-link-fault': 0.2,
    },
    source: 'https://github.com/NVIDIA/nccl/issues/306',
    pattern: near(
      `(?:${utilisation}|\\bgpus?\\b).{0,25}?\\b100 ?%|\\b100 ?% (?:gpu )?(?:util\\w*|usage|load|busy)`,
      '\\b(?:hang\\w*|hung|stuck|frozen|freez\\w+|stall\\w*|no (?:progress|output)|never ends)\\b',
      80,
    ),
    sees: ['training hangs with all GPUs at 100 % utilization', 'GPU util stays at 100% and no progress is made'],
    ignores: ['GPU util is 100 % and training is fast', 'disk 100 % full and the job hangs'],
  },
  {
    id: 'seen.gpu.idle-share',
    summary: 'GPUs are idle for much of the time while the job runs',
    role: 'symptom',
    weighs: { 'dataloader-stall': 1.5, 'cpu-affinity-misconfig': 0.5, 'shared-fs-problem': 0.4 },
    source: 'https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html',
    pattern: any(
      /\bgpus? (?:is |are |was |were |sits? |stays? )?idle (?:for |about |around |~ ?)*(?:[3-9]\d)(?:\.\d+)?(?: ?[-–] ?\d{2})? ?% of (?:the |its |their |a |each )?(?:time|step|iteration|run)/,
      /\b[3-9]\d(?:\.\d+)? ?% gpu idle\b/,
    ),
    sees: ['the GPU is idle 70-92 % of the time', 'GPUs idle about 60% of the step'],
    ignores: ['the GPU is idle 5 % of the time', 'the GPU is idle'],
  },
  {
    id: 'seen.gpu.util-zero',
    summary: 'GPUs show no utilisation',
    role: 'symptom',
    weighs: {
      'dataloader-stall': 0.9,
      'long-rank0-work-timeout': 0.6,
      'shared-fs-problem': 0.4,
      'acs-iommu-p2p-broken': 0.3,
      'rendezvous-resolution': 0.2,
      'gpu-clock-throttle': -0.6,
    },
    source: 'https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html',
    pattern: any(
      inOrder(`${utilisation}|\\bgpus?(?: \\d{1,2})?\\b`, '(?<![\\d.])0 ?(?:%|percent)', 20),
      /(?<![\d.])0 ?% (?:gpu )?(?:util\w*|usage|load)\b|\bgpus? (?:is|are|sits?|stays?) (?:completely |mostly )?idle\b/,
    ),
    check: (_said, sentence) =>
      percents(sentence).every((value) => value < sawtoothPercentMin) &&
      !/\b(?:disk|memory|mem|ecc|loss|packet)\b/i.test(sentence),
    sees: ['GPU utilisation 0 % on rank 5', 'GPUs are idle most of the time', 'util stays at 0 %'],
    ignores: ['0 % packet loss', 'utilisation 100 %', 'disk usage 0 %'],
  },
  {
    id: 'seen.gpu.util-swings',
    summary: 'GPU utilisation goes up and down: GPUs wait for input or for each other',
    role: 'symptom',
    weighs: { 'dataloader-stall': 1.5, 'shared-fs-problem': 0.5, 'cpu-affinity-misconfig': 0.5 },
    source: 'https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html',
    pattern: any(
      near(
        utilisation,
        '\\b(?:fluctuat\\w+|swings?|saw-?tooth\\w*|oscillat\\w+|jumps? (?:up and down|between)|up and down|drops? to (?:0|zero)|(?:0|zero) (?:to|and) (?:100|\\d{2}) ?%|spik\\w+|bursts?|low|only \\d{1,2} ?%|(?<!\\d)[1-4]?\\d ?%)',
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\b(?:disk|memory|mem|cpu|df|inode|swap|ram)\b/i.test(sentence) && !/(?<!\d)0 ?%$/.test(said),
    sees: [
      'GPU utilization fluctuates between 0 and 100 %',
      'gpu util drops to zero every few seconds',
      'GPU utilisation is only 30 %',
      'low GPU utilization',
    ],
    ignores: ['memory usage fluctuates', 'GPU utilization is 98 %', 'disk usage is 40 %'],
  },
  {
    id: 'seen.gpu.power-below-others',
    summary: 'a GPU draws less power than the others',
    role: 'symptom',
    weighs: { 'gpu-clock-throttle': 1.3, 'dataloader-stall': 0.2, 'long-rank0-work-timeout': 0.2 },
    source: spinning,
    pattern: any(
      near(
        '\\b(?:draws?|power|watts?|consum\\w+)\\b',
        '\\b(?:less|lower|below|half)\\b.{0,30}?\\b(?:others?|rest|neighbou?rs|siblings|peers|than)\\b',
        60,
      ),
      inOrder(
        '\\b\\d{2,3} ?w(?:atts?)?\\b',
        '\\b(?:others?|rest|neighbou?rs|siblings|peers)\\b.{0,30}?\\b\\d{3} ?w?',
        40,
      ),
    ),
    check: (said, sentence) =>
      /\bgpu|card|power|draw|\bw\b|watt/i.test(sentence) &&
      !/\b(?:limit|cap|capped|pl)\b/i.test(sentence) &&
      isFarBelow(watts(said)),
    sees: [
      'GPU 3 draws less power than the others',
      'gpu 3 takes 80 W, the rest draws 380 W',
      'power of gpu 5 is lower than of its neighbours',
    ],
    ignores: ['the power limit is lower than the others', 'all GPUs draw 390 W'],
  },
  {
    id: 'seen.gpu.slower-one',
    summary: 'one GPU or rank is slower than the others',
    role: 'symptom',
    weighs: {
      'gpu-clock-throttle': 1.2,
      'host-hardware-fault': 0.6,
      'foreign-gpu-process': 0.6,
      'nvlink-fabric-error': 0.3,
      'dataloader-stall': 0.4,
      'cpu-affinity-misconfig': 0.3,
      'rdma-link-fault': 0.3,
    },
    source: 'https://arxiv.org/abs/2402.15627',
    pattern: near(
      '\\b(?:one|a single|only one|this|that|gpu \\d{1,2}|rank \\d{1,5})\\b(?: (?:gpu|rank|card|of the gpus))?',
      `${slower}`,
      40,
    ),
    check: (said, sentence) =>
      /\b(?:gpu|rank|card)\b/i.test(said) &&
      /\b(?:others?|rest|peers|than|neighbou?rs|one|single|always)\b/i.test(sentence),
    sees: ['GPU 3 is slower than the others', 'one rank lags behind', 'rank 12 always takes longer than its peers'],
    ignores: ['training is slower than yesterday', 'the data loader is slow'],
  },
]);

// GPUs that wait in NCCL kernels draw a quarter to a third of the power of GPUs that compute; the thread above shows 100 W
// of 400 W.
const idleSpinWatts = 220;
// Beside a nought such a value shows swinging, not idleness.
const sawtoothPercentMin = 20;
