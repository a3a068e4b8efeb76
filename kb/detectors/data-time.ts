import type { LogDetector } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

/** Step lines that tell how much of a step went by waiting for data. */
const mostlyWaiting: FindingKind = {
  id: 'dataloader.share-of-step.high',
  summary: 'most of the time of a training step goes by waiting for data',
  role: 'cause',
  weighs: { 'dataloader-stall': 4, 'shared-fs-problem': 1.4, 'cpu-affinity-misconfig': 0.6 },
  source: 'https://github.com/pytorch/examples/blob/main/imagenet/main.py',
};

/** The same where the line does not say which step it was: the first of a run may show it in health, too. */
const mostlyWaitingAtSomeStep: FindingKind = {
  id: 'dataloader.share-of-step.high-at-some-step',
  summary: 'most of the time of some training step went by waiting for data',
  role: 'cause',
  weighs: { 'dataloader-stall': 3.2, 'shared-fs-problem': 1, 'cpu-affinity-misconfig': 0.6 },
  source: 'https://github.com/pytorch/vision/blob/main/references/detection/utils.py',
};

/** Reads the step lines of those that print both times: torch's and torchvision's examples, OpenMMLab, timm, Detectron, Paddle, ESPnet, SlowFast, OpenCLIP, OpenPCDet, LeRobot, NVIDIA's examples. */
export const dataTime: LogDetector = {
  id: 'data-time',
  kinds: [mostlyWaiting, mostlyWaitingAtSomeStep],
  literals: [
    'data_time',
    ')\tdata',
    ') data',
    ')  data',
    ' data: ',
    'reader_cost',
    'data_cost',
    'iter_time=',
    '"dt_data"',
    'data (t)',
    'data time: ',
    'd_time: ',
    'data_s:',
    'compute_time',
    'rtime ',
  ],
  samples: [
    {
      kind: mostlyWaiting.id,
      lines: [
        'Epoch: [0][20/5005]\tTime 15.261 (9.836)\tData 15.193 (9.597)\tLoss 6.9074 (6.9080)',
        '03/12 10:11:12 - mmengine - INFO - Epoch(train)  [1][ 150/7330]  lr: 2.0000e-02  eta: 7:05:01  time: 1.2140  data_time: 1.1010  memory: 4012  loss: 1.1023',
        'Epoch: [0]  [ 100/1251]  eta: 0:20:01  lr: 0.000100  loss: 6.9074 (6.9080)  time: 1.0421  data: 0.9012  max mem: 4012',
        'Train: 0 [ 100/1251 (  8%)]  Loss: 6.901 (6.91)  Time: 1.021s,  250.73/s  (1.100s,  232.73/s)  LR: 1.000e-06  Data: 0.901 (0.950)',
        '[11/21 03:12:59] d2.utils.events INFO:  eta: 7:05:01  iter: 119  total_loss: 1.2  time: 1.5213  data_time: 1.3012  lr: 0.0199  max_mem: 4012M',
        '[2026/11/21 03:12:59] ppcls INFO: [Train][Epoch 1/120][Iter: 100/5005]lr: 0.10000, loss: 6.90, avg_reader_cost: 1.20120 s, avg_batch_cost: 1.35010 s, ips: 189.6',
        '1epoch:train:101-200batch: iter_time=1.213, forward_time=0.101, loss=120.3, backward_time=0.120, optim_step_time=0.012, train_time=1.502',
        'Epoch: [0] [ 100/7330] learning_rate: 0.001000 loss: 1.2 eta: 7:05:01 batch_cost: 1.5213 data_cost: 1.3012 ips: 2.6 images/s',
        '2026-11-21 03:12:59 [INFO]\t[TRAIN] epoch: 1, iter: 100/80000, loss: 0.9, lr: 0.01, batch_cost: 1.5213, reader_cost: 1.30120, ips: 2.6 samples/sec | ETA 30:01:02',
        'json_stats: {"_type": "train_iter", "dt": 4.82072, "dt_data": 4.10632, "dt_net": 0.71440, "epoch": "10/50", "gpu_mem": "4.68G", "iter": "100/159", "loss": 2.48380}',
        '2026-11-21,03:12:59 | INFO | Train Epoch: 0 [ 51200/1000000 (5%)] Data (t): 2.101 Batch (t): 2.402, 106.6/s, 13.3/s/gpu LR: 0.000005 Logit Scale: 14.286',
        'epoch: 1/300, iter: 100/925, mem: 5012Mb, iter_time: 1.213s, data_time: 1.101s, total_loss: 9.1, lr: 1.0e-04',
        'INFO 2026-11-21 03:12:59 ts/train.py:232 step:3K smpl:202K ep:24 epch:1.20 loss:0.091 grdn:0.482 lr:1.0e-05 updt_s:0.182 data_s:1.330',
        'DLL 2026-11-21 03:12:59.120 - Epoch: 0 Iteration: 40  train.loss : 6.91  train.total_ips : 98.1 img/s train.data_time : 2.1032 s train.compute_time : 0.4012 s',
      ],
    },
    {
      kind: mostlyWaitingAtSomeStep.id,
      lines: ['time: 40.1906  data: 38.0570  max mem: 10768 res mem: 11456'],
    },
  ],
  match({ text }) {
    const step = readStep(text);
    if (step === null || (step.index ?? indexMin) < (step.ofRun === true ? indexOfRunMin : indexMin)) return null;
    const unnumbered = step.index === null;
    const kind = unnumbered ? mostlyWaitingAtSomeStep.id : mostlyWaiting.id;
    const share = Math.min(...step.dataSeconds.map((data, at) => data / (step.seconds[at] ?? Number.NaN)));
    const seconds = Math.min(...step.seconds);
    return share >= shareMin && seconds >= (unnumbered ? unnumberedSecondsMin : secondsMin)
      ? { kind, values: { share: Number(share.toFixed(2)), stepSeconds: seconds } }
      : null;
  },
};

interface Step {
  /** Within the epoch; null where the line does not tell. */
  readonly index: number | null;
  /** The index goes on over all epochs, and each line tells of the time since the one before. */
  readonly ofRun?: true;
  /** Of this step, and, where it is printed too, the mean so far. */
  readonly seconds: readonly number[];
  readonly dataSeconds: readonly number[];
}

// sees: Epoch: [0][  20/5005]	Time 15.261 ( 9.836)	Data 15.193 ( 9.597)	Loss 6.9074 (6.9080)
const torchExamples =
  /\[\s{0,6}(\d{1,8})\/\d{1,8}\]\s{1,4}Time {1,3}([\d.]{1,10}) \( {0,4}([\d.]{1,10})\)\s{1,4}Data {1,3}([\d.]{1,10}) \( {0,4}([\d.]{1,10})\)/;
// sees: Epoch [1][100/7330]  lr: 2.0e-02, eta: 7:05:01, time: 1.214, data_time: 1.101, memory: 4012
const openMmlab =
  /\[\s{0,6}(\d{1,8})\/\d{1,8}\][^\n]{0,120}?\btime: {1,3}([\d.]{1,10}),?\s{1,4}data_time: {1,3}([\d.]{1,10})/;

function readStep(text: string): Step | null {
  const torch = torchExamples.exec(text)?.slice(1).map(Number);
  if (torch !== undefined) {
    const [index = 0, now = 0, mean = 0, dataNow = 0, dataMean = 0] = torch;
    return { index, seconds: [now, mean], dataSeconds: [dataNow, dataMean] };
  }
  const mmlab = openMmlab.exec(text)?.slice(1).map(Number);
  if (mmlab === undefined) return readParts(text) ?? readPair(text);
  const [index = 0, now = 0, dataNow = 0] = mmlab;
  return { index, seconds: [now], dataSeconds: [dataNow] };
}

// LeRobot: AverageMeter("updt_s", ":.3f"), AverageMeter("data_s", ":.3f"), and steps as format_big_number writes them.
// https://github.com/huggingface/lerobot/blob/main/src/lerobot/scripts/lerobot_train.py
const leRobot = /\bstep:(\d{1,4})([KMBT]?) [^\n]{0,300}?\bupdt_s:([\d.]{1,10}) data_s:([\d.]{1,10})(?![\w.])/;
// https://github.com/NVIDIA/DeepLearningExamples/blob/master/PyTorch/Classification/ConvNets/image_classification/training.py
const nvidiaIteration = /\bIteration: (\d{1,9})\b/;
const nvidiaData = /\btrain\.data_time : ([\d.]{1,10})\b/;
const nvidiaWork = /\btrain\.compute_time : ([\d.]{1,10})\b/;

/** Those that tell the work and the waiting beside each other, and not the whole. */
function readParts(text: string): Step | null {
  const [, count, thousands, update, data] = leRobot.exec(text) ?? [];
  if (count !== undefined) {
    const waited = Number(data);
    const index = thousands === '' ? Number(count) : largeIndex;
    return { index, ofRun: true, seconds: [Number(update) + waited], dataSeconds: [waited] };
  }
  const work = nvidiaWork.exec(text)?.[1];
  const waited = nvidiaData.exec(text)?.[1];
  if (work === undefined || waited === undefined) return null;
  const index = Number(nvidiaIteration.exec(text)?.[1] ?? 0);
  return { index, seconds: [Number(work) + Number(waited)], dataSeconds: [Number(waited)] };
}

// A thousand steps and more: which of them does not matter.
const largeIndex = 1_000;

/** How many seconds a step took and how many of them it waited for data: the two names differ, and so does their order. */
const pairs: readonly (readonly [all: RegExp, data: RegExp])[] = [
  [/\btime: {1,3}([\d.]{1,10})(?![\w:/-])/, /\bdata(?:_time)?: {1,3}([\d.]{1,10})(?![\w:/-])/],
  [/\bTime: {1,3}([\d.]{1,10})s,/, /\bData: {1,3}([\d.]{1,10}) \(/],
  [
    /\b(?:avg_)?batch_cost: {1,3}([\d.]{1,10})(?= ?s|,| )/,
    /\b(?:avg_)?(?:reader|data)_cost: {1,3}([\d.]{1,10})(?= ?s|,| )/,
  ],
  [/"dt": ([\d.]{1,10}),/, /"dt_data": ([\d.]{1,10}),/],
  // OpenCLIP counts samples: its first step is known by its share alone, of epochs of a hundred steps or more.
  [/\bBatch \(t\): ([\d.]{1,10})\b/, /(?<!\([01]%\)\] )\bData \(t\): ([\d.]{1,10})\b/],
  // OpenPCDet, mean so far in brackets.
  [/\b(?:Batch time|b_time): [\d.]{1,10}\(([\d.]{1,10})\)/, /\b(?:Data time|d_time): [\d.]{1,10}\(([\d.]{1,10})\)/],
  // Reading and whole iteration, as the trackers and detectors of A. Harley and others print them.
  // https://github.com/aharley/pips/blob/main/train.py
  [/\bitime ([\d.]{1,10})(?=;|$)/, /\brtime ([\d.]{1,10})(?=;|$)/],
  [/\btrain_time=([\d.]{1,10})(?=,|$)/, /\biter_time=([\d.]{1,10}),/],
  [
    /\b(?:step|iter|batch|total)_time ?[=:] ?([\d.]{1,10})(?=[s,;|\s]|$)/,
    /\bdata_time ?[=:] ?([\d.]{1,10})(?=[s,;|\s]|$)/,
  ],
];

const indexPattern =
  /\[\s{0,6}(\d{1,8})\/\d{1,8}|\b(?:iter|iteration|step)s?[:=]? {0,4}(\d{1,8})\b|\btrain:(\d{1,8})-\d{1,8}batch|"iter": "(\d{1,8})\/|\bAcc_iter (\d{1,9})\b/i;

// The meters of DETR and its many heirs, where the head of the line stands on a line of its own.
const unnumberedPattern = /^\s{0,8}time: [\d.]{1,10} {1,4}data: [\d.]{1,10} {1,4}max mem: \d/;

function readPair(text: string): Step | null {
  const found = indexPattern.exec(text);
  if (found === null && !unnumberedPattern.test(text)) return null;
  const index = found === null ? null : Number(found.slice(1).find((one) => one !== undefined));
  for (const [all, data] of pairs) {
    const seconds = Number(all.exec(text)?.[1]);
    const dataSeconds = Number(data.exec(text)?.[1]);
    if (Number.isFinite(seconds) && Number.isFinite(dataSeconds) && seconds > 0)
      return { index, seconds: [seconds], dataSeconds: [dataSeconds] };
  }
  return null;
}

// Workers start and caches fill during the first steps: an epoch's first lines show waiting in healthy runs too.
const indexMin = 10;
// Where an index of the whole run tells it, the first step alone has to wait for workers to start.
const indexOfRunMin = 2;
// A pipeline that keeps up hides behind the computation; this share of a step is far from that (our judgement).
const shareMin = 0.6;
// Below, the waiting is no more than the overhead of a tiny model.
const secondsMin = 0.5;
// The first step of a healthy run waits for seconds.
const unnumberedSecondsMin = 5;
