import type { LogDetector, LogLine, Match } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';

/** A GPU of which a program finds the most part taken when it begins, before it has asked for anything. */
const littleFree: FindingKind = {
  id: 'gpu.start.little-free',
  summary: 'a program finds most of the memory of a GPU taken when it begins',
  role: 'cause',
  // What the job needs had no part in it. TensorFlow takes all there is: the other holder may be a second rank of the job.
  weighs: { 'foreign-gpu-process': 4.4, 'gpu-oom': -1.4, 'launcher-rank-misconfig': 2.2, 'user-code-error': 0.2 },
  source: 'https://github.com/tensorflow/tensorflow/blob/v1.15.0/tensorflow/core/common_runtime/gpu/gpu_device.cc',
};

/** An engine that says how much it found before it loaded its model, and that this is too little. */
const engineFindsLittle: FindingKind = {
  id: 'vllm.start.little-free',
  summary: 'an inference engine finds most of the memory of its GPU taken before it has loaded anything',
  role: 'cause',
  weighs: { 'foreign-gpu-process': 5.4, 'gpu-oom': 3, 'launcher-rank-misconfig': 1.6, 'user-code-error': 0.8 },
  source: 'https://github.com/vllm-project/vllm/blob/main/vllm/v1/worker/gpu_worker.py',
};

/** What programs tell of a GPU's memory at their start, with the numbers compared. */
export const startMemory: LogDetector = {
  id: 'start-memory',
  kinds: [littleFree, engineFindsLittle],
  literals: [
    'freememory:',
    'free memory:',
    'free memory on device',
    'created tensorflow device',
    'creating tensorflow device',
  ],
  samples: [
    {
      kind: littleFree.id,
      lines: [
        'totalMemory: 10.92GiB freeMemory: 312.50MiB',
        'Free memory: 60.25MiB',
        'I tensorflow/core/common_runtime/gpu/gpu_device.cc:1115] Created TensorFlow device (/job:localhost/replica:0/task:0/device:GPU:0 with 85 MB memory) -> physical GPU (device: 0, name: Tesla V100)',
      ],
    },
    {
      kind: engineFindsLittle.id,
      lines: [
        'ValueError: Free memory on device cuda:1 (12.29/79.15 GiB) on startup is less than desired GPU memory utilization (0.9, 71.24 GiB).',
      ],
    },
  ],
  match({ text }: Pick<LogLine, 'text'>): Match | null {
    const engine = onStartup.exec(text);
    if (engine !== null) {
      const share = Number(engine[2]) / Number(engine[3]);
      if (share > halfShare) return null;
      return { kind: engineFindsLittle.id, ...gpuOf(engine[1]), values: { freeShare: rounded(share) } };
    }
    const both = totalAndFree.exec(text);
    if (both !== null) {
      const share = gib(both[3], both[4]) / gib(both[1], both[2]);
      return share > halfShare ? null : { kind: littleFree.id, values: { freeShare: rounded(share) } };
    }
    const free = freeAlone.exec(text);
    if (free !== null) return gib(free[1], free[2]) < 1 ? { kind: littleFree.id } : null;
    const made = deviceMade.exec(text);
    if (made !== null) return Number(made[2]) < deviceMbMin ? { kind: littleFree.id, ...gpuOf(made[1]) } : null;
    return null;
  },
};

// sees: Free memory on device (5.21/79.15 GiB) on startup …, Free memory on device cuda:0 (11.96/184.3 GiB) on startup …
const onStartup =
  /Free memory on device ?(?:cuda:(\d{1,2}) ?)?\(([\d.]{1,10})\/([\d.]{1,10}) GiB\)[^\n]{0,24}is less than desired/;
// sees: totalMemory: 15.90GiB freeMemory: 3.12GiB
const totalAndFree = /totalMemory: ([\d.]{1,10})([MG])iB freeMemory: ([\d.]{1,10})([KMG])iB/;
// sees: Free memory: 60.25MiB   (TensorFlow until 1.3, on a line of its own)
const freeAlone = /^\s{0,8}Free memory: ([\d.]{1,10})([KMG])iB\s*$/;
const deviceMade =
  /Creat(?:ed|ing) TensorFlow device \([^\n]{0,80}?(?:device:|\/)(?:GPU|gpu):(\d{1,2}) with (\d{1,9}) MB memory\)/;

// Displays, fabric daemons and contexts of idle programs hold some hundred MiB; half a card is a program at work.
const halfShare = 0.5;
// No GPU on which people train has less than a gigabyte, and those who share one give each process more.
const deviceMbMin = 500;

function gpuOf(index: string | undefined): Pick<Match, 'device'> {
  return index === undefined ? {} : { device: { kind: 'gpu', index: Number(index) } };
}

function gib(amount: string | undefined, unit: string | undefined): number {
  return Number(amount ?? 0) * 1024 ** ('KMG'.indexOf(unit ?? 'G') - 2);
}

function rounded(share: number): number {
  return Number(share.toFixed(2));
}
