import { noteDetector } from './note-patterns.ts';
import { any, near, slower, inOrder } from './words.ts';

const mixedPrecision = 'https://pytorch.org/docs/stable/amp.html';
const megascale = 'https://arxiv.org/abs/2402.15627';

/** What comes out of the job, and how fast. */
export const resultsSeen = noteDetector('notes-results', [
  {
    id: 'seen.loss.overflow',
    summary: 'loss scale, gradients or activations overflow',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 4 },
    source: mixedPrecision,
    pattern: any(
      near(
        '\\b(?:loss scale\\w*|grad(?:ient)?s?(?: norms?)?|activations?|logits|attention scores|fp16|float16)\\b',
        '\\b(?:overflow\\w*|explod\\w*|inf\\b|infinite|nan|keeps? (?:falling|dropping|halving)|collaps\\w+|drops? to (?:0|1|zero)|huge|blow\\w* up|diverg\\w*)',
        50,
      ),
      /\blearning rate\b.{0,30}?\b(?:too (?:high|large)|wrong|warm-?up (?:missing|too short))\b|\b(?:no|without) (?:warm-?up|gradient clipping)\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:is|are) normal\b|\bas (?:usual|expected)\b/i.test(sentence) &&
      !/\binf norm\b|\bno (?:overflow|nan|inf)|\b(?:not|never|\w{1,5}n['’]t) (?:overflow|explod|diverg)/i.test(
        sentence,
      ),
    sees: [
      'the loss scale keeps dropping',
      'gradient norm explodes before it',
      'fp16 activations overflow',
      'the learning rate is too high',
    ],
    ignores: ['fp16 overflow messages at the start are normal', 'no overflow is seen', 'the gradient norm is stable'],
  },
  {
    id: 'seen.loss.fine',
    summary: 'the loss stays finite',
    role: 'context',
    weighs: { 'loss-nan-numerics': -1.3 },
    source: mixedPrecision,
    saysNot: true,
    pattern: near(
      '\\bloss(?:es)?\\b',
      '\\b(?:not nan|not diverg\\w*|no nans?|finite|smooth|never nan|not (?:become|turn) nan)\\b',
      30,
    ),
    check: (_said, sentence) => !/\b(?:with|when|until|after|if)\b/i.test(sentence),
    sees: ['the loss is not NaN', 'the loss is smooth and finite'],
    ignores: ['the loss is NaN', 'with bf16 the loss stays finite'],
  },
  {
    id: 'seen.loss.bad',
    summary: 'the loss became NaN, jumped or diverged',
    role: 'symptom',
    weighs: {
      'loss-nan-numerics': 1.5,
      'gpu-ecc-uncorrectable': 0.2,
      'checkpoint-corruption': 0.2,
      'framework-bug': 0.2,
    },
    source: mixedPrecision,
    pattern: near(
      '\\b(?:train(?:ing)? |validation )?loss(?:es)?\\b|\\bperplexity\\b|\\bit\\b|\\btraining\\b',
      '\\b(?:nan|inf\\b|diverg\\w*|explod\\w*|spik\\w*|jumps?|jumped|blows? up|not a number)',
      40,
    ),
    check: (_said, sentence) => !/\bno nan|\b(?:not|never) (?:nan|diverg|become)/i.test(sentence),
    sees: ['the loss becomes NaN at step 3000', 'training diverges', 'loss spikes'],
    ignores: ['the loss is not NaN', 'loss goes down'],
  },
  {
    id: 'seen.results.differ',
    summary: 'results differ between runs or GPUs where they should not',
    role: 'symptom',
    weighs: {
      'gpu-ecc-uncorrectable': 0.8,
      'host-hardware-fault': 0.6,
      'loss-nan-numerics': 0.6,
      'framework-bug': 0.5,
      'gpu-driver-bug': 0.3,
      'acs-iommu-p2p-broken': 0.4,
    },
    source: 'https://arxiv.org/abs/2102.11245',
    pattern: near(
      '\\b(?:results?|outputs?|values?|checksums?|weights|gradients|losses)\\b',
      '\\b(?:differ (?:between|from|on)|wrong on|corrupt\\w*|not (?:the same|identical|equal) (?:on|between|across)|mismatch (?:on|between))\\b',
      40,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bdo not differ|\bcheckpoint|\bckpt|\bfile\b/i.test(sentence),
    sees: [
      'results of GPU 4 differ from the others',
      'gradients are not identical across ranks',
      'the outputs are wrong on one GPU',
    ],
    ignores: ['results do not differ between runs'],
  },
  {
    id: 'seen.slow.in-bursts',
    summary: 'single steps are much slower than the others',
    role: 'symptom',
    weighs: {
      'dataloader-stall': 1,
      'shared-fs-problem': 0.6,
      'rdma-link-fault': 0.4,
      'gpu-clock-throttle': 0.4,
      'cpu-affinity-misconfig': 0.3,
    },
    source: megascale,
    pattern: near(
      '\\b(?:every|each|some|single|occasional|periodic\\w*|regular\\w*)\\b.{0,15}?\\b(?:\\d+ )?(?:steps?|iterations?|batch(?:es)?|minutes)\\b',
      `${slower}|\\b(?:spikes?|pauses?|jumps?|peaks?)\\b`,
      40,
    ),
    check: (_said, sentence) => !/\bdata ?loader|\bcheckpoint|\bgpu \d|\brank \d/i.test(sentence),
    sees: [
      'every 50 steps one step is slow',
      'some iterations take 10 times longer',
      'periodic pauses: step time spikes every few steps',
    ],
    ignores: ['every step is fast'],
  },
  {
    id: 'seen.slow.over-time',
    summary: 'it becomes slower as it runs',
    role: 'symptom',
    weighs: {
      'gpu-clock-throttle': 1,
      'dataloader-stall': 0.5,
      'shared-fs-problem': 0.4,
      'host-oom': 0.5,
      'facility-fault': 0.2,
      'rdma-link-fault': 0.2,
      'framework-bug': 0.2,
    },
    source: megascale,
    pattern: any(
      /\b(?:gets?|becomes?|grows?|becoming|getting) (?:\w+ )?slower\b|\bslows? down (?:over time|after|with|gradually|as)\b|\bslower and slower\b/,
      inOrder(
        '\\b(?:speed|throughput|tokens/s|samples/s|mfu)\\b',
        '\\b(?:declin\\w+|decays?|degrad\\w+|drops? (?:after|over|with time)|falls? (?:over|after|with))\\b',
        40,
      ),
    ),
    sees: ['training gets slower over time', 'throughput degrades', 'it slows down after an hour'],
    ignores: ['training is slow from the start'],
  },
  {
    id: 'seen.slow.scaling',
    summary: 'the job is slower than it should be',
    role: 'symptom',
    weighs: {
      'gpu-clock-throttle': 0.6,
      'rdma-link-fault': 0.5,
      'dataloader-stall': 0.6,
      'cpu-affinity-misconfig': 0.5,
      'gdr-peermem-missing': 0.5,
      'rdma-device-missing-in-container': 0.4,
      'acs-iommu-p2p-broken': 0.4,
      'foreign-gpu-process': 0.3,
      'nccl-env-misconfig': 0.3,
      'shared-fs-problem': 0.3,
      'mtu-mismatch': 0.2,
    },
    source: megascale,
    pattern: any(
      near(
        '\\b(?:training|throughput|speed|tokens/s|samples/s|images/s|step(?: time)?|iterations?|mfu|epoch|job|it)\\b',
        `${slower}|\\b(?:dropped by|fell by|dropped to|is down|only \\d+ ?%|doubled|half|a third|lower than|days?)\\b`,
        40,
      ),
    ),
    check: (_said, sentence) =>
      !/\b(?:gpu \d|rank \d|data ?load\w*|disk|nfs|lustre|nccl-tests|not slow)/i.test(sentence),
    sees: [
      'training is 30 % slower than last week',
      'throughput dropped to half',
      'step time doubled',
      'it took two days to reach epoch 5',
    ],
    ignores: ['training is not slow', 'rank 3 is slower'],
  },
]);
