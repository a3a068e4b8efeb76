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

/** Reads the step lines of torch's examples and of OpenMMLab, which print both times. */
export const dataTime: LogDetector = {
  id: 'data-time',
  kinds: [mostlyWaiting],
  literals: ['data_time', ')\tdata', ') data', ')  data'],
  samples: [
    {
      kind: mostlyWaiting.id,
      lines: [
        'Epoch: [0][20/5005]\tTime 15.261 (9.836)\tData 15.193 (9.597)\tLoss 6.9074 (6.9080)',
        '03/12 10:11:12 - mmengine - INFO - Epoch(train)  [1][ 150/7330]  lr: 2.0000e-02  eta: 7:05:01  time: 1.2140  data_time: 1.1010  memory: 4012  loss: 1.1023',
      ],
    },
  ],
  match({ text }) {
    const step = readStep(text);
    if (step === null || step.index < indexMin) return null;
    const share = Math.min(...step.dataSeconds.map((data, at) => data / (step.seconds[at] ?? Number.NaN)));
    const seconds = Math.min(...step.seconds);
    return share >= shareMin && seconds >= secondsMin
      ? { kind: mostlyWaiting.id, values: { share: Number(share.toFixed(2)), stepSeconds: seconds } }
      : null;
  },
};

interface Step {
  /** Within the epoch. */
  readonly index: number;
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
  if (mmlab === undefined) return null;
  const [index = 0, now = 0, dataNow = 0] = mmlab;
  return { index, seconds: [now], dataSeconds: [dataNow] };
}

// Workers start and caches fill during the first steps: an epoch's first lines show waiting in healthy runs too.
const indexMin = 10;
// A pipeline that keeps up hides behind the computation; this share of a step is far from that (our judgement).
const shareMin = 0.6;
// Below, the waiting is no more than the overhead of a tiny model.
const secondsMin = 0.5;
